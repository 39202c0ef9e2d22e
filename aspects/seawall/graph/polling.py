"""How queues and streams are read, and how states wait between tries: settings as plain values, for the rules.

Nothing here knows an AWS service. A `Setting` says of each number whether it is known, a default, or unknown.
"""

from __future__ import annotations

from msgspec import Struct

from seawall.template import Setting

from .facts import Fact
from .model import Place

DEDUPLICATION_INTERVAL = Fact(
    300, "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-key-terms.html", "2026-11-22"
)
"""Seconds after a send for which a FIFO queue accepts and drops an equal message: 5 minutes, even if the first one has
been received and deleted by then."""


class QueueSettings(Struct, frozen=True):
    """A queue that somebody reads."""

    site: str
    place: Place
    visibility: Setting[int]
    """Seconds that a received message stays hidden."""
    receives: Setting[int] | None
    """Receives of one message, a total; None without a redrive policy."""
    delay: Setting[int]
    """Seconds before a message that was sent can be received."""
    fifo: Setting[bool]
    by_content: Setting[bool]
    """An equal body counts as the same message."""
    scope: Setting[str]
    """Where an equal message is looked for: `queue` or `messageGroup`."""
    kept: Setting[int]
    """Seconds for which it keeps a message, from its first send on."""


class CalledFunction(Struct, frozen=True):
    """A function that runs for what was read."""

    site: str
    timeout: Setting[int]
    """Seconds."""
    reserved: Setting[int]
    """Runs at once that it is given, and allowed at most; None by default: no such limit."""


class Polling(Struct, frozen=True):
    """A mapping or pipe that reads a queue or stream in batches, or a subscriber that gets events in batches."""

    source: str
    reader: str
    """Where its batches arrive: the function of a mapping, or the pipe."""
    place: Place
    """The mapping, the pipe or the subscriber."""
    pipe: bool
    """A pipe or a subscriber: it takes the records that its target names as failed, whatever its settings."""
    queue: QueueSettings | None
    """None for a stream or a subscriber."""
    called: tuple[CalledFunction, ...]
    """Functions that a batch runs through while it is hidden; empty unless all that it runs through are functions."""
    batch: Setting[int]
    window: Setting[int]
    """Seconds for which a batch is gathered."""
    partial: Setting[bool]
    """Whether the function may name the records that failed."""
    bisects: Setting[bool]
    """Whether a failing batch is halved."""
    at_once: Setting[int]
    """Runs at once that the reader may ask for."""
    in_order: Setting[bool] | None = None
    """Of a subscriber: whether it delivers in order, so that a failing batch holds up everything behind it."""

    @property
    def unit(self) -> str:
        """What it reads: a message, a record or an event."""
        return "event" if self.in_order is not None else "message" if self.queue is not None else "record"


class SteadyRetrier(Struct, frozen=True):
    """A retrier of a state that waits equally long before each retry, without jitter."""

    site: str
    place: Place
    errors: tuple[str, ...]
    retries: int
    interval: float
    """Seconds."""
