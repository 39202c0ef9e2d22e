"""Requests that send several events at once: how many of each.

Sources: the API references of SQS, SNS, EventBridge, Kinesis and Firehose, read 2026-11-30.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from seawall.graph.turns import ONE_COPY, Copies
from seawall.template import Json

ENTRIES: Mapping[tuple[str, str], str] = {
    ("events", "putEvents"): "Entries",
    ("eventbridge", "putEvents"): "Entries",
    ("firehose", "putRecordBatch"): "Records",
    ("kinesis", "putRecords"): "Records",
    ("sns", "publishBatch"): "PublishBatchRequestEntries",
    ("sqs", "sendMessageBatch"): "Entries",
}
"""Under which name a request has its entries, each an event of its own; by service and action, as Step Functions and
Scheduler write them.
"""
PUT_EVENTS = "putEvents"
"""The action whose entries each say where they go and what they are."""


class Sent(Struct, frozen=True):
    """Events that a request sends to the same place and that say the same."""

    request: Json
    """The request with one of them only."""
    copies: Copies = ONE_COPY
    entry: int | None = None
    """Which entry of the whole request the first of them is; None where each of its entries counts alike."""

    def place(self, path: str) -> str:
        """Where what stands at a path of `request` stands in the whole request.

        >>> Sent({}, entry=12).place("Entries.0.EventBusName")
        'Entries.12.EventBusName'
        """
        return path if self.entry is None else path.replace(".0", f".{self.entry}", 1)


def sent_by(service: str, action: str, request: Json) -> Iterator[Sent]:
    """What a request sends, event by event."""
    name = ENTRIES.get((service, action))
    if name is None or not isinstance(request, dict):
        yield Sent(request)
        return
    entries = request.get(name)
    if not isinstance(entries, list) or not entries:
        told = name not in request and f"{name}.$" not in request
        yield Sent(request, ONE_COPY if told else Copies(for_each=True))
    elif action == PUT_EVENTS:
        for number, entry in enumerate(entries):
            if entry not in entries[:number]:
                alike = entries.count(entry)
                yield Sent({**request, name: [entry]}, Copies(alike, alike), number)
    else:
        yield Sent(request, Copies(len(entries), len(entries)))
