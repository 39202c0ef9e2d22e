"""Reading a resource once for each side of what decides a single value, and putting together what was found.

A reader asks for one number. Where a condition, or the value of a parameter, decides what it is, that is noted, what
was found is taken back, and the reader runs again for both sides; hops that come out alike are one hop, others carry
the side they were found on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.guards import Guard
from seawall.graph.model import Hop
from seawall.template import side_of

if TYPE_CHECKING:
    from .wiring import Wiring

MOST_RUNS = 256
"""Runs of one reader; beyond it a value that conditions decide stays unknown."""
_TABLES = ("sites", "side_by_side")
_AS_READ = ("repositories", "images")
"""What is told with its conditions already, so that nothing is read again for it."""


class Found(Struct):
    """What one run of a reader found."""

    lists: dict[str, list[Any]]
    tables: dict[str, dict[str, Any]]


def in_worlds(wiring: Wiring, reader: Callable[[], None]) -> None:
    """Run `reader` in each world that it tells apart."""
    reading = wiring.app.reading
    before, reading.needs = reading.needs, {}
    marks, memo = _mark(wiring), wiring.mark()
    try:
        reader()
        if reading.needs and not any(len(getattr(wiring, name)) > marks[name] for name in _AS_READ):
            _taken_out(wiring, marks)
            wiring.forget(memo)
            _put(wiring, _explored(wiring, reader, [MOST_RUNS], reading.needs))
    finally:
        reading.needs = before


def _explored(wiring: Wiring, reader: Callable[[], None], left: list[int], needs: Mapping[str, None]) -> Found:
    """What the reader finds for both sides of the first of `needs`."""
    reading = wiring.app.reading
    key = next(iter(needs))
    taken = reading.taken
    found: list[Found] = []
    for side in (True, False):
        decided = {**taken, key: side}
        if reading.worlds.consistent(decided):
            reading.taken = decided
            found.append(_run(wiring, reader, left))
    reading.taken = taken
    return _merged(found, key)


def _run(wiring: Wiring, reader: Callable[[], None], left: list[int]) -> Found:
    reading = wiring.app.reading
    reading.needs = {}
    marks, memo = _mark(wiring), wiring.mark()
    left[0] -= 1
    reader()
    needs = {key: None for key in reading.needs if key not in reading.taken}
    found = _taken_out(wiring, marks)
    if not needs or left[0] <= 0:
        return found
    wiring.forget(memo)
    return _explored(wiring, reader, left, needs)


def _mark(wiring: Wiring) -> dict[str, int]:
    lists = {name: len(value) for name, value in vars(wiring).items() if isinstance(value, list)}
    return {**lists, **{name: len(getattr(wiring, name)) for name in _TABLES}}


def _taken_out(wiring: Wiring, marks: Mapping[str, int]) -> Found:
    """What was added since `marks`; the wiring is left without it."""
    lists: dict[str, list[Any]] = {}
    tables: dict[str, dict[str, Any]] = {}
    for name in marks.keys() - set(_TABLES):
        entries = getattr(wiring, name)
        if len(entries) > marks[name]:
            lists[name] = entries[marks[name] :]
            del entries[marks[name] :]
    for name in _TABLES:
        table = getattr(wiring, name)
        added = []
        while len(table) > marks[name]:
            added.append(table.popitem())
        tables[name] = dict(reversed(added))
    return Found(lists, tables)


def _put(wiring: Wiring, found: Found) -> None:
    for name, entries in found.lists.items():
        getattr(wiring, name).extend(entries)
    for name, table in found.tables.items():
        for key, value in table.items():
            getattr(wiring, name).setdefault(key, value)


def _merged(found: list[Found], key: str) -> Found:
    """What several sides of one condition found: what is alike on all of them does not depend on it."""
    lists: dict[str, list[Any]] = {}
    tables: dict[str, dict[str, Any]] = {}
    for each in found:
        for name, table in each.tables.items():
            into = tables.setdefault(name, {})
            for one, value in table.items():
                into.setdefault(one, value)
        for name, entries in each.lists.items():
            if name != "hops":
                kept = lists.setdefault(name, [])
                kept += [entry for entry in entries if entry not in kept]
    hops = _hops([each.lists.get("hops", []) for each in found], key)
    return Found({"hops": hops, **lists}, tables)


def _hops(sides: list[list[Hop]], key: str) -> list[Hop]:
    if len(sides) == 1:
        return [without(hop, key) for hop in sides[0]]
    first, second = sides
    rest: dict[tuple[str, str, str], list[Hop]] = {}
    for hop in second:
        rest.setdefault((hop.source, hop.target, hop.kind), []).append(hop)
    merged: list[Hop] = []
    for hop in first:
        others = rest.get((hop.source, hop.target, hop.kind), [])
        bare = without(hop, key)
        twin = next((other for other in others if alike(bare, without(other, key))), None)
        if twin is None:
            merged.append(hop)
        else:
            others[:] = [other for other in others if other is not twin]
            merged.append(bare)
    left = {id(hop) for hops in rest.values() for hop in hops}
    return merged + [hop for hop in second if id(hop) in left]


def without(hop: Hop, key: str) -> Hop:
    """The hop as if nothing depended on a condition."""
    if key not in hop.guard.world:
        return hop
    text = side_of(key.rpartition("#")[2], holds=hop.guard.world[key])
    return replace(
        hop,
        guard=Guard(hop.guard.pattern, hop.guard.options, {one: s for one, s in hop.guard.world.items() if one != key}),
        conditions=tuple(condition for condition in hop.conditions if condition != text),
    )


def alike(one: Hop, other: Hop) -> bool:
    """Whether two hops say the same. (Hops themselves are equal only where they are one.)."""
    return all(getattr(one, name) == getattr(other, name) for name in Hop.__struct_fields__)
