"""What a pipe reads, and how often it reads a record again when its enrichment or target fails.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html
"""

from __future__ import annotations

from dataclasses import replace

from seawall.template import Resource, Target

from .conditions import under
from .durations import in_words
from .facts import Fact
from .model import CLASSES, Bound, Drop, Place, Tries, When
from .registry import Arrival
from .sqs import QUEUE, RETENTION, receives
from .streams import KINESIS, STREAMS, UNLIMITED, retention_of, stream_tries
from .wiring import Wiring

WINDOWED_VISIBILITY = Fact(
    7 * 60 + 30,
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html",
    "2026-11-22",
)
"""Seconds for which a pipe with a batching window hides a message, the window not included: 7 min 30 s. The queue's own
visibility timeout does not act then."""
_WINDOW = ("SourceParameters", "SqsQueueParameters", "MaximumBatchingWindowInSeconds")


def pipe_source(wiring: Wiring, resource: Resource) -> Tries | None:
    """Hops from the source into the pipe.

    Gives the tries that the pipe itself spends on an internal error: with a queue they do not count as receives. With
    a stream they are tries of the batch like any other, so there are none to give.
    """
    value = wiring.props(resource).value("Source")
    internal: Tries | None = None
    for target in wiring.targets(resource, value):
        source = wiring.app.resource(target.address) if target.address else None
        if source is None:
            wiring.unknown(resource, "Source", target.why)
        elif source.type == QUEUE:
            _from_queue(wiring, resource, source, target)
            internal = _until_expiry(wiring, source)
        elif source.type in STREAMS:
            _from_stream(wiring, resource, source, target)
        else:
            wiring.unknown(resource, "Source", f"sources of type {source.type} are not modelled yet")
    return internal


def _from_queue(wiring: Wiring, resource: Resource, source: Resource, target: Target) -> None:
    tries = _windowed(wiring, resource, receives(wiring, source))
    wiring.hop(
        source.site_id,
        resource.site_id,
        "pipe-source",
        Place(source.address, "RedrivePolicy.maxReceiveCount"),
        awaits=True,
        tries=dict.fromkeys(CLASSES, tries),
        conditions=under(resource, target),
    )


def _windowed(wiring: Wiring, resource: Resource, tries: Tries) -> Tries:
    """`tries` with the interval that a batching window brings."""
    window = wiring.props(resource).integer(*_WINDOW, default=0)
    if window.value == 0:
        return tries
    if window.value is None:
        wiring.unknown(resource, window.property, window.why)
        return replace(tries, interval=None, backoff=None)
    interval = float(WINDOWED_VISIBILITY.value + window.value)
    if tries.bounded_by is not Bound.TIME or tries.limit is None:
        return replace(tries, interval=interval, backoff=0.0)
    note = f"no redrive policy: {in_words(tries.limit)} / {in_words(interval)} (the pipe's batching window)"
    return replace(tries, total=max(1, int(tries.limit // interval)), interval=interval, note=note)


def _until_expiry(wiring: Wiring, source: Resource) -> Tries:
    retention = wiring.props(source).integer("MessageRetentionPeriod", default=RETENTION.value)
    until = "until the message expires"
    if retention.value is not None:
        until = f"until the message is {in_words(retention.value)} old"
    limit = None if retention.value is None else float(retention.value)
    note = f"the pipe retries internal errors {until}"
    return Tries(None, Bound.TIME, retention.status, "Target", note, backoff=None, limit=limit)


def _from_stream(wiring: Wiring, resource: Resource, source: Resource, target: Target) -> None:
    name = "KinesisStreamParameters" if source.type == KINESIS else "DynamoDBStreamParameters"
    section = wiring.props(resource).at("SourceParameters", name)
    retries = section.integer("MaximumRetryAttempts", default=UNLIMITED)
    wiring.hop(
        source.site_id,
        resource.site_id,
        "pipe-source",
        Place(resource.address, retries.property),
        awaits=True,
        tries=stream_tries(wiring, resource, section, retention_of(wiring, source)),
        conditions=under(resource, target),
    )
    dead_letters = section.at("DeadLetterConfig", "Arn")
    if not dead_letters.exists() and retries.value is not None and retries.value >= 0:
        what = "the pipe discards the batch after its last try and reads on"
        place = Place(resource.address, dead_letters.property)
        wiring.drops.append(Drop(source.site_id, place, what, "set a dead-letter queue on the pipe's source"))
    for site, end in wiring.receivers(resource, dead_letters.property, dead_letters.value(), Arrival.ASYNC):
        wiring.hop(
            source.site_id,
            site,
            "dead-letter",
            Place(resource.address, dead_letters.property),
            when=When.EXHAUSTED,
            conditions=under(resource, target, end),
        )
