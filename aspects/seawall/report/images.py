"""The images in use as plain data: each with the verdict on it, and the course of events that shows a danger."""

from __future__ import annotations

from typing import Any, TypeAlias

from seawall.graph import ImageUse
from seawall.images.analysis import Used

from .model import Report
from .places import locate

Json: TypeAlias = "dict[str, Any]"


def images_of(report: Report) -> list[Json]:
    """The entries of ``images``, by consumer."""
    entries = [_judged(report, used) for used in report.images.used]
    entries += [_unclear(report, use) for use in report.images.elsewhere]
    return sorted(entries, key=lambda entry: (entry["consumer"], entry["repository"], entry["reference"], str(entry)))


def _judged(report: Report, used: Used) -> Json:
    return {
        **used.judgement.to_object(),
        "kind": used.use.kind,
        "conditions": list(used.conditions),
        "resource": _resource(report, used.use),
    }


def _unclear(report: Report, use: ImageUse) -> Json:
    """An image whose repository the templates do not tell."""
    image = use.image
    return {
        "consumer": use.site,
        "kind": use.kind,
        "repository": image.repository.name or "?",
        "reference": f"@{image.digest}" if image.digest else f":{image.tag or '?'}",
        "verdict": "unknown",
        "rule_priority": None,
        "why": image.why or image.repository.why or "the templates do not tell which repository holds it",
        "witness": [],
        "conditions": list(use.conditions),
        "resource": _resource(report, use),
    }


def _resource(report: Report, use: ImageUse) -> Json:
    at = locate(report.app, use.place)
    return {
        "logical_id": at.logical_id,
        "template": at.template,
        "property": at.setting or None,
        "line": at.line,
    }
