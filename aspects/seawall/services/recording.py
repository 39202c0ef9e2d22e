"""Reading a resource once for each side of what decides a single value, and putting together what was found.

A reader asks for one number. Where a condition, or the value of a parameter, decides what it is, that is noted, what
was found is taken back, and the reader runs again for both sides; hops that come out alike are one hop, others carry
the side they were found on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.guards import Guard
from seawall.graph.model import Drop, Hop
from seawall.graph.plans import either
from seawall.template import Resource, side_of
from seawall.template.worlds import Sides

if TYPE_CHECKING:
    from .wiring import Wiring

T = TypeVar("T")
MOST_RUNS = 1_024
"""Runs of one reader; beyond it a value that conditions decide stays unknown."""
_TOO_MANY = (
    f"conditions and parameters decide it in more than {MOST_RUNS} combinations, of which {MOST_RUNS} were looked at"
)
TABLES = ("sites", "side_by_side")
"""What of a wiring is kept by name."""
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
        if reading.needs and not _told_already(wiring, marks):
            _taken_out(wiring, marks)
            wiring.forget(memo)
            left = [MOST_RUNS]
            _put(wiring, _explored(wiring, reader, left, next(iter(reading.needs))))
            read = wiring.app.resource(wiring.read_now)
            if left[0] <= 0 and read is not None:
                wiring.unknown(read, "", _TOO_MANY)
    finally:
        reading.needs = before


def _told_already(wiring: Wiring, marks: Sequence[int]) -> bool:
    before = dict(zip(wiring.recorded, marks, strict=True))
    return any(len(getattr(wiring, name)) > before[name] for name in _AS_READ)


MOST_WORLDS = 512
"""Worlds in which one thing is asked for that is no reader's: more than one parameter has values."""
TOO_MANY_WORLDS = f"conditions and parameters decide it in more combinations than the {MOST_WORLDS} that were looked at"


def each_world(wiring: Wiring, about: Resource | None, sides: Sides, ask: Callable[[], T]) -> list[tuple[Sides, T]]:
    """What `ask` answers where `sides` are taken, for each further side of what decides that.

    Where that are too many, it is noted of the resource that it is `about`.
    """
    reading = wiring.app.reading
    before = reading.taken, reading.needs
    pending: list[Sides] = [sides]
    found: list[tuple[Sides, T]] = []
    try:
        for _ in range(MOST_WORLDS):
            if not pending:
                break
            reading.taken, reading.needs = dict(pending.pop()), {}
            answer = ask()
            if undecided := reading.undecided:
                more = ({**reading.taken, **each} for each in reading.worlds.split(undecided[0]))
                pending += (each for each in more if reading.worlds.consistent(each))
            else:
                found.append((reading.taken, answer))
    finally:
        reading.taken, reading.needs = before
    if pending and about is not None:
        wiring.unknown(about, "", TOO_MANY_WORLDS)
    return found


def _explored(wiring: Wiring, reader: Callable[[], None], left: list[int], needed: str) -> Found:
    """What the reader finds for both sides of what it needs first, or for each value that it asks of a parameter."""
    reading = wiring.app.reading
    taken, own = reading.taken, _own_side(wiring)
    found: list[tuple[Sides, Found]] = []
    for sides in reading.worlds.split(needed):
        decided = {**taken, **sides}
        if not reading.worlds.consistent(decided):
            continue
        reading.taken = decided
        exists = all(decided.get(key, side) is side for key, side in own.items())
        there = exists and reading.worlds.consistent({**decided, **own})
        found.append((sides, _run(wiring, reader, left) if there else Found({}, {})))
    reading.taken = taken
    return _merged(found)


def _own_side(wiring: Wiring) -> Sides:
    """The side of its own condition on which the resource exists that is read just now."""
    read = wiring.app.resource(wiring.read_now)
    if read is None or not read.condition:
        return {}
    return {wiring.worlds.key(read.address.template, read.condition): True}


def _run(wiring: Wiring, reader: Callable[[], None], left: list[int]) -> Found:
    reading = wiring.app.reading
    reading.needs = {}
    marks, memo = _mark(wiring), wiring.mark()
    left[0] -= 1
    reader()
    undecided = reading.undecided
    found = _taken_out(wiring, marks)
    if not undecided or left[0] <= 0:
        return found
    wiring.forget(memo)
    return _explored(wiring, reader, left, undecided[0])


def _mark(wiring: Wiring) -> tuple[int, ...]:
    """How much there is in each of the lists and tables that readers write into; asked for before each of them."""
    return tuple(map(len, wiring.held(wiring)))


