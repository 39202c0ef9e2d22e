"""Retries written by hand, run by an interpreter of another origin, beside the model's figure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.graph import FailureClass
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

from .interpreter import Interpreter, interpreter

Raw = dict[str, Any]


@pytest.fixture(scope="module")
def other() -> Iterator[Interpreter]:
    with interpreter(["Task"]) as made:
        yield made


def machine(start: int, by: int, limit: int, test: str, retries: int, errors: list[str]) -> Raw:
    """A task that is caught, counted and sent round again while the count compares so with the limit."""
    task: Raw = {
        "Type": "Task",
        "Resource": "${Task.Arn}",
        "End": True,
        "ResultPath": None,
        "Catch": [{"ErrorEquals": errors, "ResultPath": "$.err", "Next": "Count"}],
    }
    if retries:
        task["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": retries}]
    states: Raw = {
        "Init": {"Type": "Pass", "Result": {"n": start}, "ResultPath": "$.c", "Next": "Try"},
        "Try": task,
        "Count": {
            "Type": "Pass",
            "Parameters": {"n.$": f"States.MathAdd($.c.n, {by})"},
            "ResultPath": "$.c",
            "Next": "More",
        },
        "More": {"Type": "Choice", "Choices": [{"Variable": "$.c.n", test: limit, "Next": "Try"}], "Default": "No"},
        "No": {"Type": "Fail", "Error": "GaveUp"},
    }
    return {"StartAt": "Init", "States": states}


def figure(directory: Path, document: Raw) -> tuple[int | None, int | None]:
    """Runs of the function for an error and for a fault."""
    resources = {
        "Task": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "i.h", "Runtime": "python3.13"}},
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"DefinitionString": {"Fn::Sub": json.dumps(document)}},
        },
    }
    path = directory / "app.json"
    path.write_text(json.dumps({"Resources": resources}))
    attempts = analyse(build(load([path]))).attempts
    return attempts.of("app/Task", FailureClass.ERROR).max, attempts.of("app/Task", FailureClass.FAULT).max


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(-2, 3),
    st.integers(1, 3),
    st.integers(0, 6),
    st.sampled_from(["NumericLessThan", "NumericLessThanEquals"]),
    st.integers(0, 2),
    st.sampled_from([["States.ALL"], ["Broken"], ["Lambda.ServiceException"]]),
)
def test_counted_laps_are_what_the_interpreter_runs(
    tmp_path: Path, other: Interpreter, start: int, by: int, limit: int, test: str, retries: int, errors: list[str]
) -> None:
    """The machine is deterministic, so the figure is not only a bound: it is what is observed."""
    document = machine(start, by, limit, test, retries, errors)
    error, fault = figure(tmp_path, document)
    filled = json.loads(json.dumps(document).replace("${Task.Arn}", other.arn("Task")))
    for name, expected in (("Broken", error), ("Lambda.ServiceException", fault)):
        _, runs = other.play(filled, {"Task": [name]})
        assert runs["Task"] == expected
