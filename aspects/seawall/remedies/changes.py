"""What an author can change about the layers of a figure: which property, from what, to what.

A queue keeps the receives that AWS asks for, and whatever bounds a layer says where its events go. Layers whose tries
no property decides, or whose property cannot be resolved, cannot be changed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from seawall.graph import CLASSES, Bound, FailureClass, Flow, Hop, Place, Tries, When
from seawall.retries import Factor, Figure
from seawall.settings import LEAST_RECEIVES, Settings
from seawall.words import some

from .search import Change, Edit

WAITING = ("event-source-mapping", "pipe-source", "queue-reader")
"""Hops whose sender keeps the event while it is tried: the natural owners of a retry."""
ADDS, LOWERS, DROPS, PARKS, DROPS_OWNER = range(5)
"""What a change gives up, the least first: nothing, as a bound comes with a place for what is given up on; tries of the
owner of the retry; another layer's; that dead letters are tried again by themselves; the owner's."""
_COUNTED = (FailureClass.ERROR, FailureClass.TIMEOUT)
"""Classes that `MaximumRetryAttempts` of a function's queue or of a stream counts."""
_NO_LIMIT = ("kafka", "document-database")
"""Kinds of sources whose readers have no count to set, or not by one property."""
_ANSWERS = ("numRetries", "RetryPolicy.MaximumRetryAttempts")
"""Retries of an endpoint that answers over HTTP: on a subscription, on a rule's target."""


def levers(flow: Flow, settings: Settings, found: Figure) -> Iterator[Change]:
    """Every change to a layer on the paths of a figure."""
    layers = [one for one in found.layers if one.tries.total != 1]
    waiting = [one for one in layers if one.hop.kind in WAITING]
    for one in layers:
        if one.hop.kind in WAITING:
            yield from bounded(flow, one, enough(settings))
        else:
            yield from _dropped(one, DROPS if waiting or one is not layers[-1] else DROPS_OWNER)
    yield from _parked(flow, found)


def enough(settings: Settings) -> int:
    """Receives that a queue is to have."""
    return max(LEAST_RECEIVES, settings.least_receives)


def bounded(flow: Flow, one: Factor, most: int) -> Iterator[Change]:
    """A queue or stream that is read no more than `most` times, unless that is so."""
    hop, tries = one.hop, one.tries
    if tries.unknown or (tries.total is not None and tries.bounded_by is Bound.COUNT and tries.total <= most):
        return
    alike = [other for other in flow.out_of(hop.source) if other.kind in WAITING and other.place == hop.place]
    if tries.setting.endswith("maxReceiveCount"):
        yield Change(
            f"set maxReceiveCount {most} on {hop.source}",
            (Edit(hop.place, f"{tries.total}", f"{most}"),),
            {each: dict.fromkeys(CLASSES, _bound(tries, most)) for each in alike},
            cost=LOWERS,
        )
    elif tries.setting == "RedrivePolicy":
        yield Change(
            f"add a redrive policy with maxReceiveCount {most} on {hop.source}",
            (
                Edit(
                    Place(hop.place.address, "RedrivePolicy"),
                    "not set",
                    f"maxReceiveCount {most} and a dead-letter queue",
                ),
            ),
            {each: dict.fromkeys(CLASSES, _bound(tries, most)) for each in alike},
            cost=ADDS,
        )
    elif tries.setting.endswith("MaximumRetryAttempts") and not flow.sites[hop.source].kind.startswith(_NO_LIMIT):
        kept = any(end.when is When.EXHAUSTED and _same(end, hop) for end in flow.out_of(hop.source))
        sink = "" if kept or tries.total is not None else " and an on-failure destination"
        old = "not set" if tries.total is None else f"{tries.total - 1}"
        yield Change(
            f"set MaximumRetryAttempts {most - 1}{sink} where {hop.source} is read",
            (Edit(hop.place, old, f"{most - 1}{sink}"),),
            {each: {**each.tries, **dict.fromkeys(_COUNTED, _bound(tries, most))} for each in alike},
            cost=ADDS if tries.total is None else LOWERS,
        )


