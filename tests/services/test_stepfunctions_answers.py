"""Calls that answer although the work has failed, and machines that look at the answer: a retry written by hand.

Each figure was worked out before it was run.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.retries import plan_loops
from seawall.services import build

from .conftest import Raw, Wire, function, queue, ref, resource
from .test_stepfunctions_walk import Counted, caught, figures

ENDLESS: Counted = (None, "nothing")
DONE: Raw = {"Type": "Succeed"}
BAD: Raw = {"Type": "Fail", "Error": "GaveUp"}


def calls(to: str = "Ch", **properties: Any) -> Raw:
    """Waits for the inner machine, whose function has one retry: two runs."""
    resource_ = "arn:aws:states:::aws-sdk:sfn:startSyncExecution"
    given = "Arguments" if properties.pop("jsonata", False) else "Parameters"
    return {"Type": "Task", "Resource": resource_, given: {"StateMachineArn": "${Inner}"}, "Next": to, **properties}


def invokes(to: str = "Ch", **properties: Any) -> Raw:
    resource_ = "arn:aws:states:::aws-sdk:lambda:invoke"
    return {"Type": "Task", "Resource": resource_, "Parameters": {"FunctionName": "${Fn}"}, "Next": to, **properties}


def choice(default: str, *rules: Raw) -> Raw:
    return {"Type": "Choice", "Choices": list(rules), "Default": default}


def says(text: str, to: str, variable: str = "$.Status") -> Raw:
    return {"Variable": variable, "StringEquals": text, "Next": to}


def app(states: Raw, start: str = "A", **top: Any) -> Raw:
    """A queue with two receives, a pipe that waits, the machine, and the one that it calls."""
    again = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}
    inner = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "${Fn.Arn}", "Retry": [again], "End": True}}}

    def machine(document: Raw) -> Raw:
        return resource(
            "StepFunctions::StateMachine",
            StateMachineType="EXPRESS",
            DefinitionString={"Fn::Sub": json.dumps(document)},
        )

    waits = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    return {
        "Fn": function(),
        "Inner": machine(inner),
        "Machine": machine({"StartAt": start, "States": states, **top}),
        "Dead": queue(),
        "Queue": queue(2),
        "Pipe": resource(
            "Pipes::Pipe", Source={"Fn::GetAtt": ["Queue", "Arn"]}, Target=ref("Machine"), TargetParameters=waits
        ),
    }


COUNTS: Raw = {
    "Init": {"Type": "Pass", "Assign": {"n": 1}, "Next": "A"},
    "Inc": {"Type": "Pass", "Assign": {"n.$": "States.MathAdd($n, 1)"}, "Next": "A"},
}
LESS: Raw = {"Variable": "$n", "NumericLessThan": 3, "Next": "Inc"}
ON_FAILURE: Raw = {"A": calls(), "Ch": choice("Done", says("FAILED", "A")), "Done": DONE}


@pytest.mark.parametrize(
    ("states", "start", "error", "throttle"),
    [
        ({"A": calls(), "Ch": choice("A", says("SUCCEEDED", "Done")), "Done": DONE}, "A", ENDLESS, ENDLESS),
        (ON_FAILURE, "A", ENDLESS, ENDLESS),
        ({"A": calls(ResultSelector={"s.$": "$.Status"}), "Ch": choice("Done", says("FAILED", "A", "$.s")),
          "Done": DONE}, "A", ENDLESS, ENDLESS),
        ({"A": calls(ResultPath="$.r"), "Ch": choice("P", says("SUCCEEDED", "Done", "$.r.Status")),
          "P": {"Type": "Pass", "Next": "A"}, "Done": DONE}, "A", ENDLESS, ENDLESS),
        # 3 rounds of 2 runs for each of 2 receives
        ({**COUNTS, "A": calls(), "Ch": choice("Bad", says("SUCCEEDED", "Done"), LESS), "Done": DONE, "Bad": BAD},
         "Init", (12, "count"), (12, "count")),
        # the machine works in the end, whatever the answer: one receive
        ({**COUNTS, "A": calls(), "Ch": choice("Done", {"And": [says("FAILED", ""), LESS], "Next": "Inc"}),
          "Done": DONE}, "Init", (6, "count"), (12, "count")),
        ({"A": calls(), "Ch": choice("Bad", says("SUCCEEDED", "Done")), "Done": DONE, "Bad": BAD},
         "A", (4, "count"), (4, "count")),
        # on to the next one whatever the answer says
        ({"A": calls(ResultPath="$.r"), "Ch": choice("Done", {
            "Variable": "$.more", "BooleanEquals": True, "Next": "A"}), "Done": DONE}, "A", (2, "count"), (4, "count")),
        # no rule sees another status than these: a time-out of the inner machine ends it
        ({"A": calls(), "Ch": choice("Bad", says("TIMED_OUT", "A"), says("SUCCEEDED", "Done")),
          "Done": DONE, "Bad": BAD}, "A", ENDLESS, ENDLESS),
        ({"A": invokes(), "Ch": choice("Done", {"Variable": "$.FunctionError", "IsPresent": True, "Next": "A"}),
          "Done": DONE}, "A", ENDLESS, (2, "count")),
        ({**COUNTS, "A": invokes(), "Ch": choice("Done", {"And": [
            {"Variable": "$.FunctionError", "IsPresent": True}, LESS], "Next": "Inc"}), "Done": DONE},
         "Init", (3, "count"), (2, "count")),
    ],
)  # fmt: skip
def test_an_answer_that_is_looked_at(wire: Wire, states: Raw, start: str, error: Counted, throttle: Counted) -> None:
    found = figures(wire, app(states, start))
    assert (found["error"], found["throttle"]) == (error, throttle)


def test_an_answer_in_jsonata(wire: Wire) -> None:
    condition = "{% $states.input.Status != 'SUCCEEDED' %}"
    states = {
        "A": calls(jsonata=True),
        "Ch": {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "A"}], "Default": "Done"},
        "Done": DONE,
    }
    assert figures(wire, app(states, QueryLanguage="JSONata"))["error"] == ENDLESS


def test_no_retrier_and_no_catcher_sees_an_answer(wire: Wire) -> None:
    """3 rounds, 2 runs, 2 receives; throttles of the call itself are tried again, and caught."""
    again = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 4}]
    states = {
        **COUNTS,
        "A": calls(Retry=again, Catch=[caught("Bad", "States.TaskFailed")]),
        "Ch": choice("Bad", says("SUCCEEDED", "Done"), LESS),
        "Done": DONE,
        "Bad": BAD,
    }
    found = figures(wire, app(states, "Init"))
    assert found["error"] == (12, "count")
    assert (found["throttle"][0] or 0) >= 12


def test_the_way_back_is_told(wire: Wire) -> None:
    (loop,) = plan_loops(build(wire(app(ON_FAILURE)).app))
    assert (loop.step, loop.way, loop.answered) == ("app/Machine#A", ("app/Machine#Ch",), True)


def test_a_catch_that_leads_back_is_no_answer(wire: Wire) -> None:
    states = {"A": calls(Catch=[caught("A")]), "Ch": DONE}
    (loop,) = plan_loops(build(wire(app(states)).app))
    assert not loop.answered


def test_answers_inside_a_parallel(wire: Wire) -> None:
    """2 receives of 3 rounds of 2 runs."""
    branch = {
        "StartAt": "Init",
        "States": {**COUNTS, "A": calls(), "Ch": choice("Bad", says("SUCCEEDED", "Done"), LESS), "Done": DONE,
                   "Bad": BAD},
    }  # fmt: skip
    states = {"P": {"Type": "Parallel", "Branches": [branch], "End": True}}
    assert figures(wire, app(states, "P"))["error"] == (12, "count")
