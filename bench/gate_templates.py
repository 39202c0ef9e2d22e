"""Templates at the limit of what CloudFormation takes, and some that mean harm: each at most 1 MB.

Source of the limit: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html,
read 2026-11-30
"""

from __future__ import annotations

import json
from typing import Any

LIMIT = 1_048_576
"""Bytes of a template in S3."""
MOST_RESOURCES = 500


def arn(name: str) -> dict[str, Any]:
    """A reference to a resource's ARN."""
    return {"Fn::GetAtt": [name, "Arn"]}


def unit(number: int, sends_to: int | None = None, filler: str = "") -> dict[str, Any]:
    """A queue, its dead letters, a function that reads it and may send to another queue, their role and mapping."""
    redrive = {"deadLetterTargetArn": arn(f"Dead{number}"), "maxReceiveCount": 5}
    statements = [{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": arn(f"Queue{number}")}]
    variables: dict[str, Any] = {"FILLER": filler}
    if sends_to is not None:
        statements.append({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn(f"Queue{sends_to}")})
        variables["NEXT"] = {"Ref": f"Queue{sends_to}"}
    document = {"Version": "2012-10-17", "Statement": statements}
    return {
        f"Dead{number}": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        f"Queue{number}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 180, "RedrivePolicy": redrive},
        },
        f"Role{number}": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {},
                "Policies": [{"PolicyName": "p", "PolicyDocument": document}],
            },
        },
        f"Fn{number}": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "i.h",
                "Timeout": 30,
                "Code": {"S3Bucket": "b", "S3Key": f"k{number}"},
                "Role": arn(f"Role{number}"),
                "Environment": {"Variables": variables},
            },
        },
        f"Map{number}": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "BatchSize": 1,
                "EventSourceArn": arn(f"Queue{number}"),
                "FunctionName": {"Ref": f"Fn{number}"},
            },
        },
    }


def largest() -> str:
    """500 resources in 1 MB, in chains of ten queues: each function sends to the next queue."""
    count = MOST_RESOURCES // 5
    filler = "x" * 8_600
    resources: dict[str, Any] = {}
    for number in range(count):
        resources |= unit(number, number + 1 if number % 10 < 9 else None, filler)
    text = json.dumps({"Resources": resources})
    if not 0.9 * LIMIT < len(text) <= LIMIT:
        raise ValueError(f"{len(text):,} bytes")
    return text


def everyone_sends_to_everyone() -> str:
    """A hundred functions of one role that may send to every queue, and whose environments name them all."""
    count = 100
    resources: dict[str, Any] = {}
    for number in range(count):
        resources |= unit(number, (number + 1) % count)
        resources[f"Fn{number}"]["Properties"]["Role"] = arn("Role0")
        names = {f"Q{other}": {"Ref": f"Queue{other}"} for other in range(count)}
        resources[f"Fn{number}"]["Properties"]["Environment"] = {"Variables": names}
    statement = resources["Role0"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    statement.append({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    return json.dumps({"Resources": resources})


def many_worlds() -> str:
    """Forty parameters with ten values each, and a count that hangs on all of them."""
    names = [f"P{number}" for number in range(40)]
    parameters = {name: {"Type": "String", "AllowedValues": [str(each) for each in range(10)]} for name in names}
    conditions = {f"C{name}": {"Fn::Equals": [{"Ref": name}, "3"]} for name in names}
    count: Any = 3
    for name in names:
        count = {"Fn::If": [f"C{name}", {"Ref": name}, count]}
    resources = unit(0)
    resources["Queue0"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] = count
    return json.dumps({"Parameters": parameters, "Conditions": conditions, "Resources": resources})


def deep() -> str:
    """Objects in objects, as many as fit into 1 MB."""
    depth = 100_000
    return '{"Resources": {}, "Metadata": ' + '{"a":' * depth + "1" + "}" * depth + "}"


def aliases() -> str:
    """YAML whose aliases stand for 10^9 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join([*lines, "Resources:", "  Queue: {Type: AWS::SQS::Queue, Properties: {Tags: *a8}}", ""])


def loops() -> str:
    """Loops of the language extensions in one another: 10^6 resources, if they were all made."""
    names = [str(number) for number in range(100)]
    inner: Any = {"Q${A}${B}${C}": {"Type": "AWS::SQS::Queue"}}
    for name in ("C", "B", "A"):
        inner = {f"Fn::ForEach::{name}": [name, names, inner]}
    return json.dumps({"Transform": "AWS::LanguageExtensions", "Resources": inner})


def machine() -> str:
    """A machine of which every state can go to every other, each with catches and choices."""
    count = 60
    states: dict[str, Any] = {}
    for number in range(count):
        choices = [{"Variable": f"$.x{other}", "NumericEquals": other, "Next": f"T{other}"} for other in range(count)]
        states[f"C{number}"] = {"Type": "Choice", "Choices": choices, "Default": f"T{number}"}
        states[f"T{number}"] = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Fn}"},
            "Retry": [{"ErrorEquals": [f"E{n}"], "MaxAttempts": 3} for n in range(5)],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": f"C{(number * 7 + 3) % count}"}],
            "Next": f"C{(number + 1) % count}",
        }
    resources = unit(0)
    resources["Machine"] = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "DefinitionString": json.dumps({"StartAt": "C0", "States": states}),
            "DefinitionSubstitutions": {"Fn": arn("Fn0")},
            "RoleArn": arn("Role0"),
        },
    }
    return json.dumps({"Resources": resources})


def one_long_text() -> str:
    """A text of a million characters where patterns are looked for."""
    resources = unit(0)
    resources["Fn0"]["Properties"]["Environment"]["Variables"]["URL"] = "arn:" * 200_000
    return json.dumps({"Resources": resources})


HOSTILE = {
    "everyone sends to everyone": everyone_sends_to_everyone,
    "10^40 worlds": many_worlds,
    "100,000 levels deep": deep,
    "aliases for 10^9 values": aliases,
    "loops for 10^6 resources": loops,
    "a machine, all states to all": machine,
    "one text of 800,000 characters": one_long_text,
}
