"""`order-lost`."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.remedies.applying import make

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


def piped(**machine: str) -> Raw:
    body = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    return app(
        Queue=resource("SQS::Queue", FifoQueue=True, **redrive(5)),
        Machine=resource("StepFunctions::StateMachine", Definition=body, **machine),
        Pipe=resource(
            "Pipes::Pipe",
            Source=arn("Queue"),
            Target={"Ref": "Machine"},
            TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}},
        ),
    )


def test_a_pipe_that_starts_executions(tmp_path: Path) -> None:
    """A pipe cannot wait for a Standard machine."""
    finding = only(judged(tmp_path, piped()), RULE)
    assert finding.site == "app/Pipe"
    assert finding.changes == ()


def test_a_pipe_that_waits_keeps_the_order(tmp_path: Path) -> None:
    template = piped(StateMachineType="EXPRESS")
    (change,) = only(judged(tmp_path, template), RULE).changes
    assert change.do == "set InvocationType REQUEST_RESPONSE on app/Pipe"
    for edit in change.edits:
        make(template["Resources"], edit)
    assert not found(judged(tmp_path, template), RULE)


def test_a_reader_that_does_the_work(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue", FifoQueue=True),
        Worker=resource("Lambda::Function"),
        Map=resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName={"Ref": "Worker"}),
    )
    assert not found(judged(tmp_path, template), RULE)
