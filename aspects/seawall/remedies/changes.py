"""What an author can change about the layers of a figure: which property, from what, to what.

A queue keeps the receives that AWS asks for, and whatever bounds a layer says where its events go. Layers whose tries
no property decides, or whose property cannot be resolved, cannot be changed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from seawall.graph import Bound, Flow, Hop, Offer, Place, Put, Sets, Tries, When, class_of
from seawall.retries import Factor, Figure
from seawall.settings import LEAST_RECEIVES, Settings

from .search import Change, Edit

ADDS, LOWERS, DROPS, PARKS, DROPS_OWNER = range(5)
"""What a change gives up, the least first: nothing, as a bound comes with a place for what is given up on; tries of the
owner of the retry; another layer's; that dead letters are tried again by themselves; the owner's."""


def offered_changes(flow: Flow, settings: Settings, found: Figure) -> Iterator[Change]:
    """Every change to a layer on the paths of a figure."""
    layers = [one for one in found.layers if one.tries.total != 1]
    waiting = [one for one in layers if one.hop.keeps]
    for one in layers:
        if one.hop.keeps:
            yield from bounded(flow, one, enough(settings))
        else:
            yield from dropped(flow, one, DROPS if waiting or one is not layers[-1] else DROPS_OWNER)
    yield from _parked(flow, found)


def enough(settings: Settings) -> int:
    """Receives that a queue is to have."""
    return max(LEAST_RECEIVES, settings.least_receives)


def bounded(flow: Flow, one: Factor, most: int) -> Iterator[Change]:
    """What an event waits in, read no more than `most` times, unless that is so."""
    layer, tries = one.tries.layer, one.tries
    set_by_count = tries.bounded_by is Bound.COUNT or tries.counted is not None
    few = tries.total is not None and set_by_count and tries.total - tries.beside <= most
    if layer is None or layer.limit is None or tries.unknown or few:
        return
    alike = [other for other in flow.out_of(one.hop.source) if other.keeps and other.place == one.hop.place]
    yield made(one, layer.limit, most, LOWERS if set_by_count else ADDS, alike)


def fewer(one: Factor, most: int) -> Iterator[Change]:
    """What retries by itself making fewer retries, `most` tries in all."""
    layer, total = one.tries.layer, one.tries.total
    if layer is not None and layer.limit is not None and total is not None and total > most:
        yield made(one, layer.limit, most, LOWERS)


def dropped(flow: Flow, one: Factor, cost: int) -> Iterator[Change]:
    """A layer that retries no more, in none of the worlds in which it has other tries."""
    layer, hop = one.tries.layer, one.hop
    if layer is not None and layer.drop is not None and not one.tries.unknown:
        ends = (hop.target, hop.place)
        alike = [other for other in flow.out_of(hop.source) if (other.target, other.place) == ends and other.tries]
        yield made(one, layer.drop, 1, cost, alike)


def made(one: Factor, offer: Offer, most: int, cost: int, hops: Sequence[Hop] = ()) -> Change:
    """The change that an offer is, with `most` tries left: of the layer's own hop, or of several `hops` at once."""
    filled = _filled(one, most)
    return Change(
        filled(offer.verb),
        (filled(offer.what),),
        (*_edits(one, offer, most), *map(needed, offer.also)),
        {hop: _limited(hop, offer, most) for hop in hops or (one.hop,)},
        cost=cost,
        sets=offer.sets is not Sets.NOTHING,
    )


def _edits(one: Factor, offer: Offer, most: int) -> Iterator[Edit]:
    if offer.parts and most > 1:
        yield from _counters(one, offer, most - 1)
        return
    place = Place(one.hop.place.address, offer.property) if offer.property else one.hop.place
    if offer.adds is not None:
        place = Place(offer.adds)
    value = _filled(one, most)(offer.value) or {Sets.TRIES: f"{most}", Sets.RETRIES: f"{most - 1}"}.get(offer.sets, "")
    old, new = _old(one, offer), _new(one, offer, most)
    beside = None if offer.adds is None else one.hop.place.address
    yield Edit(place, old, new, value=value, removes=offer.sets is Sets.NOTHING, adds=beside is not None, beside=beside)


def _counters(one: Factor, offer: Offer, retries: int) -> Iterator[Edit]:
    """Counters lowered until together they make so many retries, the largest first, each to no less than it must."""
    counts = dict(offer.parts)
    for path, before in sorted(offer.parts, key=lambda part: -part[1]):
        counts[path] = max(0, before - max(0, sum(counts.values()) - retries))
        if counts[path] != before:
            place = Place(one.hop.place.address, f"{one.hop.place.property}{path}")
            yield Edit(place, f"{before}", f"{counts[path]}", value=f"{counts[path]}")


