"""The code that a layer runs again."""

from __future__ import annotations

from seawall.graph import FailureClass, Hop, reach
from seawall.retries import Analysis


def work_behind(analysis: Analysis, hop: Hop) -> str | None:
    """The code behind a hop that runs again with every try, most often run first; None where nothing is awaited."""
    order = analysis.working_leaves
    leaves = sorted(reach([hop.target], analysis.flow.awaiting) & order.keys(), key=order.__getitem__)
    return max(leaves, key=lambda site: analysis.attempts.of(site, FailureClass.ERROR).weight, default=None)
