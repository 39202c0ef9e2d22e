"""Clocks of wirings, each with the answer that was worked out before it was run."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import FailureClass
from seawall.retries import analyse
from seawall.services import build

from .conftest import Raw, Wire, arn, resource
from .test_stepfunctions_walk import app, task

TWO_WEEKS = 1_209_600


def queue(receives: int | None = None, dead: str = "D", **settings: Any) -> Raw:
    redrive = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": receives}
    policy: Raw = {"RedrivePolicy": redrive} if receives else {}
    return resource("SQS::Queue", **policy, **settings)


def reads(name: str, function: str, **settings: Any) -> Raw:
    return resource("Lambda::EventSourceMapping", EventSourceArn=arn(name), FunctionName={"Ref": function}, **settings)


FN = resource("Lambda::Function", Timeout=1)
DEAD = queue(MessageRetentionPeriod=TWO_WEEKS)

CASES: dict[str, tuple[Raw, str, str, tuple[int, int]]] = {
    # 2 receives of the queue, then 3 of its dead-letter queue, by the same function.
    "a dead-letter queue that is read": (
        {"Q": queue(2), "D": queue(3, "E"), "E": DEAD, "F": FN, "M": reads("Q", "F"), "N": reads("D", "F")},
        "F",
        "error",
        (5, 5),
    ),
    # 2 + 2 + 2.
    "a dead-letter queue of a dead-letter queue": (
        {
            "Q": queue(2),
            "D": queue(2, "E"),
            "E": queue(2, "X"),
            "X": DEAD,
            "F": FN,
            "M": reads("Q", "F"),
            "N": reads("D", "F"),
            "O": reads("E", "F"),
        },
        "F",
        "error",
        (6, 6),
    ),
    # Retention 1 h, visibility 30 min: two receives, then gone. The dead-letter queue gets nothing.
    "dead letters that never come": (
        {
            "Q": queue(10, MessageRetentionPeriod=3600, VisibilityTimeout=1800),
            "D": queue(3, "E"),
            "E": DEAD,
            "F": FN,
            "G": FN,
            "M": reads("Q", "F"),
            "N": reads("D", "G"),
        },
        "F",
        "error",
        (2, 2),
    ),
    # The message is as old as its delay when it is received first: at 900 and 2700 s of 3600.
    "a delay queue": (
        {
            "Q": queue(10, MessageRetentionPeriod=3600, VisibilityTimeout=1800, DelaySeconds=900),
            "D": DEAD,
            "F": FN,
            "M": reads("Q", "F"),
        },
        "F",
        "error",
        (1, 2),
    ),
    "a FIFO queue": (
        {
            "Q": queue(3, FifoQueue=True, VisibilityTimeout=30),
            "D": queue(FifoQueue=True, MessageRetentionPeriod=TWO_WEEKS),
            "F": FN,
            "M": reads("Q", "F"),
        },
        "F",
        "error",
        (3, 3),
    ),
    # A batching window delays, it does not multiply.
    "a batching window": (
        {"Q": queue(4), "D": DEAD, "F": FN, "M": reads("Q", "F", BatchSize=10, MaximumBatchingWindowInSeconds=300)},
        "F",
        "error",
        (4, 4),
    ),
    "a pipe with a batching window": (
        {
            "Q": queue(4),
            "D": DEAD,
            "F": FN,
            "P": resource(
                "Pipes::Pipe",
                Source=arn("Q"),
                Target=arn("F"),
                RoleArn="arn:aws:iam::111122223333:role/p",
                SourceParameters={"SqsQueueParameters": {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 60}},
            ),
        },
        "F",
        "error",
        (4, 4),
    ),
    "a stream with a count": (
        {
            "S": resource("Kinesis::Stream", ShardCount=1),
            "F": FN,
            "M": reads("S", "F", StartingPosition="LATEST", MaximumRetryAttempts=3, BatchSize=1),
        },
        "F",
        "error",
        (4, 4),
    ),
    # One record cannot be split.
    "bisecting a batch of one": (
        {
            "S": resource("Kinesis::Stream", ShardCount=1),
            "F": FN,
            "M": reads(
                "S",
                "F",
                StartingPosition="LATEST",
                MaximumRetryAttempts=3,
                BatchSize=1,
                BisectBatchOnFunctionError=True,
            ),
        },
        "F",
        "error",
        (4, 4),
    ),
    "a stream that never tries again": (
        {
            "S": resource("Kinesis::Stream", ShardCount=1),
            "F": FN,
            "M": reads("S", "F", StartingPosition="LATEST", MaximumRetryAttempts=0, BatchSize=1),
        },
        "F",
        "error",
        (1, 1),
    ),
    # A timeout of the state bounds each try, not their number.
    "a timeout of the state": (
        app({"A": task(End=True, TimeoutSeconds=5, Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}])}),
        "Fn",
        "error",
        (3, 3),
    ),
    "a heartbeat": (
        app(
            {
                "A": task(
                    End=True,
                    TimeoutSeconds=50,
                    HeartbeatSeconds=5,
                    Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
                )
            }
        ),
        "Fn",
        "timeout",
        (3, 3),
    ),
    # At 0, 10 and 30 s; the next try would start at 70 s.
    "a timeout of the machine": (
        app(
            {
                "A": task(
                    End=True,
                    Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 9, "IntervalSeconds": 10, "BackoffRate": 2}],
                )
            },
            TimeoutSeconds=60,
        ),
        "Fn",
        "error",
        (3, 3),
    ),
    # At 0, 100 and 200 s; at 300 s an Express execution is over.
    "five minutes of an Express execution": (
        app(
            {
                "A": task(
                    End=True,
                    Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 9, "IntervalSeconds": 100, "BackoffRate": 1}],
                )
            },
            express=True,
        ),
        "Fn",
        "error",
        (3, 3),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_the_one_by_hand(wire: Wire, name: str) -> None:
    resources, site, failure, (low, high) = CASES[name]
    count = analyse(build(wire(resources).app)).attempts.of(f"app/{site}", FailureClass(failure))
    assert count.max is not None
    assert low <= count.max <= high


def test_dead_letters_that_never_come_lead_nowhere(wire: Wire) -> None:
    """Whoever reads that dead-letter queue runs for what else comes there, not for an event at the queue."""
    resources, *_ = CASES["dead letters that never come"]
    attempts = analyse(build(wire(resources).app)).attempts
    assert attempts.worst("app/G", FailureClass.ERROR)[1].entry == "app/D"


def test_where_one_way_in_has_no_number_the_figure_has_none(wire: Wire) -> None:
    """Three receives of the queue; of the stream's record as many tries as fit into 24 hours, which nobody knows."""
    resources = {
        "Q": queue(3),
        "D": DEAD,
        "S": resource("Kinesis::Stream", ShardCount=1),
        "F": FN,
        "M": reads("Q", "F", BatchSize=1),
        "N": reads("S", "F", StartingPosition="LATEST"),
    }
    count = analyse(build(wire(resources).app)).attempts.of("app/F", FailureClass.ERROR)
    assert (count.max, count.value, count.bounded_by.word) == (None, 3, "time")
