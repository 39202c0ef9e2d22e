"""State machines against an interpreter that plays their definitions delivery by delivery.

A queue feeds a pipe that awaits an Express machine of random states. One function fails on every run with errors of
one class; everything else works. Where the data decides (a Choice) and where the class leaves open under which name
the function fails, the interpreter tries every possibility and keeps the most runs. It knows the Amazon States
Language only: nothing of it is shared with the engine.

One reading is the model's own: *tries* are those of deliveries that all fail with one class. So a Parallel or Map that
has failed does not succeed when it is repeated, nor does it fail with the function's error first and in a Fail state
then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from seawall.graph import CLASSES, FailureClass
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load
from tests.whole import examples

Json = dict[str, Any]
Error = tuple[str, str]
"""Its name, and who gives it: the function ("") or a Fail state (the name again)."""
Ends = Mapping[Error | None, int]
"""Most runs of the failing function by how it ends: None for success, else the error."""

CHARGE, SAVE = (
    "arn:aws:lambda:eu-west-1:111122223333:function:charge",
    "arn:aws:lambda:eu-west-1:111122223333:function:save",
)
NAMES = {
    FailureClass.ERROR: ("CardDeclined", "LedgerClosed", "OutOfStock", "AnythingElse"),
    FailureClass.TIMEOUT: ("Sandbox.Timedout", "Lambda.Unknown", "Runtime.ExitError"),
    FailureClass.THROTTLE: ("Lambda.TooManyRequestsException",),
    FailureClass.FAULT: (
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
    ),
}


class Player:
    """Plays a definition in which every run of `failing` ends with an error of class `failure`."""

    def __init__(self, failing: str, failure: FailureClass) -> None:
        self.failing = failing
        self.failure = failure

    def message(self, definition: Json, receives: int) -> int:
        """Runs for one message, which is received again until an execution succeeds or the receives are spent."""
        total = 0
        ends = self.branch(definition, definition["StartAt"])
        failed = max((runs for end, runs in ends.items() if end is not None), default=None)
        if failed is not None:
            for _ in range(receives):
                total += failed
        return max(total, ends.get(None, 0))

    def branch(self, branch: Json, name: str) -> Ends:
        """From a state to the end of its branch."""
        state = branch["States"][name]
        if state["Type"] == "Fail":
            return {(state["Error"], state["Error"]): 0}
        if state["Type"] == "Choice":
            return _most(self.branch(branch, each) for each in _arms(state))
        if state["Type"] not in ("Task", "Parallel", "Map"):
            return self.after(branch, state)
        ends: list[Ends] = []
        if (runs := self.once(state).get(None)) is not None:
            ends.append(_plus(self.after(branch, state), runs))
        for error, runs in self.exhausted(state):
            catcher = _first(state.get("Catch", []), error[0])
            ends.append({error: runs} if catcher is None else _plus(self.branch(branch, catcher["Next"]), runs))
        return _most(ends)

    def after(self, branch: Json, state: Json) -> Ends:
        """Where a state that succeeded goes on."""
        return self.branch(branch, state["Next"]) if "Next" in state else {None: 0}

    def once(self, state: Json) -> Ends:
        """One try of a state."""
        if state["Type"] == "Task":
            if state["Resource"] != self.failing:
                return {None: 0}
            limited = self.failure is FailureClass.TIMEOUT and "TimeoutSeconds" in state
            return dict.fromkeys([(name, "") for name in (*NAMES[self.failure], *(["States.Timeout"] * limited))], 1)
        branches = state["Branches"] if state["Type"] == "Parallel" else [state["ItemProcessor"]]
        return _beside([self.branch(each, each["StartAt"]) for each in branches])

    def exhausted(self, state: Json) -> Iterator[tuple[Error, int]]:
        """Errors that are left when nothing retries any more, with the runs up to then."""
        one_try = [(error, runs) for error, runs in self.once(state).items() if error is not None]
        for origin in {error[1] for error, _ in one_try}:
            yield from _retried(state.get("Retry", []), [pair for pair in one_try if pair[0][1] == origin])


def _retried(retriers: list[Json], one_try: list[tuple[Error, int]]) -> Iterator[tuple[Error, int]]:
    """Every way to fail with errors of `one_try` until no retrier acts: each counts its own retries."""
    pending = {tuple(0 for _ in retriers): 0}  # retries used, by retrier: runs so far
    seen: dict[tuple[int, ...], int] = {}
    while pending:
        used, before = pending.popitem()
        if seen.get(used, -1) >= before:
            continue
        seen[used] = before
        for error, runs in one_try:
            retrier = _first(retriers, error[0])
            if retrier is None or used[index := retriers.index(retrier)] >= retrier.get("MaxAttempts", 3):
                yield error, before + runs
            else:
                more = tuple(count + (number == index) for number, count in enumerate(used))
                pending[more] = max(pending.get(more, 0), before + runs)


def _arms(state: Json) -> list[str]:
    return [*(choice["Next"] for choice in state["Choices"]), state["Default"]]


def _first(entries: list[Json], error: str) -> Json | None:
    return next((entry for entry in entries if any(_matches(name, error) for name in entry["ErrorEquals"])), None)


def _matches(pattern: str, error: str) -> bool:
    return pattern in (error, "States.ALL") or (pattern == "States.TaskFailed" and error != "States.Timeout")


def _plus(ends: Ends, runs: int) -> Ends:
    return {end: runs + more for end, more in ends.items()}


def _most(many: Any) -> Ends:
    found: dict[Error | None, int] = {}
    for ends in many:
        for end, runs in ends.items():
            found[end] = max(found.get(end, 0), runs)
    return found


def _beside(branches: list[Ends]) -> Ends:
    """All at once: the first error ends them, by then the others may have done all they do."""
    found: list[Ends] = []
    if all(None in branch for branch in branches):
        found.append({None: sum(branch[None] for branch in branches)})
    for index, branch in enumerate(branches):
        others = sum(max(other.values()) for number, other in enumerate(branches) if number != index)
        found.append({end: runs + others for end, runs in branch.items() if end is not None})
    return _most(found)


# -- random machines ---------------------------------------------------------------------------------------------

OWN = ("CardDeclined", "LedgerClosed", "OutOfStock")
SERVICE = ("Lambda.ServiceException", "Sandbox.Timedout", "Lambda.TooManyRequestsException")
ERRORS = (*OWN, *SERVICE, "States.TaskFailed", "States.Timeout")


@st.composite
def retriers(draw: st.DrawFn, named: int = 2) -> list[Json]:
    """A `Retry`: up to `named` retriers with names, maybe one for all the rest."""
    found: list[Json] = []
    for _ in range(draw(st.integers(0, named))):
        entry: Json = {"ErrorEquals": draw(st.lists(st.sampled_from(ERRORS), min_size=1, max_size=2, unique=True))}
        found.append(entry)
    if draw(st.booleans()):
        found.append({"ErrorEquals": ["States.ALL"]})
    for entry in found:
        count = draw(st.integers(-1, 2))
        if count >= 0:
            entry["MaxAttempts"] = count
    return found


@st.composite
def branches(draw: st.DrawFn, prefix: str, depth: int, alone: bool) -> Json:
    """States that only lead onwards; those that work may retry and be caught.

    `alone`: there is no function but the failing one.
    """
    names = [f"{prefix}{number}" for number in range(draw(st.integers(1, 4)))]
    states: dict[str, Json] = {}
    for index, name in enumerate(names):
        later = names[index + 1 :]
        kinds = ["Task", "Task", "Task", "Succeed", "Fail"] + (["Choice", "Pass"] if later else [])
        kinds += ["Parallel", "Map"] if depth else []
        kind = draw(st.sampled_from(kinds if index else [kind for kind in kinds if kind not in ("Succeed", "Fail")]))
        states[name] = _state(draw, name, kind, later, depth, alone)
    return {"StartAt": names[0], "States": _led_to(states, names[0])}


def _led_to(states: dict[str, Json], start: str) -> dict[str, Json]:
    """Without states that nothing leads to: Step Functions refuses them."""
    kept, pending = set(), [start]
    while pending:
        kept.add(name := pending.pop())
        state = states[name]
        after = [*(_arms(state) if state["Type"] == "Choice" else []), *([state["Next"]] if "Next" in state else [])]
        pending += [
            each for each in (*after, *(catcher["Next"] for catcher in state.get("Catch", []))) if each not in kept
        ]
    return {name: state for name, state in states.items() if name in kept}


def _state(draw: st.DrawFn, name: str, kind: str, later: list[str], depth: int, alone: bool) -> Json:
    state: Json = {"Type": kind}
    if kind == "Fail":
        return {**state, "Error": draw(st.sampled_from(("CardDeclined", "OutOfStock")))}
    if kind == "Succeed":
        return state
    if kind == "Choice":
        arms = draw(st.lists(st.sampled_from(later), min_size=2, max_size=2))
        test = {"Variable": "$.kind", "StringEquals": "a", "Next": arms[0]}
        return {**state, "Choices": [test], "Default": arms[1]}
    if kind == "Task":
        state["Resource"] = draw(st.sampled_from((CHARGE, CHARGE, CHARGE if alone else SAVE)))
        if not alone and draw(st.integers(0, 3)) == 0:
            state["TimeoutSeconds"] = 5
    if kind == "Parallel":
        state["Branches"] = [
            draw(branches(f"{name}{side}", depth - 1, alone)) for side in "ab"[: draw(st.integers(1, 2))]
        ]
    if kind == "Map":
        state["ItemProcessor"] = draw(branches(f"{name}i", depth - 1, alone))
    if kind in ("Task", "Parallel", "Map"):
        # The engine takes any name that may leave a container for one that does: exact without names, else never below.
        state["Retry"] = draw(retriers(2 if kind == "Task" or not alone else 0))
        if bool(later) and draw(st.booleans()):
            wanted: list[str] = draw(
                st.lists(st.sampled_from((*ERRORS, "States.ALL")), min_size=1, max_size=2, unique=True)
            )
            state["Catch"] = [{"ErrorEquals": [each], "Next": draw(st.sampled_from(later))} for each in wanted]
    return (
        {**state, "Next": draw(st.sampled_from(later))}
        if bool(later) and draw(st.booleans())
        else {**state, "End": True}
    )


def template(definition: Json, receives: int) -> Json:
    def function(name: str) -> Json:
        return {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": name, "Handler": "index.handler"}}

    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": receives}
    awaited = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    pipe = {"Source": {"Fn::GetAtt": ["Queue", "Arn"]}, "Target": {"Ref": "Machine"}, "TargetParameters": awaited}
    return {
        "Resources": {
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}},
            "Pipe": {"Type": "AWS::Pipes::Pipe", "Properties": pipe},
            "Charge": function("charge"),
            "Save": function("save"),
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"StateMachineType": "EXPRESS", "DefinitionString": json.dumps(definition)},
            },
        }
    }


def engine(directory: Path, definition: Json, receives: int, failure: FailureClass) -> int | None:
    """The engine's figure for the function `Charge`."""
    file = directory / "app.json"
    file.write_text(json.dumps(template(definition, receives)), encoding="utf-8")
    analysis = analyse(build(load([file])))
    (charge,) = (site for site in analysis.flow.sites if site.endswith("/Charge"))
    return analysis.attempts.of(charge, failure).max


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(branches("S", 2, alone=True), st.integers(1, 3), st.sampled_from(CLASSES))
def test_attempts_equal_the_worst_execution(
    tmp_path: Path, definition: Json, receives: int, failure: FailureClass
) -> None:
    played = Player(CHARGE, failure).message(definition, receives)
    assume(played)  # a call that only the failure of another function leads to has no figure of its own
    figure = engine(tmp_path, definition, receives, failure)
    assert figure == played or (sorts_by_name(definition) and figure is not None and figure > played)


