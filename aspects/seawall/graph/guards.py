"""Guards: what must hold of one event, or of the deployment, for a hop to be taken.

An event keeps what it says while a topic, bus, rule, queue, stream or pipe passes it on; a function, a state or a job
that sends makes a new one, of which only the literals that it writes are known. Two hops whose guards cannot hold
together exclude each other: one event takes at most one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Protocol, TypeAlias

from msgspec import Struct, field

Scalar: TypeAlias = "str | int | float | bool | None"

FieldPath: TypeAlias = tuple[str, ...]
"""Where a value stands in an event: ``("detail-type",)``, ``("detail", "status")``, ``("attributes", "kind")``,
``("key",)`` of an object, ``("eventName",)`` of a record."""

Event: TypeAlias = Mapping[FieldPath, frozenset[Scalar]]
"""What is known of an event: by field, the values it may have. A field that is not there may hold anything."""


class Match(IntEnum):
    """Whether an event matches."""

    NO = 0
    MAYBE = 1
    """It depends on what is not known of the event."""
    SURE = 2


class Pattern(Protocol):
    """What a rule, subscription, filter or notification lets through."""

    @property
    def fields(self) -> frozenset[FieldPath]:
        """The fields it asks about."""

    def match(self, event: Event) -> Match:
        """Whether `event`, as far as it is known, matches."""

    def samples(self, path: FieldPath) -> frozenset[Scalar]:
        """Values of one field that tell the pattern's answers apart: one for each kind of value."""


class Option(Struct, frozen=True):
    """One of several ways of which an event takes exactly one: a reader of a queue, a route of an API."""

    scope: str
    """What chooses, such as the queue."""
    choice: str


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


ALWAYS = Guard()
