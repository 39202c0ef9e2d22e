"""`group-blocked`: receives x visibility of a FIFO queue."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.rules import Severity

from .judging import ALL, Raw, found, judged, only, scenario
from .reading import UNKNOWN, app, arn, mapped, piped, redrive, resource

RULE = "group-blocked"


def fifo(receives: object | None = None, visibility: object = 30) -> Raw:
    bound = {} if receives is None else redrive(receives)
    return {"FifoQueue": True, "VisibilityTimeout": visibility, **bound}


@pytest.mark.parametrize(
    ("queue", "fires"),
    [
        (fifo(5, 180), False),  # 900 s
        (fifo(5, 181), True),  # 905 s
        (fifo(31, 30), True),  # 930 s
        (fifo(30, 30), False),
        (fifo(UNKNOWN, 3_600), False),
        (fifo(5, UNKNOWN), False),
        (fifo(None), True),  # until the message expires
        (fifo(None) | {"MessageRetentionPeriod": 600}, False),
        (fifo(None) | {"MessageRetentionPeriod": UNKNOWN}, False),
        (redrive(100) | {"VisibilityTimeout": 3_600}, False),  # not a FIFO queue
        (fifo(5, 3_600) | {"FifoQueue": UNKNOWN}, False),
    ],
)
def test_fires(tmp_path: Path, queue: Raw, fires: bool) -> None:
    assert len(found(judged(tmp_path, mapped(queue)), RULE)) == fires


def test_says_the_product_and_what_shortens_it(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, mapped(fifo(10, 900), {"Timeout": 20})), RULE)
    assert finding.severity is Severity.WARNING
    assert finding.place.property == "RedrivePolicy.maxReceiveCount"
    assert finding.message.splitlines() == [
        "one failing message of app/Queue can hold up its group for 2 h 30 min",
        "2 h 30 min = 10 (maxReceiveCount) x 900 s (VisibilityTimeout)",
        (
            "until then no later message of the group is received; then this one moves to the dead-letter queue and "
            "the group goes on"
        ),
    ]
    assert finding.fix.text == (
        "1. set VisibilityTimeout 120 on app/Queue; 120 s (2 min) = 6 x 20 s (Timeout of app/Worker); "
        "2. set maxReceiveCount 5 on app/Queue; then a group waits for "
        "5 x 120 s = 10 min at most; otherwise: use finer message groups; "
        "where some failures need no second try, send those to the dead-letter queue from the handler"
    )


def test_never_advises_less_than_aws_asks_for(tmp_path: Path) -> None:
    fix = only(judged(tmp_path, mapped(fifo(5, 360), {"Timeout": 60})), RULE).fix.text  # 6 x 60 s, 5 receives
    assert fix.startswith("shorten the function's timeout and the visibility timeout with it; otherwise: use finer")


def test_without_redrive_the_group_waits_until_the_message_expires(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, mapped(fifo(None))), RULE)
    assert finding.message.splitlines()[:2] == [
        "one failing message of app/Queue can hold up its group for 4 days",
        (
            "nothing counts its tries: it is received until it expires, after 4 days (MessageRetentionPeriod, AWS's "
            "default)"
        ),
    ]
    assert "a redrive policy (maxReceiveCount 5 or a little more) with a FIFO dead-letter queue" in finding.fix.text


def test_a_pipe_with_a_batching_window_hides_messages_for_longer(tmp_path: Path) -> None:
    window = {"SourceParameters": {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 10}}}
    assert not found(judged(tmp_path, piped(fifo(2, 30))), RULE)
    finding = only(judged(tmp_path, piped(fifo(2, 30), **window)), RULE)
    assert (
        "15 min 20 s = 2 (maxReceiveCount) x 460 s (the pipe's batching window)" in finding.message
    )  # 7 min 30 s + 10 s
    assert "drop the pipe's batching window" in finding.fix.text


def test_a_pipe_that_only_hands_over_has_nothing_to_fail(tmp_path: Path) -> None:
    assert found(judged(tmp_path, piped(fifo(None))), RULE)
    assert not found(judged(tmp_path, piped(fifo(None), to=resource("SQS::Queue", FifoQueue=True))), RULE)


@pytest.mark.parametrize(("seconds", "fires"), [(0, True), (599, True), (600, False)])
def test_the_time_can_be_set(tmp_path: Path, seconds: int, fires: bool) -> None:
    report = judged(tmp_path, mapped(fifo(5, 120)), blocked_group_seconds=seconds)
    assert len(found(report, RULE)) == fires


@pytest.mark.parametrize("name", ALL)
def test_scenarios_have_no_groups(name: str) -> None:
    assert not found(scenario(name), RULE)


def subscribed(kind: str, **policy: int) -> Raw:
    return {
        "Bus": resource("EventsV2::EventBus", Name="b"),
        "Fn": resource("Lambda::Function"),
        "Sub": resource(
            "EventsV2::Subscriber",
            Name="s",
            Type=kind,
            EventBusArn=arn("Bus"),
            RetryPolicy=policy,
            InvokeConfiguration={
                "TargetArn": arn("Fn"),
                "LambdaParameters": {"InvocationType": "REQUEST_RESPONSE"},
            },
        ),
    }


@pytest.mark.parametrize(
    ("kind", "policy", "fires"),
    [
        ("FIFO", {"MaxEventAgeInSeconds": 86_400}, True),
        ("FIFO", {"MaxEventAgeInSeconds": 86_400, "MaxRetryAttempts": 0}, False),
        ("FIFO", {}, False),
        ("UNORDERED", {"MaxEventAgeInSeconds": 86_400}, False),
    ],
)
def test_a_fifo_subscriber_holds_up_every_group(tmp_path: Path, kind: str, policy: dict[str, int], fires: bool) -> None:
    report = judged(tmp_path, app(**subscribed(kind, **policy)))
    assert len(found(report, RULE)) == fires
    if fires:
        headline = only(report, RULE).headline
        assert "every group" in headline
        assert "1 day" in headline or "24 h" in headline
