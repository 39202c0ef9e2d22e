"""Findings as a table, one in each row, for a spreadsheet; below them what was not understood."""

from __future__ import annotations

from seawall.engine import Report
from seawall.rules import GAP

from .entries import Entry, entries, shown_path
from .format import Format, Screen
from .gap_entries import UNKNOWN, GapEntry, gap_entries
from .tables import Value, table

_COLUMNS = (
    "severity", "rule", "site", "attempts", "failure", "message", "details", "fix", "status", "reason", "accepted_by",
    "confidence", "file", "line", "property", "logical_id", "resource_type", "construct_path", "fingerprint",
)  # fmt: skip


def render(report: Report, _screen: Screen) -> str:
    """The table: findings, the acknowledged ones behind the others, then gaps likewise, as rule `gap`."""
    rows = [_row(report, entry) for entry in entries(report)]
    return table(_COLUMNS, rows + [_gap(report, entry) for entry in gap_entries(report)])


def _gap(report: Report, entry: GapEntry) -> tuple[Value, ...]:
    at = entry.at
    return (
        UNKNOWN,
        GAP,
        entry.gap.site,
        None,
        None,
        entry.gap.why,
        "; ".join(entry.facts),
        "",
        "open" if entry.accepted is None else "acknowledged",
        entry.reason,
        entry.accepted.by if entry.accepted else "",
        "",
        entry.file(report.app),
        at.file_line if at else None,
        entry.gap.property,
        at.logical_id if at else "",
        at.resource.type if at and at.resource else "",
        (at.resource.construct_path or "") if at and at.resource else "",
        entry.fingerprint,
    )


def _row(report: Report, entry: Entry) -> tuple[Value, ...]:
    finding, at = entry.finding, entry.at
    return (
        finding.severity.word,
        finding.rule,
        finding.site,
        finding.attempts,
        None if finding.failure is None else finding.failure.value,
        entry.headline,
        "; ".join(entry.facts),
        entry.fix,
        entry.status,
        entry.reason,
        entry.accepted.by if entry.accepted else "",
        finding.confidence.value,
        shown_path(report.app, at),
        at.file_line,
        at.setting,
        at.logical_id,
        at.resource.type if at.resource else "",
        (at.resource.construct_path or "") if at.resource else "",
        entry.fingerprint,
    )


FORMAT = Format("csv", "findings as a table, for a spreadsheet", ".csv", render)
