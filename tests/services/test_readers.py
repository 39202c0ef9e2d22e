"""Who reads the stream of a table by itself: what a role allows on the table is nothing on its stream, and the reverse.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html, read 2026-11-30:
`GetRecords` is an action on the resource type stream, ``table/NAME/stream/LABEL``.
"""

from __future__ import annotations

from typing import Any

import pytest

import seawall

Raw = dict[str, Any]
TABLE, STREAM = {"Fn::GetAtt": ["T", "Arn"]}, {"Fn::GetAtt": ["T", "StreamArn"]}
LITERAL = "arn:aws:dynamodb:eu-west-1:111122223333:table/"
LOOP, GAP, NOTHING = "loop", "gap", "nothing"


def said(action: str, on: Any, holds: Any, *managed: str, streams: bool = True) -> str:
    """Of a container that may write to a table and read its stream."""
    puts: Raw = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE}
    statements = [puts, {"Effect": "Allow", "Action": action, "Resource": on}]
    role: Raw = {
        "AssumeRolePolicyDocument": {},
        "ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{name}" for name in managed],
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": statements}}],
    }
    variables = [{"Name": "T", "Value": holds}]
    table: Raw = {"TableName": "orders"} | ({"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}} if streams else {})
    report = seawall.check({"Resources": {
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": table},
        "R": {"Type": "AWS::IAM::Role", "Properties": role},
        "C": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "TaskRoleArn": {"Fn::GetAtt": ["R", "Arn"]},
            "ContainerDefinitions": [{"Name": "c", "Image": "x", "Environment": variables}]}},
        "S": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": "C"}}},
    }})  # fmt: skip
    loop = any(one.rule == "retry-loop" for one in report.findings)
    gap = any("read the stream of template/T" in gap.why and gap.touches for gap in report.gaps)
    assert not (loop and gap)
    return LOOP if loop else GAP if gap else NOTHING


@pytest.mark.parametrize(
    ("action", "on", "holds", "wanted"),
    [
        ("dynamodb:GetRecords", STREAM, {"Ref": "T"}, LOOP),
        ("dynamodb:GetRecords", {"Fn::Sub": "${T.Arn}/stream/*"}, {"Ref": "T"}, LOOP),
        ("dynamodb:GetRecords", f"{LITERAL}orders/stream/*", {"Ref": "T"}, LOOP),
        ("dynamodb:GetRecords", "*", STREAM, LOOP),
        ("dynamodb:GetRecords", "*", {"Ref": "T"}, GAP),
        ("dynamodb:Get*", "*", TABLE, GAP),
        ("dynamodb:GetRecords", f"{LITERAL}*", {"Ref": "T"}, GAP),
        ("dynamodb:GetRecords", f"{LITERAL}*/stream/*", {"Ref": "T"}, GAP),
        ("dynamodb:GetRecords", f"{LITERAL}or*", {"Ref": "T"}, GAP),
        ("dynamodb:GetRecords", f"{LITERAL}other*", {"Ref": "T"}, NOTHING),
        ("dynamodb:GetRecords", "*", "nothing", NOTHING),
        ("dynamodb:GetRecords", TABLE, {"Ref": "T"}, NOTHING),
        ("dynamodb:*", TABLE, {"Ref": "T"}, NOTHING),
        ("dynamodb:GetItem", "*", {"Ref": "T"}, NOTHING),
    ],
)
def test_what_a_role_allows_on_a_stream(action: str, on: Any, holds: Any, wanted: str) -> None:
    assert said(action, on, holds) == wanted


URL = {"Ref": "Q"}
BOTH = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]


@pytest.mark.parametrize(
    ("on", "holds", "mapped", "wanted"),
    [
        ({"Fn::GetAtt": ["Q", "Arn"]}, URL, False, "hop"),
        ({"Fn::GetAtt": ["Q", "Arn"]}, {"Ref": "U"}, False, GAP),
        ({"Fn::GetAtt": ["Q", "Arn"]}, "nothing", False, GAP),
        ("*", URL, False, GAP),
        ({"Ref": "U"}, URL, False, GAP),
        ("*", "nothing", False, GAP),
        ("arn:aws:sqs:*:*:other", URL, False, NOTHING),
        ({"Fn::GetAtt": ["Q", "Arn"]}, "nothing", True, GAP),
        ("*", "nothing", True, NOTHING),
    ],
)
def test_a_function_that_may_receive_messages_itself(on: Any, holds: Any, mapped: bool, wanted: str) -> None:
    """A schedule starts it; a mapping of another queue needs a permission to receive as well."""
    statement = {"Effect": "Allow", "Action": BOTH, "Resource": on}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["O", "Arn"]}, "FunctionName": {"Ref": "F"}}
    made: Raw = {
        "Q": {"Type": "AWS::SQS::Queue"},
        "O": {"Type": "AWS::SQS::Queue"},
        "R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Policies": [policy]}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "python3.12", "Handler": "i.h", "Code": {"S3Bucket": "b", "S3Key": "k"},
            "Role": {"Fn::GetAtt": ["R", "Arn"]}, "Environment": {"Variables": {"Q": holds}}}},
    }  # fmt: skip
    if mapped:
        made["M"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    report = seawall.check({"Parameters": {"U": {"Type": "String"}}, "Resources": made})
    hop = any((each.source, each.target) == ("template/Q", "template/F") for each in report.analysis.flow.hops)
    gap = any("allows sqs:ReceiveMessage" in each.why and "template/Q" in each.why for each in report.gaps)
    assert ("hop" if hop else GAP if gap else NOTHING) == wanted


def test_that_a_managed_policy_lets_a_sender_receive_says_nothing() -> None:
    code = {"Runtime": "python3.12", "Handler": "i.h", "Code": {"S3Bucket": "b", "S3Key": "k"}}
    role = {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"], "AssumeRolePolicyDocument": {}}
    given = {"Role": {"Fn::GetAtt": ["R", "Arn"]}, "Environment": {"Variables": {"Q": {"Ref": "Q"}}}}
    report = seawall.check({"Resources": {
        "Q": {"Type": "AWS::SQS::Queue"},
        "R": {"Type": "AWS::IAM::Role", "Properties": role},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {**code, **given}},
    }})  # fmt: skip
    assert not report.gaps


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("AmazonDynamoDBFullAccess", GAP),
        ("AWSLambdaDynamoDBExecutionRole", GAP),
        ("AmazonDynamoDBReadOnlyAccess", NOTHING),
        ("AmazonKinesisFullAccess", NOTHING),
    ],
)
def test_what_a_managed_policy_allows_on_one(policy: str, wanted: str) -> None:
    assert said("logs:PutLogEvents", "*", {"Ref": "T"}, policy) == wanted


def test_a_table_without_a_stream_is_read_by_nobody() -> None:
    assert said("dynamodb:GetRecords", "*", {"Ref": "T"}, streams=False) == NOTHING
