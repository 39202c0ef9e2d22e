"""`stacked-retries`: layers that multiply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from seawall.cost.runs import event_cost
from seawall.graph import CLASSES, Bound, Evidence, FailureClass, SiteKind, Tries, When
from seawall.remedies.advice import one_owner
from seawall.remedies.search import worst_class
from seawall.remedies.what_if import Proposal, within
from seawall.retries import Count, Figure, Path
from seawall.retries.wording import by_class, derivation, number, product, times, up_to
from seawall.settings import LEAST_RECEIVES
from seawall.words import some

from .context import Context, holds_for, world_of
from .fixes import Fix
from .model import Example, Finding, Harm, Rule, Severity
from .wording import (
    assumptions,
    beside_each_other,
    class_names,
    confidence,
    fails_itself,
    give_up,
    idempotence,
    shape,
    spent,
    trace,
    verdict,
)


def check(context: Context) -> Iterator[Finding]:
    """One finding per set of layers, at the site that runs most often."""
    groups: dict[tuple[object, ...], list[Figure]] = {}
    for site in context.analysis.working_leaves:
        found = _worst(context, site)
        if found is not None:
            groups.setdefault(_cause(context, found), []).append(found)
    for figures in groups.values():
        yield _finding(context, figures)


def _worst(context: Context, site: str) -> Figure | None:
    """The figure of the worst class, if it breaks the limit and layers multiply or add up in it."""
    attempts = context.analysis.attempts
    failure = worst_class(context.analysis, site)
    if attempts.of(site, failure).value <= _limit(context, site):
        return None
    found = context.analysis.figure(site, failure)
    if found.by_retries <= _limit(context, site):
        return None  # each of the events that are sent is within it
    if not any(map(_stacked, found.paths)) or _bound_would_do(context, found):
        return None
    return found


def _limit(context: Context, site: str) -> int:
    """Runs of a site that are allowed: those stated of it, or as many as everywhere."""
    budget = context.analysis.flow.sites[site].budget
    return context.settings.max_attempts if budget is None else budget


def _severity(context: Context, found: Figure) -> Severity:
    """An error only where the low end of the figure is above the limit, too."""
    if context.analysis.least(found.site, found.signal).value <= _limit(context, found.site):
        return Severity.WARNING
    return verdict((hop for path in found.paths for hop in path.hops), RULE.severity)


def _circumstances(context: Context, found: Figure) -> Iterator[str]:
    """For which event and deployment the figure holds, and what lies below it."""
    yield from holds_for(context, found)
    least = context.analysis.least(found.site, found.signal)
    if least.value < found.count.value:
        yield f"at least {number(least)}, {_otherwise(found)}"
    budget = context.analysis.flow.sites[found.site].budget
    if budget is not None:
        yield f"{found.site} is stated to run {'once' if budget == 1 else f'{budget:,} times'} at most"


def _otherwise(found: Figure) -> str:
    """What the low end of a figure rests on."""
    open_ = [hop for path in found.paths for hop in path.hops if hop.unread]
    if open_ and all(hop.evidence is Evidence.DECLARED and hop.assumption for hop in open_):
        return f"unless {' and '.join(dict.fromkeys(hop.assumption for hop in open_))}"
    return "if the code, which was not read, goes on when what it calls fails"


def _stacked(path: Path) -> bool:
    """Whether layers multiply on a path, or add up because it comes through a dead-letter queue."""
    return len(path.layers) >= 2 or (bool(path.layers) and When.EXHAUSTED in path.taken)


def _bound_would_do(context: Context, found: Figure) -> bool:
    """Whether only a layer without a count breaks the limit: `unbounded-retry` reports that one."""
    unbounded = [one for one in found.layers if one.tries.bounded_by is not Bound.COUNT]
    bounded = {one.hop: dict.fromkeys(one.hop.tries, Tries(LEAST_RECEIVES)) for one in unbounded}
    return bool(unbounded) and context.analysis.what_if(found, bounded).count.value <= _limit(context, found.site)


def _cause(context: Context, found: Figure) -> tuple[object, ...]:
    """What several sites have in common that one change would mend: their machine and the layers around it."""
    flow = context.analysis.flow
    machines = [flow.container(hop.source) for hop in found.main.hops if flow.sites[hop.source].inside]
    owner = machines[-1] if machines else found.site
    around = tuple(id(one.hop) for one in found.main.layers if flow.container(one.hop.source) != owner)
    return (owner, around, found.count, found.signal)


def _finding(context: Context, figures: list[Figure]) -> Finding:
    found, *others = sorted(figures, key=lambda each: each.site)
    limit = min(_limit(context, each.site) for each in figures)
    hops = [hop for path in found.paths for hop in path.hops]
    failure = FailureClass(found.signal)
    attempts = context.analysis.attempts
    counts = {each: attempts.of(found.site, each) for each in CLASSES}
    of_lambda = context.analysis.flow.sites[found.site].kind == SiteKind.FUNCTION
    first = f"one failing event at {found.main.entry} can run {found.site} {_runs(found, counts, of_lambda)}"
    alike = len(set(counts.values())) == 1 and found.site not in context.analysis.abandoned
    classes = by_class(counts, class_names(of_lambda), context.analysis.abandoned.get(found.site))
    drawn = len(found.paths) == 1 and not found.more
    facts = [
        *([] if drawn else [derivation(found)]),
        *([] if alike else [classes]),
        *_lasting(context, found, counts, of_lambda),
        *_then(context, found),
        *_circumstances(context, found),
    ]
    again = [
        one for one in context.analysis.collateral(found.site, failure) if one.site in context.analysis.working_leaves
    ]
    if again:
        shown = [f"{one.site} {'at most ' if one.at_most else ''}{times(one.runs)}" for one in again]
        facts.append(f"what works runs again as well: {some(shown, 3)}")
    facts += idempotence(context.analysis.flow.sites[found.site])
    allowed = replace(context.settings, max_attempts=found.allowed(limit))
    advice = one_owner(context.analysis, allowed, [found, *others])
    return Finding(
        rule=RULE.id,
        severity=_severity(context, found),
        confidence=confidence(hops, (one.tries for one in found.layers)),
        place=context.place(found.site),
        site=found.site,
        headline=first,
        facts=tuple(facts),
        assumptions=tuple(assumptions(hops, world_of(context, found))),
        details=(*([derivation(found)] if drawn else []), *([classes] if alike else [])),
        fix=Fix.advised(advice),
        failure=failure,
        attempts=found.count.max,
        cost=event_cost(context.analysis, found.site, failure),
        trace=trace(found.main),
        also=tuple(other.site for other in others),
        shape=shape(found.main),
    )


def _lasting(context: Context, found: Figure, counts: Mapping[FailureClass, Count], of_lambda: bool) -> Iterator[str]:
    """How long the retries last: on an error first where that is shorter."""
    worst, error = FailureClass(found.signal), FailureClass.ERROR
    if counts[error] == found.count:
        yield from give_up(found.seconds, _only(found))
        return
    ordinary = context.analysis.figure(found.site, error)
    yield from give_up(ordinary.seconds, _only(ordinary), "on an error")
    yield from give_up(found.seconds, _only(found), f"while {fails_itself(worst, of_lambda)}")
    yield from beside_each_other(found.main)


def _only(found: Figure) -> Path | None:
    """The path that makes all of a figure."""
    return found.main if len(found.paths) == 1 and not found.more else None


def _then(context: Context, found: Figure) -> list[str]:
    """What becomes of the event in the end, where the first layer keeps it while it is tried."""
    flow = context.analysis.flow
    kept = next((one.hop for one in found.main.layers if one.hop.keeps), None)
    if kept is None:
        return []
    lost = [f"then the event is lost: {drop.what}" for drop in flow.drops if drop.site == kept.source]
    return spent(flow, kept) or lost[:1]


def _runs(found: Figure, counts: Mapping[FailureClass, Count], of_lambda: bool) -> str:
    """How often it runs: after an error of its code first, which is the ordinary case, then what brings more."""
    worst, error = FailureClass(found.signal), counts[FailureClass.ERROR]
    most = f"{times(found.count)}{product(found)}"
    if worst is FailureClass.ERROR or error == found.count:
        return most
    others = {count for each, count in counts.items() if each is not worst}
    ordinary = times(error) if len(others) == 1 else f"{times(error)} after an error"
    if worst is not FailureClass.FAULT:
        return f"{ordinary}, {'up to ' if found.count.exact else ''}{most} when {fails_itself(worst, of_lambda)}"
    calls = f"{up_to(found.count)} calls{product(found)}"
    return f"{ordinary}; {calls} only while {fails_itself(worst, of_lambda)}"


def _what_if(context: Context, finding: Finding) -> Proposal:
    return within(context.analysis, context.settings, (finding.site, *finding.also))


RULE = Rule(
    id="stacked-retries",
    severity=Severity.ERROR,
    title="two or more layers of retries multiply, and one event can run the same code more often than allowed",
    what=(
        "Follows each event from its entry through everything that awaits its outcome, and multiplies the tries of "
        "every layer on the way. Fires when two or more layers act on one path and the figure exceeds `max_attempts` "
        "(10 unless set) for an error, a timeout or a service error (5xx). The finding says what an error of the code "
        "brings first, then what only a timeout or service errors do. Dead-letter queues that somebody consumes add "
        "their tries."
    ),
    why=(
        "Each layer is reasonable alone; together they turn one failing event into hundreds of runs, which keep a "
        "dependency down that is trying to recover, repeat side effects and cost money. Well-Architected REL05-BP03 "
        "asks for retries at one level only; five layers of three tries make 243."
    ),
    example=Example(
        """\
queue = sqs.Queue(self, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))
charge.add_retry(errors=["States.ALL"], max_attempts=3)   # queue -> pipe -> Express machine -> charge: 5 x 4 = 20
"""
    ),
    fix=(
        "Choose one owner of the retry, the layer that can wait longest and loses nothing: usually the queue, with "
        "`maxReceiveCount` at 5 or more where it feeds Lambda. Take the retries out of the other layers and let "
        "failures through to it. Do not lower `maxReceiveCount` below 5: throttled receives count as well."
    ),
    better=Example(
        """\
queue = sqs.Queue(self, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))
charge = tasks.LambdaInvoke(self, "Charge", lambda_function=fn, retry_on_service_exceptions=False)   # 5 x 1 = 5
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/wellarchitected/latest/framework/rel_mitigate_interaction_failure_limit_retries.html",
        "https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/",
        "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    ),
    check=check,
    harm=Harm.MULTIPLIES,
    what_if=_what_if,
)
