"""Calls of code that was not read: each reading is played, and what is counted lies between the two ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.cli import main

Raw = dict[str, Any]
Capture = pytest.CaptureFixture[str]


def function(role: str = "Role", **variables: Any) -> Raw:
    made: Raw = {"Handler": "index.handler", "Runtime": "python3.13", "Code": {"S3Bucket": "b", "S3Key": "k"}}
    made["Role"] = {"Fn::GetAtt": [role, "Arn"]}
    if variables:
        made["Environment"] = {"Variables": variables}
    return {"Type": "AWS::Lambda::Function", "Properties": made}


def role(*statements: Raw) -> Raw:
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Policies": policies}}


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


TEMPLATE: Raw = {
    "Resources": {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"RedrivePolicy": {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 4}},
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": arn("Queue"), "FunctionName": {"Ref": "Caller"}, "BatchSize": 1},
        },
        "Role": role(),
        "CallerRole": role({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn("Callee")}),
        "Caller": function("CallerRole", CALLEE={"Ref": "Callee"}),
        "Callee": function(),
        "Config": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {"FunctionName": {"Ref": "Callee"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 1},
        },
    }
}


@pytest.mark.parametrize(
    ("reading", "runs", "verdict"),
    [
        ("heeded", 4, "equal"),  # each of the four receives calls it
        ("unheeded", 1, "within"),  # the caller goes on, and the message is done
        ("unawaited", 2, "within"),  # its own first run and one retry
    ],
)
def test_each_reading_lies_between_the_ends(
    tmp_path: Path, capsys: Capture, reading: str, runs: int, verdict: str
) -> None:
    path = tmp_path / "app.json"
    path.write_text(json.dumps(TEMPLATE))
    assert main(["replay", str(path), "--fail", "Callee", "--calls", reading, "--format", "json"]) == 0
    said = capsys.readouterr()
    found = {(one["site"], one["what"]): one for one in json.loads(said.out)["counts"]}
    callee = found["app/Callee", "runs"]
    assert callee["predicted"] == {"max": 4, "min": 1, "bounded_by": "count"}
    assert (callee["observed"], callee["verdict"]) == (runs, verdict)
    assert "app/Caller -> app/Callee: the code that calls was not read" in said.err
