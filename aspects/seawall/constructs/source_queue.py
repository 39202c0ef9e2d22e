"""The queue in front: made, or taken as it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import aws_cdk as cdk
import aws_cdk.aws_sqs as sqs
from constructs import Construct

from seawall.services.sqs.queues import VISIBILITY_TIMEOUT

from .accepting import accept
from .refusing import refuse

RECEIVES = range(1, 1001)
"""What `maxReceiveCount` may be.
Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html,
read 2026-11-22."""
LONGEST_VISIBILITY = 43_200
"""Seconds.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sqs-queue.html, read 2026-11-22."""


@dataclass(frozen=True, slots=True)
class SourceQueue:
    """A queue, and what is known of it."""

    queue: sqs.IQueue
    dead_letter_queue: sqs.IQueue
    max_receive_count: int
    visibility: float | None
    """Seconds; None of a queue that was imported, where nobody knows."""


def make(
    scope: Construct,
    *,
    fifo: bool,
    max_receive_count: int,
    visibility: float,
    delivery_delay: cdk.Duration | None,
    retention: cdk.Duration,
    dead_letter_retention: cdk.Duration,
) -> SourceQueue:
    """A queue with a dead-letter queue that keeps messages for longer, both encrypted and reached by TLS only.

    Raises:
        ValueError: Dead letters would be deleted as early as messages: they keep the age that they had. Or SQS allows
            no such number of receives.
    """
    if max_receive_count not in RECEIVES:
        raise ValueError(f"max_receive_count must be 1 to 1,000, not {max_receive_count:,}")
    if dead_letter_retention.to_seconds() <= retention.to_seconds():
        raise ValueError(
            f"dead_letter_retention ({dead_letter_retention.to_human_string()}) must be longer than "
            f"retention ({retention.to_human_string()}): a dead letter's age counts from when it was sent first"
        )
    dead_letter_queue = sqs.Queue(
        scope,
        "DeadLetterQueue",
        fifo=fifo or None,
        retention_period=dead_letter_retention,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
    )
    reason = "This is the dead-letter queue: nothing reads it but people, so nothing redrives it."
    accept(dead_letter_queue, "Serverless::Serverless-SQSRedrivePolicy", reason)
    queue = sqs.Queue(
        scope,
        "Queue",
        fifo=fifo or None,
        # Groups share neither order nor a limit of throughput.
        deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if fifo else None,
        fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if fifo else None,
        delivery_delay=delivery_delay,
        visibility_timeout=cdk.Duration.seconds(visibility),
        retention_period=retention,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letter_queue, max_receive_count=max_receive_count),
    )
    return SourceQueue(queue, dead_letter_queue, max_receive_count, visibility)


def take(
    queue: sqs.IQueue, dead_letter_queue: sqs.IQueue | None, max_receive_count: int | None, needed: float
) -> SourceQueue:
    """A queue that is there already.

    Args:
        queue: It.
        dead_letter_queue: Its dead-letter queue, if it was imported.
        max_receive_count: As it is set there, if it was imported.
        needed: Seconds for which a message has to be hidden.

    Raises:
        ValueError: It does not tell what has to be known, or it is not fit for what runs behind it.
    """
    path = queue.node.path
    if not isinstance(queue, sqs.Queue):
        if dead_letter_queue is None or max_receive_count is None:
            raise ValueError(
                f"queue: {path} was imported, and does not tell its redrive policy: give dead_letter_queue and "
                "max_receive_count as they are set there"
            )
        return SourceQueue(queue, dead_letter_queue, max_receive_count, None)
    refuse(
        f"{path} tells its own redrive policy",
        dead_letter_queue=dead_letter_queue,
        max_receive_count=max_receive_count,
    )
    told, hidden = queue.dead_letter_queue, _visibility(queue)
    if told is None:
        raise ValueError(
            f"queue: {path} has no dead-letter queue, so what fails comes back until it expires: give it one"
        )
    if hidden < needed:
        raise ValueError(
            f"queue: {path} hides a message for {hidden:g} s, and what runs behind it needs {needed:g} s (6 times its "
            "timeout, plus the batching window): set its visibility timeout to that, or shorten the timeout"
        )
    return SourceQueue(queue, told.queue, int(told.max_receive_count), hidden)


def long_enough(wanted: cdk.Duration | None, needed: float) -> float:
    """Seconds for which the queue hides a message.

    Raises:
        ValueError: `wanted` is less than what runs behind the queue needs, or more than SQS allows.
    """
    seconds = needed if wanted is None else wanted.to_seconds()
    if seconds < needed:
        raise ValueError(
            f"visibility_timeout: {seconds:g} s are short for what runs behind the queue; it needs {needed:g} s (6 "
            "times its timeout, plus the batching window), or a message runs again while it still runs"
        )
    if seconds > LONGEST_VISIBILITY:
        raise ValueError(f"visibility_timeout: {seconds:,.0f} s are more than the {LONGEST_VISIBILITY:,} s of SQS")
    return ceil(seconds)


def _visibility(queue: sqs.Queue) -> float:
    resource = queue.node.default_child
    seconds = resource.visibility_timeout if isinstance(resource, sqs.CfnQueue) else None
    return float(VISIBILITY_TIMEOUT.value if seconds is None else seconds)
