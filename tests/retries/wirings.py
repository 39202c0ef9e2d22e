"""Small apps in a few words: resources of CloudFormation by short functions."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]
BUS = "Bus"


def arn(name: str) -> Json:
    return {"Fn::GetAtt": [name, "Arn"]}


def resource(kind: str, condition: str = "", **properties: Any) -> Json:
    return {"Type": f"AWS::{kind}", "Properties": properties} | ({"Condition": condition} if condition else {})


def function(**properties: Any) -> Json:
    base: Json = {
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Timeout": 5,
        "Code": {"S3Bucket": "b", "S3Key": "k"},
    }
    return resource("Lambda::Function", **(base | {"Role": arn("Role")} | properties))


def queue(receives: Any = None, dead: str = "Dead", condition: str = "", **properties: Any) -> Json:
    redrive = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": receives}
    return resource("SQS::Queue", condition, **(({"RedrivePolicy": redrive} if receives else {}) | properties))


def reads(queue: str, function: str, condition: str = "", **properties: Any) -> Json:
    base: Json = {"EventSourceArn": arn(queue), "FunctionName": {"Ref": function}, "BatchSize": 1}
    return resource("Lambda::EventSourceMapping", condition, **(base | properties))


def follows(stream: Any, function: str, *patterns: Json, retries: int = 2) -> Json:
    """A mapping of a stream."""
    filters: Json = (
        {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(each)} for each in patterns]}} if patterns else {}
    )
    base: Json = {
        "EventSourceArn": stream,
        "FunctionName": {"Ref": function},
        "BatchSize": 1,
        "StartingPosition": "LATEST",
    }
    return resource("Lambda::EventSourceMapping", **base, MaximumRetryAttempts=retries, **filters)


def bus(name: str = BUS) -> Json:
    return resource("Events::EventBus", Name=name.lower())


def rule(pattern: Json, *targets: Any, on: str = BUS, condition: str = "", **properties: Any) -> Json:
    """Targets by logical ID, or as expressions."""
    made = [
        {"Id": f"t{number}", "Arn": arn(each) if isinstance(each, str) else each, "RoleArn": arn("Role")}
        for number, each in enumerate(targets)
    ]
    base: Json = {"EventBusName": {"Ref": on}} if on else {}
    return resource("Events::Rule", condition, **base, EventPattern=pattern, Targets=made, **properties)


def topic(**properties: Any) -> Json:
    return resource("SNS::Topic", **properties)


def subscription(topic: str, queue: str, policy: Json | None = None, condition: str = "", **properties: Any) -> Json:
    base: Json = {"TopicArn": {"Ref": topic}, "Protocol": "sqs", "Endpoint": arn(queue)}
    return resource(
        "SNS::Subscription", condition, **base, **({"FilterPolicy": policy} if policy else {}), **properties
    )


def machine(start: str, kind: str = "STANDARD", **states: Json) -> Json:
    definition = {"StartAt": start, "States": states}
    return resource("StepFunctions::StateMachine", StateMachineType=kind, RoleArn=arn("Role"), Definition=definition)


def task(function: str, retries: int = 0, **fields: Any) -> Json:
    return _state("lambda:invoke", {"FunctionName": arn(function)}, retries, fields)


def sends(queue: str, **fields: Any) -> Json:
    return _state("sqs:sendMessage", {"QueueUrl": {"Ref": queue}, "MessageBody.$": "$"}, 0, fields)


def puts(source: str, kind: str = "x", on: str = BUS, detail: Json | None = None, **fields: Any) -> Json:
    entry = {"Source": source, "DetailType": kind, "EventBusName": {"Ref": on}, "Detail": detail or {}}
    return _state("events:putEvents", {"Entries": [entry]}, 0, fields)


def runs(machine: str, retries: int = 0, how: str = "startExecution.sync:2", **fields: Any) -> Json:
    return _state(f"states:{how}", {"StateMachineArn": {"Ref": machine}}, retries, fields)


def _state(service: str, parameters: Json, retries: int, fields: Json) -> Json:
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": retries, "IntervalSeconds": 1}
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{service}",
        "Parameters": parameters,
        **({"Retry": [retry]} if retries else {}),
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def choice(**states: str) -> Json:
    """By value of a field: the state that follows; the last one is the default."""
    *asked, (_, last) = states.items()
    choices = [{"Variable": "$.kind", "StringEquals": value, "Next": state} for value, state in asked]
    return {"Type": "Choice", "Choices": choices, "Default": last}


def parallel(*branches: Json, retries: Any = 0, **fields: Any) -> Json:
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": retries, "IntervalSeconds": 1}
    return {
        "Type": "Parallel",
        "Branches": list(branches),
        **({"Retry": [retry]} if retries else {}),
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def branch(start: str, **states: Json) -> Json:
    return {"StartAt": start, "States": states}


def pipe(queue: str, machine: str) -> Json:
    """Waits for the machine, if that is an Express one."""
    return resource(
        "Pipes::Pipe",
        RoleArn=arn("Role"),
        Source=arn(queue),
        SourceParameters={"SqsQueueParameters": {"BatchSize": 1}},
        Target={"Ref": machine},
        TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
    )


def role(*allowed: tuple[str, Any]) -> Json:
    statements = [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in allowed]
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    return resource("IAM::Role", AssumeRolePolicyDocument={}, Policies=[policy] if allowed else [])


def sender(role: str, **variables: Any) -> Json:
    """A function whose code is not read, with an environment."""
    return function(Role=arn(role), Environment={"Variables": variables})


def stages(*values: str) -> Json:
    """Parameter Stage, and a condition `Is...` for each value but the last, `Not...` for its other side."""
    conditions: Json = {}
    for value in values:
        conditions[f"Is{value}"] = {"Fn::Equals": [{"Ref": "Stage"}, value]}
        conditions[f"Not{value}"] = {"Fn::Not": [{"Condition": f"Is{value}"}]}
    return {
        "Parameters": {"Stage": {"Type": "String", "AllowedValues": list(values), "Default": values[0]}},
        "Conditions": conditions,
    }


def template(resources: Json, top: Json | None = None) -> Json:
    base = {"Role": role(), "Dead": queue(MessageRetentionPeriod=1209600)}
    return {"Resources": base | resources} | (top or {})
