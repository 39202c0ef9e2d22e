"""Figures and events in words."""

from __future__ import annotations

import pytest

from seawall.graph import Bound
from seawall.graph.guards import Constant
from seawall.graph.ways import Value
from seawall.retries.count import Count
from seawall.retries.wording import said, witness_event


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (Count(1), "1"),
        (Count(11_520, bounded_by=Bound.TIME), "11,520"),
        (Count(1, exact=False), "at least 1"),
        (Count(5, exact=False, bounded_by=Bound.TIME), "at least 5"),
        (Count(1, exact=False, bounded_by=Bound.TIME), "until expiry"),
        (Count(1, exact=False, bounded_by=Bound.NOTHING), "without end"),
    ],
)
def test_what_is_said_of_a_figure(count: Count, words: str) -> None:
    assert said(count) == words


def test_the_event_that_makes_a_figure() -> None:
    kind = Value("placed", 0, {("detail-type",): frozenset({"OrderPlaced"})})
    paid = Value("unpaid", 0, {("detail", "paid"): frozenset({Constant.ABSENT})})
    assert witness_event([kind, paid]) == "an event with detail-type OrderPlaced and without detail.paid"
    assert witness_event([]) == ""
