"""How a replay deploys what a service has on an emulator: each service says so beside its sites, by resource type.

A replay asks this and knows no resource type. What no service tells of is not deployed, and events start behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from msgspec import Struct

from seawall.template import Resource, Value

if TYPE_CHECKING:
    from .wiring import Wiring

Properties: TypeAlias = "dict[str, Any]"


class PlayedPart(StrEnum):
    """What part a resource has in a replay."""

    SITE = "site"
    """Events come there, and the emulator plays it."""
    JOIN = "join"
    """It joins two sites: it makes no sense without both."""
    CODE = "code"
    """A stub stands in for its code."""
    DEFINITION = "definition"
    """The emulator runs its definition, made fit for a replay."""
    NAME = "name"
    """Another name of a function."""


class Tally(StrEnum):
    """What an emulator tells of a site."""

    NOTHING = ""
    RUNS = "runs"
    EXECUTIONS = "executions"
    MESSAGES = "messages"


class RefForm(StrEnum):
    """What `Ref` gives of a resource."""

    ARN = "arn"
    NAME = "name"
    URL = "url"


class Draft(Protocol):
    """The template for the emulator while it is made, as services see it."""

    @property
    def wiring(self) -> Wiring:
        """The app as it is read."""

    def id(self, resource: Resource) -> str:
        """Its logical id there."""

    def name(self, resource: Resource) -> str:
        """Its physical name there."""

    def arn(self, resource: Resource) -> str:
        """Its ARN there."""

    def source(self, resource: Resource) -> str:
        """The source of events that are meant for it alone."""

    def bus_of(self, rule: Resource) -> str:
        """The name of the bus that a rule listens to."""

    def raw(self, resource: Resource, *path: str) -> Any:
        """A property's literal value; of a conditional one the first; None where there is none."""

    def target(self, resource: Resource, *path: str, service: str | None = None) -> Resource | None:
        """The deployed resource that a property names."""

    def named(self, resource: Resource, value: Value, service: str | None = None) -> Resource | None:
        """The deployed resource that a value names."""

    def function(self, resource: Resource) -> Resource | None:
        """The deployed function that a mapping or config is about."""

    def seconds(self, given: Any) -> int:
        """A delay of the template as the replay waits for it."""

    def hidden(self, resource: Resource) -> int:
        """Seconds for which a received message is hidden there."""

    def kept(self, resource: Resource) -> int | None:
        """Seconds for which a queue keeps messages; None where that ends nothing."""

    def age(self, resource: Resource) -> int | None:
        """Seconds for which an asynchronous event is tried; None where that ends nothing."""

    def add(self, identity: str, type_: str, properties: Properties) -> None:
        """One more resource of the draft."""

    def left_out(self, reader: Resource, queue: Resource) -> bool:
        """Whether a reader gets nothing, as others compete with it; it is said then."""

    @property
    def batch(self) -> int:
        """Messages that a function is given at once, at most."""

    @property
    def stand_ins(self) -> bool:
        """Whether stand-ins take the place of what the emulator accepts but does not play."""


Maker: TypeAlias = "Callable[[Draft, Resource], Properties | None]"


class Played(Struct, frozen=True):
    """How resources of one type are deployed."""

    part: PlayedPart
    make: Maker | None = None
    """Its properties on the emulator; None from it where one of its ends is not there."""
    arn: str = ""
    """Its ARN behind ``arn:aws:``, with places for Region and account; its name follows."""
    ref: RefForm = RefForm.ARN
    tally: Tally = Tally.NOTHING
    always: bool = False
    """It is deployed although no event is known to come there."""
    late: bool = False
    """What it names has to be there before it."""
    delivered: bool = False
    """The emulator delivers a rule's events to it as AWS does."""


PLAYED: dict[str, Played] = {}
"""By resource type."""


def played(type_: str, part: PlayedPart, **more: Any) -> Callable[[Maker], Maker]:
    """The function makes resources of this type for the emulator."""

    def register(make: Maker) -> Maker:
        PLAYED[type_] = Played(part, make, **more)
        return make

    return register
