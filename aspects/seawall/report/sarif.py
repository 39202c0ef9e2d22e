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
from pathlib import PurePath
from typing import Any, TypeAlias
from urllib.parse import quote

from seawall._version import __version__
from seawall.engine import Report
from seawall.graph import Place
from seawall.paths import below
from seawall.rules import Rule, Severity, all_rules
from seawall.template import App
from seawall.words import plural, sentence

from .entries import Entry, entries, hop_words, shown_path
from .escape import clean
from .format import Format, Screen
from .markup import bullet, code_block, prose
from .pages import page
from .places import Location, locate

Json: TypeAlias = "dict[str, Any]"

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_RESULTS = 25_000
"""GitHub refuses files with more; the worst come first, so these are kept.
Source: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit"""
_MOST_RELATED = 100
"""Locations that GitHub shows of one result."""
_LONGEST = 1_024
"""Characters that GitHub keeps of a rule's descriptions."""
_BASE = "%SRCROOT%"
"""What relative URIs are relative to. Where it lies on this machine is nobody's business, so it is not said."""
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}

_NOTIFICATIONS = {
    "skipped-input": "An input was left out, so nothing in it was analysed.",
    "unknown-setting": "A setting could not be resolved, so that deliveries or figures may be missing.",
    "left-out": "Findings were left out because the settings say so.",
    "results-cut": "There are more results than can be uploaded, so that the least severe were left out.",
}


def render(report: Report, screen: Screen) -> str:
    """The log with its one run, in ASCII."""
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, screen)]}, indent=2) + "\n"


def _run(report: Report, screen: Screen) -> Json:
    rules = all_rules()
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    found = entries(report)
    exit_code = 1 if screen.fail_on.fails(report.findings, report.gaps) else 0
    notices = [*_skipped(report), *_unknown(report), *_by_settings(report)]
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
        "originalUriBaseIds": {_BASE: {"description": {"text": "The directory in which seawall was run."}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": exit_code,
                "exitCodeDescription": ("findings" if exit_code else "no finding") + f" at or above {screen.fail_on}",
                "toolExecutionNotifications": notices,
            }
        ],
        "artifacts": [{"location": _artifact(below(template.path))} for template in report.app.templates.values()],
        "results": [_result(report, entry, numbers.get(entry.finding.rule)) for entry in found[:_MOST_RESULTS]],
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
    for entry in sorted(report.skipped, key=lambda entry: (entry.path, entry.why)):
        yield _notice("skipped-input", "warning", f"skipped {below(entry.path)}: {entry.why}")


def _unknown(report: Report) -> Iterable[Json]:
    for entry in report.gaps:
        yield _notice("unknown-setting", "note", f"{entry.site} {entry.property}: {entry.why}", report, entry.place)


def _by_settings(report: Report) -> Iterable[Json]:
    for rule, number in report.left_out.items():
        yield _notice("left-out", "note", f"{plural(number, 'finding')} of {rule} left out by settings")


def _notice(kind: str, level: str, said: str, report: Report | None = None, place: Place | None = None) -> Json:
    notice: Json = {"descriptor": {"id": kind}, "level": level, "message": {"text": said}}
    if report is not None and place is not None:
        notice["locations"] = [{"physicalLocation": _physical(report.app, locate(report.app, place))}]
    return notice


def _result(report: Report, entry: Entry, rule_index: int | None) -> Json:
    """A result, open or suppressed."""
    finding = entry.finding
    found: Json = {
        "ruleId": finding.rule,
        **({} if rule_index is None else {"ruleIndex": rule_index}),
        "level": finding.severity.word,
        "message": {"text": _text(entry), "markdown": _markdown(entry)},
        "locations": [_result_location(report.app, entry)],
        "partialFingerprints": {"seawall/v1": entry.fingerprint},
    }
    if finding.trace:
        found["codeFlows"] = [{"threadFlows": [{"locations": _hops(report.app, entry)}]}]
    if finding.also:
        found["relatedLocations"] = _related(report, entry)
    if entry.accepted is not None:
        found["suppressions"] = [
            {
                "kind": "external" if entry.accepted.by == "baseline" else "inSource",
                "status": "accepted",
                "justification": entry.reason,
            }
        ]
    return found | {"properties": _properties(entry)}


