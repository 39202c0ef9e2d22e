"""`outlived-caller`: starts and runs at once, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Severity

from .judging import Raw, found, judged, only
from .reading import arn, resource

RULE = "outlived-caller"


def machine(retry: Raw | None, **task: Any) -> Raw:
    state = {"Type": "Task", "Resource": "${Caller.Arn}", "End": True, **task}
    if retry is not None:
        state["Retry"] = [retry]
    document = json.dumps({"StartAt": "A", "States": {"A": state}})
    return resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": document})


def chain(caller: int, slow: int, retry: Raw | None, **task: Any) -> Raw:
    """Machine -> Caller, which invokes Slow and waits."""
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn("Slow")}
    return {
        "Resources": {
            "Machine": machine(retry, **task),
            "Role": resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [statement]}}]),
            "Caller": resource(
                "Lambda::Function",
                Timeout=caller,
                Role=arn("Role"),
                Environment={"Variables": {"SLOW": {"Ref": "Slow"}}},
            ),
            "Slow": resource("Lambda::Function", Timeout=slow),
        }
    }


@pytest.mark.parametrize(
    ("caller", "slow", "retry", "runs", "at_once"),
    [
        # At 0, 91 and 183 s, each for up to 300 s.
        (90, 300, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}, 3, 3),
        # At 0, 90 + 100 = 190 and 380 s: never more than two within 300 s.
        (90, 300, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "IntervalSeconds": 100, "BackoffRate": 1}, 3, 2),
        (90, 100, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 60}, 2, 1),
    ],
)
def test_a_caller_that_is_tried_again(
    tmp_path: Path, caller: int, slow: int, retry: Raw, runs: int, at_once: int
) -> None:
    report = judged(tmp_path, chain(caller, slow, retry))
    outlived = report.analysis.abandoned["app/Slow"]
    assert (outlived.count.max, outlived.at_once) == (runs, at_once)
    finding = only(report, RULE)
    assert (finding.site, finding.severity, finding.attempts) == ("app/Slow", Severity.WARNING, runs)
    assert f"is started {runs} times" in finding.headline
    assert (f"up to {at_once} at once" in finding.headline) is (at_once > 1)


@pytest.mark.parametrize(("caller", "slow"), [(90, 90), (90, 3), (300, 90)])
def test_a_caller_that_waits_long_enough(tmp_path: Path, caller: int, slow: int) -> None:
    assert not found(judged(tmp_path, chain(caller, slow, {"ErrorEquals": ["States.ALL"]})), RULE)


@pytest.mark.parametrize(
    ("errors", "runs"),
    [(["States.Timeout"], 4), (["States.ALL"], 4), (["Sandbox.Timedout"], None), (["States.TaskFailed"], None)],
)
def test_a_state_that_gives_up(tmp_path: Path, errors: list[str], runs: int | None) -> None:
    """Only a retrier that acts on States.Timeout starts the function again."""
    template = chain(300, 3, {"ErrorEquals": errors, "MaxAttempts": 3}, TimeoutSeconds=20)
    assert [finding.attempts for finding in found(judged(tmp_path, template), RULE)] == ([runs] if runs else [])


@pytest.mark.parametrize(("timeout", "settings", "fires"), [(60, {}, True), (29, {}, False), (20, {}, False)])
def test_an_api_is_a_note(tmp_path: Path, timeout: int, settings: Raw, fires: bool) -> None:
    uri = {"Fn::Sub": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${Slow.Arn}/invocations"}
    template = {
        "Resources": {
            "Api": resource("ApiGateway::RestApi", Name="a"),
            "Method": resource(
                "ApiGateway::Method",
                RestApiId={"Ref": "Api"},
                ResourceId={"Fn::GetAtt": ["Api", "RootResourceId"]},
                HttpMethod="POST",
                Integration={"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri, **settings},
            ),
            "Slow": resource("Lambda::Function", Timeout=timeout),
        }
    }
    findings = found(judged(tmp_path, template), RULE)
    assert [finding.severity for finding in findings] == [Severity.NOTE] * fires
    if fires:
        assert "the API's 29 s" in findings[0].message
