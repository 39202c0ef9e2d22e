"""`order-lost`."""

from __future__ import annotations

from pathlib import Path

import pytest

from .judging import Raw, found, judged, only
from .reading import app, arn, redrive, resource, sender

RULE = "order-lost"


def handing_off(target: Raw, fifo: bool = True) -> Raw:
    """A queue whose reader may send to one queue."""
    own: Raw = {"FifoQueue": True} if fifo else {}
    made = app(
        Queue=resource("SQS::Queue", **redrive(5), **own),
        Onward=target,
        Map=resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName={"Ref": "Worker"}),
        **sender("Worker", "Onward"),
    )
    made["Resources"]["Dead"] = resource("SQS::Queue", **own)
    return made


@pytest.mark.parametrize(
    ("target", "fifo", "fires"),
    [
        (resource("SQS::Queue"), True, True),
        (resource("SQS::Queue", FifoQueue=True), True, False),
        (resource("SQS::Queue"), False, False),
    ],
)
def test_a_reader_that_only_sends_on(tmp_path: Path, target: Raw, fifo: bool, fires: bool) -> None:
    findings = found(judged(tmp_path, handing_off(target, fifo)), RULE)
    assert len(findings) == fires
    if fires:
        assert findings[0].headline == (
            "the order of app/Queue, a FIFO queue, is lost at app/Worker: it hands off to app/Onward and does not wait"
        )


def test_a_pipe_that_starts_executions(tmp_path: Path) -> None:
    body = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    template = app(
        Queue=resource("SQS::Queue", FifoQueue=True),
        Machine=resource("StepFunctions::StateMachine", Definition=body),
        Pipe=resource(
            "Pipes::Pipe",
            Source=arn("Queue"),
            Target={"Ref": "Machine"},
            TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}},
        ),
    )
    assert only(judged(tmp_path, template), RULE).site == "app/Pipe"


def test_a_reader_that_does_the_work(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue", FifoQueue=True),
        Worker=resource("Lambda::Function"),
        Map=resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName={"Ref": "Worker"}),
    )
    assert not found(judged(tmp_path, template), RULE)
