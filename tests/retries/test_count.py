"""Counts stop where no number means anything more, and say so."""

from __future__ import annotations

import pytest

from seawall.graph import Bound, Tries
from seawall.retries import Count
from seawall.retries.count import MOST, NONE, ONE, high_end


def test_up_to_the_most_a_count_is_exact() -> None:
    found = Count(10**8) * Count(10**7)
    assert (MOST, found.max, found.exact) == (10**15, 10**15, True)


@pytest.mark.parametrize("found", [Count(10**8) * Count(10**7 + 1), Count(10**15) + ONE, Count(10**15) * Count(2)])
def test_beyond_it_stands_at_the_most_as_a_least_one(found: Count) -> None:
    assert (found.value, found.max, found.exact) == (10**15, None, False)


def test_what_was_too_many_once_stays_so() -> None:
    found = Count(10**15) * Count(2) * ONE + NONE
    assert (found.value, found.exact) == (10**15, False)
    assert ((Count(10**15) + ONE) + Count(5)).value == 10**15, "the digits do not grow"


def test_nothing_times_too_many_is_nothing_certain() -> None:
    found = NONE * (Count(10**15) + ONE)
    assert (found.value, found.exact) == (0, False)


def test_the_bound_is_that_of_the_softest_factor() -> None:
    found = Count(10**15, bounded_by=Bound.TIME) * Count(10)
    assert (found.value, found.max, found.bounded_by) == (10**15, None, Bound.TIME)


TIME = Count(1, exact=False, bounded_by=Bound.TIME)
ENDLESS = Count(2, exact=False, bounded_by=Bound.NOTHING)


@pytest.mark.parametrize(
    ("counts", "high"),
    [
        ([Count(3), Count(5)], Count(5)),
        ([Count(5), TIME], Count(5, exact=False, bounded_by=Bound.TIME)),
        ([TIME, Count(5)], Count(5, exact=False, bounded_by=Bound.TIME)),
        ([Count(5, bounded_by=Bound.TIME), Count(3)], Count(5, bounded_by=Bound.TIME)),
        ([Count(5), TIME, ENDLESS], ENDLESS),
        ([TIME], TIME),
    ],
)
def test_where_one_has_no_number_the_others_give_a_least_one(counts: list[Count], high: Count) -> None:
    assert high_end(counts) == high


def test_one_try_that_time_ends_is_bounded_by_time() -> None:
    assert Count.of(Tries(1, Bound.TIME)) == Count(1, bounded_by=Bound.TIME)
    assert Count.of(Tries(1)) == Count(1)
