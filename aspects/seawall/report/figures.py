"""The figures of one site as plain data: its attempts by failure class, and where they come from."""

from __future__ import annotations

from typing import Any, TypeAlias

from seawall.engine import Report
from seawall.graph import CLASSES, FailureClass, Hop, Site
from seawall.retries import Collateral, Count, Factor, Figure, Path
from seawall.retries.collateral import named_collateral
from seawall.retries.wording import sent_at, witness_event, worst_world

Json: TypeAlias = "dict[str, Any]"

EXPLAINED = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT)
"""The classes whose worst figure is derived layer by layer. A throttled run costs nothing, so it is left out."""


def site_of(report: Report, site: Site) -> Json:
    """One entry of ``sites``."""
    analysis = report.analysis
    counts = {failure: analysis.attempts.of(site.id, failure) for failure in CLASSES}
    worst = max(EXPLAINED, key=lambda failure: counts[failure].weight)
    figure = analysis.figure(site.id, worst)
    error = figure if worst is FailureClass.ERROR else analysis.figure(site.id, FailureClass.ERROR)
    found: Json = {
        "id": site.id,
        "kind": site.kind,
        **_whereabouts(report, site),
        "attempts": {failure.value: _range(report, site.id, failure, count) for failure, count in counts.items()},
        "entry": figure.main.entry,
        "layers_for": worst.value,
        "layers": _layers(report, figure.main),
        **_copies(figure.main),
    }
    if each := list(dict.fromkeys(hop for path in figure.paths for hop in path.hops if hop.for_each)):
        found["for_each"] = [_ends(hop) for hop in each]
    chosen = analysis.attempts.chosen(site.id, worst)
    if event := witness_event(chosen):
        found["witness_event"] = event
    if world := worst_world(chosen):
        found["worst_world"] = world
    if len(figure.paths) > 1 or figure.more:
        found |= _sum(report, figure)
    outlived = analysis.abandoned.get(site.id)
    if outlived is not None:
        found["attempts"]["abandoned"] = count_of(outlived.count) | ({"at_most": True} if outlived.at_most else {})
        found["at_once"] = outlived.at_once
    return found | {
        "give_up_seconds": whole(error.seconds),
        "collateral": [
            *(
                _again(other, more)
                for other, more in named_collateral(analysis.collateral(site.id, FailureClass.ERROR))
            ),
            *(
                {"site": one.site, "runs": one.runs.max, "neighbours": one.others}
                for one in analysis.neighbours(site.id)
            ),
        ],
    }


def _again(other: Collateral, more: int) -> Json:
    """A healthy site that runs again; with how many `more` like it that are not named."""
    found: Json = {"site": other.site, "runs": other.runs.max}
    if other.at_most:
        found["at_most"] = True
    return found | ({"more": more} if more else {})


def _range(report: Report, site: str, failure: FailureClass, count: Count) -> Json:
    """A figure, its low end where it has two, and whether it is an upper bound."""
    found, least = count_of(count), report.analysis.least(site, failure)
    if least.weight < count.weight:
        found["min"] = least.value
    if not report.analysis.attempts.exact(site, failure):
        found["at_most"] = True
    return found


def count_of(count: Count) -> Json:
    """A count; where none can be given, ``at_least`` says how many are certain."""
    found: Json = {"max": count.max, "bounded_by": count.bounded_by.word}
    return found if count.exact else found | {"at_least": count.value}


def whole(seconds: float | None) -> int | float | None:
    """Seconds without a fraction that says nothing."""
    if seconds is None:
        return None
    rounded = round(seconds, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def _whereabouts(report: Report, site: Site) -> Json:
    resource = report.app.resource(site.place.address) if site.place else None
    return {
        "logical_id": resource.logical_id if resource else None,
        "construct_path": resource.construct_path if resource else None,
        "app": resource.app or None if resource else None,
        "template": resource.address.template if resource else None,
    }


def _layers(report: Report, path: Path) -> list[Json]:
    return [_layer(report, factor) for factor in path.layers]


def _copies(path: Path) -> Json:
    """What one run sends several times, on the way."""
    found = [{**_ends(one.hop), "copies": one.copies, "note": sent_at(one.hop)} for one in path.copies]
    return {"copies": found} if found else {}


def _ends(hop: Hop) -> Json:
    return {"from": hop.source, "to": hop.target}


def _layer(report: Report, factor: Factor) -> Json:
    hop, tries = factor.hop, factor.tries
    retries_itself = report.analysis.flow.sites[hop.target].inside == hop.source
    return {
        "at": hop.target if retries_itself else hop.source,
        "property": tries.setting or hop.place.property,
        "tries": tries.total,
        "value": tries.status.value,
        "bounded_by": tries.bounded_by.word,
        "note": tries.note,
        "to": hop.target,
    }


def _sum(report: Report, figure: Figure) -> Json:
    """The paths that a figure is the sum of, and what those not listed add."""
    listed = sorted(figure.paths, key=lambda path: path.count.weight, reverse=True)
    return {
        "paths": [
            {"runs": path.count.max, "entry": path.entry, "layers": _layers(report, path), **_copies(path)}
            for path in listed
        ],
        "further_paths": {"paths": figure.more, "runs": figure.rest},
    }
