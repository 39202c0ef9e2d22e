"""Workflow commands that GitHub Actions turns into annotations of a pull request's files.

A step shows ten annotations of each kind and drops the rest without a word, and none is longer than 4,096
characters; so what comes later is listed in a folded group of the log, and a last notice says how many those are.
Sources: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands,
https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seawall.engine import Report
from seawall.rules import GAP, Severity
from seawall.words import plural

from .entries import Entry, entries, shown_path
from .escape import clean
from .format import Format, Screen
from .gap_entries import UNKNOWN, GapEntry, gap_entries
from .plain_lines import told, whereabouts
from .summary import Summary

_MOST = 10
_LONGEST = 4_000
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_ROOM = {Severity.ERROR: _MOST, Severity.WARNING: _MOST, Severity.NOTE: _MOST - 1}
"""Annotations of each kind; the last notice takes the place of one."""


def render(report: Report, _screen: Screen) -> str:
    """One command for each finding that is shown, then the rest, then the notice."""
    found = entries(report)
    shown: list[Entry] = []
    rest: list[Entry] = []
    for entry in found:
        if entry.accepted is None:
            severity = entry.finding.severity
            full = sum(each.finding.severity is severity for each in shown) >= _ROOM[severity]
            (rest if full else shown).append(entry)
    accepted = [entry for entry in found if entry.accepted is not None]
    lines = [_annotation(report, entry) for entry in shown]
    lines += _group(report, f"{plural(len(rest), 'further finding')} without an annotation", rest)
    lines += _group(report, f"acknowledged: {plural(len(accepted), 'finding')}", accepted)
    lines += _gaps(gap_entries(report))
    summary = Summary.of(report)
    said = f"{summary.outcome} in {summary.inputs}"
    if rest:
        said += f"; {plural(len(rest), 'finding')} beyond what GitHub annotates: see the log of this step"
    return "\n".join([*lines, _command("notice", {"title": "Seawall"}, said)]) + "\n"


def _annotation(report: Report, entry: Entry) -> str:
    finding = entry.finding
    where = {
        "file": shown_path(report.app, entry.at),
        **({} if entry.at.file_line is None else {"line": str(entry.at.file_line)}),
        "title": f"{finding.rule}: {finding.site}",
    }
    return _command(_COMMANDS[finding.severity], where, "\n".join([entry.headline, *told(report.app, entry)]))


def _group(report: Report, title: str, found: Sequence[Entry]) -> Iterable[str]:
    if not found:
        return
    yield f"::group::{_data(title)}"
    for entry in found:
        severity = entry.finding.severity.word
        head = f"{severity}[{entry.finding.rule}] {entry.headline} --> {whereabouts(report.app, entry)}"
        yield _log(f"- {head}: {entry.reason}" if entry.accepted else f"- {head}")
    yield "::endgroup::"


def _gaps(found: Sequence[GapEntry]) -> Iterable[str]:
    """What was not understood, as lines of the log."""
    if not found:
        return
    yield f"::group::{_data(f'not understood: {len(found):,}')}"
    for entry in found:
        line = f"- {UNKNOWN}[{GAP}] {entry.gap.site} {entry.headline}"
        yield _log(f"{line}: acknowledged: {entry.reason}" if entry.accepted else line)
    yield "::endgroup::"


def _command(name: str, properties: dict[str, str], message: str) -> str:
    """A command; properties must not end early, so colons and commas are written out in them."""
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    lines = "\n".join(clean(line) for line in message.splitlines())
    return f"::{name} {listed}::{_data(lines if len(lines) <= _LONGEST else f'{lines[:_LONGEST]} ...')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(clean(text)).replace(":", "%3A").replace(",", "%2C")


def _log(line: str) -> str:
    """A line of the log that is no command: the older form of one may stand anywhere in a line."""
    return clean(line).replace("##[", "## [")


FORMAT = Format("github", "annotations of a GitHub Actions run", ".annotations", render)
