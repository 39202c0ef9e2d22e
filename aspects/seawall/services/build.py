"""From an app to its flow."""

from __future__ import annotations

from seawall.graph import Flow
from seawall.template import App

from .wiring import read


def build(app: App) -> Flow:
    """Sites and hops of everything in `app`."""
    wiring = read(app)
    return Flow(
        sites=wiring.sites,
        hops=tuple(wiring.hops),
        watches=tuple(wiring.watches),
        unknown=tuple(wiring.unknowns),
        idle=tuple(wiring.idle),
        drops=tuple(wiring.drops),
        wrong=tuple(wiring.wrong),
        pollings=tuple(wiring.pollings),
        steady=tuple(wiring.steady),
        side_by_side=wiring.side_by_side,
        deduplicated=frozenset(wiring.deduplicated),
        repositories=tuple(wiring.repositories),
        images=tuple(wiring.images),
        ruled_out=tuple(wiring.ruled_out),
        handlings=tuple(wiring.handlings),
    )
