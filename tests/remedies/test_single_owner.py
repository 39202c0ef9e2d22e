"""Which layers go where one kind of owner keeps the retry, by which change, and which stay."""

from __future__ import annotations

import json
from typing import Any

import pytest

import seawall
from seawall.graph import RetryOwner
from seawall.remedies.search import Change
from seawall.remedies.single_owner import Stays, single_owner

MACHINE = {
    "StartAt": "A",
    "States": {
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}],
            "End": True,
        }
    },
}


def piped(receives: int | None, **pipe: Any) -> dict[str, Any]:
    """A queue, read by a pipe that waits for an Express machine."""
    redrive = {"maxReceiveCount": receives, "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    return {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive} if receives else {}},
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"StateMachineType": "EXPRESS", "DefinitionString": json.dumps(MACHINE)},
        },
        "Pipe": {
            "Type": "AWS::Pipes::Pipe",
            "Properties": {
                "Source": {"Fn::GetAtt": ["Queue", "Arn"]},
                "Target": {"Ref": "Machine"},
                "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
                **pipe,
            },
        },
    }


def told(resources: dict[str, Any], owner: RetryOwner) -> list[tuple[str, Any]]:
    """What is changed, with old and new value, and what stays."""
    flow = seawall.check({"Resources": resources}).analysis.open_flow
    found: list[tuple[str, Any]] = []
    for each in single_owner(flow, owner):
        if isinstance(each, Change):
            found += [(edit.place.property, int(edit.value) if edit.value else None) for edit in each.edits]
        elif isinstance(each, Stays):
            found.append((each.site, each.why))
    return found


def test_a_queue_takes_the_retry_of_a_state_that_it_waits_for() -> None:
    assert told(piped(5), RetryOwner.QUEUE) == [("DefinitionString.States.A.Retry", None)]


@pytest.mark.parametrize(
    ("receives", "expected"),
    [
        (12, ("RedrivePolicy.maxReceiveCount", 5)),
        (5, ("template/Queue", "its maxReceiveCount is 5, and AWS asks for 5 or more where a queue feeds Lambda")),
    ],
)
def test_a_machine_lowers_receives_to_what_aws_asks_for(receives: int, expected: tuple[str, Any]) -> None:
    assert told(piped(receives), RetryOwner.MACHINE) == [expected]


def test_receives_that_no_count_ends_stay() -> None:
    assert told(piped(None), RetryOwner.MACHINE)[0][0] == "template/Queue"


def test_what_nobody_replaces_stays_without_a_word() -> None:
    assert told(piped(5), RetryOwner.STREAM) == []
