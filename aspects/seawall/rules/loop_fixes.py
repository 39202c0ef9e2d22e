"""How a loop is opened: one change of its own cycle, in words and as edits, and what has to come before it so that no
event is lost by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Bound, Drop, FailureClass, Flow, Hop, HopKind, SiteKind, When, failing_with, service_of
from seawall.graph.feedback_arcs import comes_back
from seawall.remedies.advice import proposed
from seawall.remedies.changes import bounded, enough, parked
from seawall.remedies.open_loops import led, led_elsewhere, taken
from seawall.remedies.search import Change, Remedy
from seawall.remedies.settings_changes import kept
from seawall.retries import Factor, Loop
from seawall.retries.loops import hops_of
from seawall.retries.wording import number
from seawall.words import some

from .context import Context

_WRITES = ("s3", "dynamodb", "kinesis")
"""Services that code writes to in its ordinary work, not only with what failed."""


class LoopFix(Struct, frozen=True):
    """What to do about one loop."""

    text: str
    changes: tuple[Remedy, ...]
    """The same as changes of the places on its own cycle, in order."""


class _Opening(Struct, frozen=True):
    """The change that opens a loop."""

    changes: list[Change]
    text: str = ""
    """The same in prose, where there is more to say than the changes do."""
    before: list[Change] = []
    """What has to come first, so that no event is lost."""


def loop_fix(context: Context, loop: Loop, senders: Sequence[str], worst: FailureClass) -> LoopFix:
    """The one change that opens the loop, with what it brings; before it, what keeps the events that fail then."""
    opening = _opening(context, loop, senders)
    effect = ""
    gone = [hop for change in opening.changes for hop in change.gone]
    if not comes_back(context.analysis.unfolded, loop.copy or loop.start, gone):
        effect = f"events that come back: {number(loop.gain[worst])} -> 0"
    text = opening.text or " and ".join(dict.fromkeys(change.said for change in opening.changes))
    first = ", ".join(change.said for change in opening.before)
    text = f"first {first}; then {text}" if first else text
    changes = [proposed(context.analysis, change, "") for change in (*opening.before, *opening.changes)]
    changes[-1] = replace(changes[-1], effect=effect)
    return LoopFix(f"{text} ({effect})" if effect else text, tuple(changes))


def calls(loop: Loop) -> bool:
    """Whether functions call one another in a circle, as opposed to events that are sent back."""
    return all(hop.awaits or hop.kind == HopKind.INVOKE for hop in loop.returns)


def writes(loop: Loop) -> bool:
    """Whether what comes back is what code writes."""
    return all(service_of(hop.kind) in _WRITES for hop in loop.returns)


def _opening(context: Context, loop: Loop, sending: Sequence[str]) -> _Opening:
    """The change that opens the loop."""
    flow = context.analysis.flow
    senders = some(list(sending))
    if consumed := _consumed(flow, loop):
        return consumed
    if all(hop.instead for hop in loop.returns):
        return _Opening([_led(hop) for hop in loop.returns])
    stops = [hop for hop in (*loop.returns, *hops_of(flow, loop.sites)) if hop.stop]
    if calls(loop):
        called = "itself" if senders == loop.start else loop.start
        text = f"do not let {senders} call {called}, and remove lambda:InvokeFunction on it from the role"
    elif all(hop.stop for hop in loop.returns):
        text = " and ".join(dict.fromkeys(hop.stop for hop in loop.returns))
    elif writes(loop):
        text = (
            f"let {senders} write to another place than {loop.start}, or filter the events so that its own writes do "
            "not start it"
        )
    elif flow.sites[loop.start].kind == SiteKind.MACHINE:
        text = f"do not let {senders} start {loop.start} again"
    elif stops:
        return _Opening([taken(stops[:1], stops[0].stop)])
    elif not loop.needs_failure:
        text = f"keep what {senders} sends from coming back to {loop.start}: send it elsewhere, or filter it out there"
    else:
        return _raising(context, loop, senders)
    return _Opening([taken(loop.returns, text)])


def _consumed(flow: Flow, loop: Loop) -> _Opening | None:
    """Where the loop comes back to a dead-letter queue: that it is not read any more."""
    if not any(hop.when is When.EXHAUSTED for hop in flow.into(loop.start)):
        return None
    reading = [hop for hop in flow.out_of(loop.start) if hop.awaits and hop.target in loop.sites]
    if not reading:
        return None
    readers = some(list(dict.fromkeys(hop.target for hop in reading)))
    edits = [edit for change in parked(flow, loop.start) if set(change.gone) & set(reading) for edit in change.edits]
    text = f"stop {readers} from reading the dead-letter queue {loop.start}"
    change = taken(reading, f"{text}, and redrive by hand")
    change = replace(change, edits=tuple(edits)) if edits else change
    return _Opening([change], f"{text}; set an alarm on it, and redrive by hand")


def _led(hop: Hop) -> Change:
    return replace(led(hop), verb=f"{led_elsewhere(hop)}, and set an alarm on that")


def _raising(context: Context, loop: Loop, senders: str) -> _Opening:
    """Who sends back fails instead: what delivers to it tries again, and keeps the event where it is set up to."""
    flow = context.analysis.flow
    lines = list(dict.fromkeys(hop.at.short for hop in loop.returns if hop.at is not None))
    raises = f"let {senders} raise the error instead of sending it back to {loop.start}"
    raises += f" ({some(lines, 3)})" if lines else ""
    behind = failing_with(flow, [hop.source for hop in loop.returns])
    lost = [drop for drop in flow.drops if drop.site in behind and drop.site not in flow.watched]
    machines = [drop for drop in lost if flow.sites[drop.site].kind == SiteKind.MACHINE]
    names = [drop.site for drop in machines]
    before = [_keeping(drop) for drop in lost if drop not in machines]
    delivering = [hop for site in behind for hop in flow.into(site) if hop.awaits and hop.keeps]
    before += [
        change
        for hop in delivering
        if hop.source in loop.sites and hop.tries_for(FailureClass.ERROR).bounded_by is not Bound.COUNT
        for change in bounded(flow, Factor(hop, hop.tries_for(FailureClass.ERROR)), enough(context.settings))
    ]
    if machines:
        below = ": this ends the cycle, and the lines below only keep the event. Catch"
        raises += below if any(drop.puts for drop in machines) else ", and catch"
        raises += (
            f" it in {some(names)}: a Catch of States.ALL that sends the input to a dead-letter queue "
            "without a consumer, as nothing keeps the event of a failed execution; set an alarm on its "
            "ApproximateNumberOfMessagesVisible"
        )
    elif then := _then(flow, delivering, bool(before)):
        raises += f": {then}"
    change = taken(loop.returns, f"send nothing back to {loop.start} from {senders}: fail there")
    caught = [Change(f"catch what fails in {drop.site}", edits=kept(drop.puts)) for drop in machines if drop.puts]
    return _Opening([*caught, change], raises, before)


def _keeping(drop: Drop) -> Change:
    """A place for what is given up on where it is lost today."""
    return Change(f"give {drop.site} a dead-letter queue, as what fails there is lost today", edits=kept(drop.puts))


def _then(flow: Flow, delivering: Sequence[Hop], bounded_first: bool) -> str:
    """What becomes of the event that fails, as a clause."""
    if len(delivering) != 1:
        return ""
    (hop,) = delivering
    ends = flow.ends_of(hop.source)
    if bounded_first or not ends:
        return ""
    return f"{hop.source} then tries it again and in the end moves it to {some(ends)}, which should have no consumer"
