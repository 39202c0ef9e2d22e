"""One finding as SARIF writes it."""

from __future__ import annotations

from typing import Any, TypeAlias

from seawall.template import App

from .entries import Entry, hop_words
from .escape import clean
from .markup import bullet, code_block, prose
from .model import Report
from .places import locate
from .sarif_places import logical, physical

Json: TypeAlias = "dict[str, Any]"

_MOST_RELATED = 100
"""Locations that GitHub shows of one result."""


def result(report: Report, entry: Entry, rule_index: int | None) -> Json:
    """A result, open or suppressed."""
    finding = entry.finding
    found: Json = {
        "ruleId": finding.rule,
        **({} if rule_index is None else {"ruleIndex": rule_index}),
        "level": finding.severity.word,
        "message": {"text": _text(entry), "markdown": _markdown(entry)},
        "locations": [_location(report.app, entry)],
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
    lines = [entry.headline, *entry.facts, *([f"fix: {entry.fix}"] if entry.fix else [])]
    return "\n".join(clean(line) for line in lines).replace("](", "] (")


def _markdown(entry: Entry) -> str:
    lines = [f"**{prose(entry.headline)}**", "", *(bullet(prose(fact)) for fact in entry.facts)]
    if entry.fix:
        lines += ["", f"Fix: {prose(entry.fix)}"]
    if entry.finding.paste:
        lines += ["", *code_block(entry.finding.paste)]
    return "\n".join(lines)


def _location(app: App, entry: Entry) -> Json:
    resource = entry.at.resource
    names = [logical(entry.finding.site)]
    if resource is not None and resource.construct_path not in (None, entry.finding.site):
        names.append(logical(str(resource.construct_path)))
    return {"physicalLocation": physical(app, entry.at), "logicalLocations": names}


def _hops(app: App, entry: Entry) -> list[Json]:
    """The path in order; a station without a place of its own stands where the finding does."""
    steps: list[Json] = []
    for number, mark in enumerate(entry.finding.trace):
        at = entry.at if mark.place is None else locate(app, mark.place)
        said = hop_words(mark, number == 0)
        total = "" if mark.running is None or number == 0 else f" ({mark.running:,} in all)"
        location = {
            "physicalLocation": physical(app, at),
            "logicalLocations": [logical(mark.site)],
            "message": {"text": clean(f"{mark.site}: {said}{total}")},
        }
        essential = number > 0 and mark.tries != 1
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
        related: Json = {"id": len(found) + 1, "logicalLocations": [logical(name)], "message": {"text": clean(name)}}
        if place is not None:
            related["physicalLocation"] = physical(report.app, locate(report.app, place))
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
