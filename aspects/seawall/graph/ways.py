"""Ways of one event: which hops exclude one another, and the classes of events, options and worlds worth counting.

Every guarded hop has one bit. An *attribute* is one question of which an event, or a deployment, has exactly one
answer (the reader of a queue, the route of an API, the side of a condition); each of its *values* switches the hops
off that contradict it. A *class* is one value of each attribute. A figure that needs two hops which exclude each other
is counted once per class, over the classes in which different hops are on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.template import World

from .event_kinds import kinds_of
from .guards import Event, Guard, Option, Pattern
from .model import Hop, When
from .reach import reach

if TYPE_CHECKING:
    from .flow import Flow

CHOICE = " (choice)"
"""Behind the name of a step: the question which of its branches is taken."""
MOST_CLASSES = 256
"""Classes that are counted one by one for one site."""
_MOST_ON = 8
"""Hops that a value of an attribute leaves, on average, where it is remembered which ones leave each."""


class Asked(Struct, frozen=True):
    """What the pattern of a hop asks of the event that passes."""

    origin: str
    """Where the event came in, or was sent, with what is known of it."""
    pattern: Pattern
    """In the names that its fields have there."""
    known: Event


class Value(Struct, frozen=True):
    """One answer to an attribute's question."""

    name: str
    off: int
    """Bits of the hops that cannot be taken with it."""
    event: Event = field(default_factory=dict)
    """Of a kind of event: values that its fields have."""
    world: str = ""
    """Of a deployment: what it is like, as a clause."""


class Attribute(Struct, frozen=True):
    """A question of which an event or a deployment has one answer."""

    name: str
    values: tuple[Value, ...]
    bits: int
    """Bits of all hops that ask it."""
    open: bool = False
    """Something that the values do not tell apart was left open."""
    anew: str = ""
    """The site that may answer otherwise at each delivery, or in each run."""
    fixed: bool = False
    """It answers the same each time for one event."""

    @property
    def concerned(self) -> int:
        """Bits of the hops that an answer may switch off, whether they matter or not."""
        return self.bits | off_in(self.values)


class EventClass(Struct, frozen=True):
    """One value for each of some attributes."""

    values: tuple[Value, ...]
    off: int
    """Bits of the hops that cannot be taken in it."""


