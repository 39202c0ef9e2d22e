"""Sets known findings apart: what a baseline covers fails no run, unless it got worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from seawall.retries import Count
from seawall.rules import Acknowledgement, Finding, Judged, Suppressed, all_rules, chosen_rules, order
from seawall.rules.fingerprint import fingerprint, fingerprints

from .difference import Difference, Direction, of_counts
from .entry import Baseline, BaselineComparison, BaselineEntry, Changed, Gone
from .measure import JUDGED, VERDICTS, Measure, grown, measured

BY = "baseline"


class EntryMatch(Struct, frozen=True):
    """A finding, and the entry that is about it."""

    finding: Finding
    now: BaselineEntry
    """The finding as an entry, with the reason of the earlier one."""
    known: BaselineEntry | None
    """None: it is new."""
    change: Difference


def compare_with_baseline(
    report: Judged, baseline: Baseline
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...], BaselineComparison]:
    """Findings that stay open, those that are accepted now, and what the baseline says about all of them."""
    found = matches(report, baseline)
    open_, covered = [], []
    for match in found:
        if match.known is None or match.finding.rule in report.settings.unsuppressable:
            open_.append(match.finding)
        elif match.change.direction is Direction.WORSE:
            open_.append(_worse(match.finding, match.change))
        else:
            altered = match.change.direction in (Direction.BETTER, Direction.UNCLEAR)
            accepted = Acknowledgement(match.finding.rule, _reason(match), match.finding.site, BY, altered)
            covered.append(Suppressed(match.finding, accepted))
    changed = {
        direction: tuple(
            Changed(match.known, match.now.fingerprint, match.change)
            for match in found
            if match.known is not None and match.change.direction is direction
        )
        for direction in Direction
    }
    return (
        tuple(open_),
        tuple(sorted((*report.suppressed, *covered), key=lambda each: order(each.finding))),
        BaselineComparison(
            name=baseline.name,
            covered=len(covered),
            worse=changed[Direction.WORSE],
            better=changed[Direction.BETTER],
            unclear=(*changed[Direction.UNCLEAR], *_doubts(report, baseline, found)),
            gone=tuple(gone(report, baseline, found)),
            gaps=baseline.gaps,
        ),
    )


def matches(report: Judged, baseline: Baseline) -> list[EntryMatch]:
    """Every open finding with what the baseline knows about it."""
    prints = _prints(report)
    return [_match(report, finding, prints[id(finding)], baseline) for finding in report.findings]


def gone(report: Judged, baseline: Baseline, found: list[EntryMatch]) -> Iterator[Gone]:
    """Entries that no open finding is about. Those of rules that were not run are left alone."""
    used = {match.known.fingerprint for match in found if match.known is not None}
    acknowledged = set(_prints(report).values())
    ran = {rule.id for rule in chosen_rules(report.settings)}
    existing = {rule.id for rule in all_rules()}
    for known in baseline.entries:
        if known.fingerprint in used or (known.rule in existing and known.rule not in ran):
            continue
        if doubt(report, known.site, known.measure):
            continue
        if known.fingerprint in acknowledged:
            yield Gone(known, "it is acknowledged where it stands")
        elif known.rule not in existing:
            yield Gone(known, "there is no such rule")
        elif known.file and known.file not in report.app.templates:
            yield Gone(known, f"{known.file} is not among what was analysed")
        else:
            yield Gone(known, "nothing like it is found any more")


def doubt(report: Judged, site: str | None, measure: Measure) -> Difference:
    """How the number of a site stands that no finding is about, where that is so because a setting is not known."""
    flow, before = report.analysis.flow, measure.attempts
    if before is None or site is None or site not in flow.sites:
        return Difference()
    counts = [report.analysis.attempts.of(site, failure) for failure in JUDGED]
    counts += [Count.of(hop.tries_for(failure)) for hop in (*flow.out_of(site), *flow.into(site)) for failure in JUDGED]
    changes = [of_counts(before, count) for count in counts if not count.exact]
    return next((change for change in changes if change.direction is Direction.UNCLEAR), Difference())


def _doubts(report: Judged, baseline: Baseline, found: list[EntryMatch]) -> Iterator[Changed]:
    left = {one.known.fingerprint for one in gone(report, baseline, found)}
    left |= {match.known.fingerprint for match in found if match.known is not None}
    ran = {rule.id for rule in chosen_rules(report.settings)}
    for known in baseline.entries:
        if known.fingerprint not in left and known.rule in ran:
            yield Changed(known, known.fingerprint, doubt(report, known.site, known.measure))


def _prints(report: Judged) -> Mapping[int, str]:
    return fingerprints(report.app, [*report.findings, *(each.finding for each in report.suppressed)])


def _match(report: Judged, finding: Finding, print_: str, baseline: Baseline) -> EntryMatch:
    known = baseline.by_fingerprint.get(print_) or _under_other_name(report, finding, baseline)
    measure = measured(report, finding)
    reason = known.reason if known is not None else ""
    now = BaselineEntry(print_, finding.rule, finding.site, finding.place.address.template, measure, reason)
    return EntryMatch(finding, now, known, grown(known.measure, measure) if known is not None else Difference())


def _under_other_name(report: Judged, finding: Finding, baseline: Baseline) -> BaselineEntry | None:
    """The entry of the same danger under the rule for a milder or a graver one."""
    if finding.rule not in VERDICTS:
        return None
    others = (fingerprint(report.app, replace(finding, rule=rule)) for rule in VERDICTS if rule != finding.rule)
    return next((baseline.by_fingerprint[other] for other in others if other in baseline.by_fingerprint), None)


def _worse(finding: Finding, change: Difference) -> Finding:
    """The finding with a first line that says so."""
    return replace(finding, headline=f"{finding.headline}; worse than in the baseline: {change.said}")


def _reason(match: EntryMatch) -> str:
    words = match.now.reason or "in the baseline"
    if match.change.direction is Direction.BETTER:
        return f"{words} (improved, {match.change.said})"
    if match.change.direction is Direction.UNCLEAR:
        return f"{words} (cannot be compared, {match.change.said})"
    return words
