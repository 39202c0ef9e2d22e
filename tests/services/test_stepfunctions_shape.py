"""What of a definition has the wrong type, or hangs on what nothing resolves: each is said."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import seawall

TASK = {
    "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True, "TimeoutSeconds": 60,
    "Parameters": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/other", "MessageBody.$": "$"},
    "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 4, "BackoffRate": 1.5, "IntervalSeconds": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
}  # fmt: skip
BRANCH = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
DEFINITION: dict[str, Any] = {
    "StartAt": "Choose",
    "States": {
        "Choose": {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": "x", "Next": "Work"}],
                   "Default": "Many"},
        "Work": TASK,
        "Many": {"Type": "Map", "ItemProcessor": BRANCH, "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": [BRANCH], "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}  # fmt: skip


def gaps(*steps: str | int, to: Any) -> dict[str, str]:
    definition = copy.deepcopy(DEFINITION)
    at: Any = definition
    for step in steps[:-1]:
        at = at[step]
    if steps:
        at[steps[-1]] = to
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
        "DefinitionString": {"Fn::Sub": json.dumps(definition)}, "RoleArn": "arn:aws:iam::111122223333:role/r",
    }}  # fmt: skip
    report = seawall.check({"Parameters": {"U": {"Type": "String"}}, "Resources": {"M": machine}})
    prefix = "DefinitionString."
    return {
        gap.property.removeprefix(prefix): gap.why for gap in report.gaps if gap.property.startswith("DefinitionString")
    }


def test_a_field_written_otherwise_is_said() -> None:
    lower = {**{name: value for name, value in TASK.items() if name != "Retry"}, "retry": TASK["Retry"]}
    assert gaps("States", "Work", to=lower) == {"States.Work.retry": "did you mean Retry?"}
    found = gaps("States", "Work", "Retry", 0, to={"errorEquals": ["States.ALL"], "maxAttempts": 4})
    assert found["States.Work.Retry.0.maxAttempts"] == "did you mean MaxAttempts?"
    assert gaps("States", "Work", "Catch", to=TASK["Catch"]) == {}


@pytest.mark.parametrize("count", [-1, 2.5])
def test_a_count_that_is_none_is_said(count: float) -> None:
    found = gaps("States", "Work", "Retry", 0, "MaxAttempts", to=count)
    assert found["States.Work.Retry.0.MaxAttempts"].startswith(f"{count} is no count")


PARTS: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("States", "Work", "Retry"), {"ErrorEquals": ["States.ALL"]}, "is no list"),
    (("States", "Work", "Retry", 0), "often", "is no object"),
    (("States", "Work", "Retry", 0, "ErrorEquals"), "States.ALL", "is no list of error names"),
    (("States", "Work", "Retry", 0, "ErrorEquals", 0), 7, "is no error name"),
    (("States", "Work", "Retry", 0, "MaxAttempts"), "many", "is no number"),
    (("States", "Work", "Retry", 0, "MaxAttempts"), True, "is no number"),
    (("States", "Work", "TimeoutSeconds"), [60], "is no number"),
    (("States", "Work", "Catch"), "Done", "is no list"),
    (("States", "Work", "Catch", 0, "Next"), None, "is missing"),
    (("States", "Work", "Type"), "Tusk", "is no type of state"),
    (("States", "Choose", "Choices"), {}, "is no list"),
    (("States", "Choose", "Choices", 0, "Next"), 3, "is no text"),
    (("States", "Both", "Branches"), {"StartAt": "In"}, "is no list"),
    (("States", "Both", "Branches", 0), [], "is no object with States"),
    (("States", "Many", "ItemProcessor"), "none", "is no object with States"),
]


@pytest.mark.parametrize(("steps", "to", "why"), PARTS, ids=lambda part: str(part)[:40])
def test_wrong_types_are_said(steps: tuple[str | int, ...], to: Any, why: str) -> None:
    found = gaps(*steps, to=to)
    assert any(why in said for said in found.values()), found


@pytest.mark.parametrize("steps", [steps for steps, _, _ in PARTS], ids=lambda steps: ".".join(map(str, steps)))
def test_what_nothing_resolves_is_said(steps: tuple[str | int, ...]) -> None:
    found = gaps(*steps, to="${U}")
    assert any("U" in said for said in found.values()), found


@pytest.mark.parametrize(
    ("steps", "to"),
    [
        ((), None),
        (("States", "Work", "Retry", 0, "MaxAttempts"), "4"),  # a substitution within quotes
        (("States", "Work", "Retry", 0, "BackoffRate"), 2),
        (("States", "Work", "TimeoutSeconds"), "{% $timeout %}"),
        (("States", "Choose", "Choices", 0, "StringEquals"), "${U}"),  # either side is taken
        (("Comment",), "${U}"),
    ],
)
def test_what_is_fine_is_not(steps: tuple[str | int, ...], to: Any) -> None:
    assert gaps(*steps, to=to) == {}
