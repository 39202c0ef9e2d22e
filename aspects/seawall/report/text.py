"""Text for people: what is wrong, the path that shows it, what to do, and how to accept it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from seawall.engine import Report
from seawall.rules import Confidence, Finding, Severity
from seawall.words import several

from .acknowledging import how_to_acknowledge
from .entries import in_file
from .format import Format, Screen
from .path_drawing import draw
from .places import locate
from .sections import (
    acknowledged,
    broken,
    figures,
    gone,
    images,
    in_baseline,
    ruled_out,
    skipped,
    statistics,
    unknown,
    what_if,
)
from .styled_text import PROSE_WIDTH, Line, painted, say, wrap
from .summary import Summary
from .written_edits import WrittenEdit, written_edits

_GAP = "  "
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}

_FEW = 9
"""Lines of an edit behind its first that are shown unless everything is asked for."""
_STATIC = "This is a check of the template, at worst: nothing is known to fail now."
_HOW = "`seawall explain RULE` says why and how to accept a finding; -v shows everything."


def render(report: Report, screen: Screen) -> str:
    """Findings, worst first, then what was accepted, what could not be told, and a line that sums up."""
    told = [statistics(report)] if screen.statistics else (_finding(report, each, screen) for each in report.findings)
    if screen.quiet:
        return "\n".join([painted(block, screen.color) for block in (*told, broken(report, screen)) if block])
    blocks = chain(
        told,
        [what_if(report, screen)],
        [figures(report, screen), ruled_out(report, screen), images(report, screen)] if screen.verbose else [],
        [acknowledged(report, screen), in_baseline(report, screen), gone(report, screen)],
        [broken(report, screen), unknown(report, screen), skipped(report, screen), _summary(report, screen)],
    )
    return "\n".join([painted(block, screen.color) for block in blocks if block])


def _finding(report: Report, finding: Finding, screen: Screen) -> list[Line]:
    width = min(screen.width, PROSE_WIDTH)
    head = say((f"{finding.severity.word}[{finding.rule}]", _STYLES[finding.severity]), " ", (finding.headline, "bold"))
    lines = wrap(head, width, hang="  ")
    at = locate(report.app, finding.place)
    where = _GAP.join(part for part in (in_file(at), finding.site, at.setting) if part)
    lines += wrap(say((where, "dim")), screen.width, "  --> ", "      ")
    if finding.trace:
        lines += [Line(), *draw(report.app, finding.trace, screen), Line()]
    for line in finding.facts:
        lines += wrap(say(line), width, "  = ", "    ")
    for line in finding.events:
        lines += wrap(say(line), width, "  | ", "  | ")
    for line in finding.assumptions:
        lines += wrap(say(line), width, "  = ", "    ")
    if finding.also:
        lines += wrap(say(("also: ", "bold"), several(finding.also)), width, "  = ", "    ")
    if finding.confidence is not Confidence.HIGH:
        lines += wrap(say(("confidence: ", "bold"), finding.confidence.value), width, "  = ", "    ")
    if finding.fix:
        lines += wrap(say(("fix: ", "bold green"), " ".join(finding.fix.split())), width, "  ", "       ")
    lines += _edits(written_edits(report.app, finding), screen)
    for line in finding.side_effects:
        lines += wrap(say(("side effect: ", "bold"), line), width, "  ", "       ")
    if finding.paste:
        lines += [Line(), *(say(line) for line in finding.paste.splitlines())]
    accept = how_to_acknowledge(report.app, finding) if screen.verbose else ""
    if accept:
        lines += [Line()] if finding.paste else []
        lines += wrap(say(("acknowledge: ", "bold"), accept), screen.width, "  ", "    ")
    return lines


def _edits(edits: Sequence[WrittenEdit], screen: Screen) -> list[Line]:
    """Where to edit, and what to write there; what is long stands under -v."""
    lines: list[Line] = []
    for edit in edits:
        first, *more = edit.text.splitlines()
        shown = more if screen.verbose or len(more) <= _FEW else []
        left = f" ... (-v shows all {len(more) + 1} lines)" if len(shown) < len(more) else ""
        head = say((f"{edit.at}  " if edit.at else "", "dim"), (first, "green"), (left, "dim"))
        lines += wrap(head, screen.width, "       ", "         ")
        for line in shown:
            indent = " " * (9 + len(line) - len(line.lstrip()))
            lines += wrap(say((line.strip(), "green")), screen.width, indent, f"{indent}  ")
    return lines


def _summary(report: Report, screen: Screen) -> list[Line]:
    summary = Summary.of(report)
    fails = bool(report.broken) or screen.fail_on.fails(report.findings, report.gaps)
    style = "bold red" if fails else "bold yellow" if summary.errors + summary.warnings else "bold green"
    found = summary.found or "nothing found"
    if fails and not report.broken and not screen.fail_on.fails(report.findings):
        found += ", and what is unknown could touch a figure"
    head = say((f"Check {'failed' if fails else 'passed'}: {found}.", style))
    told = [line for line in (_STATIC if summary.found else "", f"Looked at {summary.inputs}.") if line]
    others = summary.others
    told += [f"{others}."] if others else []
    told += [_HOW] if report.findings and not screen.verbose else []
    lines = wrap(head, min(screen.width, PROSE_WIDTH), hang="  ")
    return lines + [
        line for each in told for line in wrap(say((each, "dim")), min(screen.width, PROSE_WIDTH), "  ", "  ")
    ]


FORMAT = Format("text", "for people: each finding with its path and its fix", ".txt", render)