def fewer(one: Factor, most: int) -> Iterator[Change]:
    """The retriers of a state making fewer retries, `most` tries in all."""
    hop, total = one.hop, one.tries.total
    if hop.kind == "state" and total is not None and total > most:
        yield Change(
            f"let the retriers of {hop.target} make {most - 1} retries in all",
            (Edit(hop.place, one.tries.note, f"MaxAttempts {most - 1} in all"),),
            {hop: {key: _bound(tries, min(most, tries.total or most)) for key, tries in hop.tries.items()}},
            cost=LOWERS,
        )


def _bound(tries: Tries, total: int) -> Tries:
    return replace(tries, total=total, bounded_by=Bound.COUNT)


def _same(end: Hop, hop: Hop) -> bool:
    """Whether two hops are made by one resource."""
    return end.place.address == hop.place.address


def _dropped(one: Factor, cost: int) -> Iterator[Change]:
    """A layer that retries no more."""
    hop, tries = one.hop, one.tries
    if tries.unknown or not tries.setting:
        return
    if hop.kind == "state":
        said = f"drop the Retry of {hop.target}"
        yield Change(said, (Edit(hop.place, tries.note, "none"),), {hop: {}}, cost=cost)
    elif hop.kind == "asynchronous-invocation" and tries.setting == "MaximumRetryAttempts" and tries.total is not None:
        said = f"set MaximumRetryAttempts 0 on the asynchronous invocations of {hop.target}"
        place = hop.place if hop.place.property else Place(hop.place.address, "EventInvokeConfig.MaximumRetryAttempts")
        left: Mapping[str, Tries] = {key: each for key, each in hop.tries.items() if key not in _COUNTED}
        yield Change(said, (Edit(place, f"{tries.total - 1}", "0"),), {hop: left}, cost=cost)
    elif tries.setting.endswith(_ANSWERS) and tries.total is not None:
        said = f"retry once only from {hop.source} to {hop.target}"
        place = Place(hop.place.address, tries.setting)
        yield Change(said, (Edit(place, f"{tries.total - 1}", "0"),), {hop: {}}, cost=cost)


def _parked(flow: Flow, found: Figure) -> Iterator[Change]:
    """Dead letters that nothing reads by itself."""
    seen: set[str] = set()
    for before in chain.from_iterable(path.hops for path in found.paths):
        if before.when is When.EXHAUSTED and before.target not in seen:
            seen.add(before.target)
            yield from parked(flow, before.target)


def parked(flow: Flow, queue: str) -> Iterator[Change]:
    """A dead-letter queue taken away from each of its readers: what is in it waits there."""
    for hop in flow.out_of(queue):
        reading = [each.place for each in flow.pollings if (each.source, each.reader) == (queue, hop.target)]
        if hop.awaits and hop.kind in WAITING and reading:
            yield Change(
                f"take {queue}, a dead-letter queue, away from {hop.target}, watch it, and redrive by hand",
                tuple(Edit(place, f"reads {queue}", "none") for place in reading),
                gone=(hop,),
                cost=PARKS,
            )


def together(of_each: Sequence[Sequence[Change]]) -> list[Change]:
    """The changes for several figures of one cause: those that all share as they are, and what only some of them
    have, such as the Retry of each of several states, as one.
    """
    by_hops = [{frozenset((*each.tries, *each.gone)): each for each in found} for found in of_each]
    shared = [key for key in by_hops[0] if all(key in other for other in by_hops)]
    rest = {key: each for found in by_hops for key, each in found.items() if key not in shared}
    by_cost: dict[int, list[Change]] = {}
    for each in rest.values():
        by_cost.setdefault(each.cost, []).append(each)
    return [by_hops[0][key] for key in shared] + [_united(found) for found in by_cost.values()]


def _united(found: Sequence[Change]) -> Change:
    if len(found) == 1:
        return found[0]
    said = [each.said for each in found]
    verb = "drop the Retry of "
    alike = all(each.startswith(verb) for each in said)
    return Change(
        verb + some([each.removeprefix(verb) for each in said], 3) if alike else " and ".join(said),
        tuple(edit for each in found for edit in each.edits),
        {hop: tries for each in found for hop, tries in each.tries.items()},
        tuple(hop for each in found for hop in each.gone),
        max(each.cost for each in found),
    )
