"""Machines that try again by hand, each with the answer that was worked out before it was run."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.services import build

from .conftest import Raw, Wire, arn, function, queue, ref, resource
from .test_stepfunctions_walk import Counted, app, caught, figures, task

NO: Raw = {"Type": "Fail", "Error": "GaveUp"}
ENDLESS: Counted = (None, "nothing")


def init(**values: Any) -> Raw:
    return {"Type": "Pass", "Result": values, "ResultPath": "$.c", "Next": "A"}


def inc(to: str = "Ch", **fields: Any) -> Raw:
    return {"Type": "Pass", "Parameters": fields, "ResultPath": "$.c", "Next": to}


def choice(rule: Raw, to: str = "A", default: str = "No") -> Raw:
    return {"Type": "Choice", "Choices": [{**rule, "Next": to}], "Default": default}


def less(limit: int, variable: str = "$.c.n") -> Raw:
    return {"Variable": variable, "NumericLessThan": limit}


def add(by: int = 1, name: str = "n") -> Raw:
    return {f"{name}.$": f"States.MathAdd($.c.{name}, {by})"}


def tried(to: str = "Inc", **more: Any) -> Raw:
    return task(End=True, ResultPath=None, Catch=[caught(to, ResultPath="$.err")], **more)


def loop(rule: Raw, start: Raw | None = None, step: Raw | None = None, **more: Raw) -> Raw:
    """Init, A, Inc, Ch, No."""
    return {
        "Init": init(**(start or {"n": 0})),
        "A": tried(),
        "Inc": inc(**(step or add())),
        "Ch": choice(rule),
        "No": NO,
        **more,
    }


def jsonata(states: Raw) -> Raw:
    return {"QueryLanguage": "JSONata", **states}


def ata(**fields: Any) -> Raw:
    """A JSONata task that fails, is caught and goes to the Choice."""
    return task(End=True, Catch=[caught("Ch", **fields)])


def condition(text: str, **more: Any) -> Raw:
    return choice({"Condition": f"{{% {text} %}}", **more})


INNER = {"StartAt": "First", "States": {("First" if k == "Init" else k): v for k, v in loop(less(3)).items()}}

NESTED = {
    "Init": {"Type": "Pass", "Result": {"n": 0}, "ResultPath": "$.o", "Next": "Inner"},
    "Inner": init(m=0),
    "A": tried(),
    "Inc": inc(**add(name="m")),
    "Ch": choice(less(4, "$.c.m"), default="Outer"),
    "Outer": {
        "Type": "Pass",
        "Parameters": {"n.$": "States.MathAdd($.o.n, 1)"},
        "ResultPath": "$.o",
        "Next": "OuterCh",
    },
    "OuterCh": choice(less(3, "$.o.n"), to="Inner"),
    "No": NO,
}

TRIED = task(End=True, Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}])


def each(first: Raw, more: Raw | None = None, name: str = "A", **fields: Any) -> Raw:
    """A Map that begins with this state."""
    inner = {"StartAt": name, "States": {name: first, **(more or {})}}
    return {"Type": "Map", "ItemProcessor": inner, "End": True, **fields}


def regions(each: Raw, items: list[str] | None = None) -> Raw:
    """A Map over literal items."""
    given = {"all": ["eu", "us", "ap"] if items is None else items}
    return {
        "Init": {"Type": "Pass", "Result": given, "Next": "Each"},
        "Each": {"ItemsPath": "$.all", **each},
    }


CASES: dict[str, tuple[Raw, dict[str, Counted]]] = {
    # 4 inner runs on each of 3 outer laps.
    "nested counters": (NESTED, {"error": (12, "count"), "fault": (12, "count")}),
    # The inner counter is not reset: 4 runs, then one on each further outer lap.
    "an inner counter that is not reset": (
        {**NESTED, "OuterCh": choice(less(3, "$.o.n"))},
        {"error": (6, "count")},
    ),
    # Only `Broken` counts by 1: 6 runs. Everything else by 2: 3 runs.
    "a counter in two places": (
        loop(
            less(6),
            A=task(
                End=True,
                ResultPath=None,
                Catch=[caught("Inc", "Broken", ResultPath="$.err"), caught("Two", ResultPath="$.err")],
            ),
            Two=inc(**add(2)),
        ),
        {"error": (6, "count"), "fault": (3, "count"), "timeout": (3, "count")},
    ),
    "a loop inside a Parallel that is tried again": (
        {
            "Init": {
                "Type": "Parallel",
                "Branches": [INNER],
                "End": True,
                "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
            }
        },
        {"error": (9, "count")},
    ),
    "a loop for each item, its counter made by the selector": (
        {
            "Init": {
                "Type": "Map",
                "ItemsPath": "$.orders",
                "ItemSelector": {"c": {"n": 0}, "order.$": "$$.Map.Item.Value"},
                "ItemProcessor": {"StartAt": "A", "States": {k: v for k, v in loop(less(5)).items() if k != "Init"}},
                "End": True,
            }
        },
        {"error": (5, "count")},
    ),
    "a loop for each of the literal items": (
        {
            "Init": {"Type": "Pass", "Result": {"items": [{"c": {"n": 0}}, {"c": {"n": 0}}]}, "Next": "Each"},
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": {"StartAt": "A", "States": {k: v for k, v in loop(less(5)).items() if k != "Init"}},
                "End": True,
            },
        },
        {"error": (10, "count")},
    ),
    # From 3 on: two runs, of each of the two.
    "a loop for each of several items": (
        {
            "Init": {"Type": "Pass", "Result": {"items": [{"c": {"n": 3}}, {"c": {"n": 3}}]}, "Next": "Each"},
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": {"StartAt": "A", "States": {k: v for k, v in loop(less(5)).items() if k != "Init"}},
                "End": True,
            },
        },
        {"error": (4, "count")},
    ),
    "JSONata: a loop for each item": (
        jsonata(
            {
                "Init": {
                    "Type": "Map",
                    "Items": [1, 2],
                    "ItemSelector": {"n": 0, "item": "{% $states.context.Map.Item.Value %}"},
                    "ItemProcessor": {
                        "StartAt": "A",
                        "States": {
                            "A": ata(Output={"n": "{% $states.input.n + 1 %}"}),
                            "Ch": condition("$states.input.n < 4"),
                            "No": NO,
                        },
                    },
                    "End": True,
                }
            }
        ),
        {"error": (8, "count")},
    ),
    "variables that a catcher sets": (
        {
            "Init": {"Type": "Pass", "Assign": {"n": 0}, "Next": "A"},
            "A": task(End=True, Catch=[caught("W", Assign={"n.$": "States.MathAdd($n, 1)"})]),
            "W": {"Type": "Wait", "Seconds": 1, "Next": "Ch"},
            "Ch": choice(less(7, "$n")),
            "No": NO,
        },
        {"error": (7, "count")},
    ),
    "JSONata: variables that a catcher sets": (
        jsonata(
            {
                "Init": {"Type": "Pass", "Assign": {"n": 0}, "Next": "A"},
                "A": task(End=True, Catch=[caught("W", Assign={"n": "{% $n + 1 %}"})]),
                "W": {"Type": "Wait", "Seconds": 1, "Next": "Ch"},
                "Ch": condition("$n < 7"),
                "No": NO,
            }
        ),
        {"error": (7, "count")},
    ),
    "JSONata: a counter in the input": (
        jsonata(
            {
                "Init": {"Type": "Pass", "Output": {"n": 0}, "Next": "A"},
                "A": ata(Output={"n": "{% $states.input.n + 1 %}"}),
                "Ch": condition("$states.input.n < 4"),
                "No": NO,
            }
        ),
        {"error": (4, "count")},
    ),
    # A state's own Assign takes place where it succeeds.
    "JSONata: Assign of the state, not of its catcher": (
        jsonata(
            {
                "Init": {"Type": "Pass", "Assign": {"n": 0}, "Next": "A"},
                "A": {**ata(), "Assign": {"n": "{% $n + 1 %}"}},
                "Ch": condition("$n < 3"),
                "No": NO,
            }
        ),
        {"error": ENDLESS},
    ),
    "JSONata: Assign of both": (
        jsonata(
            {
                "Init": {"Type": "Pass", "Assign": {"n": 0}, "Next": "A"},
                "A": {**ata(Assign={"n": "{% $n + 2 %}"}), "Assign": {"n": "{% $n + 1 %}"}},
                "Ch": condition("$n < 6"),
                "No": NO,
            }
        ),
        {"error": (3, "count")},
    ),
    # After the first run 0, 1 and 2 go on.
    "JSONata: a Choice that counts": (
        jsonata(
            {
                "Init": {"Type": "Pass", "Assign": {"n": 0}, "Next": "A"},
                "A": ata(),
                "Ch": condition("$n < 3", Assign={"n": "{% $n + 1 %}"}),
                "No": NO,
            }
        ),
        {"error": (4, "count")},
    ),
    "JSONata: $merge": (
        jsonata(
            {
                "Init": {"Type": "Pass", "Output": {"n": 0}, "Next": "A"},
                "A": task(End=True, Catch=[caught("Inc", Output="{% $states.input %}")]),
                "Inc": {
                    "Type": "Pass",
                    "Output": "{% $merge([$states.input, {'n': $states.input.n + 1}]) %}",
                    "Next": "Ch",
                },
                "Ch": condition("$states.input.n < 4"),
                "No": NO,
            }
        ),
        {"error": (4, "count")},
    ),
    "JSONata: the error's name": (
        jsonata(
            {
                "Init": {"Type": "Pass", "Next": "A"},
                "A": ata(Assign={"e": "{% $states.errorOutput.Error %}"}),
                "Ch": condition("$e = 'Lambda.TooManyRequestsException'"),
                "No": NO,
            }
        ),
        {"error": (1, "count"), "throttle": ENDLESS, "fault": (1, "count")},
    ),
    "States.JsonMerge": (
        loop(
            less(4),
            Inc=inc("Merge", n=1) | {"Parameters": {"c.$": "$.c", "more": add()}, "ResultPath": "$"},
            Merge={
                "Type": "Pass",
                "Parameters": {"c.$": "States.JsonMerge($.c, $.more, false)"},
                "Next": "Ch",
            },
        ),
        {"error": (4, "count")},
    ),
    "compared with a constant in the data": (
        loop(
            {"Variable": "$.c.n", "NumericLessThanPath": "$.c.max"},
            {"n": 0, "max": 6},
            {**add(), "max.$": "$.c.max"},
        ),
        {"error": (6, "count")},
    ),
    "a step in the data": (
        loop(less(10), {"n": 0, "by": 2}, {"n.$": "States.MathAdd($.c.n, $.c.by)", "by.$": "$.c.by"}),
        {"error": (5, "count")},
    ),
    # 4, 3, 2 and 1 go on.
    "counted down to nought": (
        loop({"Variable": "$.c.n", "NumericGreaterThan": 0}, {"n": 5}, add(-1)),
        {"error": (5, "count")},
    ),
    "until it is equal": (
        loop({}, Ch=choice({"Variable": "$.c.n", "NumericEquals": 3}, to="No", default="A")),
        {"error": (3, "count")},
    ),
    "until it is equal, stepping over it": (
        loop({}, step=add(2), Ch=choice({"Variable": "$.c.n", "NumericEquals": 3}, to="No", default="A")),
        {"error": (None, "nothing")},
    ),
    "Not": (loop({"Not": {"Variable": "$.c.n", "NumericGreaterThanEquals": 3}}), {"error": (3, "count")}),
    "And": (loop({"And": [less(5), {"Variable": "$.c.n", "IsPresent": True}]}), {"error": (5, "count")}),
    "Or": (loop({"Or": [less(3), less(5)]}), {"error": (5, "count")}),
    # What the data says nobody knows: at most as often as the counter allows.
    "a counter and unseen data": (
        loop({"And": [less(5), {"Variable": "$.again", "BooleanEquals": True}]}),
        {"error": (5, "count")},
    ),
    "a counter or unseen data": (
        loop({"Or": [less(5), {"Variable": "$.again", "BooleanEquals": True}]}),
        {"error": ENDLESS},
    ),
    "unseen data": (loop({"Variable": "$.again", "BooleanEquals": True}), {"error": ENDLESS}),
    "a flag": (
        loop(
            {},
            {"again": False},
            A=tried("Ch"),
            Ch=choice({"Variable": "$.c.again", "BooleanEquals": True}, to="No", default="Inc"),
            Inc=inc("A", again=True),
        ),
        {"error": (2, "count")},
    ),
    "another state that does the same": (
        {"Init": task(End=True, Catch=[caught("B")]), "B": task(End=True)},
        {"error": (2, "count")},
    ),
    "the catch of a Parallel is counted": (
        loop(
            less(3),
            A={
                "Type": "Parallel",
                "Branches": [
                    {
                        "StartAt": "T",
                        "States": {
                            "T": task(End=True, Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]),
                        },
                    }
                ],
                "ResultPath": None,
                "Catch": [caught("Inc", ResultPath="$.err")],
                "End": True,
            },
        ),
        {"error": (6, "count")},
    ),
    "the catch of a Map is counted": (
        loop(
            less(3),
            A={
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": {
                    "StartAt": "T",
                    "States": {"T": task(End=True, Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}])},
                },
                "ResultPath": None,
                "Catch": [caught("Inc", ResultPath="$.err")],
                "End": True,
            },
        ),
        {"error": (6, "count")},
    ),
    "once": (loop(less(1)), {"error": (1, "count")}),
    "the Choice comes first": (
        loop(less(4), Init=init(n=0) | {"Next": "Ch"}),
        {"error": (4, "count")},
    ),
    "counted before the task": (
        loop(
            less(3), Init=init(n=0) | {"Next": "Inc"}, Inc=inc("A", **add()), A=tried("Ch"), Ch=choice(less(3), "Inc")
        ),
        {"error": (3, "count")},
    ),
    "a count that is thrown away": (
        loop(less(3), Inc=inc(**add()) | {"ResultPath": None}),
        {"error": ENDLESS},
    ),
    # 0, 30, 60 and 90 s.
    "a machine that is ended": (
        {
            "TimeoutSeconds": 100,
            "Init": tried("W"),
            "W": {"Type": "Wait", "Seconds": 30, "Next": "Init"},
        },
        {"error": (4, "time")},
    ),
    # 0, 60 and 120 s; the counter would allow 50.
    "a machine that is ended before its counter is": (
        {
            "TimeoutSeconds": 150,
            **loop(less(50), Ch=choice(less(50), "W"), W={"Type": "Wait", "Seconds": 60, "Next": "A"}),
        },
        {"error": (3, "time")},
    ),
    "two tasks of one function on each lap": (
        loop(
            less(3),
            A=task(Next="B", ResultPath=None, Catch=[caught("Inc", ResultPath="$.err")]),
            B=tried(),
        ),
        {"error": (3, "count")},
    ),
    "a retrier inside, for some errors only": (
        loop(less(4), A=tried(Retry=[{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 2}])),
        {"error": (4, "count"), "fault": (12, "count"), "throttle": (4, "count")},
    ),
    # Three items, each tried four times; they run side by side.
    "each of the literal items": (regions(each(TRIED)), {"error": (12, "count")}),
    # The first item that fails ends the Map, and no other was started.
    "literal items one after another": (regions(each(TRIED, MaxConcurrency=1)), {"error": (4, "count")}),
    "literal items two by two": (regions(each(TRIED, MaxConcurrency=2)), {"error": (8, "count")}),
    # None fails the Map, so each has its turn.
    "literal items one after another, each caught": (
        regions(each(TRIED | {"Catch": [caught("Well")]}, MaxConcurrency=1, more={"Well": {"Type": "Succeed"}})),
        {"error": (12, "count")},
    ),
    "a Map of literal items that is tried again": (
        regions(each(TRIED, Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}])),
        {"error": (24, "count")},
    ),
    # One of the three is sent to the task.
    "a choice on the literal item": (
        regions(
            each(
                {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "StringEquals": "eu", "Next": "T"}],
                    "Default": "Well",
                },
                more={"T": TRIED, "Well": {"Type": "Succeed"}},
            )
        ),
        {"error": (4, "count")},
    ),
    # 3 x 2 items.
    "literal items of literal items": (
        regions(each({**each(TRIED, name="B", ItemsPath="$.two"), "Type": "Map"}, Parameters={"two": [1, 2]})),
        {"error": (24, "count")},
    ),
    "no items": (regions(each(TRIED), items=[]), {"error": (0, "count")}),
    # How many there are, nobody knows: the figure is for one.
    "items of the event": (
        {"Init": each(TRIED, ItemsPath="$.items")},
        {"error": (4, "count")},
    ),
    "JSONata: each of the literal items": (
        jsonata({"Init": each(TRIED, Items=["eu", "us"]) | {"ItemsPath": None}}),
        {"error": (8, "count")},
    ),
    # 3 is a number, and stays one; "x" is none.
    "as long as it is a number": (
        loop({"Variable": "$.c.kind", "IsNumeric": True}, {"kind": 3}, {"kind": 3}),
        {"error": ENDLESS},
    ),
    "as long as it is a number, and it is none": (
        loop({"Variable": "$.c.kind", "IsNumeric": True}, {"kind": "x"}, {"kind": "x"}),
        {"error": (1, "count")},
    ),
    # 25,000 entries of its history are enough for it: 9 a lap.
    "a thousand laps": (loop(less(1_000)), {"error": (1_000, "count")}),
    # They are not: the counter ends nothing.
    "a hundred thousand laps": (loop(less(100_000)), {"error": ENDLESS}),
    # (25,000 - 2) / 2: a try makes two entries of the history, at least.
    "more retries than the history holds": (
        {"Init": task(End=True, Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99_999, "BackoffRate": 1}])},
        {"error": (12_499, "count")},
    ),
    # Strings compare as strings.
    "an error that is not sent round": (
        loop(
            less(9),
            A=tried("Which"),
            Which=choice({"Variable": "$.err.Error", "StringMatches": "Lambda.*"}, to="Inc"),
        ),
        {"error": (1, "count"), "fault": (9, "count"), "throttle": (9, "count")},
    ),
}
_TOP = ("QueryLanguage", "TimeoutSeconds")


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_the_one_by_hand(wire: Wire, name: str) -> None:
    states, wanted = CASES[name]
    top = {key: states[key] for key in _TOP if key in states}
    body = {key: state for key, state in states.items() if key not in _TOP}
    found = figures(wire, app(body, "Init", **top))
    assert {failure: found[failure] for failure in wanted} == wanted


def test_a_name_that_stands_twice_is_a_gap(wire: Wire) -> None:
    """Step Functions refuses such a machine."""
    inner = {"StartAt": "Init", "States": {"Init": task(End=True)}}
    states = {"Init": {"Type": "Parallel", "Branches": [inner], "End": True}}
    found = build(wire(app(states, "Init")).app)
    assert any("another state of the machine has" in each.why for each in found.unknown)


def _sending(around: Raw) -> Raw:
    """What is caught sends a message, which another function reads twice at most."""
    state = {"StartAt": "W", "States": around}
    return {
        "Fn": function(),
        "Other": function(),
        "Dead": queue(),
        "Queue": queue(2),
        "Reads": resource(
            "Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Other"), BatchSize=1
        ),
        "Machine": resource("StepFunctions::StateMachine", Definition=state),
    }


SEND: Raw = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": {"Ref": "Queue"}, "MessageBody.$": "$"},
    "End": True,
}


def _caught(called: str, to: str) -> Raw:
    every = [{"ErrorEquals": ["States.ALL"], "Next": to}]
    return {"Type": "Task", "Resource": {"Fn::GetAtt": [called, "Arn"]}, "Catch": every, "End": True}


@pytest.mark.parametrize("at_once", [{}, {"MaxConcurrency": 1}])
def test_each_item_may_fail_and_be_caught(wire: Wire, at_once: Raw) -> None:
    """3 items, each caught: 3 messages, received twice each."""
    item = {"StartAt": "T", "States": {"T": _caught("Fn", "S"), "S": SEND}}
    states = {
        "W": {"Type": "Pass", "Result": ["a", "b", "c"], "ResultPath": "$.l", "Next": "M"},
        "M": {"Type": "Map", "ItemsPath": "$.l", "ItemProcessor": item, "End": True, **at_once},
    }
    assert figures(wire, _sending(states), "app/Other")["error"] == (6, "count")


def test_each_branch_may_fail_and_be_caught(wire: Wire) -> None:
    """2 branches, each caught, and one whose failure nobody catches: 2 messages, received twice each."""
    branches = [
        {"StartAt": f"T{each}", "States": {f"T{each}": _caught("Fn", f"S{each}"), f"S{each}": SEND}} for each in "AB"
    ]
    alone = {"StartAt": "Z", "States": {"Z": {"Type": "Pass", "End": True}}}
    states = {"W": {"Type": "Parallel", "Branches": [*branches, alone], "End": True}}
    assert figures(wire, _sending(states), "app/Other")["error"] == (4, "count")
