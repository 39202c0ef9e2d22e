"""Hops between the same two sites that exclude each other: only the worst of them counts."""

from __future__ import annotations

from collections.abc import Sequence

from seawall.graph import CLASSES, Flow, Hop

from .count import Count


def worst_of_parallel(flow: Flow, into: Sequence[Hop]) -> list[Hop]:
    """The hops into one site without those that another one excludes and surpasses in every class."""
    ways = flow.ways
    kept: dict[Hop, None] = {}
    by_pair: dict[tuple[object, ...], list[Hop]] = {}
    for hop in into:
        rivals: list[Hop] = []
        if hop in ways.bit:
            rivals = by_pair.setdefault((hop.source, hop.awaits, hop.when, hop.after, hop.per_batch), [])
        excluded = [rival for rival in rivals if ways.exclusive(hop, rival)]
        if any(_surpasses(flow, rival, hop) for rival in excluded):
            continue
        for rival in excluded:
            if _surpasses(flow, hop, rival):
                rivals.remove(rival)
                del kept[rival]
        rivals.append(hop)
        kept[hop] = None
    return list(kept)


def _surpasses(flow: Flow, one: Hop, other: Hop) -> bool:
    """Whether `one` delivers at least as often as `other`, whatever fails."""
    if one.shows != other.shows:
        return False
    signals = dict.fromkeys((*CLASSES, *one.tries, *other.tries))
    return all(_weight(flow, one, signal) >= _weight(flow, other, signal) for signal in signals)


def _weight(flow: Flow, hop: Hop, signal: str) -> tuple[object, ...]:
    return Count.of(flow.tries_for(hop, signal)).weight
