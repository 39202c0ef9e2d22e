"""`RedriveTo`: no queue delivers a message until it expires."""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import aws_sqs as sqs

from seawall.graph import ONCE, FailureClass
from seawall.remedies.changes import bounded
from seawall.remedies.settings_changes import led_to
from seawall.retries import Factor
from seawall.rules.pollers import delivery, of_queues
from seawall.settings import LEAST_RECEIVES

from .draft import AppDraft
from .overrides import Left, Override, overrides
from .repair import Repair


class RedriveTo(Repair):
    """Gives queues that are read, and have no redrive policy, a dead-letter queue: repairs `unbounded-retry`.

    A FIFO queue needs a FIFO dead-letter queue, a standard one a standard one; others are left alone, as is `queue`.

    Args:
        queue: The dead-letter queue. Watch it: what it gets has failed for good.
        max_receive_count: Receives of a message before it moves there. At least 5, as AWS asks where a queue feeds
            Lambda.

    Raises:
        ValueError: `max_receive_count` is below 5.
    """

    def __init__(self, queue: sqs.IQueue, *, max_receive_count: int = LEAST_RECEIVES) -> None:
        super().__init__()
        if max_receive_count < LEAST_RECEIVES:
            raise ValueError(f"max_receive_count must be at least {LEAST_RECEIVES}, not {max_receive_count}")
        self._queue = queue
        self._receives = max_receive_count

    def plan(self, found: AppDraft) -> Iterator[Override | Left]:
        """Queues without a redrive policy that somebody reads."""
        fifo, path = self._queue.fifo, self._queue.node.path
        flow = found.context.analysis.flow
        read = {queue.site: (polling, queue) for polling, queue in of_queues(found.context)}
        for polling, queue in read.values():
            address = queue.place.address
            resource = found.app.resource(address)
            if queue.receives is not None or resource is None:
                continue
            if queue.site == path:
                yield Left(queue.site, "it is the dead-letter queue itself, and somebody reads it", address)
            elif queue.fifo.value is not fifo:
                kind = "a FIFO queue" if queue.fifo.value else "a standard queue"
                yield Left(queue.site, f"it is {kind} and needs another one for its dead letters", address)
            else:
                said = f"set RedrivePolicy: {self._receives} receives, then to {path}"
                hop = delivery(found.context, polling)
                tries = hop.tries_for(FailureClass.ERROR) if hop is not None else ONCE
                made = bounded(flow, Factor(hop, tries), self._receives) if hop is not None else ()
                for change in made:
                    edits = led_to(change.edits, self._queue.queue_arn)
                    yield from overrides(resource, edits, "nothing but its age ended the tries of a message", said)