def _taken_out(wiring: Wiring, marks: Sequence[int]) -> Found:
    """What was added since `marks`; the wiring is left without it."""
    found = Found({}, {})
    for name, held, mark in zip(wiring.recorded, wiring.held(wiring), marks, strict=True):
        if isinstance(held, dict):
            added = []
            while len(held) > mark:
                added.append(held.popitem())
            found.tables[name] = dict(reversed(added))
        elif len(held) > mark:
            found.lists[name] = held[mark:]
            del held[mark:]
    return found


def _put(wiring: Wiring, found: Found) -> None:
    for name, entries in found.lists.items():
        getattr(wiring, name).extend(entries)
    for name, table in found.tables.items():
        for key, value in table.items():
            getattr(wiring, name).setdefault(key, value)


def _merged(found: list[tuple[Sides, Found]]) -> Found:
    """What was found on several sides: what is alike on all of them does not depend on them."""
    lists: dict[str, list[Any]] = {}
    tables: dict[str, dict[str, Any]] = {}
    for _, each in found:
        for name, table in each.tables.items():
            into = tables.setdefault(name, {})
            for one, value in table.items():
                known = into.setdefault(one, value)
                if name == "sites" and known.plan != value.plan:
                    into[one] = replace(known, plan=either(known.plan, value.plan))
        for name, entries in each.lists.items():
            if name == "drops":
                lists[name] = _drops([(sides, each.lists.get(name, [])) for sides, each in found])
            elif name != "hops":
                kept = lists.setdefault(name, [])
                kept += [entry for entry in entries if entry not in kept]
    hops = _hops([(sides, each.lists.get("hops", [])) for sides, each in found])
    return Found({"hops": hops, **lists}, tables)


def _drops(found: list[tuple[Sides, list[Drop]]]) -> list[Drop]:
    """Places where events are lost, with their side where they are not there on each."""
    each = dict.fromkeys(drop for _, drops in found for drop in drops)
    told: list[Drop] = []
    for drop in each:
        there = [sides for sides, drops in found if drop in drops]
        if len(there) == len(found):
            told.append(drop)
        else:
            told += [replace(drop, sides=(*drop.sides, *sides.items())) for sides in there]
    return told


class _Alike(Struct):
    """Hops that say the same on several sides."""

    bare: Hop
    hops: dict[int, Hop]
    """By the number of the side."""


def _hops(found: list[tuple[Sides, list[Hop]]]) -> list[Hop]:
    groups: list[_Alike] = []
    by_ends: dict[object, list[_Alike]] = {}
    for number, (sides, hops) in enumerate(found):
        for hop in hops:
            bare = without(hop, sides)
            tries = tuple((signal, each.total) for signal, each in bare.tries.items())
            known = by_ends.setdefault((bare.source, bare.target, bare.kind, tries), [])
            group = next((one for one in known if number not in one.hops and alike(one.bare, bare)), None)
            if group is None:
                group = _Alike(bare, {})
                known.append(group)
                groups.append(group)
            group.hops[number] = hop
    every = [sides for sides, _ in found]
    return [hop for group in groups for hop in _told(group, every)]


def _told(group: _Alike, sides: Sequence[Sides]) -> Iterable[Hop]:
    """The hops of a group: one where they are there on all sides, or on nearly all of many."""
    missing = [each for number, each in enumerate(sides) if number not in group.hops]
    if not missing:
        return [group.bare]
    if len(missing) >= len(group.hops) or not all(len(each) == 1 for each in missing):
        return group.hops.values()
    others = {key: not side for each in missing for key, side in each.items()}
    words = (side_of(key.rpartition("#")[2], holds=side) for key, side in others.items())
    guard = group.bare.guard
    return [
        replace(
            group.bare,
            guard=Guard(guard.pattern, guard.options, {**guard.world, **others}),
            conditions=tuple(dict.fromkeys((*group.bare.conditions, *words))),
        )
    ]


def without(hop: Hop, sides: Sides) -> Hop:
    """The hop as if nothing depended on some conditions."""
    under = [key for key in sides if key in hop.guard.world]
    if not under:
        return hop
    texts = {side_of(key.rpartition("#")[2], holds=hop.guard.world[key]) for key in under}
    world = {key: side for key, side in hop.guard.world.items() if key not in sides}
    return replace(
        hop,
        guard=Guard(hop.guard.pattern, hop.guard.options, world),
        conditions=tuple(condition for condition in hop.conditions if condition not in texts),
    )


def alike(one: Hop, other: Hop) -> bool:
    """Whether two hops say the same. (Hops themselves are equal only where they are one.)."""
    return all(getattr(one, name) == getattr(other, name) for name in Hop.__struct_fields__)
