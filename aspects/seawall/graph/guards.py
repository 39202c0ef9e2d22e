"""Guards: what must hold of one event, or of the deployment, for a hop to be taken.

An event keeps what it says while a topic, bus, rule, queue, stream or pipe passes it on; a function, a state or a job
that sends makes a new one, of which only the literals that it writes are known. Two hops whose guards cannot hold
together exclude each other: one event takes at most one of them.

`seawall.graph.patterns` holds the one matcher behind `Pattern`, and decides whether several patterns can hold
together.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import Protocol, TypeAlias

from msgspec import Struct, field


class Constant(Enum):
    """Values of a field that are no text and no number: in Python ``True == 1``, in an event it does not."""

    TRUE = "true"
    FALSE = "false"
    NULL = "null"
    ABSENT = "absent"
    """The field is not there."""
    CLOSED = "closed"
    """An object of which every field that is not listed is absent."""


class Symbol(Struct, frozen=True):
    """Text that only the deployment knows: equal expressions are equal texts, others may be."""

    text: str
    """The expression as `Fn::Sub` would write it, with the template in which it holds."""


class Like(Struct, frozen=True):
    """Text of which only parts are known, with anything between them: ``("in/", "")`` begins with ``in/``."""

    parts: tuple[str, ...]


Atom: TypeAlias = "str | int | float | Constant | Symbol | Like"
Scalar: TypeAlias = "Atom | tuple[Atom, ...]"
"""One value, or the entries of an array: a pattern looks for any of them."""

FieldPath: TypeAlias = tuple[str, ...]
"""Where a value stands in an event: ``("detail-type",)``, ``("detail", "status")``, ``("attributes", "kind")``,
``("key",)`` of an object, ``("eventName",)`` of a record."""

Event: TypeAlias = Mapping[FieldPath, frozenset[Scalar]]
"""What is known of an event: by field, the values it may have. A field that is not there may hold anything."""

Carries: TypeAlias = Mapping[FieldPath, FieldPath]
"""How fields are called behind a hop that passes an event on: prefix before, prefix behind. ``{(): ("detail",)}`` puts
the whole event into `detail`; the empty mapping says that nothing of it is known any more."""


class Match(IntEnum):
    """Whether an event matches."""

    NO = 0
    MAYBE = 1
    """It depends on what is not known of the event, or on what cannot be decided."""
    SURE = 2


class Pattern(Protocol):
    """What a rule, subscription, filter or notification lets through."""

    @property
    def fields(self) -> frozenset[FieldPath]:
        """The fields it asks about."""

    def match(self, event: Event) -> Match:
        """Whether `event`, as far as it is known, matches."""

    def samples(self, path: FieldPath) -> frozenset[Scalar]:
        """Values of one field that tell the pattern's answers apart: one for each kind of value.

        For several patterns at once ask `seawall.graph.patterns.samples`: a prefix of one and a suffix of another make
        one value more.
        """


class Option(Struct, frozen=True):
    """One of several ways of which an event takes exactly one: a reader of a queue, a route of an API."""

    scope: str
    """What chooses, such as the queue."""
    choice: str
    anew: str = ""
    """The site at which it is chosen anew each time that an event comes there."""
    fixed: bool = False
    """One event makes the same choice each time; another one may make another."""


class Guard(Struct, frozen=True):
    """Everything that must hold for a hop. The empty guard always holds."""

    pattern: Pattern | None = None
    """Of the event that passes."""
    options: tuple[Option, ...] = ()
    world: Mapping[str, bool] = field(default_factory=dict)
    """Conditions of the deployment, by key, with the side that each must take."""

    @property
    def empty(self) -> bool:
        """Whether it always holds."""
        return self.pattern is None and not self.options and not self.world

    def choosing(self, *options: Option) -> Guard:
        """The same where some ways are taken as well of which an event takes one."""
        return Guard(self.pattern, (*self.options, *options), self.world)


ALWAYS = Guard()


def carried(event: Event, carries: Carries | None) -> Event:
    """What is known of `event` behind a hop that passes it on; None keeps every name.

    >>> carried({("source",): frozenset({"shop"})}, {(): ("body",)})
    {('body', 'source'): frozenset({'shop'})}
    """
    if carries is None:
        return event
    found = {}
    for path, values in event.items():
        for before, behind in carries.items():
            if path[: len(before)] == before:
                found[behind + path[len(before) :]] = values
    return found


def origin(path: FieldPath, carries: Carries | None) -> FieldPath | None:
    """What a field behind a hop is called before it; None where the hop does not carry it.

    >>> origin(("body", "source"), {(): ("body",)})
    ('source',)
    """
    if carries is None:
        return path
    for before, behind in carries.items():
        if path[: len(behind)] == behind:
            return before + path[len(behind) :]
    return None
