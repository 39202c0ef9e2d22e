"""Retries written by hand in a machine: counters, constants and error names decide how often a state runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.graph import CLASSES, Bound, FailureClass
from seawall.retries import analyse, plan_loops
from seawall.services import build

from .conftest import Raw, Wire, function, resource

Counted = tuple[int | None, str]
ENDLESS: Counted = (None, "nothing")


def task(**properties: Any) -> Raw:
    return {"Type": "Task", "Resource": "${Fn.Arn}", **properties}


def caught(to: str, *errors: str, **properties: Any) -> Raw:
    return {"ErrorEquals": [*(errors or ("States.ALL",))], "Next": to, **properties}


def app(states: Raw, start: str = "A", express: bool = False, **top: Any) -> Raw:
    document = json.dumps({"StartAt": start, "States": states, **top})
    kind = {"StateMachineType": "EXPRESS"} if express else {}
    return {
        "Fn": function(),
        "Machine": resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": document}, **kind),
    }


def figures(wire: Wire, resources: Raw, site: str = "app/Fn") -> dict[str, Counted]:
    attempts = analyse(build(wire(resources).app)).attempts
    counts = {failure.value: attempts.of(site, failure) for failure in CLASSES}
    return {name: (count.max, count.bounded_by.word) for name, count in counts.items()}


def counted(limit: int, test: str = "NumericLessThan", by: int = 1, start: int = 0) -> Raw:
    """A lap counter in JSONPath around the task."""
    return {
        "Init": {"Type": "Pass", "Result": {"n": start}, "ResultPath": "$.c", "Next": "A"},
        "A": task(End=True, ResultPath=None, Catch=[caught("Inc", ResultPath="$.err")]),
        "Inc": {
            "Type": "Pass",
            "Parameters": {"n.$": f"States.MathAdd($.c.n, {by})"},
            "ResultPath": "$.c",
            "Next": "More?",
        },
        "More?": {"Type": "Choice", "Choices": [{"Variable": "$.c.n", test: limit, "Next": "W"}], "Default": "No"},
        "W": {"Type": "Wait", "Seconds": 1, "Next": "A"},
        "No": {"Type": "Fail"},
    }


@pytest.mark.parametrize(
    ("states", "runs"),
    [
        (counted(20), 20),  # runs with n = 0, 1, ..., 19
        (counted(3), 3),
        (counted(3, "NumericLessThanEquals"), 4),
        (counted(10, by=3), 4),  # n = 3, 6, 9 go on, 12 does not
        (counted(0, "NumericGreaterThan", by=-1, start=5), 5),  # 4, 3, 2, 1 go on
        (counted(1), 1),
        (counted(5, start=5), 1),
    ],
)
def test_a_counter_bounds_the_laps(wire: Wire, states: Raw, runs: int) -> None:
    found = figures(wire, app(states, "Init"))
    assert found == dict.fromkeys(("error", "timeout", "throttle", "fault"), (runs, "count"))


def test_a_retry_inside_multiplies(wire: Wire) -> None:
    states = counted(4)
    states["A"]["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    assert figures(wire, app(states, "Init"))["error"] == (12, "count")


JSONATA: Raw = {
    "Init": {"Type": "Pass", "Assign": {"n": 0}, "Next": "A"},
    "A": {
        "Type": "Task",
        "Resource": "${Fn.Arn}",
        "End": True,
        "Catch": [caught("More?", Assign={"n": "{% $n + 1 %}"})],
    },
    "More?": {"Type": "Choice", "Choices": [{"Condition": "{% $n < 7 %}", "Next": "A"}], "Default": "No"},
    "No": {"Type": "Fail"},
}
BY_OUTPUT: Raw = {
    "Init": {"Type": "Pass", "Output": {"n": 0}, "Next": "A"},
    "A": {
        "Type": "Task",
        "Resource": "${Fn.Arn}",
        "End": True,
        "Catch": [caught("More?", Output={"n": "{% $states.input.n + 1 %}", "why": "{% $states.errorOutput.Cause %}"})],
    },
    "More?": {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.n >= 4 or $states.input.n < 0 %}", "Next": "No"}],
        "Default": "A",
    },
    "No": {"Type": "Fail"},
}


@pytest.mark.parametrize(("states", "runs"), [(JSONATA, 7), (BY_OUTPUT, 4)])
def test_a_counter_in_jsonata(wire: Wire, states: Raw, runs: int) -> None:
    assert figures(wire, app(states, "Init", QueryLanguage="JSONata"))["error"] == (runs, "count")


def test_a_counter_that_comes_in_with_the_event_is_taken_to_start_at_nought(wire: Wire) -> None:
    states = counted(5)
    del states["Init"]
    assert figures(wire, app(states))["error"] == (5, "count")


def test_variables_of_jsonpath(wire: Wire) -> None:
    states: Raw = {
        "Init": {"Type": "Pass", "Assign": {"n": 0}, "Next": "A"},
        "A": task(End=True, Catch=[caught("Inc")]),
        "Inc": {"Type": "Pass", "Assign": {"n.$": "States.MathAdd($n, 1)"}, "Next": "More?"},
        "More?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$n", "NumericLessThan": 6, "Next": "A"}],
            "Default": "No",
        },
        "No": {"Type": "Fail"},
    }
    assert figures(wire, app(states, "Init"))["error"] == (6, "count")


WAIT = {"Type": "Wait", "Seconds": 10, "Next": "A"}


@pytest.mark.parametrize(
    ("states", "chooses"),
    [
        ({"A": task(End=True, Catch=[caught("W")]), "W": WAIT}, False),
        ({"A": task(End=True, Catch=[caught("A")])}, False),
        # Nothing counts; the Choice goes by what the event holds.
        (
            {
                "A": task(End=True, Catch=[caught("Again?", ResultPath="$.err")]),
                "Again?": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.again", "BooleanEquals": True, "Next": "W"}],
                    "Default": "No",
                },
                "W": WAIT,
                "No": {"Type": "Fail"},
            },
            True,
        ),
        # Another task counts: what it answers is not known.
        (
            {
                "A": task(End=True, Catch=[caught("Count", ResultPath="$.err")]),
                "Count": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::dynamodb:getItem",
                    "ResultPath": "$.c",
                    "Next": "More?",
                },
                "More?": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.c.n", "NumericLessThan": 3, "Next": "A"}],
                    "Default": "No",
                },
                "No": {"Type": "Fail"},
            },
            True,
        ),
    ],
)
def test_laps_that_nothing_counts_have_no_bound(wire: Wire, states: Raw, chooses: bool) -> None:
    resources = app(states)
    assert figures(wire, resources)["error"] == ENDLESS
    assert figures(wire, resources, "app/Machine#A")["error"] == ENDLESS
    (loop,) = [each for each in plan_loops(build(wire(resources).app)) if each.step == "app/Machine#A"]
    assert loop.chooses is chooses


@pytest.mark.parametrize(("kind", "laps"), [("STANDARD", 6_250), ("EXPRESS", None)])
def test_a_history_holds_so_many_laps(wire: Wire, kind: str, laps: int | None) -> None:
    """A lap makes four of its 25,000 entries at least: the state is entered, tried (twice) and left."""
    resources = app({"A": task(End=True, Catch=[caught("A")])})
    resources["Machine"]["Properties"]["StateMachineType"] = kind
    (loop,) = plan_loops(build(wire(resources).app))
    assert loop.laps == laps


def test_a_catch_for_some_errors_is_a_loop_for_these(wire: Wire) -> None:
    states = {"A": task(End=True, Catch=[caught("W", "Lambda.TooManyRequestsException")]), "W": WAIT}
    found = figures(wire, app(states))
    assert found == {"error": (1, "count"), "timeout": (1, "count"), "throttle": ENDLESS, "fault": (1, "count")}


@pytest.mark.parametrize("path", ["$.Error", "$.err.Error"])
def test_a_branch_on_the_errors_name_decides_by_class(wire: Wire, path: str) -> None:
    """Only a throttle is tried again; whatever else leads to the end."""
    where = {"ResultPath": "$.err"} if path == "$.err.Error" else {}
    states: Raw = {
        "A": task(End=True, Catch=[caught("Which?", **where)]),
        "Which?": {
            "Type": "Choice",
            "Choices": [{"Variable": path, "StringEquals": "Lambda.TooManyRequestsException", "Next": "W"}],
            "Default": "No",
        },
        "W": WAIT,
        "No": {"Type": "Fail"},
    }
    found = figures(wire, app(states))
    assert found == {"error": (1, "count"), "timeout": (1, "count"), "throttle": ENDLESS, "fault": (1, "count")}


def test_an_error_of_the_authors_own_name(wire: Wire) -> None:
    """The handler may raise what the Choice asks for: of class error, that one goes round."""
    states: Raw = {
        "A": task(End=True, Catch=[caught("Which?")]),
        "Which?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.Error = 'NotReady' %}", "Next": "A"}],
            "Default": "No",
        },
        "No": {"Type": "Fail"},
    }
    found = figures(wire, app(states, QueryLanguage="JSONata"))
    assert (found["error"], found["fault"]) == (ENDLESS, (1, "count"))


@pytest.mark.parametrize(
    ("express", "top", "figure"),
    [
        (False, {}, ENDLESS),
        (True, {}, (30, "time")),  # at 0, 10, ..., 290 s
        (False, {"TimeoutSeconds": 60}, (6, "time")),
        (True, {"TimeoutSeconds": 900}, (30, "time")),
    ],
)
def test_an_execution_that_is_ended(wire: Wire, express: bool, top: Raw, figure: Counted) -> None:
    states = {"A": task(End=True, Catch=[caught("W")]), "W": WAIT}
    resources = app(states, express=express, **top)
    assert figures(wire, resources)["error"] == figure
    assert [each.step for each in plan_loops(build(wire(resources).app))] == ["app/Machine#A"], "a loop all the same"


@pytest.mark.parametrize(
    ("retry", "runs", "bound"),
    [
        ({"IntervalSeconds": 60, "MaxAttempts": 10}, 3, Bound.TIME),  # at 0, 60 and 180 s; next at 420 s
        ({"IntervalSeconds": 1, "MaxAttempts": 3}, 4, Bound.COUNT),
        ({"IntervalSeconds": 100, "BackoffRate": 1, "MaxAttempts": 9}, 3, Bound.TIME),  # 0, 100, 200; 300 is the end
        ({"IntervalSeconds": 60, "MaxAttempts": 10, "JitterStrategy": "FULL"}, 11, Bound.COUNT),  # waits may be nought
    ],
)
def test_the_waits_of_a_retrier_in_an_express_machine(wire: Wire, retry: Raw, runs: int, bound: Bound) -> None:
    states = {"A": task(End=True, Retry=[{"ErrorEquals": ["States.ALL"], **retry}])}
    assert figures(wire, app(states, express=True))["error"] == (runs, bound.word)
    assert figures(wire, app(states))["error"] == (1 + retry["MaxAttempts"], "count"), "a Standard machine has time"


def test_a_loop_that_polls_is_no_retry(wire: Wire) -> None:
    states: Raw = {
        "A": task(ResultPath="$.status", Next="Done?"),
        "Done?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.status", "StringEquals": "DONE", "Next": "Yes"}],
            "Default": "W",
        },
        "W": WAIT,
        "Yes": {"Type": "Succeed"},
    }
    assert figures(wire, app(states))["error"] == (1, "count")
    assert not list(plan_loops(build(wire(app(states)).app)))


@pytest.mark.parametrize("expression", ["$$.StateMachine.Id", "{% $states.context.StateMachine.Id %}"])
def test_a_machine_that_starts_itself(wire: Wire, expression: str) -> None:
    path = expression.startswith("$$")
    given = {"StateMachineArn.$" if path else "StateMachineArn": expression}
    again = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution",
        "Parameters" if path else "Arguments": given,
        "End": True,
    }
    top: Raw = {} if path else {"QueryLanguage": "JSONata"}
    flow = build(wire(app({"A": task(End=True, Catch=[caught("Again")]), "Again": again}, **top)).app)
    (loop,) = analyse(flow).loops
    assert loop.gain[FailureClass.ERROR].max == 1


def test_a_machine_that_counts_laps_before_it_sends_back(wire: Wire) -> None:
    """Nought to five get through: six laps; what counts them is assumed."""

    def laps(rule: Raw, *, retried: str = "", **more: Raw) -> int | None:
        send: Raw = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": "${Queue}", "MessageBody.$": "$"},
            "Catch": [caught(retried)] if retried else [],
            "End": True,
        }
        states: Raw = {
            "A": task(End=True, Catch=[caught("Count", ResultPath="$.err")]),
            "Count": {"Type": "Choice", "Choices": [{**rule, "Next": "Back"}], "Default": "No"},
            "Back": send,
            "No": {"Type": "Fail"},
            **more,
        }
        wiring = wire({**app(states), "Queue": resource("SQS::Queue")})
        (hop,) = [each for each in wiring.hops if each.target == "app/Queue"]
        return hop.laps

    at_most = {"Variable": "$.retry_count", "NumericLessThanEquals": 5}
    below = {"Variable": "$.retry_count", "NumericLessThan": 5}
    assert (laps(at_most), laps(below)) == (6, 5)
    assert laps({"Variable": "$$.Execution.Input.n", "NumericLessThan": 4}) == 4, "the count of the execution itself"
    assert laps({"And": [below, {"Variable": "$.kind", "StringEquals": "a"}]}) == 5
    assert laps({"Variable": "$.retry_count", "NumericGreaterThan": 5}) is None
    assert laps({"Variable": "$.kind", "StringEquals": "a"}) is None
    unlimited = task(Next="Back", Catch=[caught("Count")])
    assert laps(below, A=unlimited) is None, "what A sends on is not counted"
    wait: Raw = {"Type": "Wait", "Seconds": 1, "Next": "Count"}
    some = {"Type": "Choice", "Choices": [{**below, "Next": "Back"}, {**at_most, "Next": "Later"}], "Default": "No"}
    assert laps(below, Count=some, Later={**wait, "Next": "Back"}) == 6, "the weaker of two limits"
    tried = {"Count": {**some, "Choices": some["Choices"][:1]}, "Later": {**wait, "Next": "Back"}}
    assert laps(below, **tried, retried="Later") == 5, "what leads back to it comes from it"


def test_a_limit_is_looked_for_once_however_many_ways_lead_to_what_sends(wire: Wire) -> None:
    """Two to the power of 60 ways: each task, or its handler, goes on to the next one."""
    states: Raw = {}
    for number in range(60):
        onward = f"A{number + 1}" if number < 59 else "Back"
        states |= {f"A{number}": task(Next=onward, Catch=[caught(f"H{number}")])}
        states |= {f"H{number}": {"Type": "Pass", "Next": onward}}
    queue = {"QueueUrl": "${Queue}", "MessageBody.$": "$"}
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": queue, "End": True}
    wiring = wire({**app({**states, "Back": send}, "A0"), "Queue": resource("SQS::Queue")})
    (hop,) = [each for each in wiring.hops if each.target == "app/Queue"]
    assert hop.laps is None


def test_nonsense_raises_nothing(wire: Wire) -> None:
    odd: Raw = {
        "Init": {"Type": "Pass", "Result": [1, {"a": None}], "ResultPath": 7, "InputPath": None, "Next": "A"},
        "A": task(Next="C", Catch=[caught("C", ResultPath="$.a[0].b")], ResultSelector=3, OutputPath="$..x"),
        "C": {
            "Type": "Choice",
            "Choices": [
                {"Variable": 3, "NumericLessThan": "x", "Next": "A"},
                {"And": [3, {"Or": []}], "Next": "A"},
                {"Not": {"Variable": "$.a", "IsPresent": "yes"}, "Next": "A"},
                {"Condition": "{% ((((1 + %}", "Next": "A"},
            ],
            "Default": "A",
        },
    }
    assert figures(wire, app(odd, "Init"))["error"] == ENDLESS


WALKED: Raw = {
    "A": {"Type": "Pass", "Result": {"n": 1, "s": "a"}, "Next": "C"},
    "C": {"Type": "Choice", "Default": "E", "Choices": [{"And": [
        {"Variable": "$.n", "NumericEquals": 1}, {"Variable": "$.s", "StringMatches": "a*"},
        {"Variable": "$.n", "IsPresent": True}], "Next": "W"}]},
    "W": task(End=True),
    "E": {"Type": "Succeed"},
}  # fmt: skip


@pytest.mark.parametrize(
    "steps",
    [
        ("A", "Result"),
        ("A", "Result", "n"),
        ("C", "Choices", 0, "And"),
        ("C", "Choices", 0, "And", 0),
        ("C", "Choices", 0, "And", 0, "NumericEquals"),
        ("C", "Choices", 0, "And", 1, "StringMatches"),
        ("C", "Choices", 0, "And", 2, "IsPresent"),
    ],
)
@pytest.mark.parametrize("unknown", ["${Most}", "a-${Most}"])
def test_what_nothing_resolves_leaves_every_way_open(wire: Wire, steps: tuple[str | int, ...], unknown: str) -> None:
    states = json.loads(json.dumps(WALKED))
    at = states
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = unknown
    assert figures(wire, app(states))["error"] == figures(wire, app(WALKED))["error"] == (1, "count")


def test_a_constant_of_another_type_decides_nothing(wire: Wire) -> None:
    states = json.loads(json.dumps(WALKED))
    states["C"]["Choices"][0]["And"][0]["NumericEquals"] = "1"
    assert figures(wire, app(states))["error"] == (1, "count")
