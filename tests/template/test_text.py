"""Text made of several values."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.template import (
    ABSENT,
    Address,
    Concat,
    Either,
    Known,
    Pseudo,
    Reference,
    Unknown,
    Value,
    concat,
    piece,
    render,
)

REGION = Pseudo("AWS::Region")
QUEUE = Reference(Address("t.json", "Queue"), "Arn")

LITERALS = st.builds(Known, st.one_of(st.text(max_size=5), st.integers(), st.booleans()))
PARTS = st.lists(st.one_of(LITERALS, st.sampled_from([REGION, QUEUE, Unknown("x"), ABSENT])), max_size=8)


@given(PARTS, PARTS)
def test_putting_together_is_associative(some: list[Value], more: list[Value]) -> None:
    assert concat([concat(some), concat(more)]) == concat([*some, *more])


@given(PARTS)
def test_no_two_literals_stand_side_by_side(parts: list[Value]) -> None:
    value = concat(parts)
    found = value.parts if isinstance(value, Concat) else (value,)
    assert not any(isinstance(one, Known) and isinstance(two, Known) for one, two in pairwise(found))
    assert render(value) == "".join(render(part) for part in parts)


@given(st.text(max_size=20), st.sampled_from([":", "/", ", "]), st.integers(0, 5))
def test_a_piece_of_a_literal_is_what_python_says(text: str, delimiter: str, index: int) -> None:
    pieces = text.split(delimiter)
    value = piece(Known(text), delimiter, index)
    assert value == Known(pieces[index]) if index < len(pieces) else isinstance(value, Unknown)


def test_a_list_within_text_is_unknown() -> None:
    assert concat([Known("a"), Known([1])]) == Concat(
        (Known("a"), Unknown("a list or an object stands where text is put together"))
    )


@pytest.mark.parametrize(
    ("value", "delimiter", "index", "expected"),
    [
        (QUEUE, ":", 5, Reference(QUEUE.address, "Arn", 5)),
        (Either("C", Known("a:b"), Known("c:d")), ":", 1, Either("C", Known("b"), Known("d"))),
        (Either("C", Known("a:b"), Known("c:b")), ":", 1, Known("b")),
        (Concat((Known("a/"), REGION, Known("/b"))), "/", 1, REGION),
        (Concat((Known("a:"), Reference(QUEUE.address, "QueueName"), Known(":b"))), ":", 2, Known("b")),
        (ABSENT, ":", 0, ABSENT),
    ],
)
def test_pieces(value: Value, delimiter: str, index: int, expected: Value) -> None:
    assert piece(value, delimiter, index) == expected


@pytest.mark.parametrize("value", [Reference(QUEUE.address, "Arn", 5), Pseudo("AWS::StackId"), Unknown("why")])
def test_pieces_that_nobody_knows(value: Value) -> None:
    assert isinstance(piece(value, ":", 0), Unknown)


def test_rendering() -> None:
    value = Concat((Known("a-"), REGION, QUEUE, Reference(QUEUE.address), Unknown("x"), Either("C", Known(1), ABSENT)))
    assert render(value) == "a-${AWS::Region}${Queue.Arn}${Queue}${?}${C ? 1 : }"
