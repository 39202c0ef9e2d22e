"""Amazon SQS: queues and their redrive policies.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sqs-queue.html and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

import json

from msgspec.structs import replace

from seawall.graph.clocks import evenly
from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, Offer, Put, Replayed, RetryOwner, Sets
from seawall.graph.model import Bound, Place, Site, Tries, When
from seawall.template import Resource, Target, ValueStatus

from ..keeping import WATCHED, queue_for
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring

QUEUE = "AWS::SQS::Queue"
_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sqs-queue.html"

VISIBILITY_TIMEOUT = Fact(30, _PAGE, "2026-11-22")
"""Seconds that a received message stays hidden."""
RETENTION = Fact(345_600, _PAGE, "2026-11-22")
"""Seconds that a queue keeps a message: 4 days."""

_THEN = "then the message is silently deleted"
_TO_BOUND = f"give {{source}} a dead-letter queue with maxReceiveCount 5 or more, {WATCHED}"
_TO_LOWER = "more tries outlast a longer outage of what the work calls"
COUNTED = Layer(
    RetryOwner.QUEUE,
    keeps=True,
    limit=Offer("set maxReceiveCount {tries} on", "{source}", Sets.TRIES),
    replayed=Replayed.TIMED,
    then=_THEN,
    to_bound=_TO_BOUND,
    to_lower=_TO_LOWER,
)
"""Receives of a message where the queue has a redrive policy."""


_EITHER = (
    "FifoQueue depends on a condition, and a dead-letter queue is of the same kind: write both under that condition"
)


def _uncounted(wiring: Wiring, resource: Resource) -> Layer:
    """Receives of a message where it has none: the change adds a dead-letter queue."""
    dead, arn = queue_for(wiring, resource, fifo=wiring.props(resource).flag("FifoQueue").value is True)
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 0}).replace(" 0}", " {tries}}")
    either = isinstance(resource.properties.get("FifoQueue"), dict)  # one queue cannot be of both kinds
    return Layer(
        RetryOwner.QUEUE,
        keeps=True,
        limit=Offer(
            "add a dead-letter queue with maxReceiveCount {tries} to",
            "{source}",
            Sets.OTHER,
            "RedrivePolicy",
            new="maxReceiveCount {tries} and a dead-letter queue",
            old="not set",
            value="" if either else policy,
            also=() if either else dead,
        ),
        replayed=Replayed.TIMED,
        uncounted="{source} has no maxReceiveCount, so it retries until the message expires",
        then=_THEN,
        to_bound=_TO_BOUND,
        to_lower=_TO_LOWER,
        bound_note=_EITHER if either else "",
    )


@sites(QUEUE)
def queue(wiring: Wiring, resource: Resource) -> None:
    """A queue is a site where events wait; a message is received by one of its readers at a time."""
    wiring.site(Site(resource.site_id, "queue", Place(resource.address), one_reader=True))


@receiver(QUEUE)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Messages arrive at the queue itself."""
    return resource.site_id


@hops(QUEUE)
def redrive(wiring: Wiring, resource: Resource) -> None:
    """When a message's receives are spent it moves to the dead-letter queue."""
    policy = wiring.props(resource).at("RedrivePolicy")
    if not policy.exists("deadLetterTargetArn"):
        return
    property_ = "RedrivePolicy.deadLetterTargetArn"
    value = policy.value("deadLetterTargetArn")
    added, arn = queue_for(wiring, resource, fifo=wiring.props(resource).flag("FifoQueue").value is True)
    instead = (*added, Put(resource.address, property_, json.dumps(arn)))
    for site, target in wiring.receivers(resource, property_, value, Arrival.ASYNC):
        wiring.hop(
            resource.site_id,
            site,
            "redrive",
            Place(resource.address, property_),
            when=When.EXHAUSTED,
            conditions=target.conditions,
            instead=instead,
        )


def receives(wiring: Wiring, resource: Resource, interval: float | None = None, hidden_by: str = "") -> Tries:
    """How often a message of this queue is received when every receive fails.

    `maxReceiveCount` is a total. The message comes back after each visibility timeout (after `interval` where the
    reader, named by `hidden_by`, sets that itself) until its retention ends, and is then deleted: without a redrive
    policy always, with one where the retention ends before the receives are spent. A delay takes its part of the
    retention before the first receive.
    """
    props = wiring.props(resource)
    visibility = props.integer("VisibilityTimeout", default=VISIBILITY_TIMEOUT.value)
    retention = props.integer("MessageRetentionPeriod", default=RETENTION.value)
    if interval is None and not hidden_by and visibility.value is not None:
        interval = float(max(visibility.value, 1))
    every = hidden_by.strip(" ()") or visibility.whose
    kept = None if retention.value is None else max(0.0, retention.value - delay(wiring, resource))
    if props.exists("RedrivePolicy"):
        count = props.integer("RedrivePolicy", "maxReceiveCount")
        if count.value is None:
            why = count.why or "the redrive policy gives no maxReceiveCount"
            wiring.unknown(resource, count.property, why)
            return Tries(
                None, status=ValueStatus.UNKNOWN, setting=count.property, note=why, backoff=None, layer=COUNTED
            )
        counted = Tries(
            count.value,
            setting=count.property,
            note=f"maxReceiveCount = {count.value}",
            value=count.value,
            interval=interval,
            backoff=0.0 if interval else None,
            limit=kept,
            interval_set=every,
            limit_set=retention.whose,
            layer=COUNTED,
        )
        return within(counted, hidden_by)
    if kept is None or interval is None:
        unknown = visibility if retention.known else retention
        wiring.unknown(resource, unknown.property, unknown.why)
        note = f"no redrive policy; {unknown.why}"
        return Tries(None, Bound.TIME, ValueStatus.UNKNOWN, "RedrivePolicy", note, layer=_uncounted(wiring, resource))
    defaults = ValueStatus.DEFAULT in (visibility.status, retention.status)
    return Tries(
        evenly(interval, kept),
        Bound.TIME,
        ValueStatus.DEFAULT if defaults else ValueStatus.KNOWN,
        "RedrivePolicy",
        f"no redrive policy: {in_words(kept)} / {in_words(interval)}{hidden_by}",
        interval=interval,
        limit=kept,
        interval_set=every,
        limit_set=retention.whose,
        drawn="no redrive policy",
        layer=_uncounted(wiring, resource),
    )


def delay(wiring: Wiring, resource: Resource) -> float:
    """Seconds of its life for which each message is hidden at first: those of a FIFO queue, where no message sets its
    own. In a standard queue the sender may say 0, so that nothing is certain to be lost.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, read on
    2026-11-30: "When you set FifoQueue, you can't set DelaySeconds per message. You can set this parameter only on a
    queue level."
    """
    props = wiring.props(resource)
    if props.flag("FifoQueue").value is not True:
        return 0.0
    return float(props.integer("DelaySeconds", default=0).value or 0)


def within(tries: Tries, hidden_by: str = "") -> Tries:
    """`tries` as far as they fit into the time that they have left."""
    if tries.total is None or tries.limit is None or not tries.interval:
        return tries
    fits = evenly(tries.interval, tries.limit)
    if fits >= tries.total:
        return tries
    clock = f"kept {in_words(tries.limit)}, tried every {in_words(tries.interval)}{hidden_by}"
    return replace(
        tries,
        total=fits,
        bounded_by=Bound.TIME,
        note=f"{tries.note}, but the message expires first: {clock}",
        counted=tries.total,
    )
