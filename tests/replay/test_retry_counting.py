"""Retry of the Amazon States Language, counted by an interpreter of another origin, beside the model's tries."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.replay import plan
from seawall.replay.error_names import error_names
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

from .interpreter import Interpreter, interpreter

Raw = dict[str, Any]
FAULTS = ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"]
THROTTLES = ["Lambda.TooManyRequestsException"]


@pytest.fixture(scope="module")
def other() -> Iterator[Interpreter]:
    with interpreter(["Task"]) as made:
        yield made


def retrier(*errors: str, attempts: int | None = None) -> Raw:
    return {"ErrorEquals": list(errors)} | ({} if attempts is None else {"MaxAttempts": attempts})


def task(name: str = "Task", **more: Any) -> Raw:
    return {"Type": "Task", "Resource": f"${{{name}.Arn}}", "End": True} | more


def machine(**states: Raw) -> Raw:
    return {"StartAt": next(iter(states)), "States": states}


def parallel(*branches: Raw, **more: Any) -> Raw:
    return {"Type": "Parallel", "Branches": list(branches), "End": True} | more


NAMED = [retrier("ErrorA", attempts=2), retrier("ErrorB", attempts=3)]

CASES: list[tuple[str, Raw, list[str], int, str]] = [
    ("each retrier has its own counter", machine(T=task(Retry=NAMED)), ["ErrorA", "ErrorB"] * 3, 5, "FAILED"),
    ("in any order", machine(T=task(Retry=NAMED)), ["ErrorA", "ErrorA", "ErrorB"] + ["ErrorB"] * 9, 6, "FAILED"),
    ("three by default", machine(T=task(Retry=[retrier("States.ALL")])), ["X"], 4, "FAILED"),
    ("none at 0", machine(T=task(Retry=[retrier("States.ALL", attempts=0)])), ["X"], 1, "FAILED"),
    (
        "the first that matches decides, and an exhausted one ends it",
        machine(T=task(Retry=[retrier("X", attempts=1), retrier("States.ALL", attempts=5)])),
        ["X"],
        2,
        "FAILED",
    ),
    (
        "States.TaskFailed takes every error but a timeout",
        machine(T=task(Retry=[retrier("States.TaskFailed", attempts=2)])),
        ["X"],
        3,
        "FAILED",
    ),
    (
        "the four names of the incident do not match a handler's own error",
        machine(T=task(Retry=[retrier(*FAULTS, *THROTTLES, attempts=3)])),
        ["HandlerFailed"],
        1,
        "FAILED",
    ),
    (
        "they do match a fault",
        machine(T=task(Retry=[retrier(*FAULTS, *THROTTLES, attempts=3)])),
        ["Lambda.ServiceException"],
        4,
        "FAILED",
    ),
    (
        "an enclosing Parallel multiplies",
        machine(
            P=parallel(
                machine(T=task(Retry=[retrier("States.ALL", attempts=5)])), Retry=[retrier("States.ALL", attempts=3)]
            )
        ),
        ["X"],
        24,
        "FAILED",
    ),
    (
        "two around it multiply again",
        machine(
            P=parallel(
                machine(
                    Q=parallel(
                        machine(T=task(Retry=[retrier("States.ALL", attempts=1)])),
                        Retry=[retrier("States.ALL", attempts=2)],
                    )
                ),
                Retry=[retrier("States.ALL", attempts=1)],
            )
        ),
        ["X"],
        12,
        "FAILED",
    ),
    (
        "a catch takes what is left after the retries",
        machine(
            T=task(Retry=[retrier("X", attempts=2)], Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done"}]),
            Done={"Type": "Succeed"},
        ),
        ["X"],
        3,
        "SUCCEEDED",
    ),
]


@pytest.mark.parametrize(("why", "definition", "names", "runs", "status"), CASES, ids=[case[0] for case in CASES])
def test_counted_as_the_specification_says(
    why: str, definition: Raw, names: list[str], runs: int, status: str, other: Interpreter
) -> None:
    ended, counted = other.play(_filled(definition, other), {"Task": names})
    assert (counted["Task"], ended) == (runs, status), why


def errors() -> st.SearchStrategy[list[str]]:
    named = st.lists(st.sampled_from(["ErrorA", "ErrorB", *FAULTS, *THROTTLES]), min_size=1, max_size=3, unique=True)
    return named | st.just(["States.TaskFailed"])


@st.composite
def definitions(draw: st.DrawFn) -> Raw:
    """One task that fails, in up to two Parallels, with random retriers everywhere."""
    plain = st.builds(lambda names, attempts: retrier(*names, attempts=attempts), errors(), st.integers(0, 3))
    inner = draw(st.lists(plain, max_size=3))
    if draw(st.booleans()):
        inner.append(retrier("States.ALL", attempts=draw(st.integers(0, 2))))
    made = machine(T=task() | ({"Retry": inner} if inner else {}))
    for name in draw(st.lists(st.sampled_from("PQ"), max_size=2, unique=True)):
        around = [retrier("States.ALL", attempts=draw(st.integers(0, 2)))]
        made = machine(**{name: parallel(made, Retry=around)})
    return made


@settings(
    max_examples=int(os.environ.get("SEAWALL_EXAMPLES", "2")) * 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(definitions(), st.sampled_from(["error", "fault"]))
def test_the_model_counts_what_the_interpreter_does(
    tmp_path: Path, other: Interpreter, definition: Raw, failure: str
) -> None:
    resources = {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"DefinitionString": {"Fn::Sub": json.dumps(definition)}},
        },
        "Task": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "index.handler"}},
    }
    path = tmp_path / "app.json"
    path.write_text(json.dumps({"Resources": resources}))
    app = load([path])
    experiment = plan(app, analyse(build(app)), "Task", failure)
    predicted = experiment.analysis.attempts.of("app/Task", failure).max
    names = error_names(experiment, [_task(definition)])
    _, counted = other.play(_filled(definition, other), {"Task": names * (predicted or 1)})
    assert counted["Task"] == predicted


def _task(definition: Raw) -> Raw:
    """The only task, at whatever depth."""
    state: Raw = next(iter(definition["States"].values()))
    return state if state["Type"] == "Task" else _task(state["Branches"][0])


def _filled(definition: Raw, other: Interpreter) -> Raw:
    text = json.dumps(definition).replace("${Task.Arn}", other.arn("Task"))
    filled: Raw = json.loads(text)
    return filled
