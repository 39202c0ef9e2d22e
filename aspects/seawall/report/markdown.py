"""Markdown for a comment on a pull request: the verdict, a table, the worst path drawn, and the rest folded away.

A comment holds 65,536 characters. What does not fit is left out from the end, and the comment says how much.
Source: https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from seawall.baseline.entry import DROP
from seawall.engine import Report
from seawall.remedies.what_if import Proposal
from seawall.rules import Finding, StopNow
from seawall.words import plural, sentence

from .acknowledging import how_to_acknowledge
from .entries import Entry, entries, shown_place
from .format import Format, Screen
from .markup import bullet, cell, code, code_block, in_html, prose
from .mermaid import path
from .names import Names
from .plain_lines import drawn_path, whereabouts
from .summary import Summary, static, verdict
from .what_if import edits, figures, imperative, ranked, reached

LIMIT = 65_536
RESERVE = 1_500
"""Characters kept free for what says how much was left out."""
_FOR_TABLE = 20_000
_FEW_EDITS = 12
"""Properties of one change that are listed."""
_LONGEST_PATH = 40
"""Stations beyond which a drawn path is no help."""


def render(report: Report, screen: Screen) -> str:
    """The comment."""
    found = entries(report, Names.of(report))
    still_open = [entry for entry in found if entry.accepted is None]
    accepted = [entry for entry in found if entry.accepted is not None]
    text = _verdict(report, screen)
    text += fitting("row", _HEAD, [_row(report, entry) for entry in still_open], _FOR_TABLE)
    text += _worst(still_open)
    brief = sum(len(_folded(report, entry)) for entry in found) > LIMIT - RESERVE - len(text)
    for title, what, blocks in (
        ("### What each of them is\n\n", "finding", [_folded(report, entry, brief=brief) for entry in still_open]),
        ("### Acknowledged\n\n", "acknowledged finding", [_folded(report, entry, brief=brief) for entry in accepted]),
        (f"### Gone from the baseline: {prose(DROP)}\n\n", "entry", _gone(report)),
        ("### Cannot be compared with the baseline\n\n", "entry", _unclear(report)),
        ("### What if\n\n", "finding", _what_if(report)),
        ("### Not known\n\n", "entry", _unknown(report)),
    ):
        text += fitting(what, title, blocks, LIMIT - RESERVE - len(text))
    return text.rstrip() + "\n"


def fitting(what: str, title: str, blocks: Sequence[str], room: int) -> str:
    """`blocks` below `title`, as many as there is room for, and how many there was none for."""
    if not blocks:
        return ""
    text, shown = title, 0
    while shown < len(blocks) and len(text) + len(blocks[shown]) <= room:
        text += blocks[shown]
        shown += 1
    if shown < len(blocks):
        text += f"\nLeft out for want of room: {plural(len(blocks) - shown, what)}.\n"
    return text + "\n"


def _verdict(report: Report, screen: Screen) -> str:
    summary = Summary.of(report)
    gate = f"{screen.fail_on.said} it"
    others = f" {summary.others}." if summary.others else ""
    head = f"{static(report)} " if summary.found else ""
    said = verdict(report, screen).sentence
    return f"## Seawall: {said[0].lower()}{said[1:]}\n\n{head}Looked at {summary.inputs}; {gate}.{others}\n\n"


_HEAD = "| severity | rule | where | runs | what |\n| --- | --- | --- | ---: | --- |\n"


def _row(report: Report, entry: Entry) -> str:
    finding = entry.finding
    where = shown_place(report.app, entry.at)
    runs = "" if finding.attempts is None else f"{finding.attempts:,}"
    cells = (
        finding.severity.word,
        code(finding.rule),
        f"{code(entry.site)}<br>{code(where)}",
        runs,
        prose(entry.headline),
    )
    return f"| {' | '.join(map(cell, cells))} |\n"


def _worst(found: Sequence[Entry]) -> str:
    """The first finding, with its path where it has one and what to do about it."""
    if not found:
        return ""
    entry = found[0]
    lines = ["### The worst", "", prose(entry.headline), ""]
    if 1 < len(entry.shown.trace) <= _LONGEST_PATH:
        lines += [*code_block("\n".join(path(entry.shown.trace)), "mermaid"), ""]
    return "\n".join([*lines, *_to_do(entry), *_stopping(entry.stop_now), "", ""])


def _stopping(stop: StopNow, *, brief: bool = False) -> Iterator[str]:
    """What to do at once where it is deployed, folded, as who reads a comment has the code at hand. With the commands;
    where there is little room, its first step in words.
    """
    if not stop.do:
        return
    if brief:
        yield from (f"{sentence(stop.when)}: {prose(stop.do)}", "")
        yield from (line for step in stop.steps[:1] for line in (prose(step.do), ""))
        return
    yield from (f"<details><summary>{sentence(stop.when)}</summary>", "", prose(stop.do), "")
    for number, step in enumerate(stop.steps, 1):
        yield from (f"{number}. {prose(step.do)}", "")
        yield from (*code_block("\n".join(step.commands), "sh"), "") if step.commands else ()
    yield from ("</details>", "")


def _to_do(entry: Entry, *, brief: bool = False) -> list[str]:
    lines: list[str] = []
    for part in entry.parts:
        lines += [f"{sentence(part.label)}: {prose(part.said)}", ""]
        # notes are about the lines to write
        lines += [*(bullet(prose(note)) for note in part.notes), ""] if part.notes and not brief else []
        for block in () if brief else part.blocks:
            lines += [*([f"{code(block.heading)}:", ""] if block.heading else []), *code_block(block.text), ""]
    effects = [bullet(f"side effect: {prose(line)}") for line in entry.shown.side_effects]
    return [*lines, *effects, ""] if effects else lines


def _folded(report: Report, entry: Entry, *, brief: bool = False) -> str:
    """A finding behind its name; where there is little room, without the lines to paste."""
    finding = entry.finding
    why = "" if entry.accepted is None else f": {in_html(entry.reason)}"
    lines = [
        f"<details><summary>{finding.severity.word} {in_html(finding.rule)} at {in_html(entry.site)}{why}</summary>",
        "",
        f"**{prose(entry.headline)}**",
        "",
        bullet(f"at {code(whereabouts(report.app, entry))}"),
        *(bullet(prose(fact)) for fact in entry.facts),
        "",
    ]
    if finding.trace:
        lines += [*code_block("\n".join(drawn_path(report.app, entry))), ""]
    lines += [*_to_do(entry, brief=brief), *_stopping(entry.stop_now, brief=brief)]
    accept = how_to_acknowledge(report.app, finding) if entry.accepted is None else ""
    if accept:
        lines += ["Acknowledge:", "", *code_block(accept), ""]
    return "\n".join([*lines, "</details>", "", ""])


def _gone(report: Report) -> list[str]:
    """Entries of the baseline that match nothing any more."""
    return [] if report.baseline is None else _entries([one.line for one in report.baseline.gone])


def _unclear(report: Report) -> list[str]:
    """Entries of the baseline of which it cannot be told whether they got worse."""
    return [] if report.baseline is None else _entries([one.line for one in report.baseline.unclear])


def _entries(lines: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{bullet(f'{code(what)}: {prose(said)}')}\n" for what, said in lines]


def _what_if(report: Report) -> list[str]:
    """The smallest sets of changes for each finding, behind its name."""
    return [_proposal(report, *each) for each in report.what_if or ()]


def _proposal(report: Report, found: Finding, proposal: Proposal) -> str:
    head = f"{in_html(found.rule)} at {in_html(found.site)}"
    lines = [f"<details><summary>{head}</summary>", "", prose(f"{reached(proposal)}:"), ""]
    for rank, outcome in ranked(proposal):
        lines += [f"**{rank}** {prose(imperative(outcome))}", ""]
        lines += [bullet(code(line)) for change in outcome.changes for line in edits(report, change)[:_FEW_EDITS]]
        lines += [*(bullet(prose(line)) for line in figures(outcome)), ""]
    return "\n".join([*lines, "</details>", "", ""])


def _unknown(report: Report) -> list[str]:
    skipped = sorted(report.skipped, key=lambda entry: (entry.path, entry.why))
    lines = [f"{code(entry.path)} skipped: {prose(entry.why)}" for entry in skipped]
    short = Names.of(report).short
    lines += [f"{code(short(f'{entry.site} {entry.property}'))}: {prose(short(entry.why))}" for entry in report.gaps]
    return [f"{bullet(line)}\n" for line in lines]


FORMAT = Format("markdown", "a comment on a pull request", ".md", render)
