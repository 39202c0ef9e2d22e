"""Which failures a `Retry` acts on, and how often."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.services import Wiring

from .conftest import Raw, Wire, arn, function, hop, machine, ref, resource, totals
from .test_stepfunctions import LAMBDA, of, task


def retry(*errors: str, **settings: Any) -> Raw:
    return {"ErrorEquals": list(errors), **settings}


ALL = ("error", "timeout", "throttle", "fault")
FOUR = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
)


def tries(wiring: Wiring) -> dict[str, int | None]:
    return totals(hop(wiring, "M", "M#S0"))


def read(wire: Wire, *retriers: Raw, **state: Any) -> dict[str, int | None]:
    return tries(
        wire(
            {
                "Fn": function(),
                "M": of(task(LAMBDA, Parameters={"FunctionName": "${Fn}"}, Retry=list(retriers), **state)),
            }
        )
    )


CASES: list[tuple[list[Raw], tuple[int, int, int, int]]] = [
    ([], (1, 1, 1, 1)),
    ([retry("States.ALL")], (4, 4, 4, 4)),
    ([retry("States.ALL", MaxAttempts=0)], (1, 1, 1, 1)),
    ([retry("States.ALL", MaxAttempts=2)], (3, 3, 3, 3)),
    ([retry("States.TaskFailed", MaxAttempts=2)], (3, 3, 3, 3)),
    ([retry("States.Timeout", MaxAttempts=2)], (1, 1, 1, 1)),
    ([retry("States.Runtime", "States.DataLimitExceeded", MaxAttempts=2)], (1, 1, 1, 1)),
    ([retry("CardDeclined", MaxAttempts=2)], (3, 1, 1, 1)),
    ([retry("CardDeclined", "LedgerClosed", MaxAttempts=2)], (3, 1, 1, 1)),
    ([retry("CardDeclined", MaxAttempts=2), retry("LedgerClosed", MaxAttempts=3)], (6, 1, 1, 1)),
    ([retry("Sandbox.Timedout", MaxAttempts=2)], (1, 3, 1, 1)),
    ([retry("Lambda.Unknown", MaxAttempts=2)], (1, 3, 1, 1)),
    ([retry("Lambda.TooManyRequestsException", MaxAttempts=2)], (1, 1, 3, 1)),
    ([retry(*FOUR, MaxAttempts=6)], (1, 1, 1, 7)),
    ([retry(*FOUR, MaxAttempts=6), retry("States.ALL", MaxAttempts=2)], (3, 3, 3, 7)),
    ([retry("Lambda.ServiceException", MaxAttempts=6), retry("States.ALL", MaxAttempts=2)], (3, 3, 3, 9)),
    ([retry("CardDeclined", MaxAttempts=0), retry("States.ALL", MaxAttempts=2)], (3, 3, 3, 3)),
    ([retry("States.TaskFailed", MaxAttempts=1), retry("States.ALL", MaxAttempts=2)], (2, 2, 2, 2)),
]


@pytest.mark.parametrize(("retriers", "expected"), CASES)
def test_tries_of_a_task_that_calls_a_function(
    wire: Wire, retriers: list[Raw], expected: tuple[int, int, int, int]
) -> None:
    assert read(wire, *retriers) == dict(zip(ALL, expected, strict=True))


def test_a_limit_of_the_state_ends_as_another_error_than_the_function_timing_out(wire: Wire) -> None:
    assert read(wire, retry("States.Timeout", MaxAttempts=2), TimeoutSeconds=5)["timeout"] == 3
    both = [retry("States.TaskFailed", MaxAttempts=1), retry("States.Timeout", MaxAttempts=2)]
    assert read(wire, *both, TimeoutSeconds=5) == {"error": 2, "timeout": 4, "throttle": 2, "fault": 2}


def test_a_count_that_cannot_be_read_is_unknown(wire: Wire) -> None:
    assert read(wire, retry("States.ALL", MaxAttempts="many"))["error"] is None


@pytest.mark.parametrize(
    ("errors", "total"),
    [(["States.TaskFailed"], 3), (["States.ALL"], 3), (["CardDeclined"], 1), (["States.Timeout"], 1)],
)
def test_a_child_fails_as_task_failed(wire: Wire, errors: list[str], total: int) -> None:
    waiting = "arn:aws:states:::states:startExecution.sync:2"
    state = task(waiting, Parameters={"StateMachineArn": "${Child}"}, Retry=[retry(*errors, MaxAttempts=2)])
    wiring = wire({"Child": machine(), "M": of(state)})
    assert hop(wiring, "M", "M#S0").tries_for("error:States.TaskFailed").total == total
    idle = [each.what for each in wiring.idle]
    assert idle == (["retrier 1 (CardDeclined)"] if errors == ["CardDeclined"] else [])


def test_the_errors_of_another_service_are_its_own(wire: Wire) -> None:
    put = "arn:aws:states:::dynamodb:putItem"
    named = retry("DynamoDB.ProvisionedThroughputExceededException", MaxAttempts=4)
    state = task(put, Parameters={"TableName": "t"}, Retry=[named, retry("States.TaskFailed", MaxAttempts=1)])
    found = hop(wire({"M": of(state)}), "M", "M#S0")
    assert found.tries_for("throttle:@DynamoDB").total == 6
    assert found.tries_for("fault:@DynamoDB").total == 2


def around(kind: str, retriers: list[Raw], inner: Raw, **config: Any) -> Raw:
    body = {"StartAt": "In", "States": {"In": inner, "Stop": {"Type": "Fail", "Error": "OutOfStock"}}}
    if kind == "Parallel":
        return {"Type": "Parallel", "Branches": [body], "Retry": retriers, "End": True}
    return {"Type": "Map", "ItemProcessor": body | config, "Retry": retriers, "End": True}


@pytest.mark.parametrize("kind", ["Parallel", "Map"])
@pytest.mark.parametrize(
    ("errors", "expected"),
    [(["CardDeclined"], (3, 1, 1, 1)), (["States.ALL"], (3, 3, 3, 3)), (["Other.Branch"], (3, 1, 1, 1))],
)
def test_a_container_fails_with_the_error_inside(
    wire: Wire, kind: str, errors: list[str], expected: tuple[int, int, int, int]
) -> None:
    outer = around(kind, [retry(*errors, MaxAttempts=2)], task())
    assert tries(wire({"Fn": function(), "M": of(outer)})) == dict(zip(ALL, expected, strict=True))


def test_errors_caught_inside_do_not_leave_a_container(wire: Wire) -> None:
    inner = task(Catch=[{"ErrorEquals": ["CardDeclined"], "Next": "Stop"}])
    outer = around("Parallel", [retry("CardDeclined", MaxAttempts=2)], inner)
    found = hop(wire({"Fn": function(), "M": of(outer)}), "M", "M#S0")
    assert found.tries_for("error").total == 1, "CardDeclined never gets out"
    assert found.tries_for("error:OutOfStock").total == 1


def test_a_fail_state_gives_its_own_error(wire: Wire) -> None:
    inner = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Stop"}])
    outer = around("Parallel", [retry("OutOfStock", MaxAttempts=2)], inner)
    found = hop(wire({"Fn": function(), "M": of(outer)}), "M", "M#S0")
    assert found.tries_for("error:OutOfStock").total == 3


@pytest.mark.parametrize(("error", "total"), [("States.ExceedToleratedFailureThreshold", 3), ("CardDeclined", 1)])
def test_a_distributed_map_fails_with_its_own_error(wire: Wire, error: str, total: int) -> None:
    outer = around("Map", [retry(error, MaxAttempts=2)], task(), ProcessorConfig={"Mode": "DISTRIBUTED"})
    found = hop(wire({"Fn": function(), "M": of(outer)}), "M", "M#S0")
    assert found.tries_for("error:States.ExceedToleratedFailureThreshold").total == total


@pytest.mark.parametrize(
    ("settings", "waited"),
    [
        ({"MaxAttempts": 3}, 1 + 2 + 4),
        ({"IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 2}, 126),
        ({"IntervalSeconds": 5, "MaxAttempts": 4, "BackoffRate": 1}, 20),
        ({"IntervalSeconds": 10, "MaxAttempts": 4, "BackoffRate": 2, "MaxDelaySeconds": 15}, 10 + 15 * 3),
    ],
)
def test_time_waited(wire: Wire, settings: Raw, waited: float) -> None:
    state = task(LAMBDA, Parameters={"FunctionName": "${Fn}"}, Retry=[retry("States.ALL", **settings)])
    assert hop(wire({"Fn": function(), "M": of(state)}), "M", "M#S0").tries_for("error").backoff == waited


@pytest.mark.parametrize(
    ("retriers", "idle"),
    [
        ([retry("States.ALL"), retry("CardDeclined")], ["retrier 2 (CardDeclined)"]),
        ([retry("States.TaskFailed"), retry(*FOUR[:2])], [f"retrier 2 ({FOUR[0]}, {FOUR[1]})"]),
        ([retry("States.TaskFailed"), retry("States.Timeout")], []),
        ([retry("States.TaskFailed"), retry("States.ALL")], []),
        ([retry("CardDeclined"), retry("CardDeclined", "LedgerClosed")], []),
    ],
)
def test_retriers_behind_one_that_takes_all_their_errors(wire: Wire, retriers: list[Raw], idle: list[str]) -> None:
    assert [each.what for each in wire({"Fn": function(), "M": of(task(Retry=retriers))}).idle] == idle


@pytest.mark.parametrize(
    ("settings", "timeout", "limits", "runs"),
    [
        ({}, 30, {"TimeoutSeconds": 120}, 2),  # the function has ended long before: States.TaskFailed, 1 + 1
        ({}, 30, {"TimeoutSeconds": 40}, 2),  # 30 s and the 10 that an environment takes to start
        ({}, 30, {"TimeoutSeconds": 39}, 4),  # the state may end first: States.Timeout as well, 1 + 1 + 2
        ({}, None, {"TimeoutSeconds": 13}, 2),  # 3 s by default
        ({}, 30, {"TimeoutSeconds": 120, "HeartbeatSeconds": 5}, 4),
        ({}, 30, {"TimeoutSecondsPath": "$.limit"}, 4),
        ({"Parameters": {"Most": {"Type": "Number"}}}, {"Ref": "Most"}, {"TimeoutSeconds": 120}, 4),
    ],
)
def test_a_state_that_waits_longer_than_its_function_runs_never_gives_up(
    wire: Wire, settings: Raw, timeout: Any, limits: Raw, runs: int
) -> None:
    called = resource("Lambda::Function", **({"Timeout": timeout} if timeout else {}))
    retriers = [retry("States.Timeout", MaxAttempts=2), retry("States.TaskFailed", MaxAttempts=1)]
    state = task(LAMBDA, Parameters={"FunctionName": "${Fn}"}, Retry=retriers, **limits)
    assert tries(wire({"Fn": called, "M": of(state)}, **settings)) == {
        "error": 2, "timeout": runs, "throttle": 2, "fault": 2,
    }  # fmt: skip


def test_a_durable_execution_goes_on_when_the_timeout_of_its_function_is_over(wire: Wire) -> None:
    """Up to 600 s, in runs of 30 s at most: the state may end first, after 120 s."""
    called = resource("Lambda::Function", Timeout=30, DurableConfig={"ExecutionTimeout": 600})
    retriers = [retry("States.Timeout", MaxAttempts=2), retry("States.TaskFailed", MaxAttempts=1)]
    state = task(LAMBDA, Parameters={"FunctionName": "${Fn}"}, Retry=retriers, TimeoutSeconds=120)
    assert tries(wire({"Fn": called, "M": of(state)}))["timeout"] == 4


def test_a_number_of_retries_that_only_the_deployment_knows(wire: Wire) -> None:
    retried = {"Type": "Task", "Resource": "${Fn}", "End": True, "Retry": [retry("States.ALL", MaxAttempts="@")]}
    text = json.dumps({"StartAt": "T", "States": {"T": retried}}).replace('"@"', "${N}")
    given = {"Fn": arn("Fn"), "N": ref("Free")}
    made = resource("StepFunctions::StateMachine", DefinitionString=text, DefinitionSubstitutions=given)
    wiring = wire({"Fn": function(), "Machine": made}, Parameters={"Free": {"Type": "Number"}})
    tries = hop(wiring, "Machine", "Machine#T").tries_for("error")
    assert (tries.total, tries.unknown, tries.note) == (None, True, "MaxAttempts is unknown")
