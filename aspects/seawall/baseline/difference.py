"""Whether a figure got worse, where that can be told: the one measure of baselines and of comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from seawall.graph import Bound
from seawall.retries import Count


class Direction(StrEnum):
    """Which way something changed."""

    SAME = "same"
    BETTER = "better"
    UNCLEAR = "unclear"
    """Something in it is not known, before or now: neither a verdict nor a pass."""
    WORSE = "worse"


_GRAVEST = (Direction.WORSE, Direction.UNCLEAR, Direction.BETTER)


class Difference(Struct, frozen=True):
    """Which way something changed, and the sentence that says from what to what."""

    direction: Direction = Direction.SAME
    said: str = ""

    def __bool__(self) -> bool:
        return self.direction is not Direction.SAME


SAME = Difference()


def summed(changes: Iterable[Difference]) -> Difference:
    """Several changes of one thing as one: as bad as the worst, in the words of all that went that way."""
    found = [change for change in changes if change]
    for direction in _GRAVEST:
        said = [change.said for change in found if change.direction is direction]
        if said:
            return Difference(direction, ", ".join(dict.fromkeys(said)))
    return SAME


def of_counts(before: Count, now: Count) -> Difference:
    """How a count changed. What bounds it comes first: a count, then time, then nothing.

    >>> of_counts(Count(240), Count(480))
    Difference(direction=<Direction.WORSE: 'worse'>, said='240 -> 480')
    >>> of_counts(Count(20), Count(5, exact=False)).said
    '20 -> unknown, at least 5'
    """
    if before == now:
        return SAME
    return Difference(_direction(before, now), f"{_words(before, now)} -> {_words(now, before)}")


def _direction(before: Count, now: Count) -> Direction:
    if now.bounded_by > before.bounded_by:
        return Direction.WORSE
    if before.exact and now.exact:
        grew = now.value > before.value
        return Direction.WORSE if grew else Direction.BETTER
    endless = not before.exact and not now.exact and now.bounded_by is before.bounded_by is not Bound.COUNT
    if now.value > before.value and (before.exact or endless):
        return Direction.WORSE  # the least that is certain now is more than there was
    if now.bounded_by < before.bounded_by:
        return Direction.UNCLEAR if _unknown(now) else Direction.BETTER
    if now.value < before.value and (now.exact or endless):
        return Direction.BETTER
    return Direction.UNCLEAR


def _unknown(count: Count) -> bool:
    """Whether a setting behind it could not be resolved, as opposed to one that counts no tries."""
    return not count.exact and count.bounded_by is Bound.COUNT


def _words(count: Count, other: Count) -> str:
    if _unknown(count):
        return "unknown" if count.value <= 1 else f"unknown, at least {count.value:,}"
    bound = f"bounded by {count.bounded_by.word}"
    if not count.exact:
        return f"no count ({bound})" if count.value <= 1 else f"at least {count.value:,} ({bound})"
    same = other.exact and other.bounded_by is count.bounded_by
    return f"{count.value:,}" if same or count.bounded_by is Bound.COUNT else f"{count.value:,} ({bound})"
