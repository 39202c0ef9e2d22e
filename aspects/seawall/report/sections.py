"""What a report says besides its findings: accepted ones, unknown settings, skipped inputs, and all figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from seawall.baseline.entry import DROP
from seawall.baseline.match import BY
from seawall.engine import Report
from seawall.graph import CLASSES, Gap
from seawall.graph.durations import in_words
from seawall.retries import Count
from seawall.retries.wording import beside
from seawall.rules import Severity, Suppressed
from seawall.words import plural

from .entries import in_file
from .format import Screen
from .images import images_of
from .places import locate
from .styled_text import PROSE_WIDTH, Line, say, wrap
from .what_if import edits, headline, imperative, ranked
from .what_if import figures as figures_of

_WEIGHTS = {
    2: "on paths with retries; hops or figures may be missing",
    1: "on other paths",
    0: "that can touch no figure",
}
_SHORT = 5
"""Entries of a list that are shown unless everything is asked for."""


def broken(report: Report, screen: Screen) -> list[Line]:
    """Rules that raised an error of their own."""
    if not report.broken:
        return []
    what = f"broken: {plural(len(report.broken), 'rule')} could not run; what they look for is not known"
    lines = _title(what, screen)
    return lines + [line for one in report.broken for line in _entry(say((one.rule, "bold"), f": {one.why}"), screen)]


def acknowledged(report: Report, screen: Screen) -> list[Line]:
    """Findings that somebody has accepted, each with the reason."""
    found = [each for each in report.suppressed if each.by.by != BY]
    if not found:
        return []
    lines = _title(f"acknowledged: {plural(len(found), 'finding')}", screen)
    return lines + [line for each in found for line in _entry(_accepted(each), screen)]


def in_baseline(report: Report, screen: Screen) -> list[Line]:
    """Findings that the baseline covers, those that changed first."""
    covered = [each for each in report.suppressed if each.by.by == BY]
    if not covered:
        return []
    lines = _title(f"in the baseline: {plural(len(covered), 'finding')}", screen)
    return lines + _listed([_accepted(each) for each in sorted(covered, key=_unchanged)], screen)


def gone(report: Report, screen: Screen) -> list[Line]:
    """Entries of the baseline that match nothing any more, and those of which that cannot be told."""
    known = report.baseline
    if known is None:
        return []
    lines: list[Line] = []
    if known.gone:
        lines += _title(f"gone: {plural(len(known.gone), 'entry')} of {known.name}; {DROP}", screen)
        lines += _listed([say((what, "bold"), f": {why}") for what, why in (one.line for one in known.gone)], screen)
    if known.unclear:
        lines += _title(f"unclear: {plural(len(known.unclear), 'entry')} of {known.name} cannot be compared", screen)
        lines += _listed(
            [say((what, "bold"), f": {said}") for what, said in [one.line for one in known.unclear]], screen
        )
    return lines


def _accepted(each: Suppressed) -> Line:
    reason = each.by.reason or "no reason given"
    return say((each.finding.rule, "bold"), f" at {each.finding.site}: {reason}", (f" ({each.by.by})", "dim"))


def _unchanged(each: Suppressed) -> bool:
    return not each.by.changed


def unknown(report: Report, screen: Screen) -> list[Line]:
    """What could not be told, by cause or one by one: first what could touch the figure of something retried."""
    lines: list[Line] = []
    for weight, meaning in _WEIGHTS.items():
        found = [gap for gap in report.gaps if report.weight(gap) == weight]
        if found:
            lines += _title(f"unknown: {plural(len(found), 'thing')} {meaning}", screen)
            lines += _each(report, found, screen) if screen.verbose else _causes(found, screen)
    if lines and not screen.verbose:
        lines += _entry(say(("-v lists each of them, and so does --format json", "dim")), screen)
    accepted = report.accepted_gaps
    if accepted:
        lines += _title(f"accepted as unknown: {plural(len(accepted), 'thing')}", screen)
        lines += _listed(
            [
                say((each.gap.site, "bold"), f": {each.by.reason or 'no reason given'}", (f" ({each.by.by})", "dim"))
                for each in accepted
            ],
            screen,
        )
    return lines


def _each(report: Report, found: Sequence[Gap], screen: Screen) -> list[Line]:
    lines: list[Line] = []
    for gap in found:
        at = f" ({in_file(locate(report.app, gap.place))})" if gap.place else ""
        lines += _entry(say((f"{gap.site} {gap.property}", "bold"), f": {gap.why}", (at, "dim")), screen)
    return lines


def _causes(found: Sequence[Gap], screen: Screen) -> list[Line]:
    causes = sorted(Counter(gap.why for gap in found).items(), key=lambda pair: (-pair[1], pair[0]))
    return _listed([say((f"{number:,} x ", "bold"), why) for why, number in causes], screen)


def skipped(report: Report, screen: Screen) -> list[Line]:
    """Inputs that were left out, with the reason for each."""
    left_out = sorted(report.skipped, key=lambda entry: (entry.path, entry.why))
    if not left_out:
        return []
    lines = _title(f"skipped: {plural(len(left_out), 'file')}", screen)
    return lines + _listed([say((entry.path, "bold"), f": {entry.why}") for entry in left_out], screen)


def ruled_out(report: Report, screen: Screen) -> list[Line]:
    """Hops that were suggested and that no event can take, each with the reason."""
    found = sorted(report.analysis.flow.ruled_out, key=lambda each: (each.source, each.target, each.kind, each.why))
    if not found:
        return []
    lines = _title(f"ruled out: {plural(len(found), 'hop')} that no event can take", screen)
    told = (
        say((f"{each.source} -> {each.target}", "bold"), f": {each.why}", (f" ({each.kind})", "dim")) for each in found
    )
    return lines + [line for each in told for line in _entry(each, screen)]


def figures(report: Report, screen: Screen) -> list[Line]:
    """How often each site that does work runs at worst, by failure class."""
    analysis = report.analysis
    lines: list[Line] = []
    for name, site in sorted(analysis.flow.sites.items()):
        if not site.works:
            continue
        found = analysis.figure(name, CLASSES[0])
        counts = {failure: _said(analysis.attempts.of(name, failure)) for failure in CLASSES}
        same = len(set(counts.values())) == 1
        runs = counts[CLASSES[0]] if same else ", ".join(f"{failure} {runs}" for failure, runs in counts.items())
        if not all(analysis.attempts.exact(name, failure) for failure in CLASSES):
            runs = f"at most {runs}"
        outlived = analysis.abandoned.get(name)
        runs += "" if outlived is None else f", {beside(outlived)}"
        after = "" if not found.seconds else f", over {in_words(found.seconds)}"
        lines += _entry(say((name, "bold"), f": {runs}{after}", (f", from {found.main.entry}", "dim")), screen)
    return [*_title("runs for one event at worst, by how they fail:", screen), *lines] if lines else []


def what_if(report: Report, screen: Screen) -> list[Line]:
    """For each finding the smallest sets of changes that mend it, and what each brings."""
    width = min(screen.width, PROSE_WIDTH)
    lines: list[Line] = []
    told_before: set[str] = set()
    for finding, proposal in report.what_if or ():
        lines += _entry(say((headline(finding, proposal), "bold")), screen)
        same = "; ".join(imperative(outcome) for _, outcome in ranked(proposal))
        if same in told_before:
            lines += wrap(say("as above"), width, "    ")
            continue
        told_before.add(same)
        for rank, outcome in ranked(proposal):
            lines += wrap(say((rank, "bold"), f" {imperative(outcome)}"), width, "    ", "       ")
            told = [line for change in outcome.changes for line in edits(report, change)]
            shown = told if screen.verbose or len(told) <= _SHORT + 1 else told[:_SHORT]
            more = [f"and {len(told) - len(shown):,} more (-v lists all)"] if len(shown) < len(told) else []
            for line in [*shown, *more]:
                lines += wrap(say((line, "dim")), screen.width, "       ", "         ")
            for line in figures_of(outcome):
                lines += wrap(say(line), width, "       = ", "         ")
    title = "what if: the fewest changes that mend a finding, each made in the model and counted again"
    return [*_title(title, screen), *lines] if lines else []


def images(report: Report, screen: Screen) -> list[Line]:
    """What becomes of each image in use, and why."""
    lines: list[Line] = []
    for entry in images_of(report):
        name = f"{entry['consumer']} {entry['repository']}{entry['reference']}"
        lines += _entry(say((name, "bold"), f": {entry['verdict']}", (f", {entry['why']}", "dim")), screen)
    return [*_title("images in use, and what lifecycle policies do to them:", screen), *lines] if lines else []


def _said(count: Count) -> str:
    if not count.exact:
        return f"at least {count.value:,}" if count.value > 1 else f"no count (bounded by {count.bounded_by.word})"
    return f"{count.value:,}"


def _listed(entries: Sequence[Line], screen: Screen) -> list[Line]:
    shown = entries if screen.verbose or len(entries) <= _SHORT + 1 else entries[:_SHORT]
    lines = [line for entry in shown for line in _entry(entry, screen)]
    if len(shown) < len(entries):
        lines += _entry(say((f"and {len(entries) - len(shown):,} more (-v lists all)", "dim")), screen)
    return lines


def _title(text: str, screen: Screen) -> list[Line]:
    return wrap(say((text, "bold")), min(screen.width, PROSE_WIDTH), hang="  ")


def _entry(entry: Line, screen: Screen) -> list[Line]:
    return wrap(entry, min(screen.width, PROSE_WIDTH), "  ", "    ")


def statistics(report: Report) -> list[Line]:
    """How many open findings each rule has, and the worst figure among them: the most severe first."""
    counted: dict[tuple[Severity, str], list[int]] = {}
    for one in report.findings:
        counted.setdefault((one.severity, one.rule), []).append(one.attempts or 0)
    lines = []
    for (severity, rule), figures in sorted(counted.items(), key=lambda pair: (-pair[0][0], -len(pair[1]), pair[0][1])):
        worst = f"  at worst {plural(max(figures), 'run')}" if max(figures) > 1 else ""
        lines.append(say(f"{len(figures):>6,}  {severity.word:<7}  {rule}{worst}"))
    return lines