def sorts_by_name(definition: Json) -> bool:
    """Whether a container's catcher names errors that a catcher inside may have taken already: the engine forgets
    which names are left once a failure has come out of a state.
    """
    inside = ("Branches", "ItemProcessor")
    states = list(_states(definition))
    outer = [state for state in states if any(key in state for key in inside)]
    return any(
        set(catcher["ErrorEquals"]) - {"States.ALL"} and any("Catch" in each for each in _states(state))
        for state in outer
        for catcher in state.get("Catch", [])
    )


def _states(within: Json) -> Iterator[Json]:
    """The states of a machine, or those inside a Parallel or Map."""
    for branch in (within, within.get("ItemProcessor", {}), *within.get("Branches", [])):
        for state in branch.get("States", {}).values():
            yield state
            yield from _states(state)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(branches("S", 2, alone=False), st.integers(1, 3), st.sampled_from(CLASSES))
def test_attempts_are_never_below_the_worst_execution(
    tmp_path: Path, definition: Json, receives: int, failure: FailureClass
) -> None:
    """Names under which *another* function of a Parallel could fail count as the failing one's: rarely too many."""
    played = Player(CHARGE, failure).message(definition, receives)
    assume(played)
    figure = engine(tmp_path, definition, receives, failure)
    assert figure is not None
    assert figure >= played


