"""What the emulator does otherwise than AWS, and what of it concerns an experiment: said before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from seawall.graph import FailureClass, Hop, HopKind, Replayed, SiteKind, reach
from seawall.services.lambda_.mappings import MAPPING

from .counts import Row, What

if TYPE_CHECKING:
    from .translation import Translation

_DEPLOYED = {
    SiteKind.QUEUE,
    SiteKind.TOPIC,
    SiteKind.RULE,
    SiteKind.BUS,
    SiteKind.FUNCTION,
    SiteKind.MACHINE,
}
_CARRIED = {*_DEPLOYED, SiteKind.STATE, SiteKind.PIPE, SiteKind.ASYNCHRONOUS_QUEUE}
"""Kinds of sites that are deployed, or that belong to something which is."""
_NO_SITE = "not deployed: nothing is delivered there"
_BEHIND = "it lies behind something that is not deployed"
_DESTINATION = "the emulator sends no asynchronous failure to an event bus"
_INSIDE = "the emulator's histories hold nothing of what happens inside Parallel and Map states"
_TOGETHER = "a run takes several messages"
_WAITS = "the emulator waits for a function that a task invokes with InvocationType Event; AWS hands off"
_OWN_NAME = "the emulator shows the child's own error to a .sync task; AWS shows States.TaskFailed"
_BATCH = "every message is delivered by itself: a batch would run fewer functions"


def limits(one: Translation) -> tuple[str, ...]:
    """Sentences for a person, before the run."""
    experiment, flow = one.experiment, one.flow
    found = [f"{site}: the event does not pass it" for site in experiment.skipped]
    for site in sorted(one.in_play):
        kind = flow.sites[site].kind
        if not _is_there(one, site) and site not in one.passing:
            found.append(f"{site} ({kind}): {_NO_SITE}")
    found += _unplayed_layers(one)
    found += _readings(one)
    if not one.timed:
        found.append("a time ends tries before their count does, and it does not run here: such rows are not compared")
    asynchronous = any(flow.sites[site].kind == SiteKind.ASYNCHRONOUS_QUEUE for site in one.in_play)
    if asynchronous and one.age_factor is None:
        found.append("asynchronous invocations: AWS waits a minute and then two between the tries, the emulator hardly")
    if experiment.failure is FailureClass.FAULT:
        found.append("a fault is played by its name: the function runs, then its caller sees Lambda.ServiceException")
    if experiment.batch == 1 and any(_batched(one)):
        found.append(f"batches: {_BATCH}")
    return tuple(found)


def _unplayed_layers(one: Translation) -> list[str]:
    """Layers on the way of which their service does not say that anything here tries again."""
    found: dict[str, None] = {}
    for hop in one.flow.hops:
        tries = hop.tries_for(one.experiment.failure)
        layer = tries.layer
        if hop.source in one.in_play and layer is not None and layer.replayed is Replayed.NOT:
            found[
                f"{hop.source} -> {hop.target}: no tries of this layer are played ({tries.note or tries.setting})"
            ] = None
    return list(found)


def _readings(one: Translation) -> list[str]:
    """Calls of code that was not read, and how they are played."""
    read = {
        "heeded": "it is played as awaited, and its failure as heeded",
        "unheeded": "it is played as awaited, and its failure as not heeded",
        "unawaited": "it is played as not awaited",
    }[one.experiment.reading]
    calls = [hop for hop in one.flow.hops if hop.unread and hop.source in one.in_play and hop.target in one.in_play]
    return [f"{hop.source} -> {hop.target}: the code that calls was not read; {read}" for hop in calls]


def _is_there(one: Translation, site: str) -> bool:
    """Whether an event can be delivered there."""
    kind = one.flow.sites[site].kind
    return site in one.deployed if kind in _DEPLOYED else kind in _CARRIED and site not in one.passing


def _reached(one: Translation) -> set[str]:
    """Sites that events come to, by way of what is deployed only."""
    there = [hop for hop in one.flow.hops if _is_there(one, hop.source) and _is_there(one, hop.target)]
    onward: dict[str, list[Hop]] = {}
    for hop in there:
        onward.setdefault(hop.source, []).append(hop)
    return reach([one.experiment.entry], onward)


def _after_destination(one: Translation, site: str) -> bool:
    """Whether a failure comes there by way of an event bus that is a destination."""
    rules = [hop.target for hop in one.flow.hops if hop.kind == HopKind.DESTINATION]
    rules = [name for name in rules if one.flow.sites[name].kind == SiteKind.RULE]
    return bool(rules) and site in reach(rules, one.flow.outgoing)


def _batched(one: Translation) -> list[bool]:
    if one.experiment.events == 1 and not one.experiment.returns:
        return []
    app = one.experiment.app
    mappings = app.by_type.get(MAPPING, ())
    return [one.wiring.props(each).integer("BatchSize", default=10).value != 1 for each in mappings]


def explained(one: Translation, row: Row) -> Row:
    """The row with the limit that concerns it."""
    site = one.flow.sites[row.key.site]
    if row.observed is None:
        nested = row.key.what is What.STATE_RUNS and (site.plan or one.flow.container(site.id) != site.inside)
        return replace(row, why=_INSIDE if nested else _NO_SITE)
    if row.verdict == "differs" and row.key.site not in _reached(one):
        return replace(row, why=_BEHIND)
    if _after_destination(one, row.key.site):
        return replace(row, why=_DESTINATION)
    if one.experiment.batch > 1 and row.kind == SiteKind.FUNCTION:
        return replace(row, why=_TOGETHER)
    before = list(one.flow.into(site.id))
    before += [hop for queue in before for hop in one.flow.into(queue.source)]
    for hop in before:
        if hop.kind == HopKind.INVOKE_TASK and not hop.awaits:
            return replace(row, why=_WAITS)
    if one.experiment.errors and any(hop.kind == HopKind.START_EXECUTION_TASK and hop.awaits for hop in one.flow.hops):
        return replace(row, why=_OWN_NAME)
    return row
