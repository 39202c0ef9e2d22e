"""Hops between the same two sites that exclude each other: only the worst of them counts.

For one event, that is: where a third hop is taken together with the lesser of the two alone, the event that takes it
may still be the worst, so that the classes of events have to be told apart by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from seawall.graph import CLASSES, Flow, Hop

from .count import Count, of_copies


def worst_of_parallel(flow: Flow, into: Sequence[Hop]) -> tuple[list[Hop], int]:
    """The hops into one site without those that another one excludes and surpasses in every class, and the bits of
    those among them that the other one does not stand for.
    """
    ways = flow.ways
    kept: dict[Hop, None] = {}
    by_pair: dict[tuple[object, ...], list[Hop]] = {}
    apart = 0
    for hop in into:
        rivals: list[Hop] = []
        if hop in ways.bit:
            rivals = by_pair.setdefault((hop.source, hop.awaits, hop.when, hop.after, hop.per_batch), [])
        excluded = [rival for rival in rivals if ways.exclusive(hop, rival)]
        worse = [rival for rival in excluded if _surpasses(flow, rival, hop)]
        if worse:
            apart |= 0 if any(ways.stands_for(rival, hop) for rival in worse) else ways.bit[hop]
            continue
        for rival in excluded:
            if _surpasses(flow, hop, rival):
                apart |= 0 if ways.stands_for(hop, rival) else ways.bit[rival]
                rivals.remove(rival)
                del kept[rival]
        rivals.append(hop)
        kept[hop] = None
    return list(kept), apart


def _surpasses(flow: Flow, one: Hop, other: Hop) -> bool:
    """Whether `one` delivers at least as often as `other`, whatever fails."""
    if one.shows != other.shows:
        return False
    signals = dict.fromkeys((*CLASSES, *one.tries, *other.tries))
    if one.copies < other.copies or one.for_each < other.for_each:
        return False
    return all(_weight(flow, one, signal) >= _weight(flow, other, signal) for signal in signals)


def _weight(flow: Flow, hop: Hop, signal: str) -> tuple[object, ...]:
    """Of as many, those that take longer are worse."""
    tries = flow.tries_for(hop, signal)
    lasts = (tries.interval or 0.0) * (tries.total or 0) + (tries.backoff or 0.0)
    return (*(Count.of(tries) * of_copies(hop.copies_for(signal))).weight, lasts)
