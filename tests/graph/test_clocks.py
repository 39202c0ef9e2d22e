"""What fits into a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seawall.graph.clocks import after_waits, evenly


@given(st.integers(1, 43_200), st.integers(60, 1_209_600))
def test_receives_are_those_that_start_within_the_retention(interval: int, limit: int) -> None:
    if limit // interval < 2_000:
        assert evenly(interval, limit) == sum(1 for k in range(2_001) if k * interval < limit)


@given(st.integers(1, 43_200), st.integers(60, 1_209_600), st.integers(0, 1_000_000))
def test_less_time_is_never_more_tries(interval: int, limit: int, less: int) -> None:
    shorter = max(60, limit - less)
    assert evenly(interval, shorter) <= evenly(interval, limit)
    assert after_waits([interval] * 20, shorter) <= after_waits([interval] * 20, limit)
