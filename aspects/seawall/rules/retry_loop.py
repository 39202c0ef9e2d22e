"""`retry-loop`: failing work that is sent back to where it came from."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph import CLASSES, ONCE, Evidence, FailureClass, Hop, HopKind, When, class_of, in_words
from seawall.graph.feedback_arcs import comes_back
from seawall.remedies.advice import Advice, proposed
from seawall.remedies.open_loops import cuts
from seawall.remedies.search import Remedy
from seawall.remedies.what_if import Proposal, without_loop
from seawall.retries import Count, Factor, Loop, Path, PlanLoop, figure, plan_loops
from seawall.retries.wording import number
from seawall.words import some

from .context import Context
from .loop_stops import stopping
from .model import Confidence, Example, Finding, Mark, Rule, Severity
from .wording import assumptions, trace, verdict

_SHOWN_LAPS = 5
_JUDGED = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT)
_WRITES = ("s3", "dynamodb", "kinesis")
"""Services that code writes to in its ordinary work, not only with what failed."""


def check(context: Context) -> Iterator[Finding]:
    """One finding per place that events return to."""
    flow = context.analysis.flow
    shared = _shared(context)
    for loop in context.analysis.loops:
        if not _harmless(context, loop) and not any(flow.sites[site].framework for site in loop.sites):
            yield _finding(context, loop, shared[loop.start])
    for inner in plan_loops(flow):
        if not flow.sites[inner.container].framework:
            yield _inside(context, inner)


def _harmless(context: Context, loop: Loop) -> bool:
    """Whether a stated limit keeps all its events within the allowed number."""
    totals = [loop.total(failure) for failure in _JUDGED]
    return all(total is not None and total.exact and total.value <= context.settings.max_attempts for total in totals)


def _finding(context: Context, loop: Loop, shared: Advice) -> Finding:
    senders = list(dict.fromkeys(hop.source for hop in loop.returns))
    worst = max(_JUDGED, key=lambda failure: loop.gain[failure].weight)
    last = max(loop.returns, key=lambda hop: hop.evidence)
    way = (*context.analysis.shortest(loop.start, last.source), last)
    facts = (
        "gain per lap: " + ", ".join(f"{failure} {number(loop.gain[failure])}" for failure in CLASSES),
        _growth(loop, worst),
        *stopping(context, loop),
        *_ways_back(loop),
    )
    return Finding(
        rule=RULE.id,
        severity=_severity(loop, way),
        confidence=Confidence.HIGH if min(hop.evidence for hop in way) >= Evidence.READ else Confidence.MEDIUM,
        place=context.place(loop.start),
        site=loop.start,
        headline=f"{_first(loop, worst)}: {_round(loop, senders)}",
        facts=facts,
        assumptions=tuple(assumptions([*way, *loop.returns])),
        fix="; ".join(
            filter(None, (_cut(context, loop) + _effect(context, loop, worst), shared.text, *_otherwise(loop)))
        ),
        changes=_with_gain(shared.changes, loop, worst),
        failure=worst,
        trace=_trace(context, loop, way, worst),
        also=tuple(senders),
        shape=tuple(f"{hop.kind}>{hop.source}" for hop in loop.returns),
    )


def _severity(loop: Loop, way: tuple[Hop, ...]) -> Severity:
    """No hard verdict on what is assumed; a note where a permission alone suggests calls that Lambda would end."""
    guessed = any(hop.evidence <= Evidence.MEDIUM for hop in loop.returns)
    if guessed and _calls(loop) and loop.stopped_by == "lambda-detection":
        return Severity.NOTE
    return Severity.WARNING if any(hop.assumption for hop in way) else verdict(way, RULE.severity)


def _calls(loop: Loop) -> bool:
    """Whether functions call one another in a circle, as opposed to events that are sent back."""
    return all(hop.awaits or hop.kind == HopKind.INVOKE for hop in loop.returns)


def _writes(loop: Loop) -> bool:
    """Whether what comes back is what code writes."""
    return all(hop.kind.partition(":")[0] in _WRITES for hop in loop.returns)


def _otherwise(loop: Loop) -> list[str]:
    """What to do where the loop is meant, or is none."""
    advice = ["where the way back is meant, limit its laps in the code and acknowledge it"]
    if all(hop.evidence < Evidence.READ for hop in loop.returns):
        advice.append(f"where the code does not do it, state never_sends_to {loop.start}")
    return advice


def _consumed(context: Context, loop: Loop) -> list[Hop]:
    """Where the loop comes back to a dead-letter queue: the hops by which that is read."""
    flow = context.analysis.flow
    if not any(hop.when is When.EXHAUSTED for hop in flow.into(loop.start)):
        return []
    return [hop for hop in flow.out_of(loop.start) if hop.awaits and hop.target in loop.sites]


def _effect(context: Context, loop: Loop, worst: FailureClass) -> str:
    """What the cut brings, where no event comes back by another way."""
    cut = _consumed(context, loop) or loop.returns
    opened = not comes_back(context.analysis.unfolded.without(cut), loop.copy or loop.start)
    return f" (gain {number(loop.gain[worst])} -> 0)" if opened else ""


def _with_gain(changes: tuple[Remedy, ...], loop: Loop, worst: FailureClass) -> tuple[Remedy, ...]:
    """The changes, of which the last one ends the loop."""
    last = [replace(change, effect=f"gain {number(loop.gain[worst])} -> 0") for change in changes[-1:]]
    return (*changes[:-1], *last)


def _cut(context: Context, loop: Loop) -> str:
    """The one change that opens the loop."""
    consumers = [hop.target for hop in _consumed(context, loop)]
    if consumers:
        return (
            f"take {loop.start}, a dead-letter queue, away from {some(consumers)}: let an alarm watch it, and redrive "
            "by hand what is worth it"
        )
    senders = some(list(dict.fromkeys(hop.source for hop in loop.returns)))
    if _calls(loop):
        called = "itself" if senders == loop.start else loop.start
        return f"do not let {senders} call {called}, and take lambda:InvokeFunction on it out of the role"
    if _writes(loop):
        return (
            f"let {senders} write elsewhere than to {loop.start}, or keep what is written there from coming back by "
            "a filter on events"
        )
    return (
        f"do not send failing work back to {loop.start}: raise, and let the layer that delivered the event retry it "
        "and move it to a dead-letter queue that nothing sends on"
    )


def _shared(context: Context) -> dict[str, Advice]:
    """By start of a loop that shares sites with others: the fewest changes that end them all."""
    said: dict[str, Advice] = {}
    for loop in context.analysis.loops:
        if loop.start not in said:
            found = cuts(context.analysis, loop)
            most = "the fewest changes that" if found.exact else "changes that"
            made = ", and ".join(change.said for change in found.sets[0]) if found.sets else ""
            line = f"{most} end all {len(found.loops)} loops through these sites: {made}"
            lines = [line] if made and len(found.loops) > 1 else []
            said |= dict.fromkeys(
                (each.start for each in found.loops),
                Advice("; ".join(lines), tuple(proposed(context.analysis, change, "") for change in found.best)),
            )
    return said


def _inside(context: Context, loop: PlanLoop) -> Finding:
    """A state whose catch leads back to it."""
    classes = dict.fromkeys(class_of(signal) for signal in loop.signals)
    way = " -> ".join((loop.step, *loop.way, loop.step))
    ends = "nothing on the way chooses to stop"
    if loop.chooses:
        ends = "what may end it is decided by data that the definition does not show: nothing there counts the laps"
    clock = []
    if loop.clock is not None:
        clock = [f"only a clock ends it: the machine is stopped after {in_words(loop.clock)}, and fails"]
    return Finding(
        rule=RULE.id,
        severity=Severity.WARNING if loop.chooses else RULE.severity,
        confidence=Confidence.MEDIUM if loop.chooses else Confidence.HIGH,
        place=context.place(loop.step),
        site=loop.step,
        headline=f"a failing state is run again without end (gain 1): {way}",
        facts=(f"by a Catch, for class {', '.join(classes)}; {ends}", *clock),
        fix=(
            "count the laps in the state's input and leave by a Choice, "
            "or use a Retry with MaxAttempts and catch what is left"
        ),
        failure=next(iter(classes), None),
        shape=("catch", loop.step),
    )


def _round(loop: Loop, senders: list[str]) -> str:
    """The way round in short."""
    if senders == [loop.start]:
        return f"{loop.start} -> {loop.start}"
    return f"{loop.start} -> ... -> {some(senders)} -> {loop.start}"


def _ways_back(loop: Loop) -> list[str]:
    by_occasion: dict[tuple[str, str], list[str]] = {}
    for hop in loop.returns:
        by_occasion.setdefault((hop.kind, _occasion(hop)), []).append(hop.source)
    return [f"sent back by {', '.join(sources)} ({kind}, {when})" for (kind, when), sources in by_occasion.items()]


def _first(loop: Loop, worst: FailureClass) -> str:
    if _calls(loop):
        return f"calls lead back to where they came from (gain {number(loop.gain[worst])})"
    gain = loop.gain[worst]
    if _writes(loop):
        return f"what is written comes back as an event (gain {number(gain)})"
    if not loop.needs_failure and gain.value <= 1:
        return "events come round although nothing fails (gain 1)"
    if gain.value > 1:
        return f"failing work is sent back and multiplies ({_gains(loop)})"
    return "failing work is sent back (gain 1)"


def _gains(loop: Loop) -> str:
    """The gains, highest first: ``gain 4 for fault, 1 for error and timeout``."""
    by_gain: dict[Count, list[str]] = {}
    for failure in _JUDGED:
        by_gain.setdefault(loop.gain[failure], []).append(failure)
    ordered = sorted(by_gain.items(), key=lambda pair: pair[0].weight, reverse=True)
    return "gain " + ", ".join(f"{number(gain)} for {' and '.join(classes)}" for gain, classes in ordered)


def _growth(loop: Loop, worst: FailureClass) -> str:
    total = loop.total(worst)
    if total is not None and loop.laps is not None:
        gain, about = loop.gain[worst].value, ""
        if loop.stopped_by == "lambda-detection":
            about = "about "
            if gain <= 1:
                return f"one event comes round about {loop.laps} times"
        powers = " + ".join(f"{gain**lap:,}" for lap in range(min(loop.laps, _SHOWN_LAPS) + 1))
        more = " + ..." if loop.laps > _SHOWN_LAPS else ""
        return f"{about}{loop.laps} laps make {number(total)} events of one ({worst}): {powers}{more}"
    gain = loop.gain[worst].value
    if gain <= 1:
        return "one event goes round for ever: gain 1 never ends by itself"
    powers = ", ".join(f"{gain**lap:,}" for lap in range(1, _SHOWN_LAPS + 1))
    return f"one event becomes {powers}, ... events lap by lap ({worst})"


def _occasion(hop: Hop) -> str:
    if hop.evidence is Evidence.DECLARED and hop.when is When.ALWAYS:
        return "whenever it runs"
    return "in its code" if hop.evidence < Evidence.READ else f"on {hop.when}"


def _trace(context: Context, loop: Loop, way: tuple[Hop, ...], worst: FailureClass) -> tuple[Mark, ...]:
    """A way round whose factors make the gain of the worst class: the shortest one, or else that of a sender whose
    attempts are the gain; without factors where only a sum of ways makes it.
    """
    gain = loop.gain[worst].value
    counted = _counted(loop, way, worst)
    if counted.count.value == gain:
        return trace(counted)
    one_lap = context.analysis.attempts.at(loop.copy or loop.start)
    for hop in sorted(loop.returns, key=lambda hop: -hop.evidence):
        if hop.source in one_lap.inside and one_lap.attempts(hop.source, worst).value == gain:
            main = figure(one_lap.worst(hop.source, worst)[1], hop.source, worst).main
            if main.count.value == gain:
                return trace(Path(loop.start, (*main.factors, Factor(hop, ONCE))))
    return trace(Path(loop.start, tuple(Factor(hop, ONCE) for hop in way)))


def _counted(loop: Loop, way: tuple[Hop, ...], worst: FailureClass) -> Path:
    """A way with the tries that count: those since the last hand-off before the hop that leads back."""
    *before, back = way
    last = max((number for number, hop in enumerate(before) if not hop.awaits), default=-1)
    tries = [hop.tries_for(worst) if number > last else ONCE for number, hop in enumerate(before)]
    return Path(loop.start, (*map(Factor, before, tries), Factor(back, ONCE)))


def _what_if(context: Context, finding: Finding) -> Proposal | None:
    """Loops that share their sites are opened together: one proposal for all of them."""
    loop = next((loop for loop in context.analysis.loops if loop.start == finding.site), None)
    if loop is None:
        return None
    if loop.start not in context.opened:
        made = without_loop(context.analysis, context.settings, loop)
        others = (effect.site for outcome in made.outcomes for effect in outcome.effects if effect.of == "gain")
        context.opened.update(dict.fromkeys((loop.start, *others), made))
    return context.opened[loop.start]


RULE = Rule(
    id="retry-loop",
    severity=Severity.ERROR,
    title="failing work is sent back to where it came from",
    what=(
        "Finds cycles of hops: a function that puts a failed event back on the queue it came from, a dead-letter queue "
        "whose consumer sends to it again, a default branch that returns what it cannot handle. The gain says how many "
        "events come back for each that left, by failure class, and what stops the loop, if anything. Where nothing "
        "but a permission says that functions call one another in a circle, and Lambda would stop them, it is a note."
    ),
    why=(
        "Gain 1 never ends by itself. A gain above 1 grows as gain to the power of the laps: 4 makes 1,365 messages of "
        "one in five laps. Lambda's loop detection sees SQS, SNS, S3 and Lambda only, and not a way through Step "
        "Functions, EventBridge or DynamoDB."
    ),
    example=Example(
        """\
def handler(event, context):
    try:
        process(event)
    except Exception:
        sqs.send_message(QueueUrl=SOURCE_QUEUE, MessageBody=bump_retry_count(event))   # its own source
"""
    ),
    fix=(
        "Let the handler raise. The queue delivers again after the visibility timeout, counts, and moves the message "
        "to the dead-letter queue. Where sending back is meant (polling, paging), limit the laps in code, set "
        "`RecursiveLoop: Allow` if Lambda would stop it, and acknowledge the finding with the limit as the reason."
    ),
    better=Example(
        """\
def handler(event, context):
    process(event)   # raises: SQS retries up to maxReceiveCount, then dead-letters
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
        "https://aws.amazon.com/blogs/compute/detecting-and-stopping-recursive-loops-in-aws-lambda-functions/",
        "https://docs.aws.amazon.com/wellarchitected/latest/framework/rel_mitigate_interaction_failure_limit_retries.html",
    ),
    check=check,
    what_if=_what_if,
)
