"""The code that a layer runs again."""

from __future__ import annotations

from seawall.graph import FailureClass, Hop, reach

from .context import Context


def work_behind(context: Context, hop: Hop) -> str | None:
    """The code behind a hop that runs again with every try, most often run first; None where nothing is awaited."""
    flow, attempts = context.analysis.flow, context.analysis.attempts
    order = context.working_leaves
    leaves = sorted(reach([hop.target], flow.awaiting) & order.keys(), key=order.__getitem__)
    return max(leaves, key=lambda site: attempts.of(site, FailureClass.ERROR).weight, default=None)
