"""What the model says, for the emulator to confirm or to deny."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from seawall.flow import build
from seawall.retries import Analysis, analyse
from seawall.services import FailureClass
from seawall.template import load


def predicted_runs(template_path: Path, site_logical_id: str, failure: str) -> int:
    """How often the site runs for one event if every run of it fails with that class."""
    analysis = _analysis(template_path)
    return _figure(analysis.attempts.of(_site(analysis, site_logical_id), failure).max)


def predicted_collateral(template_path: Path, failing: str, healthy: str) -> int:
    """How often the healthy site runs while every run of the failing one ends in an error."""
    analysis = _analysis(template_path)
    again = {each.site: each.runs.max for each in analysis.collateral(_site(analysis, failing), FailureClass.ERROR)}
    return _figure(again[_site(analysis, healthy)])


def predicted_gain(template_path: Path, failure: str) -> int:
    """How many events one event becomes per lap of the template's only loop."""
    (loop,) = _analysis(template_path).loops
    return _figure(loop.gain[FailureClass(failure)].max)


@cache
def _analysis(template_path: Path) -> Analysis:
    return analyse(build(load([template_path])))


def _site(analysis: Analysis, logical_id: str) -> str:
    (found,) = (
        site.id
        for site in analysis.flow.sites.values()
        if site.kind == "function" and site.place and site.place.address.logical_id == logical_id
    )
    return found


def _figure(count: int | None) -> int:
    assert count is not None, "the model gives no count here"
    return count
