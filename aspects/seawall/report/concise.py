"""One line a finding, for editors, logs and grep: ``file:line: severity[rule] figure, site, what to do``."""

from __future__ import annotations

from seawall.engine import Report
from seawall.words import plural

from .entries import Entry, entries, shown_place
from .escape import clean
from .format import Format, Screen
from .names import Names
from .summary import Summary, affected


def render(report: Report, _screen: Screen) -> str:
    """Open findings, worst first, and a count of what could not be told."""
    found = entries(report, Names.of(report))
    lines = [_line(report, entry) for entry in found if entry.accepted is None]
    lines = lines or ["nothing found"]
    if report.gaps:
        summary = Summary.of(report)
        what = affected(summary.touched, summary.sites)
        lines.append(f"{plural(summary.unknown, 'thing')} not understood, {what}")
    left_out = sum(report.left_out.values())
    lines += [f"{plural(left_out, 'finding')} left out by settings"] if left_out else []
    return "".join(f"{clean(line)}\n" for line in lines)


def _line(report: Report, entry: Entry) -> str:
    finding = entry.shown
    figure = plural(finding.attempts, "run") if finding.attempts is not None else finding.headline
    do = "; ".join(f"{each.do}{f' ({each.effect})' if each.effect else ''}" for each in finding.changes)
    do = do or "; ".join(step.said for step in finding.fix.steps)
    head = f"{shown_place(report.app, entry.at)}: {finding.severity.word}[{finding.rule}]"
    return f"{head} {figure}, {entry.site}" + (f": {do}" if do else "")


FORMAT = Format("concise", "one line a finding: file, line, rule, figure, place, fix", ".concise.txt", render)
