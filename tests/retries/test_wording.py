"""Figures and events in words."""

from __future__ import annotations

import pytest

from seawall.graph import Bound, Hop, Place, Tries
from seawall.graph.guards import Constant
from seawall.graph.ways import Value
from seawall.retries.count import Count
from seawall.retries.executions import Factor
from seawall.retries.wording import factor, said, witness_event
from seawall.template import Address


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


def test_a_factor_tells_the_events_that_are_sent_before_the_tries_of_each() -> None:
    """A handler that calls twice, each call tried 3 times: 2 x 3."""
    hop = Hop("q", "f", "hop", True, Place(Address("t", "R")))
    tries = Tries(3, note="maxReceiveCount = 3")
    assert factor(Factor(hop, tries, 2)) == "2 (q calls it 2 times) x 3 (q: maxReceiveCount = 3)"
    assert factor(Factor(hop, Tries(1), 2)) == "2 (q calls it 2 times)"
    assert factor(Factor(hop, tries)) == "3 (q: maxReceiveCount = 3)"
    assert factor(Factor(hop, Tries(1))) == "1"
