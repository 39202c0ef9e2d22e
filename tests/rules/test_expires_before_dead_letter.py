"""`expires-before-dead-letter`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Severity

from .judging import Raw, found, judged, only
from .reading import STAGED, UNKNOWN, app, arn, mapping, resource

RULE = "expires-before-dead-letter"
DAY, WEEK, LONGEST = 86_400, 7 * 86_400, 14 * 86_400


def template(queue: Raw, dead: Raw, receives: Any = 5, **more: Raw) -> Raw:
    redrive = {"RedrivePolicy": {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": receives}}
    made = app(
        Queue=resource("SQS::Queue", **redrive, **queue),
        Worker=resource("Lambda::Function"),
        Mapping=mapping(),
        **more,
    )
    made["Resources"]["Dead"] = resource("SQS::Queue", **dead)
    return made


@pytest.mark.parametrize(
    ("queue", "dead", "receives", "first"),
    [
        (
            {"VisibilityTimeout": 1_800, "MessageRetentionPeriod": 3_600},
            {},
            10,
            (
                "a failing message of app/Queue expires before it is dead-lettered: 10 receives every 30 min take 5 h, "
                "and it is kept for 1 h (MessageRetentionPeriod)"
            ),
        ),
        (
            {"VisibilityTimeout": 43_200},
            {},
            8,  # 8 x 12 h = 4 days, to the second
            (
                "a failing message of app/Queue expires before it is dead-lettered: 8 receives every 12 h take 4 "
                "days, and it is kept for 4 days (MessageRetentionPeriod, AWS's default)"
            ),
        ),
        (
            {"FifoQueue": True, "DelaySeconds": 900, "VisibilityTimeout": 1_500, "MessageRetentionPeriod": 3_600},
            {"FifoQueue": True},
            2,  # received at 15 and 40 min, due to move at 65
            (
                "a failing message of app/Queue expires before it is dead-lettered: 2 receives every 25 min, the first "
                "after 15 min, take 1 h 5 min, and it is kept for 1 h (MessageRetentionPeriod)"
            ),
        ),
        (
            {"VisibilityTimeout": 1_800, "MessageRetentionPeriod": LONGEST},
            {"MessageRetentionPeriod": 3_600},
            3,
            (
                "a dead letter of app/Queue is silently deleted when it arrives at app/Dead: it is 1 h 30 min old by "
                "then, and app/Dead keeps a message for 1 h (MessageRetentionPeriod) from its first send"
            ),
        ),
    ],
)
def test_what_is_lost_for_certain_is_an_error(tmp_path: Path, queue: Raw, dead: Raw, receives: int, first: str) -> None:
    finding = only(judged(tmp_path, template(queue, dead, receives)), RULE)
    assert finding.severity is Severity.ERROR
    assert finding.message.splitlines()[0] == first


@pytest.mark.parametrize(
    ("queue", "dead", "receives"),
    [
        ({"VisibilityTimeout": 43_200}, {"MessageRetentionPeriod": LONGEST}, 7),  # 12 h of 4 days are left
        ({"MessageRetentionPeriod": LONGEST}, {"MessageRetentionPeriod": 3_600}, 5),  # under an hour to look at it
        ({"FifoQueue": True}, {"FifoQueue": True, "MessageRetentionPeriod": 3_600}, 5),
    ],
)
def test_under_a_day_is_a_warning(tmp_path: Path, queue: Raw, dead: Raw, receives: int) -> None:
    assert only(judged(tmp_path, template(queue, dead, receives)), RULE).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("queue", "dead", "receives"),
    [
        ({}, {}, 5),
        ({"VisibilityTimeout": 43_200}, {}, 7),  # both by default, and not lost
        ({"VisibilityTimeout": 900, "MessageRetentionPeriod": WEEK}, {"MessageRetentionPeriod": LONGEST}, 5),
        ({"VisibilityTimeout": 900, "MessageRetentionPeriod": UNKNOWN}, {"MessageRetentionPeriod": LONGEST}, 5),
        ({"VisibilityTimeout": UNKNOWN, "MessageRetentionPeriod": 3_600}, {}, 5),
        ({"MessageRetentionPeriod": 3_600}, {}, UNKNOWN),
        ({"FifoQueue": True, "VisibilityTimeout": 43_200}, {"FifoQueue": True, "MessageRetentionPeriod": LONGEST}, 2),
        # A standard queue's delay is the sender's to change: nothing is certain to be lost.
        (
            {"DelaySeconds": 900, "VisibilityTimeout": 900, "MessageRetentionPeriod": 2 * DAY},
            {"MessageRetentionPeriod": LONGEST},
            5,
        ),
        # FIFO: the dead-letter queue counts from the move.
        (
            {"FifoQueue": True, "VisibilityTimeout": 43_200, "MessageRetentionPeriod": LONGEST},
            {"FifoQueue": True, "MessageRetentionPeriod": 2 * DAY},
            5,
        ),
    ],
)
def test_is_silent(tmp_path: Path, queue: Raw, dead: Raw, receives: Any) -> None:
    assert not found(judged(tmp_path, template(queue, dead, receives)), RULE)


def test_the_life_of_a_message_is_told(tmp_path: Path) -> None:
    queue = {"VisibilityTimeout": 1_800, "MessageRetentionPeriod": 3_600}
    finding = only(judged(tmp_path, template(queue, {}, 10)), RULE)
    assert finding.message.splitlines()[1:] == [
        "t+0 received, t+30 min received, t+1 h deleted, never dead-lettered",
        "then it is silently deleted: nothing reaches the dead-letter queue",
    ]
    assert finding.place.property == "MessageRetentionPeriod"
    assert not found(judged(tmp_path, template(queue, {}, 10)), "unbounded-retry"), "a count is set, if too high"


@pytest.mark.parametrize(
    ("queue", "dead", "fires"),
    [
        ({}, {"FifoQueue": True}, True),
        ({"FifoQueue": True}, {}, True),
        ({"FifoQueue": True}, {"FifoQueue": True}, False),
    ],
)
def test_a_dead_letter_queue_of_the_other_kind(tmp_path: Path, queue: Raw, dead: Raw, fires: bool) -> None:
    report = judged(tmp_path, template(queue, dead))
    assert [finding.severity for finding in found(report, RULE)] == [Severity.ERROR] * fires


def test_a_fifo_queue_takes_no_dead_letters_of_an_asynchronous_function(tmp_path: Path) -> None:
    resources = {
        "Fifo": resource("SQS::Queue", FifoQueue=True),
        "Worker": resource("Lambda::Function", DeadLetterConfig={"TargetArn": arn("Fifo")}),
        "Rule": resource(
            "Events::Rule", EventPattern={"source": ["shop"]}, Targets=[{"Id": "t", "Arn": arn("Worker")}]
        ),
    }
    finding = only(judged(tmp_path, {"Resources": resources}), RULE)
    assert finding.message == (
        "no dead letter of app/Worker#async can reach app/Fifo: app/Fifo is a FIFO queue, which takes no dead letters "
        "of a function's asynchronous invocations"
    )


def by(prod: int, otherwise: int) -> Raw:
    return {"Fn::If": ["Prod", prod, otherwise]}


@pytest.mark.parametrize(
    ("queue", "dead", "receives", "said"),
    [
        # prod: 10 x 30 min = 5 h of 1 h; else 10 x 30 s = 5 min of 1 h.
        ({"VisibilityTimeout": by(1_800, 30), "MessageRetentionPeriod": 3_600}, {}, 10, "10 receives every 30 min"),
        # prod: 50 min of 50; else of 4 days.
        ({"VisibilityTimeout": 300, "MessageRetentionPeriod": by(3_000, 345_600)}, {}, 10, "kept for 50 min"),
        # prod: 10 h old, and the dead-letter queue keeps for 1 h.
        ({"VisibilityTimeout": 3_600}, {"MessageRetentionPeriod": by(3_600, LONGEST)}, 10, "deleted when it arrives"),
        # prod: 20 x 5 min = 1 h 40 min of 1 h; else 5 x 5 min.
        ({"VisibilityTimeout": 300, "MessageRetentionPeriod": 3_600}, {}, by(20, 5), "20 receives every 5 min"),
    ],
)  # fmt: skip
def test_the_worst_deployment_is_told_and_named(
    tmp_path: Path, queue: Raw, dead: Raw, receives: Any, said: str
) -> None:
    report = judged(tmp_path, template(queue, dead, receives) | STAGED)
    finding = only(report, RULE)
    assert said in finding.headline
    assert finding.severity is Severity.ERROR
    assert finding.facts[-1] == "this is so when Stage is prod"
    assert not report.gaps
