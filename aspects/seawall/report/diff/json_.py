"""A comparison as JSON for programs, as `schema/diff-1.schema.json` describes it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeAlias

from seawall._version import __version__
from seawall.baseline.difference import Difference
from seawall.baseline.measure import JUDGED
from seawall.diff.limits import Limits, objections
from seawall.diff.model import Comparison, Factors, FindingChange, GapChange, ImageChange, LoopChange, SiteChange
from seawall.engine import Report
from seawall.graph import CLASSES, FailureClass
from seawall.package_data import package_text
from seawall.retries import Factor, Loop
from seawall.retries.wording import layer_site

from ..figures import count_of
from ..format import Screen
from ..summary import Summary
from .format import DiffFormat

SCHEMA = "seawall.diff/1"

Json: TypeAlias = "dict[str, Any]"


def render(comparison: Comparison, limits: Limits, _screen: Screen) -> str:
    """The comparison in ASCII. The same input gives the same bytes."""
    return json.dumps(document(comparison, limits), indent=2, allow_nan=False) + "\n"


def document(comparison: Comparison, limits: Limits) -> Json:
    """The comparison as plain data."""
    why = objections(comparison, limits)
    return {
        "schema": SCHEMA,
        "tool": {"name": "seawall", "version": __version__},
        "verdict": {
            "fails": bool(why),
            "why": list(why),
            "max_attempts": limits.max_attempts,
            "max_increase": limits.max_increase,
            "fail_on": limits.fail_on.value,
        },
        "inputs": {"before": _inputs(comparison.before), "now": _inputs(comparison.now), "common": comparison.common},
        "sites": [_site(each) for each in comparison.sites],
        "loops": [_loop_change(each) for each in comparison.loops],
        "images": [_image(each) for each in comparison.images],
        "findings": [_finding(each) for each in comparison.findings],
        "gaps": [_gap(each) for each in comparison.gaps],
    }


@cache
def schema() -> Any:
    """The JSON Schema of what `render` gives."""
    return json.loads(package_text("seawall.report", "schema/diff-1.schema.json"))


def _inputs(report: Report) -> Json:
    summary = Summary.of(report)
    names = ("templates", "resources", "sites", "hops", "images", "unknown", "skipped")
    return {name: getattr(summary, name) for name in names}


def _changed(change: Difference) -> Json:
    return {"direction": change.direction.value, "said": change.said or None}


def _site(each: SiteChange) -> Json:
    return {
        "site": each.site,
        "fate": each.fate.value,
        "works": each.works,
        "direction": each.direction.value,
        "entry": {"before": each.entries[0] or None, "now": each.entries[1] or None},
        "attempts": {
            failure.value: {
                "before": count_of(each.before[failure]) if failure in each.before else None,
                "now": count_of(each.now[failure]) if failure in each.now else None,
                **_changed(each.changes.get(failure, Difference())),
            }
            for failure in (*CLASSES, FailureClass.ABANDONED)
            if failure in CLASSES or failure in each.before or failure in each.now
        },
        "factors": None if each.factors is None else _factors(each.factors),
    }


def _factors(found: Factors) -> Json:
    before, now = found.sides
    return {"before": [_layer(one) for one in before], "now": [_layer(one) for one in now], "said": found.said}


def _layer(one: Factor) -> Json:
    return {
        "at": layer_site(one.hop),
        "property": one.tries.setting or one.hop.place.property,
        "tries": one.tries.total,
        "bounded_by": one.tries.bounded_by.word,
        "note": one.tries.note,
    }


def _loop_change(each: LoopChange) -> Json:
    return {
        "start": each.start,
        "fate": each.fate.value,
        **_changed(each.change),
        "before": _loop(each.before),
        "now": _loop(each.now),
    }


def _loop(loop: Loop | None) -> Json | None:
    if loop is None:
        return None
    return {
        "sites": list(loop.sites),
        "gain": {failure.value: loop.gain[failure].max for failure in JUDGED},
        "stopped_by": loop.stopped_by,
        "laps": loop.laps,
    }


def _image(each: ImageChange) -> Json:
    return {
        "consumer": each.consumer,
        "repository": each.repository,
        "fate": each.fate.value,
        **_changed(each.change),
        "before": each.before,
        "now": each.now,
        "why": each.why,
    }


def _finding(each: FindingChange) -> Json:
    finding = each.finding
    return {
        "rule": finding.rule,
        "severity": finding.severity.word,
        "site": finding.site,
        "message": finding.message,
        "attempts": finding.attempts,
        "fingerprint": each.fingerprint,
        "fate": each.fate.value,
        **_changed(each.change),
        "accepted": each.accepted,
    }


def _gap(each: GapChange) -> Json:
    gap = each.gap
    return {
        "site": gap.site,
        "property": gap.property,
        "why": gap.why,
        "what": gap.what.value,
        "touches": list(gap.touches),
        "fate": each.fate.value,
    }


FORMAT = DiffFormat("json", ".json", render)
