"""The texts that a value may turn out to be, one per course that the conditions in it can take."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TypeAlias

from seawall.template import Absent, Concat, Either, Value, concat

Choices: TypeAlias = tuple[tuple[str, bool], ...]
"""Conditions, and whether each is taken to hold."""
MOST_SIDES = 32
"""Courses looked at; a text with more conditions in it is cut off here."""


def sides(value: Value) -> tuple[tuple[Value, Choices], ...]:
    """Every value without a condition in it that `value` may be, with the conditions that lead to it
    and whether each holds.

    One condition asked twice has one answer.

    >>> from seawall.template import Known
    >>> text = concat([Either("Prod", Known("a"), Known("b")), Known(":"), Either("Prod", Known("x"), Known("y"))])
    >>> [(side.value, choices) for side, choices in sides(text)]
    [('a:x', (('Prod', True),)), ('b:y', (('Prod', False),))]
    """
    found = itertools.islice(_sides(value, {}), MOST_SIDES)
    return tuple((side, tuple(taken.items())) for side, taken in found if not isinstance(side, Absent))


def _sides(value: Value, taken: dict[str, bool]) -> Iterator[tuple[Value, dict[str, bool]]]:
    if isinstance(value, Either):
        for holds, side in ((True, value.then), (False, value.otherwise)):
            if taken.get(value.condition, holds) is holds:
                yield from _sides(side, {**taken, value.condition: holds})
    elif isinstance(value, Concat):
        yield from _parts(value.parts, taken)
    else:
        yield value, taken


def _parts(parts: tuple[Value, ...], taken: dict[str, bool]) -> Iterator[tuple[Value, dict[str, bool]]]:
    at = next((index for index, part in enumerate(parts) if isinstance(part, Either)), None)
    if at is None:
        yield concat(parts), taken
        return
    for side, now in _sides(parts[at], taken):
        yield from _parts((*parts[:at], *(side.parts if isinstance(side, Concat) else (side,)), *parts[at + 1 :]), now)