class Ways:
    """What one event can take of a flow."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.bit: dict[Hop, int] = {}
        """Guarded hops with their bit."""
        self.guards: dict[Hop, Guard] = {}
        """What has to hold for a hop, the reader that it stands for included."""
        competing = _competing(flow)
        for hop in flow.hops:
            guard = _guard(flow, hop, competing)
            if not guard.empty:
                self.bit[hop] = 1 << len(self.bit)
                self.guards[hop] = guard
        self._hops = tuple(self.bit)
        self._out: dict[str, tuple[tuple[Hop, ...], int]] = {}
        for source in {hop.source for hop in self._hops}:
            plain = tuple(hop for hop in flow.out_of(source) if hop not in self.bit)
            self._out[source] = (plain, sum(self.bit[hop] for hop in flow.out_of(source) if hop in self.bit))

    def hops(self, bits: int) -> Iterator[Hop]:
        """The guarded hops of some bits, in order."""
        yield from (self._hops[each.bit_length() - 1] for each in _single(bits))

    def taken(self, site: str, off: int) -> Sequence[Hop]:
        """Hops out of a site, without those that are switched off; nothing is spent where nobody receives."""
        if site not in self._out:
            return self._flow.out_of(site)
        plain, guarded = self._out[site]
        found = plain if not (on := guarded & ~off) else (*plain, *self.hops(on))
        if off & guarded and self._flow.sites[site].one_reader and not any(hop.awaits for hop in found):
            return tuple(hop for hop in found if hop.when is not When.EXHAUSTED)
        return found

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """Every question that some hops answer differently."""
        return (*_options(self), *_worlds(self, self._flow), *_events(self, self._flow))

    @cached_property
    def telling(self) -> Mapping[Hop, int]:
        """The guarded hops with their bits, without those to whose questions there is only one answer."""
        asked = (
            attribute.bits for attribute in self.attributes if len(attribute.values) > 1 or attribute.values[0].off
        )
        bits = together(asked) | self.of_less
        return {hop: bit for hop, bit in self.bit.items() if bit & bits}

    @cached_property
    def ends_early(self) -> bool:
        """Whether some code sends no further one once it waits for one that fails: then less that is waited for may be
        more that runs.
        """
        return bool(_ending_early(self._flow))

    @cached_property
    def of_less(self) -> int:
        """Bits of the hops behind such code that only some kinds of event take: these are not told apart there."""
        behind = behind_ends_run(self._flow)
        return together(
            self.bit[hop] for hop, guard in self.guards.items() if guard.pattern is not None and hop.source in behind
        )

    def contested(self, bits: int) -> tuple[Attribute, ...]:
        """The attributes that hops of `bits` answer differently, each with the values that matter to them: those that
        no other one leaves more of the hops for, or all where less may be more.
        """
        found = []
        for attribute in self.attributes:
            asking = attribute.bits & bits
            several = asking & (asking - 1) or (asking and self.ends_early)  # one hop alone excludes nothing
            if len(attribute.values) > 1 and several:
                values = _apart(attribute, bits) if self.ends_early else _largest(attribute, bits)
                if len(values) > 1:
                    found.append(replace(attribute, values=values, bits=attribute.bits & bits))
        return tuple(found)

    def fixed(self, bits: int) -> int:
        """Bits of the hops that no event takes together with those of `bits`; the branches of a plan are its own."""
        off = 0
        for attribute in self.attributes:
            if attribute.bits & bits and not attribute.name.endswith(CHOICE):
                values = _largest(attribute, bits)
                if len(values) == 1:
                    off |= values[0].off
        return off

    def exclusive(self, one: Hop, other: Hop) -> bool:
        """Whether no event takes both hops, whatever the world."""
        bit, against = self.bit.get(one, 0), self.bit.get(other, 0)
        return any(
            attribute.bits & (bit | against) == bit | against
            and all(value.off & against for value in self._leaving(attribute, bit))
            for attribute in self._asked_by.get(one, ())
        )

    def stands_for(self, one: Hop, other: Hop) -> bool:
        """Whether, for every event that takes `other`, one like it takes `one` and everything else that the first does.

        Not so where a third hop is taken together with `other` alone, or `one` asks for something more.
        """
        bit, gone = self.bit.get(one, 0), self.bit.get(other, 0)
        for attribute in (*self._asked_by.get(one, ()), *self._asked_by.get(other, ())):
            with_one = [value.off for value in self._leaving(attribute, bit)]
            for value in self._leaving(attribute, gone):
                if all(off & ~value.off & ~gone for off in with_one):
                    return False
        return True

    def _leaving(self, attribute: Attribute, bit: int) -> Sequence[Value]:
        """The values with which a hop can be taken, by its bit."""
        if not attribute.bits & bit:
            return attribute.values
        if id(attribute) not in self._left:
            on = [attribute.bits & ~value.off for value in attribute.values]
            found: dict[int, list[Value]] = {}
            if sum(each.bit_count() for each in on) <= _MOST_ON * len(on):
                for value, bits in zip(attribute.values, on, strict=True):
                    for each in _single(bits):
                        found.setdefault(each, []).append(value)
                self._left[id(attribute)] = found
            else:
                self._left[id(attribute)] = None
        known = self._left[id(attribute)]
        return known.get(bit, ()) if known is not None else [each for each in attribute.values if not each.off & bit]

    @cached_property
    def _left(self) -> dict[int, dict[int, list[Value]] | None]:
        """By `id` of an attribute and bit of a hop: the values that leave it; None where they leave many."""
        return {}

    @cached_property
    def _asked_by(self) -> Mapping[Hop, list[Attribute]]:
        found: dict[Hop, list[Attribute]] = {}
        for attribute in self.attributes:
            for hop in self.hops(attribute.bits):
                found.setdefault(hop, []).append(attribute)
        return found


def classes(attributes: Sequence[Attribute]) -> tuple[list[EventClass], bool] | None:
    """The classes to be counted, and whether they leave nothing open; None where they are more than `MOST_CLASSES`."""
    if prod(len(each.values) for each in attributes) > MOST_CLASSES:
        return None
    found: dict[int, EventClass] = {}
    for values in product(*(attribute.values for attribute in attributes)):
        off = off_in(values)
        found.setdefault(off, EventClass(values, off))
    return list(found.values()), not any(each.open for each in attributes)


def _apart(attribute: Attribute, bits: int) -> tuple[Value, ...]:
    """The values that leave different hops."""
    return tuple({bits & attribute.bits & ~value.off: value for value in reversed(attribute.values)}.values())[::-1]


def _largest(attribute: Attribute, bits: int) -> tuple[Value, ...]:
    """The values that leave most of the hops: none whose hops another one leaves as well."""
    by_on: dict[int, Value] = {}
    for value in attribute.values:
        by_on.setdefault(bits & attribute.bits & ~value.off, value)
    by_on.pop(0, None)
    if sum(on.bit_count() for on in by_on) == together(by_on).bit_count():  # none within another, the usual case
        return tuple(by_on.values())
    found = [on for on in by_on if not any(on != other and on | other == other for other in by_on)]
    return tuple(by_on[on] for on in found)


def _competing(flow: Flow) -> set[str]:
    """Queues with more than one reader."""
    readers = Counter(hop.source for hop in flow.hops if hop.awaits and hop.when is When.ALWAYS)
    return {site for site, number in readers.items() if number > 1 and flow.sites[site].one_reader}


def _guard(flow: Flow, hop: Hop, competing: Container[str]) -> Guard:
    """The guard of a hop; that of a reader of a queue names the reader besides."""
    guard = hop.guard
    if hop.source in flow.branches_chosen and flow.sites[hop.source].inside is not None and _leads_on(flow, hop):
        guard = guard.choosing(*flow.branches_chosen[hop.source])
    named = any(option.scope == hop.source for option in guard.options)
    if hop.source in competing and hop.awaits and hop.when is When.ALWAYS and not named:
        guard = guard.choosing(Option(hop.source, f"{hop.target} (hop {flow.number[hop]})", hop.source))
    return guard


def _leads_on(flow: Flow, hop: Hop) -> bool:
    """Whether what a state does matters beyond its plan, the worst way through which counts anyway."""
    if not hop.awaits or flow.out_of(hop.target):
        return True
    container = flow.container(hop.source)
    return any(flow.container(other.source) != container for other in flow.into(hop.target))


def _options(ways: Ways) -> Iterator[Attribute]:
    by_scope: dict[str, dict[str, int]] = {}
    anew: dict[str, Option] = {}
    for hop, guard in ways.guards.items():
        for option in guard.options:
            if option.anew:
                anew[option.scope] = option
            choices = by_scope.setdefault(option.scope, {})
            choices[option.choice] = choices.get(option.choice, 0) | ways.bit[hop]
    for scope, choices in by_scope.items():
        bits = together(choices.values())
        values = tuple(Value(choice, bits & ~on) for choice, on in choices.items())
        by = anew.get(scope)
        yield Attribute(scope, values, bits, anew=by.anew if by else "", fixed=by is not None and by.fixed)


def _worlds(ways: Ways, flow: Flow) -> Iterator[Attribute]:
    """Conditions that hang together are one attribute: only their consistent combinations are values of it."""
    by_key: dict[str, dict[bool, int]] = {}
    for hop, guard in ways.guards.items():
        for key, side in guard.world.items():
            sides = by_key.setdefault(key, {True: 0, False: 0})
            sides[side] |= ways.bit[hop]
    if not by_key:
        return
    for worlds in flow.worlds.attributes(by_key) if flow.worlds is not None else _free(by_key):
        values = tuple(
            Value(
                f"when {world.words}",
                together(by_key[key][not side] for key, side in world.sides.items()),
                world=world.words,
            )
            for world in worlds
        )
        keys = worlds[0].sides
        yield Attribute(" and ".join(keys), values, together(together(by_key[key].values()) for key in keys))


def _free(keys: Iterable[str]) -> Iterator[tuple[World, ...]]:
    """Conditions of which nothing is known: each may hold or not."""
    for key in keys:
        yield World({key: True}, f"{key} holds"), World({key: False}, f"{key} does not hold")


def _events(ways: Ways, flow: Flow) -> Iterator[Attribute]:
    """The kinds of event that come from one origin."""
    by_origin: dict[str, dict[Hop, Asked]] = {}
    for hop, guard in ways.guards.items():
        if guard.pattern is not None:
            asked = flow.asks.get(hop) or Asked(hop.source, guard.pattern, {})
            by_origin.setdefault(asked.origin, {})[hop] = asked
    for origin, asked_by in by_origin.items():
        known = next(iter(asked_by.values())).known
        kinds, undecided = kinds_of([(ways.bit[hop], asked.pattern) for hop, asked in asked_by.items()], known)
        bits = together(ways.bit[hop] for hop in asked_by)
        values = tuple(Value(origin, bits & ~on, event) for on, event in kinds)
        yield Attribute(origin, values, bits, undecided)


def _single(bits: int) -> Iterator[int]:
    """Each bit for itself, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest
        bits ^= lowest


def together(bits: Iterable[int]) -> int:
    """All bits of some sets of them."""
    found = 0
    for each in bits:
        found |= each
    return found


def off_in(values: Iterable[Value]) -> int:
    """Bits of the hops that cannot be taken with some values."""
    return together(value.off for value in values)


def reaching(members: Sequence[str], incoming: Mapping[str, Sequence[Hop]], bit: Mapping[Hop, int]) -> dict[str, int]:
    """By site: the bits of all guarded hops on ways to it. `members` come in the order of events."""
    found: dict[str, int] = {}
    for site in members:
        bits = 0
        for hop in incoming[site]:
            bits |= found[hop.source] | bit.get(hop, 0)
        found[site] = bits
    return found


def _ending_early(flow: Flow) -> set[str]:
    """Code that sends in rounds, and sends no further one once it waits for one that fails."""
    return {hop.source for hop in flow.hops if hop.awaits and hop.copies > 1 and hop.ends_run}


def behind_ends_run(flow: Flow) -> set[str]:
    """Such code, and what it can come to: which of that fails decides how many rounds there are."""
    found = _ending_early(flow)
    return reach(found, flow.outgoing) if found else found
