"""A Map whose items the definition tells is played for each of them."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.replay import MiniStack

from .playing import counts, play

Raw = dict[str, Any]


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


def template(items: list[str], **fields: Any) -> Raw:
    """Each item is tried 1 + 1 times; `eu` alone is sent to the task where there is a choice."""
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    states = {"Try": {"Type": "Task", "Resource": arn("Worker"), "Retry": retry, "End": True}}
    each: Raw = {"Type": "Map", "ItemsPath": "$.regions", "End": True}
    each["ItemProcessor"] = {"StartAt": "Try", "States": states}
    each |= fields
    first = {"Type": "Pass", "Result": {"regions": items}, "Next": "Each"}
    definition = {"StartAt": "First", "States": {"First": first, "Each": each}}
    return {
        "Resources": {
            "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "i.h", "Runtime": "python3.13"}},
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": definition}},
        }
    }


CHOICE = {
    "StartAt": "Which",
    "States": {
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "StringEquals": "eu", "Next": "Try"}],
            "Default": "Well",
        },
        "Well": {"Type": "Succeed"},
        "Try": {"Type": "Task", "Resource": arn("Worker"), "End": True},
    },
}


@pytest.mark.parametrize(
    ("app", "runs"),
    [
        (template(["eu", "us", "ap"]), 6),
        (template(["eu", "us", "ap"], MaxConcurrency=1), 2),  # the first that fails ends it
        (template(["us", "eu", "ap"], ItemProcessor=CHOICE), 1),
    ],
)
def test_observed_is_predicted(emulator: MiniStack, app: Raw, runs: int) -> None:
    outcome, _ = play(emulator, app, "Worker")
    assert counts(outcome)["app/Worker", "runs"] == (runs, runs)
    assert not outcome.differs
