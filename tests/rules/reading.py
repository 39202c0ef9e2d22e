"""Small templates in which something reads a queue or a stream."""

from __future__ import annotations

from typing import Any

from .judging import Raw

TABLE: Raw = {"Type": "AWS::DynamoDB::Table", "Properties": {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}}
UNKNOWN: Raw = {"Ref": "Number"}
"""A value that only the deployment knows."""
STAGED: Raw = {
    "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}},
    "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
}
"""Sections of a template in which a stage decides something."""


def arn(name: str, attribute: str = "Arn") -> Raw:
    return {"Fn::GetAtt": [name, attribute]}


def resource(kind: str, **properties: Any) -> Raw:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def redrive(receives: Any) -> Raw:
    return {"RedrivePolicy": {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": receives}}


def app(**resources: Raw) -> Raw:
    """A template with a dead-letter queue and a parameter without a value."""
    dead = {"Dead": resource("SQS::Queue")}
    return {"Parameters": {"Number": {"Type": "Number"}}, "Resources": {**dead, **resources}}


def mapping(source: str = "Queue", to: str = "Worker", **properties: Any) -> Raw:
    stream = "StreamArn" if source == "Table" else "Arn"
    settings: Raw = {"EventSourceArn": arn(source, stream), "FunctionName": {"Ref": to}, **properties}
    return resource("Lambda::EventSourceMapping", **settings)


def mapped(queue: Raw | None = None, worker: Raw | None = None, **settings: Any) -> Raw:
    """Queue -> Worker, with properties of the queue, the function and the mapping."""
    return app(
        Queue=resource("SQS::Queue", **(queue or {})),
        Worker=resource("Lambda::Function", **(worker or {})),
        Mapping=mapping(**settings),
    )


def piped(queue: Raw | None = None, *, to: Raw | None = None, **properties: Any) -> Raw:
    """Queue -> Pipe -> Worker, a function of 20 s, or to something else of that name."""
    return app(
        Queue=resource("SQS::Queue", **(queue or {})),
        Worker=to or resource("Lambda::Function", Timeout=20),
        Helper=resource("Lambda::Function", Timeout=10),
        Pipe=resource("Pipes::Pipe", Source=arn("Queue"), Target=arn("Worker"), **properties),
    )


def sender(worker: str, queue: str, *, environment: bool = True) -> Raw:
    """Resources by which the code of a function may send to a queue."""
    held: Raw = {"Environment": {"Variables": {"QUEUE": {"Ref": queue}}}} if environment else {}
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn(queue)}
    return {
        worker: resource("Lambda::Function", Role=arn(f"{worker}Role"), **held),
        f"{worker}Role": resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [statement]}}]),
    }
