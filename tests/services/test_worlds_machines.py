"""Machines whose definition depends on a condition, behind a queue: figures worked out by hand."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

import seawall
from seawall.engine import Report

from .conftest import Raw, arn, function, queue, ref, resource
from .test_worlds import PROD, when

STAGES = {"Stage": {"Type": "String", "AllowedValues": ["dev", "test", "prod"]}}
TEST = {"NotDev": {"Fn::Not": [{"Fn::Equals": [ref("Stage"), "dev"]}]}}
FAILED = [{"ErrorEquals": ["States.ALL"], "Next": "Rescue"}]


def retry(most: Any) -> list[Raw]:
    return [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": most}]


def work(name: str = "F", **fields: Any) -> Raw:
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": arn(name)},
            **({} if "Next" in fields else {"End": True}), **fields}  # fmt: skip


def states(**each: Raw) -> Raw:
    return {"StartAt": next(iter(each)), "States": each}


def checked(tmp_path: Path, receives: Any, definition: Any) -> Report:
    """A pipe waits for the machine, which is an Express one."""
    awaited = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    alone = {"SqsQueueParameters": {"BatchSize": 1}}
    redrive = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": receives}
    resources = {
        "Dead": queue(),
        "F": function(),
        "G": function(),
        "Q": resource("SQS::Queue", RedrivePolicy=redrive),
        "M": resource("StepFunctions::StateMachine", StateMachineType="EXPRESS", Definition=definition),
        "P": resource(
            "Pipes::Pipe", Source=arn("Q"), Target=ref("M"), SourceParameters=alone, TargetParameters=awaited
        ),
    }
    path = tmp_path / "app.json"
    path.write_text(json.dumps({"Resources": resources, "Conditions": PROD | TEST, "Parameters": STAGES}))
    return seawall.check(path)


def figures(report: Report, *names: str) -> list[Any]:
    """Errors of some functions, with whether the number is that of one event in one deployment."""
    found = report.analysis.attempts
    return [(found.of(f"app/{name}", "error").max, found.exact(f"app/{name}", "error")) for name in names]


@pytest.mark.parametrize(
    ("receives", "retries", "most"),
    [
        (when("Prod", 5, 2), when("Prod", 0, 4), 10),  # prod 5 x 1, else 2 x 5; never 5 x 5
        (when("Prod", 7, when("NotDev", 4, 2)), when("Prod", 1, 3), 16),  # prod 7 x 2, test 4 x 4, dev 2 x 4
        (3, when("Prod", 0, 4), 15),
        (when("Prod", 5, 2), 1, 10),
    ],
)
def test_receives_and_retries_are_those_of_one_world(tmp_path: Path, receives: Any, retries: Any, most: int) -> None:
    report = checked(tmp_path, receives, states(T=work(Retry=retry(retries))))
    assert figures(report, "F") == [(most, True)]
    assert not report.gaps


def test_a_step_inside_of_another_is_of_the_same_world(tmp_path: Path) -> None:
    inner = states(T=work(Retry=retry(when("Prod", 0, 2))))
    outer = {"Type": "Parallel", "Branches": [inner], "Retry": retry(when("Prod", 3, 0)), "End": True}
    assert figures(checked(tmp_path, 2, states(All=outer)), "F") == [(8, True)]  # prod 2 x 4 x 1, else 2 x 1 x 3


def test_one_property_is_taken_out_once_whatever_it_is_in_each_world(tmp_path: Path) -> None:
    [found] = checked(tmp_path, when("Prod", 5, 4), states(T=work(Retry=retry(when("Prod", 1, 3))))).findings
    assert found.rule == "stacked-retries"
    assert "(16 -> 5)" in found.fix.text
    assert found.fix.text.count("remove the Retry") == 1
    assert [line for line in found.facts + found.assumptions if "when" in line] == ["this is so when Stage is dev"]


IN_PROD = when("Prod", [{"ErrorEquals": ["States.ALL"], "Next": "Ok"}])
RESCUED = states(T=work(Retry=retry(3), Catch=FAILED), Rescue=work("G", Retry=retry(1)))
ONE = {"Type": "Parallel", "Branches": [states(T=work())], "End": True}
TWO = {"Type": "Parallel", "Branches": [states(T=work()), states(U=work())], "End": True}


@pytest.mark.parametrize(
    ("definition", "f", "g"),
    [
        (states(T=work(Catch=IN_PROD), Ok={"Type": "Succeed"}), 2, 1),  # elsewhere the failure leaves the machine
        # prod 2 x 1; else 4 tries, and the rescue 2 x 2. The 4 tries of one with the end of the other make 8: at most.
        (when("Prod", states(T=work()), RESCUED), 8, 4),
        (when("Prod", states(A=TWO), states(A=ONE)), 4, 1),  # the function in two branches, or in one
    ],
)
def test_other_states_in_another_world_are_an_upper_bound(tmp_path: Path, definition: Raw, f: int, g: int) -> None:
    report = checked(tmp_path, 2, definition)
    assert figures(report, "F") == [(f, False)]
    assert [count for count, _ in figures(report, "G")] == [g]
    assert not report.gaps


def test_either_function_is_called_never_both(tmp_path: Path) -> None:
    one = when("Prod", states(T=work(Retry=retry(1))), states(T=work("G", Retry=retry(2))))
    assert figures(checked(tmp_path, 2, one), "F", "G") == [(4, True), (6, True)]


def test_what_is_alike_in_all_worlds_stays_exact(tmp_path: Path) -> None:
    one = states(T=work(Retry=retry(2), Comment=when("Prod", "a", "b")))
    assert figures(checked(tmp_path, 2, one), "F") == [(6, True)]


def laps(most: Any) -> Raw:
    """A retry written by hand: the work is begun again while the counter is below `most`."""
    again = {"Variable": "$.n", "NumericLessThan": most, "Next": "T"}
    return states(
        I={"Type": "Pass", "Result": {"n": 0}, "Next": "T"},
        T=work(ResultPath=None, Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Count"}]),
        Count={"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Again"},
        Again={"Type": "Choice", "Choices": [again], "Default": "Lost"},
        Lost={"Type": "Fail"},
    )


def begins(at: Any) -> Raw:
    """The work is tried 5 times each in up to three states, of which the first is `at`."""
    first = work(Retry=retry(4), Catch=[{"ErrorEquals": ["States.ALL"], "Next": "T2"}])
    second = work(Retry=retry(4), Catch=[{"ErrorEquals": ["States.ALL"], "Next": "T3"}])
    done: Raw = {"Type": "Succeed"}
    return states(P={"Type": "Pass", "Next": at}, T1=first, T2=second, T3=work(Retry=retry(4)), Done=done)


@pytest.mark.parametrize("order", sorted(permutations((3, 5, 20))))
def test_the_worst_of_three_courses_counts_in_any_order(tmp_path: Path, order: tuple[int, int, int]) -> None:
    """Rounds of a retry written by hand: 20 in one stage, whichever; and three ways in, of 15, 5 and no tries."""
    first, second, third = order
    report = checked(tmp_path, 1, laps(when("Prod", first, when("NotDev", second, third))))
    assert [count for count, _ in figures(report, "F")] == [20]
    ways = {3: "Done", 5: "T3", 20: "T1"}
    report = checked(tmp_path, 1, begins(when("Prod", ways[first], when("NotDev", ways[second], ways[third]))))
    assert [count for count, _ in figures(report, "F")] == [15]


def waits_and_tries_again(limit: Any, seconds: Any = 10, after: Any = "Wait") -> Raw:
    """A cycle that only its machine's clock ends."""
    body = states(
        T=work(Catch=[{"ErrorEquals": ["States.ALL"], "Next": after}]),
        Wait={"Type": "Wait", "Seconds": seconds, "Next": "T"},
        Out={"Type": "Fail"},
    )
    return {**body, "TimeoutSeconds": limit}


@pytest.mark.parametrize(
    ("definition", "most", "clock"),
    [
        (waits_and_tries_again(100), 10, 100),  # at 0, 10, ... 90 s
        (waits_and_tries_again(when("Prod", 100, 250)), 25, 250),
        (waits_and_tries_again(when("Prod", 250, 100)), 25, 250),
        (waits_and_tries_again(when("Prod", 100, when("NotDev", 250, 50))), 25, 250),
        (waits_and_tries_again(250, when("Prod", 50, 10)), 25, 250),
        (waits_and_tries_again(250, after=when("Prod", "Wait", "Out")), 25, 250),  # elsewhere nothing leads back
        (waits_and_tries_again(250, after=when("Prod", "Out", "Wait")), 25, 250),
        (waits_and_tries_again(250, after=when("Prod", "Wait", "T")), None, None),  # elsewhere it is at once again
    ],
)
def test_the_longest_clock_of_a_machine_ends_its_rounds(
    tmp_path: Path, definition: Raw, most: int | None, clock: int | None
) -> None:
    report = checked(tmp_path, 1, definition)
    assert [count for count, _ in figures(report, "F")] == [most]
    plan = report.analysis.flow.sites["app/M"].plan
    assert plan is not None
    assert plan.clock == clock
