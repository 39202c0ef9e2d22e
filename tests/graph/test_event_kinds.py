"""Kinds of event that patterns tell apart, where something of the event is known."""

from __future__ import annotations

import pytest

from seawall.graph.event_kinds import kinds_of
from seawall.graph.guards import Like, Scalar, Symbol
from seawall.graph.patterns import AnythingBut, Equals, Field, Text

PATH = ("detail-type",)


def asks(*tests: Text | AnythingBut | Equals) -> Field:
    return Field(PATH, tests)


A, B = asks(Text(("a",))), asks(Text(("b",)))
BEGINS, ENDS = asks(Text(("in/", ""))), asks(Text(("", ".csv")))
NOT_A = asks(AnythingBut((Text(("a",)),)))
SAME = asks(Equals(Symbol("t: ${Kind}")))


@pytest.mark.parametrize(
    ("known", "patterns", "together"),
    [
        (Symbol("?"), [A, B], [1, 2]),
        (Symbol("?"), [A, NOT_A, B], [1, 6]),
        (Symbol("t: ${Kind}"), [A, B], [1, 2]),
        (Symbol("t: ${Kind}"), [SAME, B], [3]),  # what is put in may be b
        (Like(("in/", "")), [BEGINS, ENDS], [3]),
        (Like(("out/", "")), [BEGINS, ENDS], [2]),
        (Like(("", ".json")), [BEGINS, ENDS], [1]),
        (Like(("a", "")), [A, B, NOT_A], [1, 4]),
        ("a", [A, B, NOT_A], [1]),
    ],
)
def test_what_is_not_known_of_a_text_is_one_text(known: Scalar, patterns: list[Field], together: list[int]) -> None:
    """Each sum of bits is what one event can match together."""
    found, undecided = kinds_of(
        [(1 << number, each) for number, each in enumerate(patterns)], {PATH: frozenset((known,))}
    )
    assert [bits for bits, _ in found] == together
    assert not undecided
