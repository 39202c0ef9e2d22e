"""How bad a finding is, in all that can grow: its severity, its runs, a loop's gain, an image's verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.graph import Bound, FailureClass
from seawall.images import Verdict
from seawall.retries import Count, Loop
from seawall.rules import Finding, Judged, Severity
from seawall.rules.excessive_retries import RULE as EXCESSIVE
from seawall.rules.fingerprint import lasting
from seawall.rules.image_doomed import RULE as DOOMED
from seawall.rules.image_endangered import RULE as ENDANGERED
from seawall.rules.retry_loop import RULE as LOOP
from seawall.rules.stacked_retries import RULE as STACKED
from seawall.rules.unbounded_retry import RULE as UNBOUNDED
from seawall.rules.wording import class_names
from seawall.words import one, some

from .difference import Difference, Direction, of_counts, summed

JUDGED = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT)
"""The classes that make findings: a throttled run costs nothing."""
COUNTED = frozenset({STACKED.id, EXCESSIVE.id, UNBOUNDED.id})
"""Rules that judge a number of runs, be it known or not."""
STOPS = ("stated", "code", "lambda-detection", "nothing")
"""What ends a loop, surest first."""
VERDICTS = {ENDANGERED.id: Verdict.ENDANGERED, DOOMED.id: Verdict.DOOMED}
"""Rules that differ in nothing but how bad it is, mildest first."""


class Measure(Struct, frozen=True):
    """What two states of one finding are compared by."""

    severity: Severity
    attempts: Count | None = None
    """None: the finding is not about a number of runs."""
    gain: Mapping[FailureClass, Count] = field(default_factory=dict)
    """Of a loop, by class; empty where there is none."""
    stopped_by: str | None = None
    laps: int | None = None
    verdict: str | None = None
    """Of an image."""
    also: tuple[str, ...] = ()
    """Further sites that the finding concerns."""


def measured(report: Judged, finding: Finding) -> Measure:
    """The measure of a finding of `report`."""
    verdict = VERDICTS.get(finding.rule)
    loop = next((loop for loop in report.analysis.loops if loop.start == finding.site), None)
    if finding.rule == LOOP.id and loop is not None:
        return replace(loop_measure(loop), severity=finding.severity, also=tuple(sorted(finding.also)))
    return Measure(
        finding.severity,
        None if finding.rule == LOOP.id else _attempts(report, finding),
        verdict=None if verdict is None else verdict.value,
        also=tuple(sorted(finding.also)),
    )


def grown(before: Measure, now: Measure) -> Difference:
    """How a finding changed: worse if any part of it did."""
    return summed(_changes(before, now))


def _changes(before: Measure, now: Measure) -> Iterator[Difference]:
    if before.attempts is not None and now.attempts is not None:
        yield of_counts(before.attempts, now.attempts)
    elif before.attempts != now.attempts:
        yield Difference(Direction.UNCLEAR, "the number of runs is stated on one side only")
    yield from _gains(before, now)
    yield _ranked(STOPS, before.stopped_by, now.stopped_by, "stopped by ")
    if before.laps is not None and now.laps is not None and before.stopped_by == now.stopped_by:
        change = of_counts(Count(before.laps), Count(now.laps))
        yield Difference(change.direction, f"rounds {change.said}") if change else change
    yield _ranked(tuple(VERDICTS.values()), before.verdict, now.verdict, "")
    yield _ranked([each.word for each in Severity], before.severity.word, now.severity.word, "")
    known = set(map(lasting, before.also))
    new = [name for name in now.also if lasting(name) not in known]
    if new:
        yield Difference(Direction.WORSE, f"it concerns {', '.join(new)} as well")


def _gains(before: Measure, now: Measure) -> Iterator[Difference]:
    """How many events come back, the kinds of failure in which that changed alike together."""
    names, alike = class_names(of_lambda=False), dict[Difference, list[str]]()
    for failure in JUDGED:
        if failure in before.gain and failure in now.gain:
            alike.setdefault(of_counts(before.gain[failure], now.gain[failure]), []).append(one(names[failure]))
    for change, kinds in alike.items():
        on = some(kinds, len(kinds), "or")
        yield Difference(change.direction, f"events that come back {change.said} (on {on})") if change else change


def _ranked(order: Sequence[str], before: str | None, now: str | None, what: str) -> Difference:
    """How something changed that goes by an order, mildest first."""
    if before is None or now is None or before == now:
        return Difference()
    worse = order.index(now) > order.index(before)
    return Difference(Direction.WORSE if worse else Direction.BETTER, f"{what}{before} -> {now}")


def loop_measure(loop: Loop) -> Measure:
    """The measure of a loop, whatever finding there is about it."""
    gain = {failure: loop.gain[failure] for failure in JUDGED}
    return Measure(Severity.ERROR, None, gain, loop.stopped_by, loop.laps)


def _attempts(report: Judged, finding: Finding) -> Count | None:
    """The number that a finding states, with what bounds it; where it states that there is none, the least number."""
    if finding.attempts is not None:
        return Count(finding.attempts, bounded_by=_bound(report, finding))
    last = finding.trace[-1].site if finding.trace else finding.site
    if finding.rule not in COUNTED or finding.failure is None or last not in report.analysis.flow.sites:
        return None
    count = report.analysis.attempts.of(last, finding.failure)
    return Count(count.value, False, count.bounded_by)


def _bound(report: Judged, finding: Finding) -> Bound:
    """What bounds the layers on the finding's path."""
    bounds = [
        hop.tries_for(finding.failure).bounded_by
        for before, mark in pairwise(finding.trace)
        for hop in report.analysis.flow.into(mark.site)
        if finding.failure is not None and hop.source == before.site and hop.kind == mark.hop
    ]
    return max(bounds, default=Bound.COUNT)
