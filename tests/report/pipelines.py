"""Templates of one pipeline with the numbers that a change changes, and what is found in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seawall.engine import Report, report_of
from seawall.settings import Settings
from seawall.template import load


def pipeline(
    receives: Any = 5,
    attempts: int | None = 3,
    *,
    names: Mapping[str, str] | None = None,
    constructs: bool = False,
    metadata: Mapping[str, Any] | None = None,
    sends_back: bool = False,
    redrive: bool = True,
    kept: int | None = None,
) -> dict[str, Any]:
    """Queue (`receives`) -> pipe that waits -> Express machine -> task with Retry States.ALL (1 + `attempts`).

    By the model: 5 x 4 = 20 runs of Charge. `names` gives resources other logical ids; `metadata` stands on the
    function; with `sends_back` the function may send to the queue and knows its URL. Without `redrive` the
    queue's receives are bounded by its retention: kept 4 days, tried every 30 s = 11,520, or by `kept` seconds.
    """
    named = {name: (names or {}).get(name, name) for name in ("Queue", "Dead", "Pipe", "Machine", "Charge", "Role")}

    def arn(name: str) -> Any:
        return {"Fn::GetAtt": [named[name], "Arn"]}

    task: dict[str, Any] = {"Type": "Task", "Resource": "${charge}", "End": True}
    if attempts is not None:
        task["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": attempts}]
    definition = json.dumps({"StartAt": "Charge", "States": {"Charge": task}})
    role = arn("Role") if sends_back else "arn:aws:iam::111122223333:role/r"
    queue: dict[str, Any] = {"VisibilityTimeout": 30}
    if kept is not None:
        queue["MessageRetentionPeriod"] = kept
    if redrive:
        queue["RedrivePolicy"] = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": receives}
    found: dict[str, Any] = {
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
        "Pipe": {
            "Type": "AWS::Pipes::Pipe",
            "Properties": {
                "RoleArn": "arn:aws:iam::111122223333:role/r",
                "Source": arn("Queue"),
                "Target": {"Ref": named["Machine"]},
                "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
            },
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": "arn:aws:iam::111122223333:role/r",
                "StateMachineType": "EXPRESS",
                "DefinitionString": definition,
                "DefinitionSubstitutions": {"charge": arn("Charge")},
            },
        },
        "Charge": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Handler": "i.h",
                "Runtime": "python3.13",
                "Timeout": 5,
                "Role": role,
                "Code": {"ZipFile": ""},
            },
        },
    }
    if sends_back:
        found["Charge"]["Properties"]["Environment"] = {"Variables": {"QUEUE_URL": {"Ref": named["Queue"]}}}
        statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn("Queue")}
        policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
        found["Role"] = {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {}, "Policies": [policy]},
        }
    if metadata:
        found["Charge"]["Metadata"] = dict(metadata)
    if constructs:
        for name, resource in found.items():
            resource.setdefault("Metadata", {})["aws:cdk:path"] = f"App/{name}/Resource"
    return {"Resources": {named[name]: resource for name, resource in found.items()}}


def write(path: Path, template: Mapping[str, Any]) -> Path:
    """The template as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(template, indent=1), "utf-8")
    return path


def judged(path: Path, template: Mapping[str, Any], **settings: Any) -> Report:
    """The report on the template, written to `path`. Only retries are looked at, by the rules that count them."""
    chosen = {"select": frozenset({"stacked-retries", "unbounded-retry", "excessive-retries", "retry-loop"})}
    return report_of(load([write(path, template)]), Settings(**{**chosen, **settings}))
