"""How long tries last: the arithmetic, and where it stops."""

from __future__ import annotations

import pytest

from seawall.graph import Bound, Tries
from seawall.graph.durations import LONGEST


def test_a_hundred_years_are_the_longest() -> None:
    assert 36_500 * 86_400 <= LONGEST <= 36_600 * 86_400


@pytest.mark.parametrize(
    ("tries", "inner", "seconds"),
    [
        (Tries(5, interval=30.0), 3.0, 4 * 30 + 30),
        (Tries(5, interval=30.0), 300.0, 4 * 30 + 300),
        (Tries(4, backoff=14.0), 2.0, 14 + 4 * 2),
        (Tries(4, backoff=None), 2.0, None),
        (Tries(None, Bound.TIME, limit=345_600.0), 2.0, 345_600),
        (Tries(10**12, interval=43_200.0), 0.0, LONGEST),
        (Tries(10**12, backoff=1.0), 900.0, LONGEST),
        (Tries(3, backoff=float("inf")), 0.0, LONGEST),
        (Tries(2, backoff=1.0), LONGEST, LONGEST),
    ],
)
def test_time_to_give_up(tries: Tries, inner: float, seconds: float | None) -> None:
    assert tries.seconds(inner) == seconds
