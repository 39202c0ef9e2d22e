"""Runs over time: a row of blocks for a terminal, a drawing for a page."""

from __future__ import annotations

from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = ".:-=+*#@"


def counts(moments: Sequence[float], seconds: float, width: int) -> list[int]:
    """How many of `moments` lie in each of `width` equal parts of `seconds`.

    >>> counts([0.0, 0.1, 0.9], 1.0, 2)
    [2, 1]
    """
    found = [0] * width
    for moment in moments:
        found[min(width - 1, max(0, int(moment / seconds * width)))] += 1 if seconds else 0
    return found


def sparkline(numbers: Sequence[int], drawing: bool = True) -> str:
    """One character for each number; nothing for none.

    >>> sparkline([0, 1, 8])
    ' ▁█'
    """
    signs = _BLOCKS if drawing else _ASCII
    most = max(numbers, default=0)
    return "".join(signs[-(-number * len(signs) // most) - 1] if number else " " for number in numbers)
