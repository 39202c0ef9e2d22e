"""Calls of code that was not read: each reading is played, and what is counted lies between the two ends."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.replay import MiniStack

from .playing import play

Raw = dict[str, Any]


def function(role: str = "Role", code: str | None = None, **variables: Any) -> Raw:
    """A function whose code is not there, unless it is given."""
    made: Raw = {"Handler": "index.handler", "Runtime": "python3.13", "Role": arn(role)}
    made["Code"] = {"S3Bucket": "b", "S3Key": "k"} if code is None else {"ZipFile": code}
    if variables:
        made["Environment"] = {"Variables": variables}
    return {"Type": "AWS::Lambda::Function", "Properties": made}


def role(*statements: Raw) -> Raw:
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Policies": policies}}


def queue(receives: int) -> Raw:
    redrive = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": receives}
    return {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}}


def reads(source: str, function: str) -> Raw:
    properties = {"EventSourceArn": arn(source), "FunctionName": {"Ref": function}, "BatchSize": 1}
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


TEMPLATE: Raw = {
    "Resources": {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": queue(4),
        "Mapping": reads("Queue", "Caller"),
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
def test_each_reading_lies_between_the_ends(emulator: MiniStack, reading: str, runs: int, verdict: str) -> None:
    outcome, said = play(emulator, TEMPLATE, "Callee", reading=reading)
    (row,) = (row for row in outcome.rows if row.key.site == "app/Callee")
    assert (row.predicted.least, row.predicted.count, row.observed, row.verdict) == (1, 4, runs, verdict)
    assert "app/Caller -> app/Callee: the code that calls was not read" in said
    assert not outcome.differs
