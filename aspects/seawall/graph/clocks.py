"""Tries that fit into a time: a layer counts its tries, and a clock (retention, age, time limit) may end it first.

The first try starts at once, so at least one always fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil


def evenly(interval: float, limit: float) -> int:
    """Tries that start before `limit` where one starts every `interval`: the k from 0 with k x interval < limit.

    >>> evenly(1_800, 3_600), evenly(30, 345_600), evenly(3_600, 60)
    (2, 11520, 1)
    """
    return max(1, ceil(limit / interval)) if interval > 0 else 1


def after_waits(waits: Iterable[float], limit: float, *, inclusive: bool = False) -> int:
    """Tries that start before `limit` (at the latest then, where `inclusive`), one more after each of `waits`.

    >>> after_waits((60, 120), 120), after_waits((60, 120), 60), after_waits((60, 120), 60, inclusive=True)
    (2, 1, 2)
    """
    tries, passed = 1, 0.0
    for wait in waits:
        passed += wait
        if passed > limit or (passed == limit and not inclusive):
            break
        tries += 1
    return tries
