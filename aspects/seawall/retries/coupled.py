"""Loops that feed one another: how fast events multiply where what one loop returns goes round in another one as well.

Row by row, a matrix says how many events come back to each start for one that left a start. Events grow with its
largest eigenvalue from lap to lap; where no loop returns to its own start but only by way of others, a round takes as
many laps as there are loops in it. The bound that is used is never below the eigenvalue (Collatz 1942).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil

from .components import strong_components

MOST_COUPLED = 8
"""Starts in one strongly connected part of which each pair is looked at."""
MOST_BOUNDED = 64
"""Starts of which it is looked at what comes back to all of them together; beyond it a gain is a least one."""
_ROUNDS = 64
_ROUNDING = 1e-6

Returned = Mapping[str, Mapping[str, int]]
"""By start, and by start that they come back to: events for each that left."""


def gains(returned: Returned) -> Mapping[str, int]:
    """By start: as how many events one comes back, at most, with all that the others send round in the meantime.

    >>> gains({"Queue": {"Queue": 3, "Topic": 3}, "Topic": {"Queue": 3, "Topic": 3}})
    {'Queue': 6, 'Topic': 6}
    >>> gains({"A": {"B": 2}, "B": {"A": 3}})
    {'A': 6, 'B': 6}
    """
    after = {start: [other for other, number in row.items() if number] for start, row in returned.items()}
    return _by_rounds(after, lambda part: _largest_eigenvalue(returned, part))


def bounds(after: Mapping[str, Sequence[str]], sums: Mapping[str, int]) -> Mapping[str, int]:
    """The same, at most, where by start only the places are known that its events come back to, and how many come back
    to all of them: no eigenvalue is above the largest sum of a row.

    >>> bounds({"Queue": ["Queue", "Topic"], "Topic": ["Queue"]}, {"Queue": 4, "Topic": 3})
    {'Queue': 4, 'Topic': 16}
    """
    return _by_rounds(after, lambda part: max(sums[start] for start in part))


def _by_rounds(after: Mapping[str, Sequence[str]], growth: Callable[[Sequence[str]], float]) -> Mapping[str, int]:
    """By start: what the growth of its part from lap to lap makes in a round."""
    found: dict[str, int] = {}
    for part in strong_components(after):
        most = growth(part)
        for start in part:
            laps = _round(after, part, start)
            found[start] = ceil(most**laps - _ROUNDING) if laps else 0
    return {start: found[start] for start in after}


def _largest_eigenvalue(returned: Returned, part: Sequence[str]) -> float:
    weight = dict.fromkeys(part, 1.0)
    bound = 0.0
    for _ in range(_ROUNDS):  # of the matrix with one more on its diagonal, which makes the rounds converge
        grown = {
            start: weight[start] + sum(returned[start].get(other, 0) * weight[other] for other in part)
            for start in part
        }
        bound = max(grown[start] / weight[start] for start in part) - 1
        most = max(grown.values())
        weight = {start: each / most for start, each in grown.items()}
    return bound


def _round(after: Mapping[str, Sequence[str]], part: Sequence[str], start: str) -> int:
    """The fewest laps that lead back to `start`; none where nothing does."""
    reached, laps = {start}, 0
    while laps < len(part):
        reached = {other for site in reached for other in after[site] if other in part}
        laps += 1
        if start in reached:
            return laps
    return 0
