"""The clocks of queues and dead-letter queues, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.graph import Bound, When

from .conftest import Raw, Wire, arn, function, hop, hops, queue, ref, resource, totals
from .figures import attempts

HOUR, DAY = 3_600, 86_400


def mapping(source: str, to: str = "Fn", **properties: Any) -> Raw:
    return resource("Lambda::EventSourceMapping", EventSourceArn=arn(source), FunctionName=ref(to), **properties)


def app(queue_: Raw, dead: Raw, **more: Raw) -> Raw:
    return {"Queue": queue_, "Dead": dead, "Fn": function(), "Map": mapping("Queue"), **more}


@pytest.mark.parametrize(
    ("receives", "visibility", "retention", "tries", "moves"),
    [
        (10, 1_800, HOUR, 2, False),  # at 0 and 30 min; at 60 min the message is gone
        (2, 1_800, HOUR, 2, False),  # both happen, but it would move at 60 min
        (2, 1_799, HOUR, 2, True),  # moves at 59 min 58 s
        (3, 1_800, HOUR + 1, 3, False),  # at 0, 30 and 60 min; it would move at 90 min
        (1, 43_200, 60, 1, False),
        (5, 30, 345_600, 5, True),
        (1_000, 43_200, 1_209_600, 28, False),  # every 12 hours for 14 days
    ],
)
def test_receives_end_with_the_retention(
    wire: Wire, receives: int, visibility: int, retention: int, tries: int, moves: bool
) -> None:
    source = queue(receives, VisibilityTimeout=visibility, MessageRetentionPeriod=retention)
    wiring = wire(app(source, queue()))
    found = hop(wiring, "Queue", "Fn").tries_for("error")
    assert found.total == tries
    assert found.bounded_by is (Bound.TIME if tries < receives else Bound.COUNT)
    if tries < receives:
        assert (found.counted, found.seconds(0)) == (receives, retention)
    assert bool(hops(wiring, "Queue", "Dead")) is moves


@pytest.mark.parametrize(
    ("dead", "runs"),
    [
        ({}, 3 + 2),
        # Moved after 90 min: a standard dead-letter queue that keeps a message for 90 min has deleted it by then.
        ({"MessageRetentionPeriod": 5_400}, 3),
        # 91 min: one minute is left, in which it is received once.
        ({"MessageRetentionPeriod": 5_460, "VisibilityTimeout": 60}, 3 + 1),
    ],
)
def test_a_standard_dead_letter_queue_counts_from_the_first_send(wire: Wire, dead: Raw, runs: int) -> None:
    last = {"Last": resource("SQS::Queue")}
    policy: Raw = {"RedrivePolicy": {"deadLetterTargetArn": arn("Last"), "maxReceiveCount": 2}}
    source = queue(3, VisibilityTimeout=1_800)
    resources = app(source, resource("SQS::Queue", **policy, **dead), Again=mapping("Dead"), **last)
    assert attempts(wire, resources, "Fn") == (runs,) * 4


def test_a_fifo_dead_letter_queue_starts_the_clock_again(wire: Wire) -> None:
    source = queue(3, VisibilityTimeout=1_800, FifoQueue=True)
    dead = resource("SQS::Queue", FifoQueue=True, MessageRetentionPeriod=60, VisibilityTimeout=30)
    resources = app(source, dead, Again=mapping("Dead"))
    assert attempts(wire, resources, "Fn") == (3 + 2,) * 4


def test_what_is_sent_to_the_dead_letter_queue_directly_has_its_whole_life(wire: Wire) -> None:
    source = queue(3, VisibilityTimeout=1_800)
    dead = resource("SQS::Queue", MessageRetentionPeriod=5_460, VisibilityTimeout=1_820)
    topic = {
        "Topic": resource("SNS::Topic"),
        "Sub": resource("SNS::Subscription", TopicArn=ref("Topic"), Protocol="sqs", Endpoint=arn("Dead")),
    }
    assert totals(hop(wire(app(source, dead, Again=mapping("Dead"), **topic)), "Dead", "Fn"))["error"] == 3


def test_each_dead_letter_queue_adds_to_the_life(wire: Wire) -> None:
    """60 min in the first, 60 min in the second; the third keeps 2 h and deletes on arrival."""
    policy = {"deadLetterTargetArn": arn("Last"), "maxReceiveCount": 2}
    dead = resource("SQS::Queue", RedrivePolicy=policy, VisibilityTimeout=1_800)
    last = resource("SQS::Queue", MessageRetentionPeriod=7_200)
    wiring = wire(app(queue(2, VisibilityTimeout=1_800), dead, Again=mapping("Dead"), Last=last))
    assert [each.when for each in hops(wiring, "Queue", "Dead")] == [When.EXHAUSTED]
    assert not hops(wiring, "Dead", "Last")


def test_a_retention_that_only_the_deployment_knows_leaves_the_count(wire: Wire) -> None:
    source = queue(10, VisibilityTimeout=1_800, MessageRetentionPeriod=ref("Kept"))
    wiring = wire(app(source, queue()), Parameters={"Kept": {"Type": "Number"}})
    assert totals(hop(wiring, "Queue", "Fn"))["error"] == 10
    assert hops(wiring, "Queue", "Dead")


def test_a_pipe_with_a_batching_window_has_a_clock_of_its_own(wire: Wire) -> None:
    """7 min 30 s and the window of 30 s: 8 min x 10 = 80 min, and the queue keeps an hour: 8 receives."""
    pipe = resource(
        "Pipes::Pipe",
        Source=arn("Queue"),
        Target=arn("Fn"),
        SourceParameters={"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 30}},
    )
    source = queue(10, MessageRetentionPeriod=HOUR)
    wiring = wire({"Queue": source, "Dead": queue(), "Fn": function(), "Pipe": pipe})
    assert totals(hop(wiring, "Queue", "Pipe"))["error"] == 8
    assert not hops(wiring, "Queue", "Dead")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.integers(1, 20), st.integers(0, 43_200), st.integers(60, 1_209_600), st.integers(60, 1_209_600), st.booleans()
)
def test_a_shorter_retention_never_raises_a_figure(
    wire: Wire, receives: int, visibility: int, one: int, other: int, fifo: bool
) -> None:
    kind: Raw = {"FifoQueue": True} if fifo else {}

    def figure(kept: int) -> int:
        source = queue(receives, VisibilityTimeout=visibility, MessageRetentionPeriod=kept, **kind)
        dead = resource("SQS::Queue", MessageRetentionPeriod=kept, **kind)
        (first,) = attempts(wire, app(source, dead), "Fn")[:1]
        assert isinstance(first, int)
        return first

    short, long = sorted((one, other))
    assert figure(short) <= figure(long)
