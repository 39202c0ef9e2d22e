"""Text for people: what is wrong, the path that shows it, what to do about it.

What is needed to understand a finding and to mend it is shown; ``-v`` shows all the rest, and how to accept it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import PurePath

from seawall.engine import Report
from seawall.paths import below
from seawall.rules import Severity, StopNow

from .acknowledging import acknowledging, how_to_acknowledge
from .alike import Alike, grouped, way
from .correcting import how_to_correct
from .entries import Entry, ShownPart, entries, in_file
from .format import Format, Screen
from .names import Names
from .path_drawing import draw
from .rule_pages import rule_page
from .sections import Sections
from .styled_text import PROSE_WIDTH, Line, linked, painted, say, wrap
from .summary import Summary, static, verdict
from .written_edits import Block

_GAP = "  "
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}

_REST = "..."
_LEGEND = "(... is what stands there already)"
_MARGIN = " " * 7
_HOW = "`seawall explain {}` says why, and how to accept it or to correct what it assumes; -v shows everything."
_MOST_ALIKE = 10
"""Of findings that say the same, places that are listed."""
_FEW = 3
"""Assumptions of a finding that are shown unless everything is asked for."""


def render(report: Report, screen: Screen) -> str:
    """Findings, worst first, then what was accepted, what could not be told, and a line that sums up."""
    about = Sections(report, screen, Names.of(report))
    found = [] if screen.statistics else [each for each in entries(report, about.names) if each.accepted is None]
    alike = [Alike(each) for each in found] if screen.verbose else grouped(found)
    first = next((each for each in alike if any(_REST in block.text for block in each.first.blocks)), None)
    shown: dict[object, str] = {}
    told = (
        [about.statistics()] if screen.statistics else (_finding(about, each, each is first, shown) for each in alike)
    )
    opening = wrap(say(static(report)), min(screen.width, PROSE_WIDTH)) if found else []
    if screen.quiet:
        return "\n".join([painted(block, screen.color) for block in (*told, about.broken()) if block])
    blocks = chain(
        [opening],
        told,
        [about.what_if()],
        [about.figures(), about.ruled_out(), about.images()] if screen.verbose else [],
        [about.acknowledged(), about.in_baseline(), about.gone()],
        [about.broken(), about.unknown(), about.skipped(), _summary(report, screen)],
    )
    return "\n".join([painted(block, screen.color) for block in blocks if block])


def _finding(about: Sections, alike: Alike, legend: bool, told: dict[object, str]) -> list[Line]:
    """The lines of a finding; the `legend` of its edits stands once in a report, and so does each of these."""
    entry = alike.first
    report, screen, finding = about.report, about.screen, entry.shown
    width = min(screen.width, PROSE_WIDTH)
    rule = (f"{finding.severity.word}[{finding.rule}]", _STYLES[finding.severity])
    page = rule_page(report, finding.rule)
    lines = wrap(say(rule, " ", (finding.headline, "bold")), width, hang="  ")
    if page and screen.terminal:
        lines[0] = linked(lines[0], page)
    known = f"{entry.owner} ({entry.at.logical_id})" if screen.verbose and _renamed(entry) else entry.owner
    where = _GAP.join(part for part in (in_file(entry.at), known, entry.at.setting) if part)
    lines += wrap(say((where, "dim")), screen.width, "  --> ", "      ")
    stopping = _stopping(entry.stop_now, width)
    lines += stopping
    if len(finding.trace) > 1:
        lines += [Line(), *draw(report.app, finding.trace, screen, beside=entry.at), Line()]
    elif stopping:
        lines.append(Line())
    for line in finding.facts:
        lines += wrap(say(line), width, "  = ", "    ")
    for line in finding.events:
        lines += wrap(say(line), width, "  | ", "  | ")
    for line in _further(about, entry):
        lines += wrap(say(line), width, "  = ", "    ")
    lines += _same(alike, width)
    lines += _fix(about, entry, legend, told)
    for line in finding.side_effects:
        lines += wrap(say(("side effect: ", "bold"), line), width, "  ", "       ")
    if page and not screen.terminal:
        lines += wrap(say(("rule: ", "bold"), page), screen.width, "  ", "       ")
    correct = how_to_correct(report, entry.finding) if screen.verbose else ""
    if correct:
        lines += wrap(say(("correct: ", "bold"), correct), screen.width, "  ", "    ")
    accept = how_to_acknowledge(report.app, finding) if screen.verbose else ""
    if accept:
        lines += wrap(say(("acknowledge: ", "bold"), accept), screen.width, "  ", "    ")
    return lines


def _renamed(entry: Entry) -> bool:
    """Whether the template calls it otherwise than it is called here."""
    return bool(entry.at.logical_id) and entry.at.logical_id not in entry.owner


def _same(alike: Alike, width: int) -> list[Line]:
    """Where else the same holds."""
    if not alike.others:
        return []
    said = f"the same holds for {len(alike.others):,} more, with the same fix on each (-v shows it):"
    lines = wrap(say(said), width, "  = ", "    ")
    file = in_file(alike.first.at).partition(":")[0]
    for other in alike.others[:_MOST_ALIKE]:
        lines += wrap(
            say(way(other.shown), "  ", (in_file(other.at).removeprefix(file), "dim")), width, "    ", "      "
        )
    if len(alike.others) > _MOST_ALIKE:
        lines.append(say(f"    and {len(alike.others) - _MOST_ALIKE:,} more"))
    return lines


def _fix(about: Sections, entry: Entry, legend: bool, told: dict[object, str]) -> list[Line]:
    """What to ask first, what to do step by step, each with the lines to write below it, and what to know besides."""
    screen, fix = about.screen, entry.shown.fix
    width = min(screen.width, PROSE_WIDTH)
    lines: list[Line] = []
    for part in entry.parts:
        lines += _labelled(part.label, part.said, width)
        for note in part.notes:
            lines += wrap(say(note), width, _MARGIN, f"{_MARGIN}  ")
        lines += _blocks(entry, part, screen, legend, told)
        lines += _accepting(about, entry) if fix.accept == part.label else []
        legend = legend and not any(_REST in block.text for block in part.blocks)
    return lines


def _accepting(about: Sections, entry: Entry) -> list[Line]:
    """The lines that acknowledge a finding, below what proposes to."""
    return _written(entry, acknowledging(about.report.app, entry.finding), about.screen, legend=False)


def _labelled(label: str, line: str, width: int) -> list[Line]:
    return wrap(say((f"{label}: ", "bold green"), line), width, "  ", _MARGIN)


def _blocks(entry: Entry, part: ShownPart, screen: Screen, legend: bool, told: dict[object, str]) -> list[Line]:
    """What to write, and where: whole lines, which are never broken; `told`: the findings that had them already."""
    before = told.setdefault(part.blocks, entry.shown.rule)
    if part.blocks and before != entry.shown.rule:
        return wrap(say((f"the lines of {before} above mend this as well", "dim")), screen.width, _MARGIN, _MARGIN)
    return _written(entry, part.blocks, screen, legend)


def _written(entry: Entry, blocks: Iterable[Block], screen: Screen, legend: bool) -> list[Line]:
    lines: list[Line] = []
    file = below(entry.at.file)
    for block in blocks:
        at = block.at.removeprefix(file) if block.at.startswith(f"{file}:") else block.at
        at = PurePath(file).name if at == file else at
        at = ", ".join(filter(None, (at or block.language, block.note)))
        text = block.text.splitlines()
        short = len(text) == 1 and not (legend and _REST in text[0])
        if at and short and len(f"{_MARGIN}{at}  {text[0]}") <= screen.width:
            lines.append(say(f"{_MARGIN}", (f"{at}  ", "dim"), (text[0], "green")))
            continue
        said = f"{at} {_LEGEND}".strip() if legend and any(_REST in line for line in text) else at
        lines += wrap(say((f"{said}:", "dim")), screen.width, _MARGIN, _MARGIN) if said else [Line()]
        legend = legend and said == at
        margin = f"{_MARGIN}  " if said or block.text != entry.finding.paste else ""
        lines += [say(margin, (line, "green")) if line else Line() for line in text]
    return lines


def _further(about: Sections, entry: Entry) -> list[str]:
    """What has to hold, what else it concerns, what it costs: some of the assumptions, and all else."""
    every, verbose = entry.shown.assumptions, about.screen.verbose
    first = len(entry.shown.facts) + len(entry.shown.events)
    lines = list(every if verbose else every[:_FEW])
    if len(lines) < len(every):
        lines[-1] += f" (and {len(every) - len(lines)} more: -v)"
    return [*lines, *entry.facts[first + len(every) :], *(entry.details if verbose else ())]


def _stopping(stop: StopNow, width: int) -> list[Line]:
    """What to do at once, step by step, each with its commands; it comes first, as nobody reads figures then."""
    if not stop.do:
        return []
    lines = _labelled(stop.when, stop.do, width)
    for said, step in stop.numbered:
        lines += wrap(say(said), width, _MARGIN, f"{_MARGIN}   ")
        lines += [Line(((f"{_MARGIN}   ", ""), (line, "green"))) for line in step.commands]
    return lines


def _summary(report: Report, screen: Screen) -> list[Line]:
    summary = Summary.of(report)
    said = verdict(report, screen)
    style = "bold red" if said.fails else "bold yellow" if summary.errors + summary.warnings else "bold green"
    head = say((f"{said.sentence}.", style))
    told = [f"Looked at {summary.inputs}."]
    others = summary.others
    told += [f"{others}."] if others else []
    told += [f"{summary.followed}."] if screen.verbose and summary.sites else []
    told += [_HOW.format(report.findings[0].rule)] if report.findings and not screen.verbose else []
    lines = wrap(head, min(screen.width, PROSE_WIDTH), hang="  ")
    return lines + [
        line for each in told for line in wrap(say((each, "dim")), min(screen.width, PROSE_WIDTH), "  ", "  ")
    ]


FORMAT = Format("text", "for people: each finding with its path and its fix", ".txt", render)
