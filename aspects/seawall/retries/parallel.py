"""Hops between the same two sites that exclude each other: only the worst of them counts.

For one event, that is: where a third hop is taken together with the lesser of the two alone, the event that takes it
may still be the worst, so that both count.
"""

from __future__ import annotations

from collections.abc import Sequence

from seawall.graph import CLASSES, Flow, Hop

from .count import Count, of_copies


def worst_of_parallel(flow: Flow, into: Sequence[Hop]) -> list[Hop]:
    """The hops into one site without those that another one excludes, surpasses in every class and stands for."""
    ways = flow.ways
    kept: dict[Hop, None] = {}
    by_pair: dict[tuple[object, ...], list[Hop]] = {}
    for hop in into:
        rivals: list[Hop] = []
        if hop in ways.bit:
            rivals = by_pair.setdefault((hop.source, hop.awaits, hop.when, hop.after, hop.per_batch, hop.led_by), [])
        excluded = [rival for rival in rivals if ways.exclusive(hop, rival)]
        if any(_surpasses(flow, rival, hop) and ways.stands_for(rival, hop) for rival in excluded):
            continue
        for rival in excluded:
            if _surpasses(flow, hop, rival) and ways.stands_for(hop, rival):
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
    if one.copies < other.copies or one.for_each < other.for_each:
        return False
    return all(_weight(flow, one, signal) >= _weight(flow, other, signal) for signal in signals)


def _weight(flow: Flow, hop: Hop, signal: str) -> tuple[object, ...]:
    """Of as many, those that take longer are worse."""
    tries = flow.tries_for(hop, signal)
    lasts = (tries.interval or 0.0) * (tries.total or 0) + (tries.backoff or 0.0)
    return (*(Count.of(tries) * of_copies(hop.copies_for(signal))).weight, lasts)