def _text(entry: Entry) -> str:
    """Plain, and without what SARIF would take for a link."""
    lines = [entry.headline, *entry.facts, *entry.shown.fix.lines]
    return "\n".join(clean(line) for line in lines).replace("](", "] (")


def _markdown(entry: Entry) -> str:
    lines = [f"**{prose(entry.headline)}**", "", *(bullet(prose(fact)) for fact in entry.facts)]
    for part in entry.parts:
        lines += ["", f"{sentence(part.label)}: {prose(part.said)}"]
        lines += ["", *(bullet(prose(note)) for note in part.notes)] if part.notes else []
        for block in part.blocks:
            lines += ["", *([prose(f"{block.heading}:"), ""] if block.heading else []), *code_block(block.text)]
    return "\n".join(lines)


def _result_location(app: App, entry: Entry) -> Json:
    resource = entry.at.resource
    names = [_logical(entry.finding.site)]
    if resource is not None and resource.construct_path not in (None, entry.finding.site):
        names.append(_logical(str(resource.construct_path)))
    return {"physicalLocation": _physical(app, entry.at), "logicalLocations": names}


def _hops(app: App, entry: Entry) -> list[Json]:
    """The path in order; a station without a place of its own stands where the finding does."""
    steps: list[Json] = []
    for number, mark in enumerate(entry.finding.trace):
        at = entry.at if mark.place is None else locate(app, mark.place)
        said = hop_words(mark, number == 0)
        total = "" if mark.running is None or number == 0 else f" ({mark.running:,} in all)"
        location = {
            "physicalLocation": _physical(app, at),
            "logicalLocations": [_logical(mark.site)],
            "message": {"text": clean(f"{mark.site}: {said}{total}")},
        }
        essential = number > 0 and mark.times != 1
        steps.append(
            {
                "location": location,
                "executionOrder": number + 1,
                "importance": "essential" if essential else "important",
            }
        )
    return steps


def _related(report: Report, entry: Entry) -> list[Json]:
    found: list[Json] = []
    for name in entry.finding.also[:_MOST_RELATED]:
        site = report.analysis.flow.sites.get(name)
        place = site.place if site is not None else None
        related: Json = {"id": len(found) + 1, "logicalLocations": [_logical(name)], "message": {"text": clean(name)}}
        if place is not None:
            related["physicalLocation"] = _physical(report.app, locate(report.app, place))
        found.append(related)
    return found


def _properties(entry: Entry) -> Json:
    finding = entry.finding
    return {
        "site": finding.site,
        "status": entry.status,
        "confidence": finding.confidence.value,
        "attempts": finding.attempts,
        "failure": None if finding.failure is None else finding.failure.value,
        "property": entry.at.setting or None,
        "fix": entry.fix or None,
        "paste": finding.paste or None,
    }


def _artifact(path: str) -> Json:
    """A file: relative to the base where it lies below it, else with all of its path."""
    if PurePath(path).is_absolute():
        return {"uri": PurePath(path).as_uri()}
    return {"uri": quote(path, safe="/~"), "uriBaseId": _BASE}


def _physical(app: App, at: Location) -> Json:
    """A place in a file, with its line where that is known."""
    found: Json = {"artifactLocation": _artifact(shown_path(app, at))}
    return found if at.file_line is None else found | {"region": {"startLine": at.file_line}}


def _logical(name: str, kind: str = "resource") -> Json:
    """A construct, or a site, by its path."""
    return {"name": name.rpartition("/")[2] or name, "fullyQualifiedName": name, "kind": kind}


FORMAT = Format("sarif", "SARIF 2.1.0, for code scanning and editors", ".sarif", render)
