"""`retry-loop`: failed events that are sent back in a cycle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from seawall.cost.cycles import cycle_cost, pace
from seawall.graph import (
    CLASSES,
    ONCE,
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
)
from seawall.remedies.open_loops import loop_openings
from seawall.remedies.search import JUDGED
from seawall.remedies.statements import never_sent
from seawall.remedies.what_if import Proposal, without_loop
from seawall.retries import Count, Factor, Loop, Path, PlanLoop, figure, plan_loops
from seawall.retries.loops import LAMBDA_STOPS
from seawall.retries.wording import number, sent_at
from seawall.services.lambda_.functions import LOOP_SDKS
from seawall.words import some

from .context import Context
from .fixes import Fix, Step, StopNow
from .loop_fixes import calls, loop_steps, writes
from .loop_halts import halting
from .loop_lines import LoopWay, comes_back, counted, headline
from .loop_stops import stopping
from .model import Confidence, Example, Finding, Harm, Mark, Rule, Severity
from .pollers import asynchronous_queues
from .wording import SEEN, assumptions, service_error, trace, verdict

_ASKED = 64
"""Of a role that several share: of what it lets them call, as much is followed to find candidates."""
_UNNAMED = SiteKind.ASYNCHRONOUS_QUEUE
"""What nobody thinks of as a place."""
_NAMED = 4
"""Places on the way round that are all named."""


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
    totals = [loop.total(failure) for failure in JUDGED]
    return all(total is not None and total.exact and total.value <= context.settings.max_attempts for total in totals)


def _finding(context: Context, loop: Loop, shared: str) -> Finding:
    worst = max(JUDGED, key=lambda failure: loop.gain[failure].weight)
    cost = cycle_cost(context.analysis, loop, worst)
    last = max(loop.returns, key=lambda hop: hop.evidence)
    way = (*context.analysis.shortest(loop.start, last.source), last)
    drawn = _trace(context, loop, way, worst)
    senders = list(dict.fromkeys((drawn[-2].site, *(hop.source for hop in loop.returns))))
    told = LoopWay(context.analysis.flow, loop, way, drawn)
    severity = _severity(told)
    return Finding(
        rule=RULE.id,
        severity=severity,
        confidence=Confidence.HIGH if min(hop.evidence for hop in way) >= Evidence.READ else Confidence.MEDIUM,
        place=context.place(loop.start),
        site=loop.start,
        headline=headline(told, worst),
        facts=(
            *comes_back(told, worst, cost, pace(context.analysis, loop, FailureClass.ERROR)),
            *stopping(context, loop),
        ),
        assumptions=_assumed(loop, way),
        details=(
            f"events that come back for each one sent: {_all_ends(loop, told.of_lambda)}",
            f"the cycle: {_round(context, loop, senders)}",
            *_ways_back(loop),
            *filter(None, [shared]),
        ),
        fix=_fix(context, told, loop_steps(context, loop, senders, worst)),
        stop_now=halting(context, loop, way) if severity > Severity.NOTE else StopNow(),
        cost=cost,
        failure=worst,
        trace=drawn,
        also=tuple(senders),
        shape=tuple(f"{hop.kind}>{hop.source}" for hop in loop.returns),
    )


def _assumed(loop: Loop, way: Sequence[Hop]) -> tuple[str, ...]:
    """What has to hold; what is asked first, and what decides nothing where each call causes one more, is not told."""
    decides = not calls(loop) or any(loop.gain_min[each].value < loop.gain[each].value for each in JUDGED)
    asked = all(hop.evidence < Evidence.READ for hop in loop.returns)
    back = [replace(hop, evidence=Evidence.STATED) if asked else hop for hop in loop.returns]
    back = back if decides else [replace(hop, assumption="") for hop in back]
    return tuple(assumptions([*(hop for hop in way if hop not in loop.returns), *back]))


def _all_ends(loop: Loop, of_lambda: bool) -> str:
    """How many come back, by kind of failure, from the low end to the high one."""
    ends = {failure: (loop.gain_min[failure], loop.gain[failure]) for failure in CLASSES}
    told = {each: f"{'at most ' if each in loop.at_most else ''}{_range(*both)}" for each, both in ends.items()}
    if len(set(told.values())) == 1:
        return f"{told[FailureClass.ERROR]}, whatever fails"
    names = {each: service_error(of_lambda) if each is FailureClass.FAULT else each.value for each in CLASSES}
    return ", ".join(f"{names[each]} {said}" for each, said in told.items())


def _range(least: Count, most: Count) -> str:
    return number(most) if least.value >= most.value else f"{number(least)} to {number(most)}"


def _candidates(context: Context) -> Iterator[Finding]:
    """Roles that several share, and that would let one of them send work back: a note, with who that might be."""
    flow = context.analysis.flow
    for role in flow.shared_roles:
        pairs: list[str] = []
        senders: dict[str, None] = {}
        for called in role.called[:_ASKED]:
            behind = reach([called, *asynchronous_queues(flow, called)], flow.outgoing)
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
                headline=f"a role that {len(role.users)} functions share would let them send events back in a cycle",
                facts=(
                    f"possible cycles: {some(pairs, 3)}",
                    "nothing but the role says so: their environments do not name what it allows",
                ),
                fix=Fix.of(
                    "give each function a role of its own; where the code does send back, state sends_to; where it "
                    "does not, there is nothing to do"
                ),
                also=tuple(senders),
                shape=("shared-role", role.site),
            )


def _severity(told: LoopWay) -> Severity:
    """An error where events come back for certain and nothing stops them; a note where a permission alone suggests
    calls that Lambda would end, or messages to a queue that its holder reads anyway.
    """
    loop = told.loop
    if all(hop.evidence <= Evidence.MEDIUM and _polls(told.flow, hop.source, hop.target) for hop in loop.returns):
        return Severity.NOTE
    if loop.stopped_by == LAMBDA_STOPS:
        guessed = any(hop.evidence <= Evidence.MEDIUM for hop in loop.returns)
        return Severity.NOTE if guessed and calls(loop) else Severity.WARNING
    ordinary = writes(loop) and loop.evidence < Evidence.READ
    if not told.sure and loop.evidence is Evidence.WEAK:
        return Severity.NOTE
    if not told.sure or ordinary or any(hop.assumption for hop in told.hops):
        return Severity.WARNING
    return verdict(told.hops, RULE.severity)


def _polls(flow: Flow, site: str, queue: str) -> bool:
    """Whether the code of a site reads a queue: reason enough for its environment to hold it."""
    return any(hop.kind == HopKind.QUEUE_READER and hop.target == site for hop in flow.out_of(queue))


def _fix(context: Context, told: LoopWay, steps: tuple[Step, ...]) -> Fix:
    """What to do, and what to look at first where nothing shows that the code sends."""
    loop = told.loop
    ends = "say what ends it" if all(hop.instead for hop in loop.returns) else "limit its rounds in the code"
    meant = f"if the cycle is meant, {ends} and acknowledge the finding"
    if any(hop.evidence >= Evidence.READ for hop in loop.returns):
        return Fix(steps, otherwise=meant)
    stated = never_sent(context.app, told.flow, loop.returns)
    return Fix(steps, _question(told, bool(stated)), otherwise=meant, correction=stated)


def _question(told: LoopWay, stated: bool) -> str:
    """What to find out first about code that was not read, and what its answer leads to."""
    loop = told.loop
    sending = list(dict.fromkeys(hop.source for hop in loop.returns))
    senders, several = some(sending), len(sending) > 1
    its, role = ("their", "roles") if several else ("its", "role")
    whom = "itself" if senders == loop.start else loop.start
    does = f"call {whom}" if calls(loop) else f"write to {whom}" if writes(loop) else f"send to {whom}"
    by = next((hop.granted for hop in loop.returns if hop.granted is not None), None)
    allow = "allow" if several else "allows"
    allowed = f" {allow} it" if by is None else f" {allow} {by.action} on {by.on}"
    names = "environments name" if several else "environment names"
    if loop.evidence is Evidence.WEAK:
        known = f"only {its} {names} {whom}"
    elif loop.evidence is Evidence.MEDIUM:
        known = f"only {its} {role}{allowed}"
    else:
        known = f"{its} {names} {whom}, and {its} {role}{allowed}"
    told_so = ". If not, say so with these lines, and this finding is gone" if stated else ""
    return f"does the code of {senders} {does}? It was not read: {known}{told_so}"


def _shared(context: Context) -> dict[str, str]:
    """By start of a loop: where it shares sites with others, the fewest changes that end them all."""
    said: dict[str, str] = {}
    for loop in context.analysis.loops:
        if loop.start not in said:
            found = loop_openings(context.analysis, loop)
            most = "the fewest changes that" if found.exact else "changes that"
            made = ", and ".join(change.said for change in found.sets[0]) if found.sets else ""
            which = "both" if len(found.loops) == 2 else f"all {len(found.loops)}"
            line = f"{most} end {which} cycles through these: {made}"
            line = line if made and len(found.loops) > 1 else ""
            said |= dict.fromkeys((each.start for each in found.loops), line)
    return said


_LOOKED_AT = "a Choice that looks at the answer of the call"


def _inside(context: Context, loop: PlanLoop) -> Finding:
    """A state whose catch leads back to it."""
    classes = dict.fromkeys(class_of(signal) for signal in loop.signals)
    steps = [step.partition("#")[2] or step for step in (loop.step, *loop.way, loop.step)]
    every = len(classes) == len(CLASSES)
    named = (service_error(of_lambda=False) if each == FailureClass.FAULT else each for each in classes)
    on = "whatever fails" if every else f"on {' or '.join(named)}"
    ends = "no state of the cycle can leave it"
    if loop.chooses:
        ends = "a Choice may leave it, on data that the definition does not show: nothing there counts the rounds"
    clock = []
    if loop.clock is not None:
        clock = [f"only a clock ends it: the machine is stopped after {in_words(loop.clock)}, and fails"]
    elif loop.laps is not None:
        clock = [f"only its history ends it, after {loop.laps:,} rounds at most: an execution fails when that is full"]
    return Finding(
        rule=RULE.id,
        severity=Severity.WARNING if loop.chooses else RULE.severity,
        confidence=Confidence.MEDIUM if loop.chooses else Confidence.HIGH,
        place=context.place(loop.step),
        site=loop.step,
        headline=f"a failing state of {loop.container} never leaves the cycle {' -> '.join(steps)}",
        facts=(f"{_LOOKED_AT if loop.answered else 'a Catch'} leads back, {on}; {ends}", *clock),
        fix=Fix.of(
            "count the rounds in the state's data and leave the cycle by a Choice, "
            "or use a Retry with MaxAttempts and catch the rest"
        ),
        failure=next(iter(classes), None),
        shape=("catch", loop.step),
    )


def _round(context: Context, loop: Loop, senders: list[str]) -> str:
    """The way round: all of it where it is short, else its start and its end."""
    if senders == [loop.start]:
        return f"{loop.start} -> {loop.start}"
    if len(senders) == 1:
        way = [hop.target for hop in context.analysis.shortest(loop.start, senders[0])]
        sites = context.analysis.flow.sites
        named = [site for site in way if sites[site].inside is None and sites[site].kind != _UNNAMED]
        if named and named[-1] == senders[0] and len(named) <= _NAMED:
            return " -> ".join((loop.start, *named, loop.start))
    return f"{loop.start} -> ... -> {some(senders)} -> {loop.start}"


def _ways_back(loop: Loop) -> list[str]:
    by_occasion: dict[tuple[str, str], list[str]] = {}
    for hop in loop.returns:
        by_occasion.setdefault((hop.kind, _occasion(hop)), []).append(hop.source)
    return [
        f"{some(sources, len(sources))} {'sends' if len(sources) == 1 else 'send'} it back ({kind}, {when})"
        for (kind, when), sources in by_occasion.items()
    ]


def _occasion(hop: Hop) -> str:
    """When it is taken, and how that is known: nothing is said of code that was not read."""
    if hop.evidence < Evidence.READ:
        return f"inferred from {SEEN[hop.evidence]}"
    when = "whenever it runs" if hop.when is When.ALWAYS else "when it fails"
    known = {Evidence.READ: "in its code, ", Evidence.STATED: "as stated, "}
    several = f"{hop.copies:,} at a time, " if hop.copies != 1 else ""
    told = f"{several}{known.get(hop.evidence, '')}{when}"
    return told if hop.at is None else f"{told}, {sent_at(hop)}"


def _trace(context: Context, loop: Loop, way: tuple[Hop, ...], worst: FailureClass) -> tuple[Mark, ...]:
    """A way round whose factors make the gain of the worst class: the shortest one, or else that of a sender whose
    attempts are the gain; without factors where only a sum of ways makes it.
    """
    gain = loop.gain[worst].value
    shortest = counted(loop, way, worst)
    if shortest.count.value == gain:
        return trace(shortest)
    one_lap = context.analysis.attempts.lap(loop.copy or loop.start)
    for hop in sorted(loop.returns, key=lambda hop: -hop.evidence):
        if hop.source in one_lap.inside and one_lap.attempts(hop.source, worst).value * hop.copies == gain:
            main = figure(one_lap.worst(hop.source, worst)[1], hop.source, worst).main
            if main.count.value * hop.copies == gain:
                return trace(Path.of(loop.start, (*main.factors, Factor(hop, ONCE, hop.copies))))
    return trace(Path.of(loop.start, tuple(Factor(hop, ONCE) for hop in way)))


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


_SDKS = some(list(LOOP_SDKS.value.values()), len(LOOP_SDKS.value))

RULE = Rule(
    id="retry-loop",
    severity=Severity.ERROR,
    title="a failed event is sent back in a cycle that nothing ends",
    what=(
        "Finds cycles: a function that puts a failed event back on the queue it came from, a dead-letter queue whose "
        "consumer sends to it again, a default branch that returns what it cannot handle. The finding says how many "
        "events come back for each one sent, by kind of failure, and what stops the cycle, if anything. Where only a "
        "permission suggests that functions call each other in a cycle, and Lambda would stop them, it is a note."
    ),
    why=(
        "Where one comes back for each one sent, the cycle never ends by itself. Where more come back, it multiplies "
        "each round: with 4, one message becomes 1,365 in five rounds. Lambda's loop detection sees SQS, SNS, S3 and "
        "Lambda only, and no cycle through Step Functions, EventBridge or DynamoDB; and the functions' AWS SDK has to "
        f"carry the count: {_SDKS}, or later."
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
        "to the dead-letter queue. Where a state machine was started without waiting, nobody delivers again: catch the "
        "failure in the machine and send the event to a dead-letter queue that has no consumer. Where sending back is "
        "meant (polling, paging), limit the rounds in the code, set `RecursiveLoop: Allow` if Lambda would stop it, "
        "and acknowledge the finding with the limit as the reason."
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
