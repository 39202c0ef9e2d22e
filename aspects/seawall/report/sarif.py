"""SARIF 2.1.0, which code scanning and editors read: rules with their pages, findings with the hops that make them.

Left out on purpose: `automationDetails`, because GitHub's upload lets a workflow name its category only where a file
has none, and without it two apps of one repository would overwrite each other; `fixes`, because no correction is
known as an exact replacement of a region (a corrected lifecycle policy stands in the message); and
`primaryLocationLineHash`, which GitHub's upload computes and warns about where a tool set another.
Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeAlias

from seawall._version import __version__
from seawall.graph import Place
from seawall.rules import Rule, Severity, all_rules

from .entries import below, entries
from .format import Format, Screen
from .model import Report
from .pages import page
from .places import locate
from .sarif_places import BASE, artifact, physical
from .sarif_results import result

Json: TypeAlias = "dict[str, Any]"

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_RESULTS = 25_000
"""GitHub refuses files with more; the worst come first, so these are kept.
Source: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit"""
_LONGEST = 1_024
"""Characters that GitHub keeps of a rule's descriptions."""
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}

_NOTIFICATIONS = {
    "skipped-input": "An input was left out, so nothing in it was analysed.",
    "unknown-setting": "A setting could not be resolved, so that hops or figures may be missing.",
    "results-cut": "There are more results than can be uploaded, so that the least severe were left out.",
}


def render(report: Report, screen: Screen) -> str:
    """The log with its one run, in ASCII."""
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, screen)]}, indent=2) + "\n"


def _run(report: Report, screen: Screen) -> Json:
    rules = all_rules()
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    found = entries(report)
    exit_code = 1 if screen.fail_on.fails(report.findings) else 0
    notices = [*_skipped(report), *_unknown(report)]
    if len(found) > _MOST_RESULTS:
        notices.append(_notice("results-cut", "warning", f"{len(found) - _MOST_RESULTS:,} results left out: too many"))
    return {
        "tool": {
            "driver": {
                "name": "Seawall",
                "fullName": f"Seawall {__version__}",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
                "notifications": [_notification(kind, said) for kind, said in _NOTIFICATIONS.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The directory in which seawall was run."}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": exit_code,
                "exitCodeDescription": ("findings" if exit_code else "no finding") + f" at or above {screen.fail_on}",
                "toolExecutionNotifications": notices,
            }
        ],
        "artifacts": [{"location": artifact(below(template.path))} for template in report.app.templates.values()],
        "results": [result(report, entry, numbers.get(entry.finding.rule)) for entry in found[:_MOST_RESULTS]],
    }


def _rule(rule: Rule) -> Json:
    written = page(rule)
    help_at = next((source for source in rule.sources if source.startswith("https://")), None)
    return {
        "id": rule.id,
        "name": _title(rule.id),
        "shortDescription": {"text": _short(rule.title)},
        "fullDescription": {"text": _short(rule.what)},
        "help": {"text": written, "markdown": written},
        **({"helpUri": help_at} if help_at else {}),
        "defaultConfiguration": {"level": rule.severity.word},
        "properties": {
            "tags": ["aws", "reliability", *([rule.topic] if rule.topic else [])],
            "precision": "high",
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _notification(kind: str, said: str) -> Json:
    text = {"text": said}
    return {"id": kind, "name": _title(kind), "shortDescription": text, "fullDescription": text, "help": text}


def _title(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _short(text: str) -> str:
    line = " ".join(text.split())
    line = line if len(line) < _LONGEST else f"{line[: _LONGEST - 5]} ..."
    return line if line.endswith(".") else f"{line}."


def _skipped(report: Report) -> Iterable[Json]:
    for entry in sorted(report.app.skipped, key=lambda entry: (entry.path, entry.why)):
        yield _notice("skipped-input", "warning", f"skipped {below(entry.path)}: {entry.why}")


def _unknown(report: Report) -> Iterable[Json]:
    for entry in sorted(report.analysis.flow.unknown, key=lambda entry: (entry.site, entry.property, entry.why)):
        yield _notice("unknown-setting", "note", f"{entry.site} {entry.property}: {entry.why}", report, entry.place)


def _notice(kind: str, level: str, said: str, report: Report | None = None, place: Place | None = None) -> Json:
    notice: Json = {"descriptor": {"id": kind}, "level": level, "message": {"text": said}}
    if report is not None and place is not None:
        notice["locations"] = [{"physicalLocation": physical(report.app, locate(report.app, place))}]
    return notice


FORMAT = Format("sarif", "SARIF 2.1.0, for code scanning and editors", ".sarif", render)
