"""Text for people: what is wrong, the path that shows it, what to do, and how to accept it."""

from __future__ import annotations

from itertools import chain

from seawall.engine import Report
from seawall.rules import Confidence, Finding, Severity

from .acknowledging import how_to_acknowledge
from .entries import in_file
from .format import Format, Screen
from .path_drawing import draw
from .places import locate
from .sections import acknowledged, broken, figures, gone, images, in_baseline, skipped, unknown, what_if
from .styled_text import PROSE_WIDTH, Line, painted, say, wrap
from .summary import Summary

_GAP = "  "
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}


def render(report: Report, screen: Screen) -> str:
    """Findings, worst first, then what was accepted, what could not be told, and a line that sums up."""
    blocks = chain(
        (_finding(report, finding, screen) for finding in report.findings),
        [what_if(report, screen)],
        [figures(report, screen), images(report, screen)] if screen.verbose else [],
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
        lines += wrap(say(("also: ", "bold"), ", ".join(finding.also)), width, "  = ", "    ")
    if finding.confidence is not Confidence.HIGH:
        lines += wrap(say(("confidence: ", "bold"), finding.confidence.value), width, "  = ", "    ")
    if finding.fix:
        lines += wrap(say(("fix: ", "bold green"), " ".join(finding.fix.split())), width, "  ", "       ")
    if finding.paste:
        lines += [Line(), *(say(line) for line in finding.paste.splitlines()), Line()]
    accept = how_to_acknowledge(report.app, finding)
    if accept:
        lines += wrap(say(("acknowledge: ", "bold"), accept), screen.width, "  ", "    ")
    return lines


def _summary(report: Report, screen: Screen) -> list[Line]:
    summary = Summary.of(report)
    style = "bold red" if summary.errors else "bold yellow" if summary.warnings else "bold green"
    line = say((summary.outcome, style), f" in {summary.inputs}")
    return wrap(line, min(screen.width, PROSE_WIDTH), hang="  ")


FORMAT = Format("text", "for people: each finding with its path and its fix", ".txt", render)
