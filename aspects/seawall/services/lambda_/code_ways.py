"""Branches of code that exclude each other: one run takes one of them, and so does one event.

Sends of both branches to one place are counted together where they are read (`seawall.graph.turns`). Where branches
send to different places, which may lead to one site, each of their hops carries the branch as an option, as a reader
of a queue does. In a loop each lap takes a branch: all laps in the worst one is an upper bound of every mix. Only
where a branch fails the run, which is then tried again, and another one does not, a mix may be more than either: it is
counted with both, unless the event alone decides, as then every run takes the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from seawall.code import AwsCall
from seawall.graph.guards import Option
from seawall.graph.model import Hop
from seawall.graph.turns import Side, Turn

MOST_BRANCHES = 200
"""Groups of sends by branch that are told apart for one function; beyond it all of them add."""
Choices: TypeAlias = tuple[Side, ...]
Parts: TypeAlias = Mapping[Choices, list[Hop]]


def taking(call: AwsCall, option: int) -> AwsCall:
    """A call where it reaches one of several things, of which it reaches one each time."""
    turns = (replace(turn, sides=(*turn.sides, Side(_place(turn.expression), option))) for turn in call.turns)
    return replace(call, turns=tuple(turns))


def _place(expression: int) -> int:
    """A place of its own for what an expression chooses: below those of the reader."""
    return -2 * expression - 1 if expression >= 0 else 2 * expression


def by_branch(groups: Sequence[Sequence[Hop]]) -> list[Sequence[Hop]]:
    """Groups of hops that differ in nothing but their turns, parted by the branches that lead to different groups."""
    telling = _telling(groups)
    if not telling:
        return list(groups)
    parted = [_parted(group, telling) for group in groups]
    if sum(map(len, parted)) > MOST_BRANCHES:
        return list(groups)
    return [_guarded(hops, choices) for parts in parted for choices, hops in parts.items()]


def _telling(groups: Sequence[Sequence[Hop]]) -> set[int]:
    """The places at which the code takes one of several ways, of which two lead to different groups."""
    reached: dict[int, dict[int, set[int]]] = {}
    for number, group in enumerate(groups):
        for side in {side for hop in group for turn in hop.turns for side in turn.sides}:
            reached.setdefault(side.of, {}).setdefault(side.number, set()).add(number)
    return {place for place, sides in reached.items() if len(sides) > 1 and len(set[int]().union(*sides.values())) > 1}


def _parted(group: Sequence[Hop], telling: set[int]) -> Parts:
    parts: dict[Choices, list[Hop]] = {}
    for hop in group:
        turns: dict[Choices, list[Turn]] = {}
        for turn in hop.turns:
            turns.setdefault(tuple(side for side in turn.sides if side.of in telling), []).append(turn)
        for choices, own in turns.items():
            parts.setdefault(choices, []).append(replace(hop, turns=tuple(own)))
    return parts


def _guarded(hops: Sequence[Hop], choices: Choices) -> Sequence[Hop]:
    return [replace(hop, guard=hop.guard.choosing(*_options(hop, choices))) for hop in hops]


def _options(hop: Hop, choices: Choices) -> Iterator[Option]:
    for side in choices:
        yield Option(f"{hop.source} (branch {side.of})", f"{side.number}", hop.source, side.fixed)