def needed(put: Put) -> Edit:
    """What has to be set with something else."""
    place = Place(put.address, put.property)
    new = "" if put.removes else f"a new {json.loads(put.value)['Type']}" if put.adds else put.value
    if put.removes:
        return Edit(place, put.property, "none", removes=True)
    return Edit(place, "not set", new, value=put.value, adds=put.adds, beside=put.beside, first=put.first)


def _filled(one: Factor, tries: int) -> Callable[[str], str]:
    values = {
        "{source}": one.hop.source,
        "{target}": one.hop.target,
        "{tries}": f"{tries}",
        "{retries}": f"{tries - 1}",
        "{note}": one.tries.note,
    }
    return lambda text: re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]], text)


def _old(one: Factor, offer: Offer) -> str:
    total = one.tries.counted or one.tries.total
    if offer.old:
        return _filled(one, total or 1)(offer.old)
    if total is None:
        return "not set"
    total -= one.tries.beside
    return f"{total - 1}" if offer.sets is Sets.RETRIES else f"{total}"


def _new(one: Factor, offer: Offer, most: int) -> str:
    if offer.new:
        return _filled(one, most)(offer.new)
    numbers = {Sets.TRIES: f"{most}", Sets.RETRIES: f"{most - 1}"}
    return numbers.get(offer.sets, "none")


def _limited(hop: Hop, offer: Offer, most: int) -> Mapping[str, Tries]:
    """The tries of a hop once the offer is taken: no signal that it decides has more than `most`."""
    if most == 1:
        return {key: one for key, one in hop.tries.items() if offer.classes and class_of(key) not in offer.classes}
    return {
        key: one if offer.classes and class_of(key) not in offer.classes else _bound(one, most + one.beside)
        for key, one in hop.tries.items()
    }


def _bound(tries: Tries, most: int) -> Tries:
    total = min(most, tries.total or most)
    return replace(tries, total=total, bounded_by=Bound.COUNT, counted=None)


def filled(hop: Hop, tries: Tries, text: str) -> str:
    """A text of a layer with the names and the number that it stands for."""
    return _filled(Factor(hop, tries), tries.total or 1)(text)


def _parked(flow: Flow, found: Figure) -> Iterator[Change]:
    """Dead letters that nothing reads by itself."""
    seen: set[str] = set()
    for before in chain.from_iterable(path.hops for path in found.paths):
        if before.when is When.EXHAUSTED and before.target not in seen:
            seen.add(before.target)
            yield from parked(flow, before.target)


def parked(flow: Flow, queue: str) -> Iterator[Change]:
    """A dead-letter queue taken away from each of its readers: what is in it waits there. Not where others send to it,
    too: nobody would read that.
    """
    if sent_by_others(flow, queue):
        return
    yield from without_readers(flow, queue)


def without_readers(flow: Flow, queue: str) -> Iterator[Change]:
    """A queue taken away from each of its readers, as an edit: what is in it waits there."""
    for hop in flow.out_of(queue):
        reading = [each.place for each in flow.pollings if (each.source, each.reader) == (queue, hop.target)]
        if hop.awaits and hop.keeps and reading:
            yield Change(
                "stop",
                (f"{hop.target} from reading the dead-letter queue {queue}, and redrive by hand",),
                tuple(Edit(place, f"reads {queue}", "none", removes=not place.property) for place in reading),
                gone=(hop,),
                cost=PARKS,
            )


def sent_by_others(flow: Flow, queue: str) -> bool:
    """Whether others than its readers send to a dead-letter queue, too, in their ordinary work: not by what a machine
    comes to by a Catch alone.
    """
    readers = {hop.target for hop in flow.out_of(queue)}
    always = (before.source for before in flow.into(queue) if before.when is When.ALWAYS)
    return any(source not in readers and flow.failing_before(source) == (source,) for source in always)


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
    verbs = list(dict.fromkeys(each.verb for each in found))
    alike = len(verbs) == 1 and not any(each.sets for each in found)
    return Change(
        verbs[0] if alike else " and ".join(each.said for each in found),
        tuple(one for each in found for one in each.what) if alike else (),
        tuple(edit for each in found for edit in each.edits),
        {hop: tries for each in found for hop, tries in each.tries.items()},
        tuple(hop for each in found for hop in each.gone),
        max(each.cost for each in found),
        all(each.sets for each in found),
    )
