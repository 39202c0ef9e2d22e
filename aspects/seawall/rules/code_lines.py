"""Lines of code in findings, and what delivers to the function that they are of."""

from __future__ import annotations

from seawall.graph import Hop, HopKind, Place
from seawall.template import SourceLine

from .context import Context
from .model import Mark

_DELIVERS = (HopKind.EVENT_SOURCE_MAPPING, HopKind.ASYNCHRONOUS_INVOCATION)
"""Hops from what keeps an event and delivers it again when its function fails."""


def delivering(context: Context, site: str) -> list[Hop]:
    """Hops by which queues, streams and asynchronous queues deliver to a function."""
    return [hop for hop in context.analysis.flow.into(site) if hop.kind in _DELIVERS]


def at(hop: Hop, line: SourceLine) -> tuple[Mark, ...]:
    """The way to a line of a function's code."""
    return (
        Mark(hop.source, 1),
        Mark(hop.target, 1, "its code", hop.kind, place=Place(hop.place.address, "Code", line)),
    )
