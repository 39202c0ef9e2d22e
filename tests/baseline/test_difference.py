"""Worse, better, or not to be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.baseline.difference import Difference, Direction, of_counts, summed
from seawall.graph import Bound
from seawall.retries import Count

TIME, NOTHING = Bound.TIME, Bound.NOTHING
BY_TIME, BY_NOTHING = "(bounded by time)", "(bounded by nothing)"

counts = st.builds(Count, st.integers(1, 50), st.booleans(), st.sampled_from(Bound))


@pytest.mark.parametrize(
    ("before", "now", "direction", "said"),
    [
        (Count(240), Count(480), "worse", "240 -> 480"),
        (Count(480), Count(240), "better", "480 -> 240"),
        (Count(11520), Count(11520), "same", ""),
        (Count(20), Count(11520, bounded_by=TIME), "worse", "20 -> 11,520 (bounded by time)"),
        (Count(240), Count(100, bounded_by=TIME), "worse", "240 -> 100 (bounded by time)"),
        (Count(100, bounded_by=TIME), Count(5), "better", "100 (bounded by time) -> 5"),
        (Count(100, bounded_by=TIME), Count(480), "worse", "100 (bounded by time) -> 480"),
        (Count(5, bounded_by=TIME), Count(9, bounded_by=TIME), "worse", "5 -> 9"),
        (Count(5, bounded_by=TIME), Count(1, False, NOTHING), "worse", f"5 {BY_TIME} -> no count {BY_NOTHING}"),
        (Count(1, False, TIME), Count(1, False, NOTHING), "worse", f"no count {BY_TIME} -> no count {BY_NOTHING}"),
        (Count(1, False, NOTHING), Count(9), "better", "no count (bounded by nothing) -> 9"),
        (Count(5, False, TIME), Count(10, False, TIME), "worse", f"at least 5 {BY_TIME} -> at least 10 {BY_TIME}"),
        (Count(20), Count(1, False), "unclear", "20 -> unknown"),
        (Count(20), Count(4, False), "unclear", "20 -> unknown, at least 4"),
        (Count(20), Count(40, False), "worse", "20 -> unknown, at least 40"),
        (Count(4, False), Count(20), "unclear", "unknown, at least 4 -> 20"),
        (Count(4, False), Count(3), "better", "unknown, at least 4 -> 3"),
        (Count(4, False), Count(8, False), "unclear", "unknown, at least 4 -> unknown, at least 8"),
        (Count(1, False, TIME), Count(4, False), "unclear", "no count (bounded by time) -> unknown, at least 4"),
    ],
)  # fmt: skip
def test_a_count_gets_worse_or_better_or_cannot_be_told(before: Count, now: Count, direction: str, said: str) -> None:
    assert of_counts(before, now) == Difference(Direction(direction), said)


@given(counts, counts)
def test_what_is_worse_one_way_is_never_worse_the_other_way(one: Count, other: Count) -> None:
    there, back = of_counts(one, other).direction, of_counts(other, one).direction
    assert (there is Direction.SAME) == (one == other)
    assert not (there is back is Direction.BETTER)
    if one.exact and other.exact and one.bounded_by is other.bounded_by:
        assert {there, back} in ({Direction.SAME}, {Direction.BETTER, Direction.WORSE})


@given(counts, st.integers(1, 50))
def test_a_greater_number_is_always_worse(count: Count, more: int) -> None:
    exact = Count(count.value, bounded_by=count.bounded_by)
    assert of_counts(exact, Count(count.value + more, count.exact, count.bounded_by)).direction is Direction.WORSE


def test_several_changes_are_as_bad_as_the_worst() -> None:
    worse, better = Difference(Direction.WORSE, "a"), Difference(Direction.BETTER, "b")
    unclear = Difference(Direction.UNCLEAR, "c")
    assert summed([better, worse, unclear, Difference(Direction.WORSE, "d")]) == Difference(Direction.WORSE, "a, d")
    assert summed([better, unclear]) == unclear
    assert summed([better, Difference()]) == better
    assert not summed([])
