"""How a loop is opened: one change of its own cycle, in words and as edits, and what has to come before it so that no
event is lost by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import (
    Bound,
    Drop,
    Evidence,
    FailureClass,
    Flow,
    Hop,
    HopKind,
    SiteKind,
    When,
    failing_with,
    service_of,
)
from seawall.graph.feedback_arcs import comes_back
from seawall.remedies.advice import proposed
from seawall.remedies.changes import bounded, enough, sent_by_others, without_readers
from seawall.remedies.open_loops import led, taken
from seawall.remedies.search import Change, Edit
from seawall.remedies.settings_changes import is_alarm, kept
from seawall.retries import Analysis, Factor, Loop
from seawall.retries.loops import hops_of
from seawall.retries.wording import number
from seawall.words import some

from .context import Context
from .fixes import Step
from .loop_filters import filtered
from .wording import change_notes

_NAMED = re.compile(r"dead[-_ ]?letter|dlq", re.IGNORECASE)
"""In the name of a queue: what its author takes it for, whoever sends there."""
_WRITES = ("s3", "dynamodb", "kinesis")
"""Services that code writes to in its ordinary work, not only with what failed."""


class _Opening(Struct, frozen=True):
    """What opens a loop, as steps in order: the cut first, then what keeps the events that fail then."""

    changes: list[Change]
    text: str = ""
    """The cut in prose, where there is more to say than the changes do."""
    notes: tuple[str, ...] = ()
    steps: list[Step] = []
    """What goes with it."""


def loop_steps(context: Context, loop: Loop, senders: Sequence[str], worst: FailureClass) -> tuple[Step, ...]:
    """The changes that open the loop, with what they bring together, each with what keeps the events that fail then."""
    steps: list[Step] = []
    gone: list[Hop] = []
    for part in _parts(context.analysis.flow, loop):
        sending = {hop.source for hop in part.returns}
        opening = _opening(context, part, [each for each in senders if each in sending])
        gone += [hop for change in opening.changes for hop in change.gone]
        opens = not comes_back(context.analysis.unfolded, loop.start, gone)
        effect = f"events that come back: {number(loop.gain[worst])} -> 0" if opens else ""
        text = opening.text or " and ".join(dict.fromkeys(change.said for change in opening.changes))
        changes = [proposed(context.analysis, change, "") for change in opening.changes]
        changes[-1] = replace(changes[-1], effect=effect)
        notes = (*opening.notes, *change_notes(changes))
        steps += (Step(text, effect, notes, tuple(changes)), *opening.steps)
    return tuple(steps)


def _parts(flow: Flow, loop: Loop) -> list[Loop]:
    """A loop by who sends back: first what a service does with events whose tries are spent, as code that raises
    instead of sending feeds just that, then what else a service sends of its own accord, and then the code. One part
    where one change opens it all.
    """
    spent = tuple(hop for hop in loop.returns if _when_spent(hop))
    led_on = tuple(hop for hop in loop.returns if hop.stop and hop not in spent)
    sent = tuple(hop for hop in loop.returns if not hop.stop and hop not in spent)
    parts = [part for part in (spent, led_on, sent) if part]
    if len(parts) == 1 or _consumed(flow, loop) is not None:
        return [loop]
    return [
        replace(loop, returns=part, needs_failure=loop.needs_failure or all(hop.when is When.FAILURE for hop in part))
        for part in parts
    ]


def _when_spent(hop: Hop) -> bool:
    """Whether a service sends the event there when its tries are spent."""
    return bool(hop.instead) or hop.when is When.EXHAUSTED


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
    if all(_when_spent(hop) for hop in loop.returns):
        changes = [led(hop) for hop in loop.returns]
        return _Opening(changes, steps=[] if _watched(changes) else [_ALARM])
    passing = [hop for hop in hops_of(flow, loop.sites) if hop.target != loop.start]
    stops = [hop for hop in (*loop.returns, *passing) if hop.stop]
    if calls(loop):
        return _uncalled(context, loop, senders)
    if all(hop.stop for hop in loop.returns):
        text = " and ".join(dict.fromkeys(hop.stop for hop in loop.returns))
    elif writes(loop) and (narrowed := filtered(context, loop)) is not None:
        return _Opening([narrowed])
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
        what = f"what {senders} {'sends' if len(sending) == 1 else 'send'}"
        text = f"keep {what} from coming back to {loop.start}: send it elsewhere, or filter it out there"
    else:
        return _raising(context, loop, senders)
    return _Opening([taken(loop.returns, text)])


def _uncalled(context: Context, loop: Loop, senders: str) -> _Opening:
    """Functions that call one another: without the permission they cannot, whatever their code does."""
    called = "itself" if senders == loop.start else loop.start
    allowing = {hop.granted.place: hop for hop in loop.returns if hop.granted is not None}
    permissions = [_permission(context, hop) for hop in allowing.values()]
    if loop.evidence < Evidence.READ and len(permissions) == len(loop.returns) == 1:
        return permissions[0]
    text = f"do not let {senders} call {called}{_lines(loop)}"
    granted = [_in_step(context.analysis, each.text, each.changes) for each in permissions]
    gone = f"remove lambda:InvokeFunction on {'it' if called == 'itself' else called} from the role"
    return _Opening([taken(loop.returns, text)], steps=granted or [Step(gone)])


def _permission(context: Context, hop: Hop) -> _Opening:
    """The permission for a call, taken away: as an edit where nothing else hangs on what goes."""
    by = hop.granted
    assert by is not None  # noqa: S101
    what = f"{by.action} on {by.on}"
    held = context.app.resource(by.place.address)
    policy = "its role" if held is None or held.site_id == hop.source else held.site_id
    gone = f"take {what} out of {policy}"
    text = f"if it does not, better still {gone}: then it never can" if hop.evidence < Evidence.READ else gone
    if by.removable is None:
        several = f"give {hop.source} a role of its own, without {what}: {policy} is others' as well"
        several = f"if it does not, better still {several}" if hop.evidence < Evidence.READ else several
        by_cdk = held is not None and held.construct_path is not None
        return _Opening([taken([hop], gone)], several if by.shared else text, (_GRANTED,) if by_cdk else ())
    edit = Edit(by.removable, what, "none", removes=True)
    return _Opening([Change(gone, edits=(edit,), gone=(hop,))], text, (_ALONE,))


_ALONE = "what goes allows nothing else"
_GRANTED = "it comes of a grantInvoke or an addToRolePolicy in the code"


def _consumed(flow: Flow, loop: Loop) -> _Opening | None:
    """Where the loop comes back to a dead-letter queue: that it is not read any more. Not where others send to it, too:
    nobody would read that.
    """
    spent = any(hop.when is When.EXHAUSTED for hop in flow.into(loop.start))
    if not _NAMED.search(loop.start.rpartition("/")[2]) and (not spent or sent_by_others(flow, loop.start)):
        return None
    reading = [hop for hop in flow.out_of(loop.start) if hop.awaits and hop.target in loop.sites]
    if not reading:
        return None
    readers = some(hop.target for hop in reading)
    edits = [
        edit for change in without_readers(flow, loop.start) if set(change.gone) & set(reading) for edit in change.edits
    ]
    change = taken(reading, f"stop {readers} from reading the dead-letter queue {loop.start}")
    change = replace(change, edits=tuple(edits)) if edits else change
    return _Opening([change], steps=[replace(_ALARM, do=f"{_ALARM.do}, and redrive by hand what is worth it")])


_ALARM = Step("set an alarm on the ApproximateNumberOfMessagesVisible of that queue")


def _lines(loop: Loop) -> str:
    """The lines of code that send back, in brackets; empty where none was read."""
    lines = list(dict.fromkeys(hop.at.short for hop in loop.returns if hop.at is not None))
    return f" ({some(lines, 3)})" if lines else ""


def _raising(context: Context, loop: Loop, senders: str) -> _Opening:
    """Who sends back fails instead: what delivers to it tries again, and keeps the event where it is set up to."""
    flow, analysis = context.analysis.flow, context.analysis
    caught = {hop.source: flow.failing_before(hop.source) for hop in loop.returns}
    if all((sender,) != failing for sender, failing in caught.items()):
        catching = some(chain.from_iterable(caught.values()))
        raises = (
            f"let the Catch of {catching} end in a Fail state instead of {senders}, which sends back to {loop.start}"
        )
    else:
        raises = f"let {senders} raise the error instead of sending it back to {loop.start}{_lines(loop)}"
    behind = failing_with(flow, [hop.source for hop in loop.returns])
    lost = [drop for drop in flow.drops if drop.site in behind and drop.site not in flow.watched]
    machines = [drop for drop in lost if flow.sites[drop.site].kind == SiteKind.MACHINE]
    keeping = [_keeping(drop) for drop in lost if drop not in machines]
    delivering = [hop for site in behind for hop in flow.into(site) if hop.awaits and hop.keeps]
    keeping += [
        change
        for hop in delivering
        if hop.source in loop.sites and hop.tries_for(FailureClass.ERROR).bounded_by is not Bound.COUNT
        for change in bounded(flow, Factor(hop, hop.tries_for(FailureClass.ERROR)), enough(context.settings))
    ]
    steps = [_in_step(analysis, f"{_SAME}{change.said}", [change]) for change in keeping]
    notes: tuple[str, ...] = ()
    if machines:
        steps += _catching(analysis, machines)
        notes = (_ONE_TRY,) if _tried_once(flow, [hop.source for hop in loop.returns]) else ()
    elif then := _then(flow, loop.start, delivering, bool(keeping)):
        notes = (then,)
    change = taken(loop.returns, f"send nothing back to {loop.start} from {senders}: fail there")
    return _Opening([change], raises, notes, steps)


_ONE_TRY = "an error of the code then gets one try, as no Retry names it: add one where a second try may help"


def _tried_once(flow: Flow, senders: Sequence[str]) -> bool:
    """Whether nothing that waits for what sends back tries an error of its code again."""
    waiting = [hop for sender in senders for hop in flow.into(sender) if hop.awaits]
    return bool(waiting) and all(hop.tries_for(FailureClass.ERROR).total == 1 for hop in waiting)


_SAME = "in the same deployment, "


def _catching(analysis: Analysis, machines: Sequence[Drop]) -> list[Step]:
    """A Catch in each machine, as nobody who waits for it would deliver the event again."""
    names = some([drop.site for drop in machines])
    made = [Change(f"catch what fails in {drop.site}", edits=kept(drop.puts)) for drop in machines if drop.puts]
    watched = _watched(made)
    text = (
        f"{_SAME}keep the event that fails then: catch States.ALL in {names}, and send the input to a dead-letter "
        f"queue that nothing reads{', with an alarm on it' if watched else ''}"
    )
    return [_in_step(analysis, text, made), *([] if watched else [_ALARM])]


def _watched(changes: Sequence[Change]) -> bool:
    """Whether an alarm comes with them."""
    return any(is_alarm(edit) for change in changes for edit in change.edits)


def _in_step(analysis: Analysis, text: str, changes: Sequence[Change]) -> Step:
    made = tuple(proposed(analysis, change, "") for change in changes)
    return Step(text, notes=change_notes(made), changes=made)


def _keeping(drop: Drop) -> Change:
    """A place for what is given up on where it is lost today."""
    return Change(f"give {drop.site} a dead-letter queue, as what fails there is lost today", edits=kept(drop.puts))


def _then(flow: Flow, start: str, delivering: Sequence[Hop], bounded_first: bool) -> str:
    """What becomes of the event that fails, as a sentence."""
    if len(delivering) != 1:
        return ""
    (hop,) = delivering
    ends = [end for end in flow.ends_of(hop.source) if end != start]
    if bounded_first or not ends:
        return ""
    return f"{hop.source} then tries it again and in the end moves it to {some(ends)}, which nothing should read"
