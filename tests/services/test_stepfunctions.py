"""What tasks call, in every form in which a definition can stand in a template."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from seawall.graph import When
from seawall.services.stepfunctions import failures

from .conftest import Raw, Wire, arn, function, hop, hops, machine, queue, ref, resource, shown, totals, whys

LAMBDA = "arn:aws:states:::lambda:invoke"


def task(to: Any = "${Fn.Arn}", **body: Any) -> Raw:
    """A task that calls a function by its ARN, or an integration with `Parameters`."""
    return {"Type": "Task", "Resource": to, "End": True, **body}


def of(*states: Raw, **properties: Any) -> Raw:
    """A machine whose states, S0 first, follow one another."""
    named = {f"S{number}": dict(state) for number, state in enumerate(states)}
    for number, state in enumerate(list(named.values())[:-1]):
        if state.pop("End", None):
            state["Next"] = f"S{number + 1}"
    body = {"StartAt": "S0", "States": named}
    return resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": json.dumps(body)}, **properties)


FORMS: dict[str, Raw] = {
    "string": {
        "DefinitionString": json.dumps({"StartAt": "S0", "States": {"S0": task("arn:aws:lambda:r:1:function:f")}})
    },
    "join": {
        "DefinitionString": {
            "Fn::Join": [
                "",
                ['{"StartAt":"S0","States":{"S0":{"Type":"Task","End":true,"Resource":"', arn("Fn"), '"}}}'],
            ]
        }
    },
    "sub": {"DefinitionString": {"Fn::Sub": json.dumps({"StartAt": "S0", "States": {"S0": task()}})}},
    "object": {"Definition": {"StartAt": "S0", "States": {"S0": task(arn("Fn"))}}},
    "substitutions": {
        "DefinitionString": json.dumps({"StartAt": "S0", "States": {"S0": task("${Callee}")}}),
        "DefinitionSubstitutions": {"Callee": arn("Fn")},
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_definitions(wire: Wire, form: str) -> None:
    wiring = wire({"Fn": function(FunctionName="f"), "M": resource("StepFunctions::StateMachine", **FORMS[form])})
    found = hop(wiring, "M#S0", "Fn")
    assert (found.kind, found.awaits) == ("task", True)
    assert hop(wiring, "M", "M#S0").kind == "state"
    assert not wiring.unknowns


def test_a_definition_that_lies_elsewhere_is_unknown(wire: Wire) -> None:
    wiring = wire({"M": resource("StepFunctions::StateMachine", DefinitionS3Location={"Bucket": "b", "Key": "k"})})
    assert wiring.sites["app/M"].plan is None
    assert "M.DefinitionS3Location" in whys(wiring)


INVOKE = {"FunctionName": "${Fn.Arn}"}
CALLS = [
    (LAMBDA, INVOKE, "Fn", True, "error"),
    (LAMBDA, {**INVOKE, "InvocationType": "RequestResponse"}, "Fn", True, "error"),
    (LAMBDA, {**INVOKE, "InvocationType": "Event"}, "Fn#async", False, "error"),
    ("arn:aws:states:::aws-sdk:lambda:invoke", INVOKE, "Fn", True, None),
    ("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "${Queue}"}, "Queue", False, "error:@SQS"),
    ("arn:aws:states:::aws-sdk:sqs:sendMessage", {"QueueUrl": "${Queue}"}, "Queue", False, "error:@SQS"),
    ("arn:aws:states:::sns:publish", {"TopicArn": "${Topic}"}, "Topic", False, "error:@SNS"),
    ("arn:aws:states:::states:startExecution", {"StateMachineArn": "${Child}"}, "Child", False, None),
    (
        "arn:aws:states:::states:startExecution.sync",
        {"StateMachineArn": "${Child}"},
        "Child",
        True,
        "error:States.TaskFailed",
    ),
    (
        "arn:aws:states:::states:startExecution.sync:2",
        {"StateMachineArn": "${Child}"},
        "Child",
        True,
        "error:States.TaskFailed",
    ),
    ("arn:aws:states:::aws-sdk:sfn:startSyncExecution", {"StateMachineArn": "${Child}"}, "Child", True, None),
]


@pytest.mark.parametrize(("integration", "parameters", "target", "awaits", "shows"), CALLS)
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_integrations(
    wire: Wire, integration: str, parameters: Raw, target: str, awaits: bool, shows: str | None, language: str
) -> None:
    given = (
        {"Parameters": parameters} if language == "JSONPath" else {"Arguments": parameters, "QueryLanguage": language}
    )
    wiring = wire(
        {
            "Fn": function(),
            "Queue": queue(),
            "Topic": resource("SNS::Topic"),
            "Child": machine(),
            "M": of(task(integration, **given)),
        }
    )
    found = hop(wiring, "M#S0", target)
    assert found.awaits is awaits
    if awaits:
        assert found.shown("error") == shows, "which error, if any, the task fails with when its callee does"


def test_an_sdk_call_fails_with_the_api_only(wire: Wire) -> None:
    wiring = wire({"Fn": function(), "M": of(task("arn:aws:states:::aws-sdk:lambda:invoke", Parameters=INVOKE))})
    found = shown(hop(wiring, "M#S0", "Fn"))
    assert found["error"] is None, "a function that raises is a successful answer"
    assert found["timeout"] is None
    assert found["throttle"] == "throttle"
    assert found["fault"] == "fault"


@pytest.mark.parametrize("parameters", [{"FunctionName.$": "$.name"}, {"FunctionName": "{% $states.input.name %}"}, {}])
def test_a_callee_chosen_at_run_time_is_unknown(wire: Wire, parameters: Raw) -> None:
    wiring = wire({"Fn": function(), "M": of(task(LAMBDA, Parameters=parameters))})
    assert not hops(wiring, "M#S0")
    assert wiring.unknowns


@pytest.mark.parametrize("limit", [{}, {"TimeoutSeconds": 60}, {"HeartbeatSeconds": 60}])
def test_a_task_token_is_awaited_as_long_as_the_state_says(wire: Wire, limit: Raw) -> None:
    waiting = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    wiring = wire({"Queue": queue(), "M": of(task(waiting, Parameters={"QueueUrl": "${Queue}"}, **limit))})
    found = hop(wiring, "M#S0", "Queue")
    assert found.awaits is bool(limit)
    if limit:
        assert found.shown("error") == "timeout:States.Timeout"


def test_a_retried_task_token_sends_again(wire: Wire) -> None:
    waiting = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    retry = [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2}]
    state = task(waiting, Parameters={"QueueUrl": "${Queue}"}, TimeoutSeconds=60, Retry=retry)
    wiring = wire({"Queue": queue(), "M": of(state)})
    assert hop(wiring, "M", "M#S0").tries_for("timeout:States.Timeout").total == 3


def test_states_only_a_catch_leads_to_are_on_failure(wire: Wire) -> None:
    caught = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Tell"}])
    body = {
        "StartAt": "S0",
        "States": {"S0": caught, "Tell": task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl": "${Queue}"})},
    }
    definition = resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": json.dumps(body)})
    wiring = wire({"Fn": function(), "Queue": queue(), "M": definition})
    assert hop(wiring, "M", "M#S0").when is When.ALWAYS
    assert hop(wiring, "M", "M#Tell").when is When.FAILURE
    assert not wiring.drops, "the failure ends in the queue"


def test_a_machine_that_fails_unseen_drops_its_event(wire: Wire) -> None:
    assert [drop.site for drop in wire({"Fn": function(), "M": of(task())}).drops] == ["app/M"]


def test_states_to_catch_are_named_in_their_order(wire: Wire) -> None:
    """Sets of names come in another order in every process."""
    machines: dict[str, Raw] = {}
    for number in range(8):
        names = [f"{word}{number}" for word in ("Decode", "Charge", "Ship")]
        states: dict[str, Raw] = {name: task() for name in names}
        for name, after in pairwise(names):
            del states[name]["End"]
            states[name]["Next"] = after
        body = {"StartAt": names[0], "States": states}
        machines[f"M{number}"] = resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": json.dumps(body)})
    fixes = {drop.site: drop.fix for drop in wire({"Fn": function(), **machines}).drops}
    for number in range(8):
        named = f"Decode{number}, Charge{number} and Ship{number}"
        assert fixes[f"app/M{number}"].startswith(f"catch the failure of {named} (States.ALL)")


def test_through_an_alias_of_the_machine(wire: Wire) -> None:
    version = resource("StepFunctions::StateMachineVersion", StateMachineArn=ref("Child"))
    alias = resource(
        "StepFunctions::StateMachineAlias", RoutingConfiguration=[{"StateMachineVersionArn": ref("V"), "Weight": 100}]
    )
    start = task("arn:aws:states:::states:startExecution", Parameters={"StateMachineArn": "${A}"})
    wiring = wire({"Child": machine(), "V": version, "A": alias, "M": of(start)})
    assert hop(wiring, "M#S0", "Child")


def test_states_and_callees_are_entered_once(wire: Wire) -> None:
    inner = {"StartAt": "In", "States": {"In": task()}}
    found = wire(
        {
            "Fn": function(),
            "M": of(
                {"Type": "Parallel", "Branches": [inner], "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": True},
                {"Type": "Map", "Iterator": {"StartAt": "Old", "States": {"Old": task()}}, "End": True},
                {"Type": "Map", "ItemProcessor": {"StartAt": "New", "States": {"New": task()}}, "End": True},
            ),
        }
    )
    assert [each.target for each in hops(found, "M")] == ["app/M#S0", "app/M#S1", "app/M#S2"]
    assert [hop(found, f"M#S{number}", f"M#{name}").awaits for number, name in enumerate(("In", "Old", "New"))] == [
        True
    ] * 3
    assert totals(hop(found, "M", "M#S0")) == dict.fromkeys(("error", "timeout", "throttle", "fault"), 4)


@pytest.mark.parametrize(("most", "signals"), [(2, {"error:One", "error:Two"}), (1, {"error"})])
def test_errors_of_fail_states_are_told_apart_up_to_a_bound(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, most: int, signals: set[str]
) -> None:
    """Three Fail states, two errors."""
    monkeypatch.setattr(failures, "MOST_STATED", most)
    choice = {"Type": "Choice", "Choices": [{"Next": "S1"}, {"Next": "S2"}], "Default": "S3"}
    wiring = wire({"M": of(choice, *({"Type": "Fail", "Error": name} for name in ("One", "Two", "One")))})
    plan = wiring.sites["app/M"].plan
    assert plan is not None
    assert {step.fails for step in plan.steps.values() if step.fails} == signals
    said = "its Fail states give 2 errors, too many to tell apart: each is taken for any error"
    assert whys(wiring) == ({} if most == 2 else {"M.DefinitionString": said})
