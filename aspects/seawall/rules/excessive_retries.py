"""`excessive-retries`: one layer alone tries too often."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.cost.runs import event_cost
from seawall.graph import LAPS, Bound, FailureClass, Hop, Layer, RetryOwner, SiteKind, Tries, in_words
from seawall.remedies.advice import FEW_TRIES, one_layer
from seawall.remedies.changes import bounded, enough, fewer
from seawall.remedies.search import JUDGED, Change
from seawall.remedies.what_if import Proposal, each_alone
from seawall.remedies.work import work_behind
from seawall.retries import Factor, Path
from seawall.retries.wording import by_class, derivation, layer_site, times
from seawall.template import ValueStatus

from .context import Context, holds_for, layer_of, world_of
from .fixes import Fix, Step
from .model import Confidence, Example, Finding, Harm, Mark, Rule, Severity
from .wording import assumptions, class_names, confidence, give_up, shape, spent, trace, verdict


def check(context: Context) -> Iterator[Finding]:
    """One finding per setting that counts more tries than allowed."""
    flow = context.analysis.flow
    by_place: dict[object, list[tuple[Hop, str, Tries]]] = {}
    for hop in flow.hops:
        worst = max(
            ((signal, tries) for signal, tries in hop.tries.items() if signal.partition(":")[0] in JUDGED),
            key=lambda pair: pair[1].total or 0,
            default=None,
        )
        if worst is None or not hop.awaits or flow.sites[hop.target].framework:
            continue
        signal, tries = worst
        if tries.status is ValueStatus.DEFAULT:
            continue  # AWS's own choice: Kafka retries with an on-failure destination, deliveries to an endpoint
        if flow.sites[hop.target].kind == SiteKind.PIPE and not any(
            onward.awaits for onward in flow.out_of(hop.target)
        ):
            continue  # it only hands over: no code runs again
        if tries.bounded_by is Bound.COUNT and (tries.total or 0) - tries.beside > context.settings.max_attempts:
            by_place.setdefault(hop.place, []).append((hop, signal, tries))
    for found in by_place.values():
        yield _finding(context, found)
    yield from _by_hand(context)
    yield from _over_budget(context)


def _over_budget(context: Context) -> Iterator[Finding]:
    """Sites that one layer alone runs more often than was stated of them."""
    analysis = context.analysis
    for site in analysis.flow.sites.values():
        if site.budget is None or site.framework:
            continue
        counts = {failure: analysis.attempts.of(site.id, failure) for failure in JUDGED}
        over = [each for each, count in counts.items() if count.value > site.budget]
        if not over:
            continue
        failure = max(over, key=lambda each: counts[each].weight)
        found = analysis.figure(site.id, failure)
        if any(len(path.layers) > 1 for path in found.paths):
            continue  # `stacked-retries` reports it
        if found.by_retries <= site.budget:
            continue  # each of the events that are sent is within it
        hops = [hop for path in found.paths for hop in path.hops]
        least = analysis.least(site.id, failure).value
        allowed = "once" if site.budget == 1 else f"{site.budget:,} times"
        yield Finding(
            rule=RULE.id,
            severity=verdict(hops, Severity.ERROR) if least > site.budget else Severity.WARNING,
            confidence=confidence(hops, (one.tries for one in found.layers)),
            place=context.place(site.id),
            site=site.id,
            headline=f"one failing event at {found.main.entry} can run {site.id} {times(found.count)}, "
            f"which is stated to run {allowed} at most",
            facts=(
                by_class(counts, class_names(site.kind == SiteKind.FUNCTION), analysis.abandoned.get(found.site)),
                *give_up(found.seconds),
                *holds_for(context, found),
            ),
            assumptions=tuple(assumptions(hops, world_of(context, found))),
            details=(derivation(found),),
            cost=event_cost(analysis, site.id, failure),
            fix=Fix.of(
                "make fewer tries",
                notes=dict.fromkeys(text for one in found.layers if (text := (one.tries.layer or Layer()).to_lower)),
                otherwise="make its effect safe to repeat, keyed by the event, and state idempotent",
            ),
            failure=failure,
            attempts=found.count.max,
            trace=trace(found.main),
            shape=shape(found.main),
        )


def _finding(context: Context, found: list[tuple[Hop, str, Tries]]) -> Finding:
    hop, signal, tries = max(found, key=lambda each: each[2].total or 0)  # one hop for each receiver and world
    site = layer_site(hop)
    runs = work_behind(context.analysis, hop) or hop.target
    on = "" if site == runs else f" ({site})"
    first = f"one failing event can run {runs} {tries.total:,} times: {tries.note}{on}"
    failure = FailureClass(signal.partition(":")[0])
    changes = changes_to(context, hop, tries)
    step = one_layer(context.analysis, Factor(hop, tries), changes)
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=confidence([hop], [tries]),
        place=hop.place,
        site=site,
        headline=first,
        facts=(
            _over(context, tries),
            *_of_each(context, hop, runs, failure),
            *give_up(tries.seconds(0.0), Path.of(hop.source, (Factor(hop, tries),))),
            *_then(context, hop),
        ),
        assumptions=tuple(assumptions([hop])),
        fix=_fix(context, hop, tries, step, changes),
        failure=failure,
        attempts=tries.total,
        cost=event_cost(context.analysis, runs, failure),
        trace=(
            Mark(hop.source, 1, running=1),
            Mark(hop.target, tries.total, tries.note, hop.kind, True, tries.total, hop.place),
        ),
        also=tuple(dict.fromkeys(other.target for other, _, _ in found if other.target != hop.target)),
        shape=(hop.kind, site),
    )


def _then(context: Context, hop: Hop) -> list[str]:
    return [] if hop.owner is RetryOwner.MACHINE else spent(context.analysis.flow, hop)


def _fix(context: Context, hop: Hop, tries: Tries, step: Step | None, changes: list[Change]) -> Fix:
    """Fewer tries, unless so many are wanted."""
    enough, lasts = (tries.layer or Layer()).to_lower, tries.seconds(0.0)
    if step is None:
        return Fix.of("make fewer tries", notes=(enough, *_lost(context, hop)))
    wanted = f"if {in_words(lasts)} of tries is what you want, acknowledge this" if lasts else ""
    notes = (*step.notes, *filter(None, (_passes(context, hop, enough),)), *_lost(context, hop))
    return Fix(
        (replace(step, notes=notes),),
        otherwise=wanted,
        accept="otherwise" if wanted else "",
        trade_off=_window(hop, tries, changes[0]),
    )


def _passes(context: Context, hop: Hop, enough: str) -> str:
    """How many are within the limit, and what else speaks for how many."""
    return f"up to {context.settings.max_attempts:,} are within the limit; {enough}" if hop.keeps else enough


def _over(context: Context, tries: Tries) -> str:
    """By how much that is too many, and why that matters."""
    counted = (tries.total or 0) - tries.beside
    limit = f"more than Seawall's limit of {context.settings.max_attempts:,} (max-attempts in seawall.toml)"
    halved = f"; the {tries.beside:,} runs while its batch is halved do not count towards it" if tries.beside else ""
    return f"{counted:,} tries are {limit}{halved}: each does again what the run did before it failed"


def _lost(context: Context, hop: Hop) -> list[str]:
    """Fewer tries lose more where nothing keeps what is given up on."""
    if hop.owner is not RetryOwner.STREAM or context.analysis.flow.ends_of(hop.source):
        return []
    return ["set an on-failure destination as well, as what is given up on is lost today"]


def _window(hop: Hop, tries: Tries, change: Change) -> str:
    """How long the tries last afterwards: fewer of them bridge a shorter outage."""
    fewer = next((one for signal, one in change.tries[hop].items() if hop.tries.get(signal) is tries), tries)
    before, after = tries.seconds(0.0), fewer.seconds(0.0)
    if not before or after is None or after >= before:
        return ""
    return f"it then gives up after {in_words(after)}, not after {in_words(before)}"


def _of_each(context: Context, hop: Hop, runs: str, failure: FailureClass) -> Iterator[str]:
    """Where several events are sent for one that comes in: what that makes of the figure."""
    found = context.analysis.figure(runs, failure)
    if any(hop in path.hops for path in found.paths) and any(path.copies for path in found.paths):
        yield f"that is for each of the events sent on the way: {derivation(found)} for one at {found.main.entry}"


def _by_hand(context: Context) -> Iterator[Finding]:
    """Laps that a machine counts by itself, where they are all that runs a state again."""
    flow = context.analysis.flow
    for site in flow.sites.values():
        around = flow.sites[site.inside].plan if site.inside is not None else None
        counted = around is not None and site.id in around.laps
        if site.kind != SiteKind.STATE or site.plan is not None or site.framework or not counted:
            continue
        found = context.analysis.figure(site.id, FailureClass.ERROR)
        laps = [one for one in found.main.layers if one.hop.kind == LAPS and one.hop.target == site.id]
        count = laps[0].tries.total if laps else None
        if count is not None and count > context.settings.max_attempts and len(found.main.layers) == 1:
            yield Finding(
                rule=RULE.id,
                severity=RULE.severity,
                confidence=Confidence.HIGH,
                place=laps[0].hop.place,
                site=site.id,
                headline=f"one failing event can run {site.id} {count:,} times: {laps[0].tries.note}",
                facts=("a Catch leads back to the state and a Choice ends that: a retry written by hand",),
                fix=Fix.of(
                    "let the Choice leave earlier, or use a Retry with MaxAttempts, an interval and jitter instead"
                ),
                failure=FailureClass.ERROR,
                attempts=found.count.max,
                cost=event_cost(context.analysis, site.id, FailureClass.ERROR),
                trace=trace(found.main),
                shape=(LAPS, site.id),
            )


def changes_to(context: Context, hop: Hop, tries: Tries) -> list[Change]:
    """What bounds the layer alone: the receives or tries that AWS asks for, or a few retries of a state."""
    if hop.keeps:
        return list(bounded(context.analysis.flow, Factor(hop, tries), enough(context.settings)))
    return list(fewer(Factor(hop, tries), min(FEW_TRIES, context.settings.max_attempts)))


def _what_if(context: Context, finding: Finding) -> Proposal | None:
    hop = layer_of(context, finding)
    if hop is None:
        return None
    changes = changes_to(context, hop, hop.tries_for(finding.failure or FailureClass.ERROR))
    work = work_behind(context.analysis, hop) or hop.target
    return each_alone(context.analysis, changes, "tries that AWS asks for", work)


RULE = Rule(
    id="excessive-retries",
    severity=Severity.WARNING,
    title="one layer alone tries more often than allowed",
    what=(
        "Fires when a single counted setting makes more tries than `max_attempts`, such as `maxReceiveCount: 100`. "
        "What AWS chooses where nothing is set stays silent, and so does a queue behind which a pipe only hands over: "
        "no code runs again."
    ),
    why="What a hundred tries do not mend, the next will not mend either; until then the event costs and blocks.",
    example=Example("sqs.DeadLetterQueue(queue=dead, max_receive_count=100)\n"),
    fix="Lower the count; 5 to 10 receives outlast a deployment or a short outage when the visibility timeout fits.",
    better=Example("sqs.DeadLetterQueue(queue=dead, max_receive_count=5)\n"),
    sources=(
        "https://docs.aws.amazon.com/wellarchitected/latest/framework/rel_mitigate_interaction_failure_limit_retries.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    ),
    check=check,
    harm=Harm.MULTIPLIES,
    what_if=_what_if,
)
