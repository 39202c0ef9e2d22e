"""Resources of CloudFormation in a few words, for generated apps."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def resource(kind: str, **properties: Any) -> Json:
    """A resource of a kind such as ``SQS::Queue``."""
    return {"Type": f"AWS::{kind}"} | ({"Properties": properties} if properties else {})


def arn(logical_id: str) -> Json:
    """The ARN of a resource of the template."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def dead_letters() -> Json:
    """A queue that keeps what failed."""
    return resource("SQS::Queue", MessageRetentionPeriod=1209600)


def work_queue(dead: str, receives: int) -> Json:
    """A queue with a redrive policy."""
    redrive = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": receives}
    return resource("SQS::Queue", VisibilityTimeout=180, RedrivePolicy=redrive)


def handler(role: str, sends_to: str | None = None) -> Json:
    """A function whose code is not read, with the queue that it may send to in its environment."""
    environment = {"Environment": {"Variables": {"QUEUE_URL": {"Ref": sends_to}}}} if sends_to else {}
    return resource(
        "Lambda::Function",
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": "def handler(event, context): ..."},
        Timeout=30,
        Role=arn(role),
        **environment,
    )


def reader(queue: str, worker: str) -> Json:
    """A function that reads a queue, message by message."""
    return resource("Lambda::EventSourceMapping", BatchSize=1, EventSourceArn=arn(queue), FunctionName={"Ref": worker})


def service_role(service: str) -> Json:
    """A role that a service assumes."""
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return resource("IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]})


def allowed(role: str, queue: str, action: str) -> Json:
    """A policy of a role: one action on one queue."""
    allow = {"Effect": "Allow", "Action": f"sqs:{action}", "Resource": arn(queue)}
    document = {"Version": "2012-10-17", "Statement": [allow]}
    return resource("IAM::Policy", PolicyName="Default", PolicyDocument=document, Roles=[{"Ref": role}])
