"""Compares two reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from seawall.baseline.difference import Difference, Direction, of_counts
from seawall.baseline.match import doubt
from seawall.baseline.measure import JUDGED, VERDICTS, Measure, grown, loop_measure, measured
from seawall.engine import Report
from seawall.graph import CLASSES, FailureClass, Gap
from seawall.images import Verdict
from seawall.images.listing import listed
from seawall.retries import Count, Loop
from seawall.rules import Finding
from seawall.rules.fingerprint import fingerprints

from .factors import factors
from .model import Comparison, DiffStatus, FindingChange, GapChange, ImageChange, LoopChange, SiteChange
from .names import ComparedNames, pairs

_VERDICTS = (Verdict.SAFE, Verdict.BOUNDED, Verdict.ENDANGERED, Verdict.DOOMED)
"""Mildest first; `unknown` has no place among them."""


def compare(before: Report, now: Report) -> Comparison:
    """What is different in `now`."""
    named = (ComparedNames.of(before.app), ComparedNames.of(now.app))
    same = pairs(before.analysis.flow.sites, now.analysis.flow.sites, named)
    return Comparison(
        before,
        now,
        common=len(same),
        sites=tuple(sorted(_sites(before, now, same, named), key=_by_weight)),
        loops=tuple(_loops(before, now, same)),
        images=tuple(_images(before, now, named)),
        findings=tuple(_findings(before, now, same, named)),
        gaps=tuple(sorted(_gaps(before, now, named), key=lambda each: (not each.gap.touches, each.gap.key()))),
    )


def _by_weight(each: SiteChange) -> tuple[int, int, str]:
    """Worst first."""
    order = [Direction.WORSE, Direction.UNCLEAR, Direction.BETTER, Direction.SAME]
    counts = [count.value for name, count in (each.now or each.before).items() if name in JUDGED]
    return order.index(each.direction), -max(counts, default=0), each.site


def _sites(
    before: Report, now: Report, same: Mapping[str, str], named: tuple[ComparedNames, ComparedNames]
) -> Iterator[SiteChange]:
    for site, found in now.analysis.flow.sites.items():
        counts = _counts(now, site)
        works = found.works and not found.framework
        if site not in same:
            yield SiteChange(site, DiffStatus.GAINED, works, {}, counts, ("", _entry(now, site)), {})
            continue
        was = same[site]
        old = _counts(before, was)
        both = {each: (old.get(each, Count(0)), counts.get(each, Count(0))) for each in {**old, **counts}}
        changes = {each: of_counts(*pair) for each, pair in both.items() if pair[0] != pair[1]}
        if not changes:
            continue
        entries = (_entry(before, was), _entry(now, site))
        derived = [each for each in changes if each in CLASSES]
        if not derived:
            yield SiteChange(site, DiffStatus.CHANGED, works, old, counts, entries, changes)
            continue
        worst = max(derived, key=lambda each: _explained_by(each, changes[each], *both[each]))
        explained = factors(before.analysis.figure(was, worst), now.analysis.figure(site, worst), named)
        yield SiteChange(site, DiffStatus.CHANGED, works, old, counts, entries, changes, explained)
    for was in sorted(before.analysis.flow.sites.keys() - set(same.values())):
        found = before.analysis.flow.sites[was]
        old = _counts(before, was)
        yield SiteChange(
            was, DiffStatus.LOST, found.works and not found.framework, old, {}, (_entry(before, was), ""), {}
        )


def _counts(report: Report, site: str) -> Mapping[FailureClass, Count]:
    """The figures of a site, that of work which outlives its waiter only where there is one."""
    found = {each: report.analysis.attempts.of(site, each) for each in CLASSES}
    outlived = report.analysis.abandoned.get(site)
    return found if outlived is None else found | {FailureClass.ABANDONED: outlived.count}


def _explained_by(failure: FailureClass, change: Difference, before: Count, now: Count) -> tuple[object, ...]:
    """The class whose difference is explained: one that got worse, and that of the greatest figure."""
    return failure in JUDGED, change.direction is Direction.WORSE, max(before.weight, now.weight)


def _entry(report: Report, site: str) -> str:
    worst = max(JUDGED, key=lambda each: report.analysis.attempts.of(site, each).weight)
    return report.analysis.attempts.worst(site, worst)[1].entry


def _loops(before: Report, now: Report, same: Mapping[str, str]) -> Iterator[LoopChange]:
    old: dict[str, Loop] = {loop.start: loop for loop in before.analysis.loops}
    new = Difference(Direction.WORSE, "a loop that was not there")
    for loop in now.analysis.loops:
        was = old.pop(same.get(loop.start, ""), None)
        if was is None:
            yield LoopChange(loop.start, DiffStatus.GAINED, None, loop, new)
            continue
        change = grown(loop_measure(was), loop_measure(loop))
        if change:
            yield LoopChange(loop.start, DiffStatus.CHANGED, was, loop, change)
    for loop in old.values():
        yield LoopChange(loop.start, DiffStatus.LOST, loop, None, Difference(Direction.BETTER, "no loop any more"))


def _images(before: Report, now: Report, named: tuple[ComparedNames, ComparedNames]) -> Iterator[ImageChange]:
    old, new = (_by_use(report, names) for report, names in zip((before, now), named, strict=True))
    for key, (consumer, repository, verdict, why) in new.items():
        was = old[key][2] if key in old else None
        if was != verdict:
            fate = DiffStatus.CHANGED if key in old else DiffStatus.GAINED
            yield ImageChange(consumer, repository, fate, was, verdict, why, _verdicts(was, verdict))
    for key, (consumer, repository, verdict, why) in old.items():
        if key not in new:
            yield ImageChange(consumer, repository, DiffStatus.LOST, verdict, None, why, Difference())


def _by_use(report: Report, names: ComparedNames) -> dict[tuple[str, str, int], tuple[str, str, str, str]]:
    """Images by who runs them and from where; several of one kind in the order of their references."""
    found: dict[tuple[str, str, int], tuple[str, str, str, str]] = {}
    for _, each in listed(report.images):
        ends, number = (names.common(each["consumer"]), names.common(each["repository"])), 0
        while (*ends, number) in found:
            number += 1
        found[*ends, number] = (each["consumer"], each["repository"], str(each["verdict"]), each["why"])
    return found


def _verdicts(before: str | None, now: str) -> Difference:
    if before is None:
        return Difference(Direction.WORSE if now in VERDICTS.values() else Direction.SAME, now)
    if Verdict.UNKNOWN in (before, now):
        return Difference(Direction.UNCLEAR, f"{before} -> {now}")
    worse = _VERDICTS.index(Verdict(now)) > _VERDICTS.index(Verdict(before))
    return Difference(Direction.WORSE if worse else Direction.BETTER, f"{before} -> {now}")


def _findings(
    before: Report, now: Report, sites: Mapping[str, str], named: tuple[ComparedNames, ComparedNames]
) -> Iterator[FindingChange]:
    same = {was: site for site, was in sites.items()}
    old, new = (_prints(report, names) for report, names in zip((before, now), named, strict=True))
    accepted = _prints(now, named[1], accepted=True)
    reasons = {id(each.finding): each.by.reason or "no reason given" for each in now.suppressed}
    for print_, finding in new.items():
        was = old.pop(print_, None)
        if was is None:
            was = next((old.pop(name) for name in _other_names(now, named[1], finding) if name in old), None)
        if was is None:
            change = Difference(Direction.WORSE, "new")
            yield FindingChange(finding, DiffStatus.GAINED, print_, change)
            continue
        change = grown(_measure(before, was, named[0]), _measure(now, finding, named[1]))
        if change:
            yield FindingChange(finding, DiffStatus.CHANGED, print_, change)
    for print_, finding in old.items():
        reason = reasons[id(accepted[print_])] if print_ in accepted else None
        doubted = doubt(now, same.get(finding.site), _measure(before, finding, named[0]))
        if doubted and reason is None:
            yield FindingChange(finding, DiffStatus.CHANGED, print_, doubted)
        else:
            change = Difference(Direction.BETTER, "accepted now" if reason else "gone")
            yield FindingChange(finding, DiffStatus.LOST, print_, change, reason)


def _gaps(before: Report, now: Report, named: tuple[ComparedNames, ComparedNames]) -> Iterator[GapChange]:
    """Open gaps of one side alone; of several alike as many as there are more."""
    old, new = (_by_cause(report, names) for report, names in zip((before, now), named, strict=True))
    for fate, these, others in ((DiffStatus.GAINED, new, old), (DiffStatus.LOST, old, new)):
        for key, gaps in these.items():
            yield from (GapChange(gap, fate) for gap in gaps[len(others.get(key, ())) :])


def _by_cause(report: Report, names: ComparedNames) -> dict[tuple[str, str, str], list[Gap]]:
    found: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in report.gaps:
        found.setdefault((names.common(gap.site), gap.property, names.common(gap.why)), []).append(gap)
    return found


def _measure(report: Report, finding: Finding, names: ComparedNames) -> Measure:
    found = measured(report, finding)
    return replace(found, also=tuple(map(names.common, found.also)))


def _prints(report: Report, names: ComparedNames, *, accepted: bool = False) -> dict[str, Finding]:
    """Open findings, or those that are accepted, by a fingerprint that both apps share."""
    both = [*report.findings, *(each.finding for each in report.suppressed)]
    renamed = [names.finding(finding) for finding in both]
    prints = fingerprints(report.app, renamed)
    found = {prints[id(other)]: finding for other, finding in zip(renamed, both, strict=True)}
    wanted = set(map(id, both[len(report.findings) :] if accepted else report.findings))
    return {print_: finding for print_, finding in found.items() if id(finding) in wanted}


def _other_names(report: Report, names: ComparedNames, finding: Finding) -> Iterator[str]:
    """The fingerprints of the same danger under the rule for a milder or a graver one."""
    for rule in VERDICTS if finding.rule in VERDICTS else ():
        if rule != finding.rule:
            other = replace(names.finding(finding), rule=rule)
            yield fingerprints(report.app, [other])[id(other)]
