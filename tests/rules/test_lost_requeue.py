"""`lost-requeue`: what is sent back to a FIFO queue that deduplicates by content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Confidence, Severity

from .judging import ALL, Raw, found, judged, only, scenario
from .reading import UNKNOWN, app, arn, mapped, mapping, redrive, resource, sender

RULE = "lost-requeue"
FIFO: Raw = {"FifoQueue": True, "ContentBasedDeduplication": True}
SEND = "arn:aws:states:::sqs:sendMessage"


def requeued(queue: Raw, *, environment: bool = True) -> Raw:
    """Queue -> Worker -> Queue, the way back in code."""
    worker = sender("Worker", "Queue", environment=environment)
    return app(Queue=resource("SQS::Queue", **queue), Mapping=mapping(), **worker)


@pytest.mark.parametrize(
    ("queue", "fires"),
    [
        (FIFO, True),
        ({"FifoQueue": True}, False),  # such a send needs an id, or SQS refuses it
        ({}, False),
        (FIFO | {"ContentBasedDeduplication": UNKNOWN}, False),
        (FIFO | {"DelaySeconds": 299}, True),
        (FIFO | {"DelaySeconds": 300}, False),  # received only when the first send is forgotten
        (FIFO | {"DelaySeconds": UNKNOWN}, False),
        (FIFO | {"DeduplicationScope": UNKNOWN}, False),
        (FIFO | redrive(3), True),
    ],
)
def test_fires(tmp_path: Path, queue: Raw, fires: bool) -> None:
    assert len(found(judged(tmp_path, requeued(queue)), RULE)) == fires


def test_says_what_is_lost_and_what_is_assumed(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, requeued(FIFO)), RULE)
    assert (finding.severity, finding.confidence) == (Severity.ERROR, Confidence.MEDIUM)
    assert (finding.site, finding.also) == ("app/Queue", ("app/Worker",))
    assert finding.place.property == "ContentBasedDeduplication"
    assert finding.message.splitlines() == [
        "app/Queue silently drops what app/Worker sends back to it within 5 min of its first arrival",
        "ContentBasedDeduplication takes an equal body for the same message, even after that was deleted",
        "the send succeeds and nothing is queued: the event is gone without an error, a retry or a dead letter",
        "assumes the body is sent back as it came, without a MessageDeduplicationId",
        "inferred from role and environment: app/Worker sends to app/Queue (sqs:SendMessage)",
    ]


def test_a_permission_alone_is_a_warning(tmp_path: Path) -> None:
    assert only(judged(tmp_path, requeued(FIFO, environment=False)), RULE).severity is Severity.WARNING


def test_within_the_group_only_is_a_warning(tmp_path: Path) -> None:
    fast = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    finding = only(judged(tmp_path, requeued(FIFO | fast)), RULE)
    assert finding.severity is Severity.WARNING
    assert "assumes it is sent back into its message group (DeduplicationScope messageGroup)" in finding.message


def test_a_redrive_is_no_send(tmp_path: Path) -> None:
    assert not found(judged(tmp_path, mapped(FIFO | redrive(3))), RULE)


def test_who_gets_nothing_from_the_queue_sends_nothing_back(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue", **FIFO),
        Worker=resource("Lambda::Function"),
        Mapping=mapping(),
        **sender("Producer", "Queue"),
    )
    assert not found(judged(tmp_path, template), RULE)


@pytest.mark.parametrize(("visibility", "fires"), [(99, True), (100, False)])
def test_dead_letters_come_back_after_all_receives(tmp_path: Path, visibility: int, fires: bool) -> None:
    """3 x 99 s = 297 s, 3 x 100 s = 300 s after the first arrival."""
    template = app(
        Queue=resource("SQS::Queue", **FIFO, **redrive(3), VisibilityTimeout=visibility),
        Worker=resource("Lambda::Function"),
        Mapping=mapping(),
        Second=mapping("Dead", "Replay"),
        **sender("Replay", "Queue"),
    )
    assert len(found(judged(tmp_path, template), RULE)) == fires


def by_machine(arguments: Any, key: str = "Parameters", language: str = "JSONPath") -> Raw:
    task = {"Type": "Task", "Resource": SEND, key: arguments, "End": True}
    body = {"StartAt": "Back", "QueryLanguage": language, "States": {"Back": task}}
    return app(
        Queue=resource("SQS::Queue", **FIFO),
        Machine=resource(
            "StepFunctions::StateMachine", Definition=body, DefinitionSubstitutions={"Queue": {"Ref": "Queue"}}
        ),
        Pipe=resource("Pipes::Pipe", Source=arn("Queue"), Target={"Ref": "Machine"}),
    )


SENT = {"QueueUrl": "${Queue}", "MessageBody.$": "$", "MessageGroupId": "all"}


@pytest.mark.parametrize(
    ("template", "fires"),
    [
        (by_machine(SENT), True),
        (by_machine(SENT | {"MessageDeduplicationId.$": "$$.Execution.Id"}), False),
        (by_machine(SENT | {"MessageDeduplicationId": "x"}), False),
        (by_machine({**SENT, "MessageBody": "{% $states.input %}"}, "Arguments", "JSONata"), True),
        (by_machine({**SENT, "MessageDeduplicationId": "{% $uuid() %}"}, "Arguments", "JSONata"), False),
        (by_machine("{% $states.input %}", "Arguments", "JSONata"), False),
    ],
)
def test_a_task_says_itself_whether_it_sets_an_id(tmp_path: Path, template: Raw, fires: bool) -> None:
    findings = found(judged(tmp_path, template), RULE)
    assert [(one.severity, one.also) for one in findings] == [(Severity.ERROR, ("app/Machine#Back",))] * fires


@pytest.mark.parametrize("name", ALL)
def test_scenarios_have_no_fifo_queues(name: str) -> None:
    assert not found(scenario(name), RULE)
