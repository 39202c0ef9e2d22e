"""Code quality for GitLab, which shows it in merge requests and in their diffs.

The report is a list of issues in the subset of Code Climate's format that GitLab reads. It knows no acknowledged
issues, so they are of the lowest severity there, with their reason in front. What was not understood is `minor` on a
path with retries, else `info`.
Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from typing import Any

from seawall.engine import Report
from seawall.rules import GAP, Severity

from .entries import Entry, entries, shown_path
from .format import Format, Screen
from .gap_entries import GapEntry, gap_entries

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(report: Report, _screen: Screen) -> str:
    """The issues as JSON, in ASCII."""
    issues = [_issue(report, entry) for entry in entries(report)]
    issues += [_gap(report, entry) for entry in gap_entries(report)]
    return json.dumps(issues, indent=2, allow_nan=False) + "\n"


def _gap(report: Report, entry: GapEntry) -> dict[str, Any]:
    said = f"not understood at {entry.gap.site}: {entry.headline}"
    return {
        "type": "issue",
        "check_name": GAP,
        "description": said if entry.accepted is None else f"acknowledged ({entry.reason}): {said}",
        "content": {"body": "\n".join(entry.facts)},
        "categories": ["Bug Risk"],
        "severity": "minor" if entry.accepted is None and entry.weight == 2 else "info",
        "fingerprint": entry.fingerprint,
        "location": {
            "path": entry.file(report.app),
            "lines": {"begin": (entry.at.file_line if entry.at else None) or 1},
        },
    }


def _issue(report: Report, entry: Entry) -> dict[str, Any]:
    said = entry.headline if entry.accepted is None else f"acknowledged ({entry.reason}): {entry.headline}"
    finding = entry.finding
    return {
        "type": "issue",
        "check_name": finding.rule,
        "description": said,
        "content": {"body": "\n".join([*entry.facts, *entry.shown.fix.lines])},
        "categories": ["Bug Risk"],
        "severity": "info" if entry.accepted else _SEVERITIES[finding.severity],
        "fingerprint": entry.fingerprint,
        "location": {"path": shown_path(report.app, entry.at), "lines": {"begin": entry.at.file_line or 1}},
    }


FORMAT = Format("gitlab", "code quality of a GitLab merge request", ".codequality.json", render)
