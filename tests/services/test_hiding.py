"""Thirty ways to hide the incident: a function sends what failed back to its own queue. None passes in silence.

`docs/evidence.md` has the table.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import seawall
from seawall.report.format import Screen, format_named

Raw = dict[str, Any]
ARN = {"Fn::GetAtt": ["Q", "Arn"]}
SEND: Raw = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": ARN}
BASE: Raw = {
    "Parameters": {"U": {"Type": "String"}},
    "Resources": {
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {
            "QueueName": "work", "VisibilityTimeout": 60,
            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["D", "Arn"]}, "maxReceiveCount": 5}}},
        "D": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        "R": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": "worker", "AssumeRolePolicyDocument": {},
            "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [SEND]}}]}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {
            "Code": {"S3Bucket": "b", "S3Key": "k"}, "Handler": "index.handler", "Runtime": "python3.12", "Timeout": 5,
            "Role": {"Fn::GetAtt": ["R", "Arn"]}, "Environment": {"Variables": {"QUEUE_URL": {"Ref": "Q"}}}}},
        "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "EventSourceArn": ARN, "FunctionName": {"Ref": "F"}, "BatchSize": 1}},
    },
}  # fmt: skip


def grants(**statement: Any) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        policy = made["Resources"]["R"]["Properties"]["Policies"][0]["PolicyDocument"]
        policy["Statement"] = [{"Effect": "Allow", **statement}]

    return change


def sets(*steps: str | int, to: Any) -> Callable[[Raw], None]:
    def change(made: Raw) -> None:
        at: Any = made
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = to

    return change


def queue(to: Any) -> Callable[[Raw], None]:
    return sets("Resources", "F", "Properties", "Environment", "Variables", "QUEUE_URL", to=to)


def role(to: Any) -> Callable[[Raw], None]:
    return sets("Resources", "F", "Properties", "Role", to=to)


def managed(made: Raw) -> None:
    made["Resources"]["R"]["Properties"] |= {
        "Policies": [],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"],
    }


def by_queue_policy(made: Raw) -> None:
    made["Resources"]["R"]["Properties"]["Policies"] = []
    statement = {**SEND, "Principal": {"AWS": {"Fn::GetAtt": ["R", "Arn"]}}}
    made["Resources"]["P"] = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": {"Statement": [statement]}},
    }


def wide_and_empty(made: Raw) -> None:
    grants(Action="sqs:*", Resource="*")(made)
    made["Resources"]["F"]["Properties"]["Environment"] = {"Variables": {}}


def attached(made: Raw) -> None:
    made["Resources"]["R"]["Properties"]["Policies"] = []
    made["Resources"]["P"] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "p", "Roles": [{"Ref": "U"}], "PolicyDocument": {"Statement": [SEND]}},
    }


def mapped(made: Raw) -> None:
    made["Mappings"] = {"Names": {"all": {"Queue": "work"}}}
    queue({"Fn::Sub": ["https://sqs.eu-west-1.amazonaws.com/111122223333/${N}",
                       {"N": {"Fn::FindInMap": ["Names", "all", "Queue"]}}]})(made)  # fmt: skip


def in_ssm(made: Raw) -> None:
    made["Parameters"]["S"] = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/shop/queue"}
    grants(Action="sqs:SendMessage", Resource="*")(made)
    queue({"Ref": "S"})(made)


ERROR, WARNING, GAP = "retry-loop error", "retry-loop warning", "gap"
LOOP = (ERROR, WARNING)
WAYS: list[tuple[str, Callable[[Raw], None], tuple[str, ...]]] = [
    ("nothing hidden", lambda _: None, LOOP),
    ("Resource: \"*\"", grants(Action="sqs:SendMessage", Resource="*"), (WARNING,)),
    ("sqs:*", grants(Action="sqs:*", Resource="*"), (WARNING,)),
    ("Action: \"*\"", grants(Action="*", Resource="*"), (WARNING,)),
    ("sqs:Send*", grants(Action="sqs:Send*", Resource="*"), (WARNING,)),
    ("NotAction", grants(NotAction="iam:*", Resource="*"), (WARNING,)),
    ("NotResource", grants(Action="sqs:SendMessage", NotResource="arn:aws:sqs:*:*:other"), (WARNING,)),
    ("wildcard ARN", grants(Action="sqs:SendMessage", Resource="arn:aws:sqs:*:*:wo*"), (WARNING,)),
    ("an ARN of a parameter", grants(Action="sqs:SendMessage", Resource={"Ref": "U"}), (WARNING, GAP)),
    ("AmazonSQSFullAccess", managed, (WARNING,)),
    ("the queue's own policy", by_queue_policy, (*LOOP, GAP)),
    ("a policy attached to an unknown role", attached, (GAP,)),
    ("a role outside, by ARN", role("arn:aws:iam::111122223333:role/other"), (WARNING, GAP)),
    ("a role of the app, by ARN", role("arn:aws:iam::111122223333:role/worker"), LOOP),
    ("a role from a parameter", role({"Ref": "U"}), (WARNING, GAP)),
    ("a role from an import", role({"Fn::ImportValue": "other-role"}), (WARNING, GAP)),
    ("wide role, empty environment", wide_and_empty, (GAP,)),
    ("queue by name", queue("work"), LOOP),
    ("queue by URL", queue("https://sqs.eu-west-1.amazonaws.com/111122223333/work"), LOOP),
    ("queue by Join", queue({"Fn::Join": ["", ["https://sqs.eu-west-1.amazonaws.com/111122223333/", "work"]]}), LOOP),
    ("queue by Split", queue({"Fn::Select": [1, {"Fn::Split": [",", "a,work"]}]}), LOOP),
    ("queue by mapping", mapped, LOOP),
    ("queue from Systems Manager", in_ssm, (GAP, WARNING)),
    ("mapping's function from a parameter",
     sets("Resources", "M", "Properties", "FunctionName", to={"Ref": "U"}), (GAP,)),
    ("mapping's queue from a parameter",
     sets("Resources", "M", "Properties", "EventSourceArn", to={"Ref": "U"}), (GAP,)),
    ("receives from a parameter",
     sets("Resources", "Q", "Properties", "RedrivePolicy", "maxReceiveCount", to={"Ref": "U"}), (*LOOP, GAP)),
    ("maxReceiveCount: 0",
     sets("Resources", "Q", "Properties", "RedrivePolicy", "maxReceiveCount", to=0), (*LOOP, GAP)),
    ("a macro around the mapping",
     sets("Resources", "M", "Properties", to={"Fn::Transform": {"Name": "Macro"}}), (GAP,)),
    ("a macro over the policies",
     sets("Resources", "R", "Properties", "Policies", to={"Fn::Transform": {"Name": "Macro"}}), (GAP,)),
    ("a module",
     sets("Resources", "M", to={"Type": "Company::Queue::Reader::MODULE", "Properties": {
         "Queue": ARN, "Function": {"Ref": "F"}}}), (GAP,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "wanted"), WAYS, ids=[name for name, _, _ in WAYS])
def test_none_passes_in_silence(name: str, change: Callable[[Raw], None], wanted: tuple[str, ...]) -> None:
    made = copy.deepcopy(BASE)
    change(made)
    report = seawall.check(made)
    said = {f"{one.rule} {one.severity.word}" for one in report.findings if one.rule == "retry-loop"}
    said |= {GAP} if any(gap.touches for gap in report.gaps) else set()
    assert said & set(wanted), (name, said, [(gap.site, gap.property, gap.why) for gap in report.gaps])


@pytest.mark.parametrize("face", ["text", "markdown", "html", "sarif", "json", "github"])
def test_every_face_tells_it(face: str) -> None:
    made = copy.deepcopy(BASE)
    grants(Action="sqs:*", Resource="*")(made)
    assert "retry-loop" in format_named(face).render(seawall.check(made), Screen())
