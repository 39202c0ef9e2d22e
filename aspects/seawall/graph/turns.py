"""How often one run makes a call: turns that add up, and turns of which only one is taken.

Two lines of one way add. Of the branches of a condition one is taken, so that the largest counts. A loop multiplies by
its laps; one whose laps the code does not tell multiplies by a number that is not known, and is counted for each.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

MOST_COPIES = 1_000_000
"""Copies of one event up to which they are counted."""


class Side(Struct, frozen=True):
    """One of the ways on from a place where the code goes on in one of several."""

    of: int
    """The place, by a number of the reader's own."""
    number: int
    fixed: bool = False
    """The event alone decides: every run for it takes the same one, once."""


class Turn(Struct, frozen=True):
    """An occasion on which a run makes a call."""

    expression: int = 0
    """The expression that makes it, with how the run came there: what one makes is one of several at a time."""
    sides: tuple[Side, ...] = ()
    """The branches that lead there, outermost first."""
    laps: int = 1
    """How often it comes there at most, by loops of which the laps are known, for each thing that it sends."""
    for_each: bool = False
    """There is a loop around of which they are not."""
    sure: bool = True
    """It comes there in every run."""
    laps_told: int | None = None
    """The same as `laps` where the answer of each call says that its work failed; None: the same number."""
    laps_raised: int | None = None
    """The same where each call raises."""

    def failing(self, raised: bool) -> Turn:
        """The turn where each call fails: it raises, or its answer says so."""
        laps = self.laps_raised if raised else self.laps_told
        return self if laps is None else replace(self, laps=laps)


class Copies(Struct, frozen=True):
    """Events that one run sends to one place."""

    most: int = 1
    least: int = 1
    """Where it sends any."""
    for_each: bool = False
    """So many in each lap of a loop, or for each of some entries, of which the code does not tell the number."""

    def times(self, laps: int, for_each: bool) -> Copies:
        """The same in each of some laps."""
        return Copies(self.most * laps, self.least * laps, self.for_each or for_each)


ONE_COPY = Copies()


def copies(turns: Iterable[Turn]) -> Copies:
    """What the turns of one run come to together.

    >>> copies([Turn(1), Turn(2, laps=3)]).most
    4
    >>> copies([Turn(1, (Side(0, 0),)), Turn(2, (Side(0, 1),))]).most
    1
    """
    found = list(turns)
    sure = sum(max(each.laps for each in found if each.expression == one) for one in _sure(found))
    return Copies(
        min(_most(found, 0), MOST_COPIES), min(max(sure, 1), MOST_COPIES), any(each.for_each for each in found)
    )


def _sure(turns: Iterable[Turn]) -> set[int]:
    return {each.expression for each in turns if each.sure and not each.sides}


def _most(turns: Iterable[Turn], depth: int) -> int:
    """The largest number of events on one way through the branches."""
    alone: dict[int, int] = {}
    branches: dict[int, dict[int, list[Turn]]] = {}
    for each in turns:
        if len(each.sides) <= depth:
            alone[each.expression] = max(alone.get(each.expression, 0), each.laps)
        else:
            side = each.sides[depth]
            branches.setdefault(side.of, {}).setdefault(side.number, []).append(each)
    chosen = (max(_most(side, depth + 1) for side in sides.values()) for sides in branches.values())
    return sum(alone.values()) + sum(chosen)


def at_laps(turn: Turn, laps: int, for_each: bool) -> Turn:
    """The same turn of something that is sent so often in it."""
    told, raised = (None if each is None else each * laps for each in (turn.laps_told, turn.laps_raised))
    each = turn.for_each or for_each
    return replace(turn, laps=turn.laps * laps, for_each=each, laps_told=told, laps_raised=raised)
