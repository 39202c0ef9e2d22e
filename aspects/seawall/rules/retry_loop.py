"""`retry-loop`: failing work that is sent back to where it came from."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph import (
    CLASSES,
    ONCE,
    Bound,
    Evidence,
    FailureClass,
    Flow,
    Hop,
    HopKind,
    SiteKind,
    When,
    class_of,
    in_words,
    reach,
    service_of,
)
from seawall.graph.feedback_arcs import comes_back
from seawall.remedies.advice import Advice, proposed
from seawall.remedies.open_loops import loop_openings
from seawall.remedies.search import Remedy
from seawall.remedies.what_if import Proposal, without_loop
from seawall.retries import Count, Factor, Loop, Path, PlanLoop, figure, plan_loops
from seawall.retries.loops import hops_of
from seawall.retries.wording import number
from seawall.words import some

from .context import Context
from .loop_stops import stopping
from .model import Confidence, Example, Finding, Harm, Mark, Rule, Severity
from .wording import SEEN, assumptions, trace, verdict

_SHOWN_LAPS = 5
_COUNTED = 10**6
"""Events up to which a number is said."""
_STOPPED = {
    SiteKind.RULE: "disable the rule {}",
    SiteKind.PIPE: "stop the pipe {}",
    SiteKind.FUNCTION: "set the reserved concurrency of {} to 0",
    SiteKind.CONTAINER: "set the desired count of what runs {} to 0",
    SiteKind.MACHINE: "deny the role of {} what it calls, so that executions fail at once",
}
"""What an operator can do at once to keep a site of this kind from passing events on, what loses least first."""
_AT_ONCE = 1_000
"""Runs at once that an account allows by default."""
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
    yield from _candidates(context)
    for inner in plan_loops(flow):
        if not flow.sites[inner.container].framework:
            yield _inside(context, inner)


def _harmless(context: Context, loop: Loop) -> bool:
    """Whether a limit, stated or counted in code, keeps all its events within the allowed number."""
    totals = [loop.total(failure) for failure in _JUDGED]
    return all(total is not None and total.exact and total.value <= context.settings.max_attempts for total in totals)


def _finding(context: Context, loop: Loop, shared: Advice) -> Finding:
    senders = list(dict.fromkeys(hop.source for hop in loop.returns))
    worst = max(_JUDGED, key=lambda failure: loop.gain[failure].weight)
    last = max(loop.returns, key=lambda hop: hop.evidence)
    way = (*context.analysis.shortest(loop.start, last.source), last)
    facts = (
        "one event comes back as: " + ", ".join(f"{failure} {_ends(loop, failure)}" for failure in CLASSES),
        *_low_end(loop),
        *_growth(loop, worst),
        *stopping(context, loop),
        *_ways_back(loop),
    )
    return Finding(
        rule=RULE.id,
        severity=_severity(context.analysis.flow, loop, way),
        confidence=Confidence.HIGH if min(hop.evidence for hop in way) >= Evidence.READ else Confidence.MEDIUM,
        place=context.place(loop.start),
        site=loop.start,
        headline=f"{_first(loop, worst)}: {_round(loop, senders)}",
        facts=facts,
        assumptions=tuple(assumptions([*way, *loop.returns])),
        fix="; ".join(
            filter(
                None,
                (
                    _cut(context, loop) + _effect(context, loop, worst),
                    shared.text,
                    _at_once(context, loop),
                    *_otherwise(loop),
                ),
            )
        ),
        changes=_with_gain(shared.changes, loop, worst),
        failure=worst,
        trace=_trace(context, loop, way, worst),
        also=tuple(senders),
        shape=tuple(f"{hop.kind}>{hop.source}" for hop in loop.returns),
    )


def _candidates(context: Context) -> Iterator[Finding]:
    """Roles that several share, and that would let one of them send work back: a note, with who that might be."""
    flow = context.analysis.flow
    for role in flow.shared_roles:
        pairs: list[str] = []
        senders: dict[str, None] = {}
        for called in role.called:
            behind = reach([called, *_queues_of(flow, called)], flow.outgoing)
            for user in role.users:
                if user in behind:
                    senders[user] = None
                    pairs.append(f"{called} -> {user} -> {called}")
        if pairs:
            yield Finding(
                rule=RULE.id,
                severity=Severity.NOTE,
                confidence=Confidence.LOW,
                place=role.place,
                site=role.site,
                headline=f"a role that {len(role.users)} share lets them send work back to where it came from",
                facts=(
                    f"candidates: {some(pairs, 3)}",
                    "their environment does not hold what the role allows, so no loop is taken for granted",
                ),
                fix=(
                    "give each its own role with what it needs; where the code does send back, state sends_to, and "
                    "where it does not, nothing is to be done"
                ),
                also=tuple(senders),
                shape=("shared-role", role.site),
            )


def _queues_of(flow: Flow, function: str) -> list[str]:
    """The asynchronous queues of a function."""
    return [hop.source for hop in flow.into(function) if hop.kind == HopKind.ASYNCHRONOUS_INVOCATION]


def _severity(flow: Flow, loop: Loop, way: tuple[Hop, ...]) -> Severity:
    """An error where events come back for certain and nothing stops them; a note where a permission alone suggests
    calls that Lambda would end, or messages to a queue that its holder reads anyway.
    """
    if all(hop.evidence <= Evidence.MEDIUM and _polls(flow, hop.source, hop.target) for hop in loop.returns):
        return Severity.NOTE
    if loop.stopped_by == "lambda-detection":
        guessed = any(hop.evidence <= Evidence.MEDIUM for hop in loop.returns)
        return Severity.NOTE if guessed and _calls(loop) else Severity.WARNING
    certain = any(loop.gain_min[failure].value for failure in _JUDGED)
    ordinary = _writes(loop) and loop.evidence < Evidence.READ
    if not certain and loop.evidence is Evidence.WEAK:
        return Severity.NOTE
    if not certain or ordinary or any(hop.assumption for hop in way):
        return Severity.WARNING
    return verdict(way, RULE.severity)


def _polls(flow: Flow, site: str, queue: str) -> bool:
    """Whether the code of a site reads a queue: reason enough for its environment to hold it."""
    return any(hop.kind == HopKind.QUEUE_READER and hop.target == site for hop in flow.out_of(queue))


def _calls(loop: Loop) -> bool:
    """Whether functions call one another in a circle, as opposed to events that are sent back."""
    return all(hop.awaits or hop.kind == HopKind.INVOKE for hop in loop.returns)


def _writes(loop: Loop) -> bool:
    """Whether what comes back is what code writes."""
    return all(service_of(hop.kind) in _WRITES for hop in loop.returns)


def _at_once(context: Context, loop: Loop) -> str:
    """What stops it in production without a deployment: where events wait, they go on waiting."""
    flow = context.analysis.flow
    mapping = next((hop for hop in hops_of(flow, loop.sites) if hop.kind == HopKind.EVENT_SOURCE_MAPPING), None)
    if mapping is not None:
        name = mapping.place.address.logical_id
        return (
            f"at once, in production: disable the event source mapping {name} ({mapping.source} -> {mapping.target}), "
            f"and what is in {mapping.source} waits there"
        )
    kinds = {flow.sites[site].kind: site for site in sorted(loop.sites, reverse=True)}
    for kind, what in _STOPPED.items():
        if kind in kinds:
            return f"at once, in production: {what.format(kinds[kind])}"
    return ""


def _otherwise(loop: Loop) -> list[str]:
    """What to do where the loop is meant, or is none."""
    advice = ["where the cycle is meant, limit its rounds in the code and accept the finding"]
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
    opened = not comes_back(context.analysis.unfolded, loop.copy or loop.start, cut)
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
            f"stop {some(consumers)} from reading the dead-letter queue {loop.start}: let an alarm watch it, and "
            "redrive by hand what is worth it"
        )
    stops = list(dict.fromkeys(hop.stop for hop in loop.returns))
    if all(stops):
        return " and ".join(stops)
    senders = some(list(dict.fromkeys(hop.source for hop in loop.returns)))
    if _calls(loop):
        called = "itself" if senders == loop.start else loop.start
        return f"do not let {senders} call {called}, and take lambda:InvokeFunction on it out of the role"
    if _writes(loop):
        return (
            f"let {senders} write elsewhere than to {loop.start}, or keep what is written there from coming back by "
            "a filter on events"
        )
    if by_service := [hop.stop for hop in hops_of(context.analysis.flow, loop.sites) if hop.stop]:
        return by_service[0]
    if not loop.needs_failure:
        return f"keep what {senders} sends from coming back to {loop.start}: send it elsewhere, or filter it out there"
    if losing := _losing(context.analysis.flow, loop):
        return (
            f"do not send failing work back to {loop.start}: give {some(losing)} a dead-letter queue first, as what "
            "fails there is lost today, and then raise"
        )
    return (
        f"do not send failing work back to {loop.start}: raise, and let the layer that delivered the event retry it "
        "and move it to a dead-letter queue that nothing sends on"
    )


def _losing(flow: Flow, loop: Loop) -> list[str]:
    """What delivers to those that send back, and loses an event whose tries are spent."""
    delivering = [hop for back in loop.returns for hop in _delivered_by(flow, back.source)]
    return list(dict.fromkeys(hop.source for hop in delivering if not _kept(flow, hop)))


def _delivered_by(flow: Flow, site: str) -> list[Hop]:
    """The deliveries that end where work begins at `site`: those of whoever waits for it and works itself, instead."""
    found: list[Hop] = []
    seen, waiting = {site}, [site]
    while waiting:
        for hop in flow.into(waiting.pop()):
            passes = flow.sites[hop.source].works or hop.source not in flow.incoming
            if not hop.awaits or hop.source in seen:
                continue
            seen.add(hop.source)
            if passes or flow.sites[hop.source].kind == SiteKind.PIPE:
                waiting.append(hop.source)
            else:
                found.append(hop)
    return found


def _kept(flow: Flow, hop: Hop) -> bool:
    """Whether what is delivered over a hop goes somewhere when its tries are spent, or is tried until it is too old."""
    bounded = hop.tries_for(FailureClass.ERROR).bounded_by is Bound.COUNT
    spent = any(other.when is When.EXHAUSTED for other in flow.out_of(hop.source))
    return spent or not bounded


def _shared(context: Context) -> dict[str, Advice]:
    """By start of a loop that shares sites with others: the fewest changes that end them all."""
    said: dict[str, Advice] = {}
    for loop in context.analysis.loops:
        if loop.start not in said:
            found = loop_openings(context.analysis, loop)
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
    elif loop.laps is not None:
        clock = [f"only its history ends it, after {loop.laps:,} laps at most: an execution fails when that is full"]
    return Finding(
        rule=RULE.id,
        severity=Severity.WARNING if loop.chooses else RULE.severity,
        confidence=Confidence.MEDIUM if loop.chooses else Confidence.HIGH,
        place=context.place(loop.step),
        site=loop.step,
        headline=f"a failing state is run again without end: {way}",
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
    gain = loop.gain[worst]
    if _calls(loop):
        return f"calls lead back to where they came from ({_span(loop, worst)})"
    if _writes(loop):
        return f"what is written comes back as an event ({_span(loop, worst)})"
    if not loop.needs_failure and gain.value <= 1:
        return f"events come round although nothing fails ({_span(loop, worst)})"
    if gain.value > 1 and loop.gain_min[worst].value > 1:
        return f"failing work is sent back and multiplies ({_gains(loop, worst)})"
    if gain.value > 1:
        return f"failing work is sent back and may multiply ({_gains(loop, worst)})"
    return f"failing work is sent back ({_span(loop, worst)})"


def _span(loop: Loop, worst: FailureClass) -> str:
    """What one event comes back as at worst: ``each comes back as 1 to 3``."""
    least = max((loop.gain_min[failure] for failure in _JUDGED), key=lambda gain: gain.weight)
    return _comes_back(least, loop.gain[worst])


def _gains(loop: Loop, worst: FailureClass) -> str:
    """What one event comes back as in the worst class: ``each comes back as up to 4 on a fault``."""
    article = "an" if worst == "error" else "a"
    return f"{_comes_back(loop.gain_min[worst], loop.gain[worst])} on {article} {worst}"


def _comes_back(least: Count, most: Count) -> str:
    if least.value >= most.value:
        return f"each comes back as {number(most)}"
    return f"each comes back as {f'{number(least)} to' if least.value else 'up to'} {number(most)}"


def _low_end(loop: Loop) -> list[str]:
    """What lies between the ends of the gain."""
    if all(loop.gain_min[failure].value >= loop.gain[failure].value for failure in CLASSES):
        return []
    if _calls(loop):
        return ["low end: the handler waits for what it calls; high end: it calls with InvocationType Event"]
    if any(loop.gain_min[failure].value for failure in _JUDGED):
        return ["low end: the handler sends back and ends well; high end: it fails besides, and its source tries again"]
    return ["low end: what is sent back is chosen on data; where that counts laps, the loop ends after them"]


def _ends(loop: Loop, failure: FailureClass) -> str:
    most, least = loop.gain[failure], loop.gain_min[failure]
    return number(most) if least.value >= most.value else f"{number(least)} to {number(most)}"


def _growth(loop: Loop, worst: FailureClass) -> list[str]:
    """What one event becomes, lap by lap."""
    total, gain = loop.total(worst), loop.gain[worst].value
    about = "about " if loop.stopped_by == "lambda-detection" else ""
    if loop.laps is not None and gain <= 1:
        return [f"one event comes round {about}{loop.laps} times"]
    if gain <= 1:
        ends = "" if any(loop.gain_min[failure].value for failure in _JUDGED) else ", unless what chooses ends it"
        return [f"one event goes round for ever{ends}: as many come back as leave"]
    if total is not None and loop.laps is not None and total.value <= _COUNTED:
        powers = " + ".join(f"{gain**lap:,}" for lap in range(min(loop.laps, _SHOWN_LAPS) + 1))
        more = " + ..." if loop.laps > _SHOWN_LAPS else ""
        return [f"{about}{loop.laps} laps make {number(total)} events of one ({worst}): {powers}{more}"]
    powers = ", ".join(f"{gain**lap:,}" for lap in range(1, _SHOWN_LAPS + 1) if gain**lap <= _COUNTED)
    laps = next(lap for lap in range(1, _AT_ONCE) if gain**lap >= _AT_ONCE)
    until = "" if loop.laps is None else f" until it is stopped after {about}{loop.laps} laps"
    fast = f"{_AT_ONCE:,} and more are on their way after {laps} {'lap' if laps == 1 else 'laps'}"
    found = [f"one event becomes {powers}, ... events lap by lap ({worst})"] if powers else []
    return [*found, f"at that rate it grows without bound{until}: {fast}"]


def _occasion(hop: Hop) -> str:
    """When it is taken, and how that is known: nothing is said of code that was not read."""
    if hop.evidence < Evidence.READ:
        return f"as {SEEN[hop.evidence]} suggest{'' if hop.evidence is Evidence.STRONG else 's'}"
    when = "whenever it runs" if hop.when is When.ALWAYS else f"on {hop.when}"
    known = {Evidence.READ: "in its code, ", Evidence.STATED: "as stated, "}
    return f"{known.get(hop.evidence, '')}{when}"


def _trace(context: Context, loop: Loop, way: tuple[Hop, ...], worst: FailureClass) -> tuple[Mark, ...]:
    """A way round whose factors make the gain of the worst class: the shortest one, or else that of a sender whose
    attempts are the gain; without factors where only a sum of ways makes it.
    """
    gain = loop.gain[worst].value
    counted = _counted(loop, way, worst)
    if counted.count.value == gain:
        return trace(counted)
    one_lap = context.analysis.attempts.lap(loop.copy or loop.start)
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
    harm=Harm.GROWS,
    what_if=_what_if,
)
