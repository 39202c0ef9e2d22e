"""What an author may change about a layer of retries, as the service that makes the layer declares it.

A service states a `Layer` beside the `Tries` it works out; everything above asks that value, and knows no property of
any service. In its texts ``{source}`` and ``{target}`` stand for the hop's ends, ``{tries}`` and ``{retries}`` for the
number in question and for one less, ``{note}`` for how the present number comes about.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seawall.template import Address


class RetryOwner(StrEnum):
    """Who tries again."""

    QUEUE = "queue"
    """Messages of a queue are received again."""
    STREAM = "stream"
    """Records of a stream, topic or change stream are read again."""
    FUNCTION = "function"
    """Lambda invokes asynchronously again."""
    MACHINE = "machine"
    """A state's own `Retry`."""
    SENDER = "sender"
    """The service that delivers, or calls."""


class Sets(StrEnum):
    """What an offer puts into its property."""

    TRIES = "tries"
    """A number of tries in all."""
    RETRIES = "retries"
    """A number of tries after the first."""
    NOTHING = "nothing"
    """The property goes."""
    OTHER = "other"
    """Something that `Offer.new` describes."""


ALARM_TYPE = "AWS::CloudWatch::Alarm"
"""What is added beside a queue that is added, so that somebody learns of what comes there."""
DEPENDS_ON = "DependsOn"
"""What stands beside the properties of a resource: what has to be there before it."""


class Put(Struct, frozen=True):
    """One property to set, or a resource to add: what a change needs beside its own property."""

    address: Address
    """The resource; the one to add, where `adds`."""
    property: str
    """Dotted path below `Properties`; empty: the resource itself."""
    value: str
    """What to put there, as JSON; of a resource to add, all of it."""
    adds: bool = False
    beside: Address | None = None
    """Of what is added: the resource that it belongs to."""
    removes: bool = False
    """The property goes."""
    first: str = ""
    """What has to be so before, outside of the templates, as a sentence."""


class Replayed(StrEnum):
    """How a replay plays the tries of a layer on an emulator."""

    NOT = "not"
    """Nothing there tries again as the service does: an event starts behind it."""
    COUNTED = "counted"
    """With the template's own settings, without the clock that may end them sooner."""
    TIMED = "timed"
    """The same, and the clock runs, too, shortened as everything is."""


class Offer(Struct, frozen=True):
    """A change of one property by which a layer tries less."""

    verb: str
    """What to do, as an imperative, up to its object: ``set maxReceiveCount {tries} on``."""
    what: str
    """The object: ``{source}``. Objects of one and the same verb are named together."""
    sets: Sets
    property: str = ""
    """Dotted path at the resource of the hop's place; empty: the place itself."""
    new: str = ""
    """What to put there in words, where that is more than the number."""
    old: str = ""
    """What stands there in words, where that is more than the number."""
    classes: frozenset[str] = frozenset()
    """Failure classes whose tries the property decides; empty: every signal."""
    value: str = ""
    """What to put there as JSON, where that is more than the number; ``{tries}`` and ``{retries}`` stand for it."""
    adds: Address | None = None
    """The resource that is added to hold the property, of which `value` is all."""
    parts: tuple[tuple[str, int], ...] = ()
    """Counters that add up to the tries after the first, by their path below the place's property, with what each is:
    the largest are lowered first."""
    also: tuple[Put, ...] = ()
    """What has to be set with it, such as a place for what is given up on."""


class Layer(Struct, frozen=True):
    """Who tries again, and what an author may change about it."""

    owner: RetryOwner = RetryOwner.SENDER
    keeps: bool = False
    """The sender keeps the event while it is tried: the natural owner of a retry."""
    limit: Offer | None = None
    """Sets a number of tries."""
    drop: Offer | None = None
    """Leaves one try."""
    no_offer: str = ""
    """Why neither is offered, as a clause."""
    uncounted: str = "nothing counts the tries of {source}"
    """Why no count ends the tries, where none does."""
    then: str = ""
    """What becomes of the event where only time ends the tries."""
    to_bound: str = ""
    """How to give it a count, or to do without, in prose."""
    bound_note: str = ""
    """What to know of that, as a sentence."""
    replayed: Replayed = Replayed.NOT
    """How a replay plays its tries; not at all where the service does not say."""
    to_lower: str = "what a transient failure needs is enough, with back-off and jitter; catch the rest"
    """How many tries are enough, in prose."""


def fixed(why: str, owner: RetryOwner = RetryOwner.SENDER, *, keeps: bool = False) -> Layer:
    """A layer about which an author can change nothing, and why."""
    return Layer(owner, keeps, no_offer=why)
