"""What every format says of a comparison: the verdict, and each difference in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from seawall.baseline.difference import Direction
from seawall.diff.limits import Limits, objections
from seawall.diff.model import Comparison, DiffStatus, FindingChange, GapChange, ImageChange, LoopChange, SiteChange
from seawall.graph import CLASSES, FailureClass
from seawall.retries.loops import LAMBDA_STOPS
from seawall.words import one, plural, some

from ..deliveries import class_words

_STOPPED = {
    "nothing": "nothing stops it",
    LAMBDA_STOPS: "Lambda's loop detection stops it",
    "code": "its code counts the rounds and stops it",
    "stated": "it is stated to stop",
}


class Group(Struct, frozen=True):
    """Sites that one cause changed in the same way."""

    sites: tuple[str, ...]
    first: SiteChange
    runs: str
    """``20 -> 40``, or by class where these differ."""


def verdict(comparison: Comparison, limits: Limits) -> str:
    """Whether it fails, and what changed, in one line."""
    fails = objections(comparison, limits)
    if comparison.same:
        return "passes: nothing is different"
    return f"{'fails' if fails else 'passes'}: {outcome(comparison)}"


def outcome(comparison: Comparison) -> str:
    """What changed, counted."""
    sites = [each for each in comparison.sites if each.works and each.fate is DiffStatus.CHANGED]
    by_direction = {direction: sum(each.direction is direction for each in sites) for direction in Direction}
    counted = [
        (by_direction[Direction.WORSE], "site", "worse"),
        (_number(comparison.loops, DiffStatus.GAINED), "loop", "gained"),
        (_number(comparison.findings, DiffStatus.GAINED), "finding", "new"),
        (sum(bool(each.change) for each in comparison.images), "image", "with another verdict"),
        (_number(comparison.loops, DiffStatus.CHANGED), "loop", "changed"),
        (_number(comparison.findings, DiffStatus.CHANGED), "finding", "changed"),
        (by_direction[Direction.UNCLEAR], "site", "that cannot be compared"),
        (_number(comparison.gaps, DiffStatus.GAINED), "thing", "not understood any more"),
        (by_direction[Direction.BETTER], "site", "better"),
        (_number(comparison.loops, DiffStatus.LOST), "loop", "gone"),
        (_number(comparison.findings, DiffStatus.LOST), "finding", "gone"),
        (_number(comparison.gaps, DiffStatus.LOST), "gap", "gone"),
    ]
    said = [f"{plural(number, what)} {how}" for number, what, how in counted if number]
    return ", ".join(said) or "nothing that counts"


def matched(comparison: Comparison) -> str:
    """How much could be compared at all."""
    old, new = (len(each.analysis.flow.sites) for each in (comparison.before, comparison.now))
    common = comparison.common
    said = f"{plural(common, 'site')} in both, {new - common:,} gained, {old - common:,} lost"
    if not comparison.common and old and new:
        said += "; no name is in both, so nothing could be compared: are these the same app?"
    return said


def groups(comparison: Comparison) -> list[Group]:
    """Changed sites at which work is done, those with one cause together, worst first."""
    found: dict[tuple[str, str], list[SiteChange]] = {}
    for each in comparison.sites:
        if each.works and each.fate is DiffStatus.CHANGED:
            cause = each.factors.said if each.factors is not None else each.site
            found.setdefault((cause, runs(each)), []).append(each)
    return [Group(tuple(each.site for each in group), group[0], how) for (_, how), group in found.items()]


def cause(group: Group) -> str:
    """What made the difference; with the failure class, where there are several figures."""
    factors = group.first.factors
    if factors is None:
        return ""
    return f"{factors.said} (on {_failing(factors.now.signal)})" if ";" in group.runs else factors.said


def _failing(signal: str) -> str:
    """A kind of failure, or what a machine calls an error, in words."""
    return one(class_words(FailureClass(signal))) if signal in CLASSES else signal


def runs(each: SiteChange) -> str:
    """The figures before and now: once if they are the same for every class that changed."""
    said: dict[str, list[FailureClass]] = {}
    for failure in (*CLASSES, FailureClass.ABANDONED):
        if failure in each.changes:
            said.setdefault(each.changes[failure].said, []).append(failure)
    if len(said) == 1 and len(next(iter(said.values()))) == len(CLASSES):
        return next(iter(said))
    return "; ".join(f"{' and '.join(map(class_words, classes))} {how}" for how, classes in said.items())


def loop_said(each: LoopChange) -> str:
    """A loop in words."""
    if each.fate is DiffStatus.CHANGED:
        return f"loop at {each.start}: {each.change.said}"
    loop = each.now or each.before
    assert loop is not None  # noqa: S101
    senders = some([hop.source for hop in loop.returns], 3)
    gains = dict.fromkeys(f"{loop.gain[failure].value:,}" for failure in (FailureClass.ERROR, FailureClass.FAULT))
    comes = f"for each one sent {' to '.join(gains)} come back; {_STOPPED[loop.stopped_by]}"
    return f"loop at {each.start}: sent back by {senders} ({comes})"


def image_said(each: ImageChange) -> str:
    """An image in words."""
    name = f"image of {each.repository} that {each.consumer} runs"
    if each.fate is DiffStatus.LOST:
        return f"{name}: used no more, was {each.before}"
    new = ", which is new" if each.fate is DiffStatus.GAINED else ""
    return f"{name}{new}: {each.change.said or each.now}; {each.why}"


def finding_said(each: FindingChange) -> str:
    """A finding in words."""
    finding = each.finding
    head = f"{finding.severity.word} {finding.rule} at {finding.site}"
    if each.fate is DiffStatus.CHANGED:
        return f"{head}: {each.change.said}"
    if each.accepted is not None:
        return f"{head}: accepted now ({each.accepted})"
    return f"{head}: {finding.headline}"


def gap_said(each: GapChange) -> str:
    """A gap in words."""
    gap = each.gap
    touched = f"; could touch {some(gap.touches, 3)}" if gap.touches else "; can touch no figure"
    return f"{' '.join(filter(None, (gap.site, gap.property)))}: {gap.why}{touched}"


def moved(comparison: Comparison, fate: DiffStatus) -> Iterator[str]:
    """Sites at which work is done that are gained or lost, with their figures."""
    for each in comparison.sites:
        if each.works and each.fate is fate:
            counts = each.now or each.before
            most = max(counts.values(), key=lambda count: count.weight)
            shown = f"{most.value:,}" if most.exact else f"at least {most.value:,}"
            yield f"{each.site} ({plural(most.value, 'run') if most.exact else f'{shown} runs'})"


def _number(found: Sequence[LoopChange] | Sequence[FindingChange] | Sequence[GapChange], fate: DiffStatus) -> int:
    return sum(each.fate is fate for each in found)
