"""A machine that catches a failure and sends the event back to the queue that feeds it: gains by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.graph import FailureClass
from seawall.retries import analyse
from seawall.retries.loops import Loop
from seawall.services import build
from seawall.template import load

Raw = dict[str, Any]
CLASSES = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT, FailureClass.THROTTLE)


def pipeline(states: Raw) -> Raw:
    """queue (5 receives) -> pipe, awaited -> Express machine of `states`."""
    definition = {"StartAt": "Charge", "States": states}
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 5}
    awaited = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    return {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}},
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Work": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "index.handler"}},
        "Pipe": {
            "Type": "AWS::Pipes::Pipe",
            "Properties": {
                "Source": {"Fn::GetAtt": ["Queue", "Arn"]},
                "Target": {"Ref": "Machine"},
                "TargetParameters": awaited,
            },
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"StateMachineType": "EXPRESS", "DefinitionString": {"Fn::Sub": json.dumps(definition)}},
        },
    }


def charge(*caught: str, retries: int = 0) -> Raw:
    found: Raw = {"Type": "Task", "Resource": "${Work.Arn}", "Catch": [{"ErrorEquals": [*caught], "Next": "Back"}]}
    if retries:
        found["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": retries}]
    return found


BACK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "${Queue}", "MessageBody.$": "$"},
    "End": True,
}


def loop_of(directory: Path, states: Raw) -> Loop:
    file = directory / "app.json"
    file.write_text(json.dumps({"Resources": pipeline(states)}))
    (loop,) = analyse(build(load([file]))).loops
    return loop


@pytest.mark.parametrize(
    ("task", "gains"),
    [
        # Whatever fails is caught, so the execution succeeds and the message is not received again: one comes back.
        (charge("States.ALL"), (1, 1, 1, 1)),
        (charge("States.ALL", retries=3), (1, 1, 1, 1)),
        # Only a throttle is caught; other failures go to the dead-letter queue.
        (charge("Lambda.TooManyRequestsException"), (0, 0, 0, 1)),
    ],
)
def test_what_a_catch_sends_back(tmp_path: Path, task: Raw, gains: tuple[int, ...]) -> None:
    loop = loop_of(tmp_path, {"Charge": {**task, "End": True}, "Back": BACK})
    assert tuple(loop.gain[each].max for each in CLASSES) == gains
    assert loop.needs_failure
    assert [(hop.source, hop.target) for hop in loop.returns] == [("app/Machine#Back", "app/Queue")]


def test_what_is_sent_back_in_any_case_needs_no_failure(tmp_path: Path) -> None:
    loop = loop_of(tmp_path, {"Charge": {"Type": "Task", "Resource": "${Work.Arn}", "Next": "Back"}, "Back": BACK})
    assert not loop.needs_failure
    assert loop.gain[FailureClass.ERROR].max == 1