def task(*catches: tuple[str, str], **body: Any) -> Json:
    """Calls the failing function; `catches` are pairs of an error and the state that it leads to."""
    state: Json = {"Type": "Task", "Resource": CHARGE, **body}
    if catches:
        state["Catch"] = [{"ErrorEquals": [error], "Next": name} for error, name in catches]
    return state if "Next" in state else {**state, "End": True}


def machine(**states: Json) -> Json:
    """States by their names, the first one first."""
    return {"StartAt": next(iter(states)), "States": states}


def around(*inner: Json, **body: Any) -> Json:
    """A Parallel around branches."""
    state = {"Type": "Parallel", "Branches": list(inner), **body}
    return state if "Next" in state else {**state, "End": True}


def either(first: str, second: str) -> Json:
    return {
        "Type": "Choice",
        "Choices": [{"Variable": "$.kind", "StringEquals": "a", "Next": first}],
        "Default": second,
    }


PASS: Json = {"Type": "Pass", "End": True}
TWICE = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
STOP: Json = {"Type": "Fail", "Error": "OutOfStock"}
BY_NAME = ("CardDeclined", "B")
SHAPES: list[tuple[str, Json, int]] = [
    (
        "branches do all they can before one of them fails",
        machine(A=around(machine(B=task()), machine(C=either("D", "F"), D=task(("States.ALL", "E")), E=PASS, F=STOP))),
        4,
    ),
    (
        "an execution that succeeds may take the longer way",
        machine(A=task(BY_NAME), B=task(("States.ALL", "C")), C=task(("States.ALL", "D")), D=PASS),
        3,
    ),
    (
        "what the errors of a function are retried for, a Fail state is not",
        machine(
            A=around(
                machine(B=task(("CardDeclined", "C")), C=task(("States.ALL", "D")), D=STOP),
                Retry=[{"ErrorEquals": ["LedgerClosed"], "MaxAttempts": 1}],
            )
        ),
        4,
    ),
    (
        "a caught failure never gets to the next state",
        machine(A=task(("States.ALL", "B"), Next="C"), B=PASS, C=task()),
        1,
    ),
    (
        "some errors are caught, others fail the execution",
        machine(A=task(BY_NAME), B=task(("States.ALL", "C")), C=PASS),
        2,
    ),
    (
        "branches run beside each other",
        machine(A=around(machine(B=task()), machine(C=either("D", "E"), D=task(), E=PASS))),
        4,
    ),
    (
        "a Fail state has its own name",
        machine(A=around(machine(B=task(("States.ALL", "C")), C=STOP), Retry=[{"ErrorEquals": ["CardDeclined"]}])),
        2,
    ),
    (
        "a Fail state is retried by its name",
        machine(A=around(machine(B=task(("States.ALL", "C")), C=STOP), Retry=[{"ErrorEquals": ["OutOfStock"]}])),
        8,
    ),
    (
        "errors caught inside are not retried outside",
        machine(A=around(machine(B=task(("CardDeclined", "C")), C=PASS), Retry=[{"ErrorEquals": ["CardDeclined"]}])),
        2,
    ),
    (
        "data may fail a container",
        machine(
            A=around(
                machine(F=either("G", "H"), G=STOP, H=PASS),
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}],
                Next="C",
            ),
            B=task(("States.ALL", "C")),
            C=task(),
        ),
        4,
    ),
    (
        "a container that is retried runs its steps again",
        machine(A=around(machine(B=task(Retry=TWICE)), Retry=TWICE)),
        8,
    ),
]


@pytest.mark.parametrize(("definition", "runs"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES])
def test_shapes(tmp_path: Path, definition: Json, runs: int) -> None:
    """Two receives; the figures are worked out by hand as well."""
    assert Player(CHARGE, FailureClass.ERROR).message(definition, 2) == runs
    assert engine(tmp_path, definition, 2, FailureClass.ERROR) == runs
