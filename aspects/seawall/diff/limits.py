"""What about a change fails a run."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from seawall.baseline.difference import Direction
from seawall.baseline.measure import COUNTED, JUDGED
from seawall.graph import Bound, FailureClass
from seawall.retries.wording import number
from seawall.rules import Severity
from seawall.rules.fail_on import FailOn
from seawall.settings import DEFAULT_MAX_ATTEMPTS

from .model import Comparison, DiffStatus, SiteChange


class Limits(Struct, frozen=True):
    """How much worse is too much."""

    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    """Runs of a site for one event that are fine, however many there were."""
    max_increase: int | None = None
    """Runs by which a site may grow; None: by any number."""
    fail_on: FailOn = FailOn.ERROR
    """From which severity on a finding that is new or worse fails, and whether a new gap that touches a site does;
    `never`: nothing fails.
    """


def objections(comparison: Comparison, limits: Limits) -> tuple[str, ...]:
    """Why the change fails, one sentence for each thing; nothing if it passes."""
    if limits.fail_on is FailOn.NEVER:
        return ()
    return (*_sites(comparison, limits), *_findings(comparison, limits), *_gaps(comparison, limits))


def _sites(comparison: Comparison, limits: Limits) -> Iterator[str]:
    """Sites whose runs somebody accepted in the code are left alone, as `check` leaves them."""
    accepted = {
        name
        for each in comparison.now.suppressed
        if each.finding.rule in COUNTED
        for name in (each.finding.site, *each.finding.also)
    }
    for each in comparison.sites:
        if each.works and each.fate is not DiffStatus.LOST and each.site not in accepted:
            yield from _too_many(each, limits)


def _too_many(each: SiteChange, limits: Limits) -> Iterator[str]:
    worse = [
        failure
        for failure in JUDGED
        if each.fate is DiffStatus.GAINED
        or (failure in each.changes and each.changes[failure].direction is Direction.WORSE)
    ]
    over = [failure for failure in worse if _above(each, failure, limits.max_attempts)]
    if over:
        failure = max(over, key=lambda name: each.now[name].weight)
        before = f", {number(each.before[failure])} before" if each.before else ", and was not there before"
        count = each.now[failure]
        bound = "" if count.bounded_by is Bound.COUNT else f", bounded by {count.bounded_by.word}"
        yield f"{each.site} runs {number(count)} times for one event{bound}{before}: more than {limits.max_attempts:,}"
    if limits.max_increase is None or each.fate is DiffStatus.GAINED:
        return
    grown = [failure for failure in worse if _grown(each, failure) > limits.max_increase]
    if grown:
        failure = max(grown, key=lambda name: _grown(each, name))
        said = each.changes[failure].said
        yield f"{each.site} runs more often than before: {said}, which is more than {limits.max_increase:,} on top"


def _above(each: SiteChange, failure: FailureClass, most: int) -> bool:
    count = each.now[failure]
    return count.value > most or (not count.exact and count.bounded_by is not Bound.COUNT)


def _grown(each: SiteChange, failure: FailureClass) -> float:
    """Runs on top; without end where a count no longer bounds them."""
    before, now = each.before[failure], each.now[failure]
    return now.value - before.value if now.bounded_by is before.bounded_by else float("inf")


def _findings(comparison: Comparison, limits: Limits) -> Iterator[str]:
    threshold = limits.fail_on.severity or Severity.ERROR
    for each in comparison.findings:
        if (
            each.fate is DiffStatus.LOST
            or each.change.direction is not Direction.WORSE
            or each.finding.severity < threshold
        ):
            continue
        finding = each.finding
        what = f"{finding.severity.word} {finding.rule} at {finding.site}"
        yield f"new {what}" if each.fate is DiffStatus.GAINED else f"{what} got worse: {each.change.said}"


def _gaps(comparison: Comparison, limits: Limits) -> Iterator[str]:
    for each in comparison.gaps if limits.fail_on.on_gaps else ():
        if each.fate is DiffStatus.GAINED and each.gap.touches:
            yield f"not understood any more at {each.gap.site}: {each.gap.property}: {each.gap.why}"
