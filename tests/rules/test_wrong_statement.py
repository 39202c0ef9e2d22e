"""`wrong-statement`, and what statements do to the findings of other rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.report.places import locate
from seawall.rules import Severity

from .judging import ALL, Raw, body, found, function, judged, only, scenario

RULE = "wrong-statement"
LOOP = "case-13-requeue"
STACKED = "case-04-pipe-to-express"


def stating(name: str, logical_id: str, **section: Any) -> Raw:
    template = body(name)
    template["Resources"][logical_id].setdefault("Metadata", {})["seawall"] = section
    return template


@pytest.mark.parametrize("name", ALL)
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)


def test_says_what_is_wrong_and_on_which_line(tmp_path: Path) -> None:
    template = stating(STACKED, "Task", sends_to=[{"to": "Quue"}])
    report = judged(tmp_path, template)
    finding = only(report, RULE)
    assert (finding.severity, finding.site) == (Severity.ERROR, "app/Task")
    assert finding.message == (
        "what is stated of app/Task cannot be so: Quue names nothing that is analysed; did you mean Queue?"
    )
    assert finding.fix.text
    line = locate(report.app, finding.place).line
    assert line is not None
    assert '"Quue"' in (tmp_path / "app.json").read_text().splitlines()[line - 1]


def test_a_moot_denial_is_a_warning(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, stating(STACKED, "Task", never_sends_to=[{"to": "Queue"}])), RULE)
    assert finding.severity is Severity.WARNING


def test_laps_of_what_never_comes_back(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, stating(STACKED, "Task", sends_to=[{"to": "DeadLetters", "laps": 5}])), RULE)
    assert finding.message == "`laps` are stated of app/Task, but what it sends to app/DeadLetters never comes back"
    assert finding.place.property == "Metadata.seawall.sends_to.0"


def test_a_denied_hop_opens_the_loop(tmp_path: Path) -> None:
    """The code is not at hand, so the hop is inferred from the role and the environment."""
    template = stating(LOOP, "Task", never_sends_to=[{"to": "Queue"}])
    template["Resources"]["Task"]["Properties"]["Code"] = {"S3Bucket": "releases", "S3Key": "task.zip"}
    report = judged(tmp_path, template)
    assert not found(report, "retry-loop")
    assert not found(report, RULE)


def test_a_hop_that_the_code_makes_cannot_be_denied(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, stating(LOOP, "Task", never_sends_to=[{"to": "Queue"}])), RULE)
    assert finding.severity is Severity.ERROR
    assert "the code of app/Task sends to app/Queue (app.json:" in finding.message


@pytest.mark.parametrize("when", ["failure", "always"])
def test_laps_are_honoured_wherever_they_stand_on_the_loop(tmp_path: Path, when: str) -> None:
    """Events come in at the queue: queue -> Fn -> topic -> queue. The way back is the hand-off that is limited."""
    arn = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("Queue", "Dead")}
    redrive = {"deadLetterTargetArn": arn["Dead"], "maxReceiveCount": 1}
    stated = {"seawall": {"sends_to": [{"to": "Topic", "when": when, "laps": 5}]}}
    template: Raw = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}},
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Shop": {"Type": "AWS::SNS::Topic"},
            **{
                f"{topic}Feed": {
                    "Type": "AWS::SNS::Subscription",
                    "Properties": {"TopicArn": {"Ref": topic}, "Protocol": "sqs", "Endpoint": arn["Queue"]},
                }
                for topic in ("Topic", "Shop")
            },
            "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "i.h"}, "Metadata": stated},
            "Read": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": arn["Queue"], "FunctionName": {"Ref": "Fn"}},
            },
        }
    }
    (loop,) = judged(tmp_path, template).analysis.loops
    assert (loop.stopped_by, loop.laps) == ("stated", 5)


def test_a_handler_that_swallows_its_errors_runs_once(tmp_path: Path) -> None:
    report = judged(tmp_path, stating(STACKED, "Task", raises=False))
    assert function("app/Task", "error")(report) == 1
    assert function("app/Task", "timeout")(report) == 20


def test_dead_letters_of_a_handler_that_swallows_its_errors(tmp_path: Path) -> None:
    """Case 12: 3 receives, then 2 of the dead-letter queue. No error ever gets a message there."""
    report = judged(tmp_path, stating("case-12-dead-letter-consumer", "Worker", raises=False))
    assert function("app/Worker", "error")(report) == 1
    assert function("app/Worker", "timeout")(report) == 5


def test_idempotent_work_runs_as_often_and_the_finding_says_so(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, stating(STACKED, "Task", idempotent="keyed by order")), "stacked-retries")
    assert (finding.severity, finding.attempts) == (Severity.ERROR, 20)
    assert (
        "app/Task is stated to be idempotent (keyed by order): a repeated run changes nothing more, but costs as much"
        in finding.message.splitlines()
    )


def batched(**section: Any) -> Raw:
    """Queue (3 receives) -> Worker in batches of 10, without partial responses."""
    template = stating("case-01-queue-function", "Worker", **section)
    for one in template["Resources"].values():
        if one["Type"] == "AWS::Lambda::EventSourceMapping":
            one["Properties"]["BatchSize"] = 10
            one["Properties"].pop("FunctionResponseTypes", None)
    return template


def test_healthy_work_that_is_idempotent_may_be_repeated(tmp_path: Path) -> None:
    assert only(judged(tmp_path, batched()), "batch-retry").severity is Severity.WARNING
    finding = only(judged(tmp_path, batched(idempotent=True)), "batch-retry")
    assert finding.severity is Severity.NOTE
    assert (
        "app/Worker is stated to be idempotent: a repeated run changes nothing more, but costs as much"
        in finding.message.splitlines()
    )


def test_a_batch_whose_errors_are_swallowed_fails_by_a_timeout(tmp_path: Path) -> None:
    assert only(judged(tmp_path, batched()), "batch-retry").failure == "error"
    finding = only(judged(tmp_path, batched(raises=False)), "batch-retry")
    assert finding.failure == "timeout"
    assert "on each of its 3 tries" in finding.message  # maxReceiveCount is 3


def test_what_runs_once_per_batch_is_said_beside_the_figure(tmp_path: Path) -> None:
    """Queue (5) -> pipe -> Express machine -> Task, 20 times; the pipe's batch is one execution."""
    template = stating(STACKED, "Machine", once_per_batch=True)
    template["Resources"]["Pipe"]["Properties"].pop("SourceParameters")
    finding = only(judged(tmp_path, template), "stacked-retries")
    assert finding.attempts == 20
    assert "app/Machine runs once for each batch of app/Pipe, as stated" in finding.message.splitlines()
