"""Work that goes on although its waiter gave up, so that the next try runs beside it.

The waiter's own tries start the work again each time. When they do is known from its layers, and so is how many runs
there are at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from msgspec import Struct

from seawall.graph import Flow, Tries
from seawall.graph.waiting import ShortWait

from .count import Count
from .executions import Factor
from .paths import Path

if TYPE_CHECKING:
    from .analysis import Analysis

MOST_STARTS = 500
"""Starts that are placed in time one by one."""


class Abandoned(Struct, frozen=True):
    """Runs of one site that are started while earlier ones may still go on."""

    site: str
    count: Count
    """Runs started in all."""
    starts: tuple[float, ...]
    """Seconds after the first at which the runs start, as far as they are placed."""
    at_once: int
    """Most of them within one run's longest time."""
    waits: tuple[ShortWait, ...]
    """Who gives up, the one that starts the most runs first."""
    path: Path | None
    """To the first of them."""
    at_most: bool = False
    """The shortest wait and the most tries may be those of different deployments: figures are upper bounds."""


def abandoned(analysis: Analysis) -> Mapping[str, Abandoned]:
    """By site, where something waits for it no longer than it may take."""
    by_site: dict[str, list[ShortWait]] = {}
    for wait in analysis.flow.waits:
        by_site.setdefault(wait.hop.target, []).append(wait)
    return {site: _abandoned(analysis, site, waits) for site, waits in by_site.items()}


def _abandoned(analysis: Analysis, site: str, waits: list[ShortWait]) -> Abandoned:
    counts = {wait: analysis.attempts.of(wait.waiter, wait.shows) * _own(analysis.flow, wait).count for wait in waits}
    ordered = sorted(waits, key=lambda wait: counts[wait].weight, reverse=True)
    worst = ordered[0]
    path = analysis.figure(worst.waiter, worst.shows).main
    own = _own(analysis.flow, worst)
    starts = _starts(path, own, worst.seconds)
    others = (_at_once(_starts(path, own, seconds), works) for seconds, works in worst.others)
    at_once = max((_at_once(starts, worst.works), *others))
    taken_together = any(_of_several_worlds(analysis, wait) for wait in waits)
    return Abandoned(site, reduce(add, counts.values()), starts, at_once, tuple(ordered), path, taken_together)


def _at_once(starts: Sequence[float], works: float) -> int:
    """Most runs that go on at the same time, where each takes as long."""
    return max(sum(1 for other in starts if start <= other < start + works) for start in starts)


def _of_several_worlds(analysis: Analysis, wait: ShortWait) -> bool:
    """Whether one deployment may decide how long it waits, and another one how often it tries."""
    if not wait.sides:
        return False
    hops = (hop for path in analysis.figure(wait.waiter, wait.shows).paths for hop in path.hops)
    return any(wait.sides.get(key) is not side for hop in hops for key, side in hop.guard.world.items())


def _own(flow: Flow, wait: ShortWait) -> Factor:
    """The tries of the hop itself, and how often a run of the waiter takes it."""
    return Factor(wait.hop, flow.tries_for(wait.hop, wait.own), wait.hop.copies_for(wait.own))


def _starts(path: Path, own: Factor, seconds: float) -> tuple[float, ...]:
    """When the work is started, where each try of the waiter takes `seconds`."""
    times, takes = [0.0], seconds
    for factor in (own, *path.awaited):
        offsets = _offsets(factor.tries, takes, max(1, MOST_STARTS // len(times)))
        lasts = offsets[-1] + takes
        most = max(1, MOST_STARTS // (len(times) * len(offsets)))
        again = [index * lasts for index in range(min(factor.copies, most))]
        times = [later + offset + time for later in again for offset in offsets for time in times]
        takes = lasts * factor.copies
    return tuple(sorted(times))


def _offsets(tries: Tries, takes: float, most: int) -> list[float]:
    """When the tries of one layer begin, where each takes as long."""
    number = min(tries.total or 1, most)
    if tries.interval is not None:
        return [index * max(tries.interval, 0.0) for index in range(number)]
    even = (tries.backoff or 0.0) / max(1, (tries.total or 1) - 1)
    found = [0.0]
    for index in range(number - 1):
        wait = tries.waits[index] if index < len(tries.waits) else even
        found.append(found[-1] + takes + wait)
    return found
