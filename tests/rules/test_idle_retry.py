"""`idle-retry`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.rules import Severity

from .judging import ALL, Raw, found, judged, only, scenario
from .reading import app, mapping, redrive, resource

RULE = "idle-retry"
FIRING = {
    "idle-event-invoke-config": (
        "Task",
        (
            "the event invoke config (MaximumRetryAttempts = 0) of idle-event-invoke-config/Task never acts: it acts "
            "on asynchronous invocations, and all calls are synchronous (by a state machine)"
        ),
    ),
    "idle-shadowed-retrier": (
        "Machine#Charge",
        (
            "retrier 2 (Lambda.ServiceException, Lambda.SdkClientException) of idle-shadowed-retrier/Machine#Charge "
            "never acts: retrier 1 (States.TaskFailed) stands before it and takes every error it names"
        ),
    ),
    "case-14b-nested-sync-own-error": (
        "Parent#RunOrder",
        (
            "retrier 1 (PaymentDeclined) of case-14b-nested-sync-own-error/Parent#RunOrder never acts: a child "
            "execution that fails arrives as States.TaskFailed, whatever error it failed with"
        ),
    ),
}


@pytest.mark.parametrize("name", FIRING)
def test_fires_and_says_why(name: str) -> None:
    site, message = FIRING[name]
    finding = only(scenario(name), RULE)
    assert (finding.site, finding.message) == (f"{name}/{site}", message)
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("name", sorted(set(ALL) - set(FIRING)))
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)


def test_the_order_of_the_template_does_not_matter(tmp_path: Path) -> None:
    """Two functions that a queue feeds, each with asynchronous settings: named by site, reported at the first."""
    resources: Raw = {}
    for name in ("Zebra", "Ant"):
        config = resource(
            "Lambda::EventInvokeConfig", FunctionName={"Ref": name}, Qualifier="$LATEST", MaximumRetryAttempts=0
        )
        reads = {f"{name}Queue": resource("SQS::Queue", **redrive(5)), f"{name}Reads": mapping(f"{name}Queue", name)}
        resources |= {name: resource("Lambda::Function"), f"{name}Config": config, **reads}
    one, other = (
        only(judged(tmp_path, app(**order)), RULE) for order in (resources, dict(reversed(resources.items())))
    )
    assert (one.site, one.also) == (other.site, other.also) == ("app/Ant", ("app/Zebra",))
    assert (one.message, one.place) == (other.message, other.place)


FUNCTION_DLQ = resource("Lambda::Function", DeadLetterConfig={"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}})
RULE_TO_WORKER = resource(
    "Events::Rule",
    EventPattern={"source": ["shop"]},
    Targets=[
        {"Id": "t", "Arn": {"Fn::GetAtt": ["Worker", "Arn"]}, "RetryPolicy": {"MaximumRetryAttempts": 0}},
    ],
)


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        ({"MaximumRetryAttempts": 0}, ["MaximumRetryAttempts"]),
        ({"MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1, "BisectBatchOnFunctionError": False}, []),
        (
            {
                "MaximumRetryAttempts": 2,
                "MaximumRecordAgeInSeconds": 60,
                "BisectBatchOnFunctionError": True,
                "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Dead", "Arn"]}}},
            },
            [
                "BisectBatchOnFunctionError",
                "DestinationConfig.OnFailure.Destination",
                "MaximumRecordAgeInSeconds",
                "MaximumRetryAttempts",
            ],
        ),
        ({"FunctionResponseTypes": ["ReportBatchItemFailures"]}, []),
    ],
)
def test_settings_for_streams_on_a_queue(tmp_path: Path, settings: Raw, places: list[str]) -> None:
    template = app(
        Queue=resource("SQS::Queue", **redrive(5)), Worker=resource("Lambda::Function"), Map=mapping(**settings)
    )
    assert sorted(finding.place.property for finding in found(judged(tmp_path, template), RULE)) == places


def test_the_same_settings_act_on_a_stream(tmp_path: Path) -> None:
    settings: Raw = {"MaximumRetryAttempts": 2, "BisectBatchOnFunctionError": True}
    template = app(
        Stream=resource("Kinesis::Stream"), Worker=resource("Lambda::Function"), Map=mapping("Stream", **settings)
    )
    assert not found(judged(tmp_path, template), RULE)


@pytest.mark.parametrize(
    ("more", "fires"),
    [
        ({"Map": mapping()}, True),
        ({"Map": mapping(), "Rule": RULE_TO_WORKER}, False),  # asynchronous events go there
        ({}, False),  # nobody in the app calls it: somebody else may
        (
            {
                "Map": mapping(),
                "Allowed": resource(
                    "Lambda::Permission", FunctionName={"Ref": "Worker"}, Principal="s3.amazonaws.com", Action="x"
                ),
            },
            False,
        ),
    ],
)
def test_a_functions_own_dead_letter_queue(tmp_path: Path, more: Raw, fires: bool) -> None:
    template = app(Queue=resource("SQS::Queue", **redrive(3)), Worker=FUNCTION_DLQ, **more)
    report = judged(tmp_path, template)
    mine = [each for each in found(report, RULE) if each.place.property == "DeadLetterConfig.TargetArn"]
    assert len(mine) == fires


@pytest.mark.parametrize(("own", "fires"), [({}, True), ({"MaximumRetryAttempts": 0}, False)])
def test_no_retries_of_a_delivery_to_a_function_that_tries_again(tmp_path: Path, own: Raw, fires: bool) -> None:
    config = resource("Lambda::EventInvokeConfig", FunctionName={"Ref": "Worker"}, Qualifier="$LATEST", **own)
    template = app(Worker=resource("Lambda::Function"), Rule=RULE_TO_WORKER, Config=config)
    findings = found(judged(tmp_path, template), RULE)
    assert len(findings) == fires
    if fires:
        assert "app/Worker runs 3 times all the same (2 asynchronous retries by default)" in findings[0].message


def container(kind: str, errors: list[str], inside: Raw) -> Raw:
    task = {"Type": "Task", "Resource": "${Worker.Arn}", "End": True, **inside}
    branch = {"StartAt": "A", "States": {"A": task, "No": {"Type": "Fail", "Error": "Mine"}}}
    holds = {"ItemProcessor": branch} if kind == "Map" else {"Branches": [branch]}
    state = {"Type": kind, "End": True, "Retry": [{"ErrorEquals": errors, "MaxAttempts": 2}], **holds}
    document = json.dumps({"StartAt": "P", "States": {"P": state}})
    machine = resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": document})
    return app(Worker=resource("Lambda::Function"), Machine=machine)


CAUGHT: Raw = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}]}


@pytest.mark.parametrize(
    ("kind", "errors", "inside", "fires"),
    [
        ("Map", ["Other"], CAUGHT, True),
        ("Parallel", ["Other", "Another"], CAUGHT, True),
        ("Map", ["Mine"], CAUGHT, False),
        ("Map", ["Other", "States.TaskFailed"], CAUGHT, False),
        ("Map", ["States.Runtime"], CAUGHT, False),
        ("Map", ["Other"], {}, False),  # the handler may raise it
    ],
)
def test_a_retrier_whose_error_cannot_come_out(
    tmp_path: Path, kind: str, errors: list[str], inside: Raw, fires: bool
) -> None:
    findings = found(judged(tmp_path, container(kind, errors, inside)), RULE)
    assert len(findings) == fires
    if fires:
        assert "only Mine comes out of it" in findings[0].message
