"""Worked cases of Lambda's event sources and destinations, each figure reckoned by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.graph import FailureClass
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

Raw = dict[str, Any]
AGE, LEAST = "until expiry", "at least 1"
CLASSES = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT, FailureClass.THROTTLE)


def made(kind: str, **properties: Any) -> Raw:
    return {"Type": kind if "::S3BucketN" in kind else f"AWS::{kind}", "Properties": properties}


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


def mapping(source: Any, function: str = "Fn", **settings: Any) -> Raw:
    return made("Lambda::EventSourceMapping", EventSourceArn=source, FunctionName={"Ref": function}, **settings)


def queue(receives: int, dead: str = "Last") -> Raw:
    return made("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": arn(dead), "maxReceiveCount": receives})


def config(function: str = "Fn", **settings: Any) -> Raw:
    return made("Lambda::EventInvokeConfig", FunctionName={"Ref": function}, Qualifier="$LATEST", **settings)


def on_failure(end: Any) -> Raw:
    return {"DestinationConfig": {"OnFailure": {"Destination": end}}}


FN = made("Lambda::Function", Handler="i.h")
LAST = made("SQS::Queue")
TOPIC = made("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}])
KAFKA = made("MSK::Cluster")
POLLERS: Raw = {"ProvisionedPollerConfig": {"MinimumPollers": 1}, "Topics": ["orders"]}
TO_FN = {"Events": ["s3:ObjectCreated:*"], "LambdaFunctionArn": arn("Fn")}
TO_QUEUE = {"Event": "s3:ObjectCreated:*", "Queue": arn("Queue")}

CASES: list[tuple[str, Raw, str, tuple[Any, ...]]] = [
    (
        "bucket -> function, as the CDK writes it: the asynchronous queue tries 1 + 2",
        {
            "Bucket": made("S3::Bucket"),
            "Fn": FN,
            "Notify": made(
                "Custom::S3BucketNotifications",
                BucketName={"Ref": "Bucket"},
                NotificationConfiguration={"LambdaFunctionConfigurations": [TO_FN]},
            ),
        },
        "Fn",
        (3, 3, AGE, AGE),
    ),
    (
        "bucket -> queue (5) -> function: S3 is done once the queue has the event",
        {
            "Bucket": made("S3::Bucket", NotificationConfiguration={"QueueConfigurations": [TO_QUEUE]}),
            "Queue": queue(5),
            "Last": LAST,
            "Fn": FN,
            "Map": mapping(arn("Queue")),
        },
        "Fn",
        (5, 5, 5, 5),
    ),
    (
        "Kafka, 3 retries -> function; what is discarded -> queue (2) -> the same function: 4 + 2",
        {
            "Kafka": KAFKA,
            "Failed": queue(2),
            "Last": LAST,
            "Fn": FN,
            "Map": mapping({"Ref": "Kafka"}, MaximumRetryAttempts=3, **POLLERS, **on_failure(arn("Failed"))),
            "Again": mapping(arn("Failed")),
        },
        "Fn",
        (6, 6, AGE, AGE),
    ),
    (
        "Kafka without a limit, but with a topic for what fails: 1 + 10",
        {"Kafka": KAFKA, "Fn": FN, "Map": mapping({"Ref": "Kafka"}, **POLLERS, **on_failure("kafka://failed"))},
        "Fn",
        (11, 11, AGE, AGE),
    ),
    (
        "Kafka with nothing set",
        {"Kafka": KAFKA, "Fn": FN, "Map": mapping({"Ref": "Kafka"}, Topics=["orders"])},
        "Fn",
        (AGE, AGE, AGE, AGE),
    ),
    (
        "a broker: nothing in the template limits it",
        {"Broker": made("AmazonMQ::Broker"), "Fn": FN, "Map": mapping(arn("Broker"), Queues=["orders"])},
        "Fn",
        (LEAST, LEAST, LEAST, LEAST),
    ),
    (
        "topic -> function (1 + 1); its failures -> the default bus -> rule -> another function (1 + 2)",
        {
            "Topic": TOPIC,
            "Fn": FN,
            "Config": config(
                MaximumRetryAttempts=1, **on_failure({"Fn::Sub": "arn:aws:events:eu-west-1:1:event-bus/default"})
            ),
            "Rule": made(
                "Events::Rule",
                EventPattern={"detail-type": ["Lambda Function Invocation Result - Failure"]},
                Targets=[{"Id": "T", "Arn": arn("Rescue")}],
            ),
            "Rescue": FN,
        },
        "Rescue",
        (3, 3, AGE, AGE),
    ),
    (
        "topic -> durable function: a failed execution is not retried, one that crashed goes on until it times out",
        {"Topic": TOPIC, "Fn": made("Lambda::Function", DurableConfig={"ExecutionTimeout": 900})},
        "Fn",
        (1, AGE, AGE, AGE),
    ),
    (
        "queue (5) -> durable function: the mapping waits for the execution",
        {
            "Queue": queue(5),
            "Last": LAST,
            "Fn": made("Lambda::Function", DurableConfig={"ExecutionTimeout": 900}),
            "Map": mapping(arn("Queue")),
        },
        "Fn",
        (5, 5, 5, 5),
    ),
    (
        "topic -> function that never runs; its dead letters (2) -> another function",
        {
            "Topic": TOPIC,
            "Fn": made("Lambda::Function", ReservedConcurrentExecutions=0, DeadLetterConfig={"TargetArn": arn("Dead")}),
            "Dead": queue(2),
            "Last": LAST,
            "Map": mapping(arn("Dead"), "Rescue"),
            "Rescue": FN,
        },
        "Rescue",
        (2, 2, 2, 2),
    ),
]


@pytest.mark.parametrize(("template", "site", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_attempts(tmp_path: Path, template: Raw, site: str, expected: tuple[Any, ...]) -> None:
    (tmp_path / "app.template.json").write_text(json.dumps({"Resources": template}))
    assembly = {"type": "aws:cloudformation:stack", "environment": "aws://1/eu-west-1"}
    manifest = {
        "version": "36.0.0",
        "artifacts": {"app": assembly | {"properties": {"templateFile": "app.template.json"}}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    analysis = analyse(build(load([tmp_path])))
    counts = [analysis.attempts.of(f"app/{site}", failure) for failure in CLASSES]
    shown = [
        count.max if count.max is not None else AGE if count.bounded_by.word == "time" else f"at least {count.value}"
        for count in counts
    ]
    assert tuple(shown) == expected
    assert not analysis.loops
