"""The images in use as plain data: each with the verdict on it, and the course of events that shows a danger."""

from __future__ import annotations

from typing import Any, TypeAlias

from seawall.engine import Report
from seawall.graph import ImageUse
from seawall.images.listing import listed

from .places import locate

Json: TypeAlias = "dict[str, Any]"


def images_of(report: Report) -> list[Json]:
    """The entries of ``images``, by consumer."""
    return [{**verdict, "resource": _resource(report, use)} for use, verdict in listed(report.images)]


def _resource(report: Report, use: ImageUse) -> Json:
    at = locate(report.app, use.place)
    return {
        "logical_id": at.logical_id,
        "template": at.template,
        "property": at.setting or None,
        "line": at.line,
    }
