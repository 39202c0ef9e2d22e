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
    at: str = ""
    """Where the first of them stands in the request; empty where the whole request sends one."""


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
                yield Sent({**request, name: [entry]}, Copies(alike, alike), f"{name}.{number}")
    else:
        yield Sent(request, Copies(len(entries), len(entries)))
