"""What `retry-loop` says of the end of a loop, and the loops through buckets and destinations that it finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Finding, Severity

from .judging import Raw, found, judged, only

RULE = "retry-loop"
STOPPED = "Lambda's loop detection ends each chain of calls after about 16 rounds (AWS documentation)"
NOTHING = "nothing in the template stops it"
LOST = "then the event is lost: the function has no dead-letter queue and no on-failure destination"
CREATED = "s3:ObjectCreated:*"


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


def made(kind: str, **properties: Any) -> Raw:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def sender(action: str, on: Any, held: Any, **properties: Any) -> Raw:
    """A function `Fn` that sends to something its environment holds."""
    document = {"Statement": {"Effect": "Allow", "Action": action, "Resource": on}}
    return {
        "Role": made("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": document}]),
        "Fn": made("Lambda::Function", Role=arn("Role"), Environment={"Variables": {"TO": held}}, **properties),
    }


def writer(objects: str = "/*", **properties: Any) -> Raw:
    """A function that writes to the bucket."""
    return sender("s3:PutObject", {"Fn::Sub": "${Bucket.Arn}" + objects}, {"Ref": "Bucket"}, **properties)


def bucket(**settings: Any) -> Raw:
    entry = {"Event": CREATED, "Function": arn("Fn"), **settings}
    return {"Bucket": made("S3::Bucket", NotificationConfiguration={"LambdaConfigurations": [entry]})}


def keys(prefix: str) -> Raw:
    return {"Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": prefix}]}}}


def finding(directory: Path, resources: Raw) -> Finding:
    return only(judged(directory, {"Resources": resources}), RULE)


def test_a_function_that_writes_to_the_bucket_it_hears_of(tmp_path: Path) -> None:
    loop = finding(tmp_path, bucket() | writer())
    assert (loop.site, loop.severity) == ("app/Bucket", Severity.WARNING)
    lines = loop.message.splitlines()
    assert lines[lines.index(STOPPED) + 1] == LOST
    assert not any("boto3" in line for line in lines), "which SDK the function has is not told"


@pytest.mark.parametrize(("runtime", "sdk"), [("python3.13", "boto3 1.24.46"), ("nodejs22.x", "JavaScript v3.105")])
def test_the_sdk_that_the_runtime_needs_is_named_for_it_alone(tmp_path: Path, runtime: str, sdk: str) -> None:
    facts = finding(tmp_path, bucket() | writer(Runtime=runtime)).facts
    assert f"it sees the chain only with {sdk} or later: with an older SDK it does not" in facts
    assert sum("or later" in fact for fact in facts) == 1


def test_a_filter_that_the_keys_may_meet_makes_it_a_warning(tmp_path: Path) -> None:
    assert finding(tmp_path, bucket(**keys("in/")) | writer()).severity is Severity.WARNING


def test_keys_that_never_meet_make_no_loop(tmp_path: Path) -> None:
    assert not found(judged(tmp_path, {"Resources": bucket(**keys("in/")) | writer("/out/*")}), RULE)


def test_a_permission_alone_makes_it_a_warning(tmp_path: Path) -> None:
    resources = bucket() | writer()
    del resources["Fn"]["Properties"]["Environment"]
    assert finding(tmp_path, resources).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("settings", "ends"),
    [({"DeadLetterConfig": {"TargetArn": arn("Dead")}}, "then the event goes to app/Dead"), ({}, LOST)],
)
def test_an_asynchronous_event_ends_where_failed_ones_end(tmp_path: Path, settings: Raw, ends: str) -> None:
    loop = finding(tmp_path, bucket() | writer(**settings) | {"Dead": made("SQS::Queue")})
    lines = loop.message.splitlines()
    assert lines[lines.index(STOPPED) + 1] == ends


def test_events_over_eventbridge_are_not_seen(tmp_path: Path) -> None:
    on = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    rule = made("Events::Rule", EventPattern={"source": ["aws.s3"]}, Targets=[{"Id": "T", "Arn": arn("Fn")}])
    loop = finding(tmp_path, writer() | {"Bucket": made("S3::Bucket", NotificationConfiguration=on), "Rule": rule})
    assert loop.severity is Severity.WARNING
    why = "Lambda's loop detection does not follow events from app/Bucket to app/Rule"
    assert f"{NOTHING}: {why} (rule-match)" in loop.facts


def requeue(policy: Raw, **properties: Any) -> Raw:
    mapping = made("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName={"Ref": "Fn"})
    parts = {"Queue": made("SQS::Queue", **policy), "Dead": made("SQS::Queue"), "Mapping": mapping}
    return parts | sender("sqs:SendMessage", arn("Queue"), {"Ref": "Queue"}, **properties)


@pytest.mark.parametrize(
    ("policy", "then"),
    [
        (
            {"RedrivePolicy": {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 20}},
            "then the message is received again without a run (maxReceiveCount = 20), and moves to app/Dead",
        ),
        (
            {},
            (
                "then the message is received again without a run (no redrive policy: 4 days / 30 s), "
                "and is silently deleted"
            ),
        ),
    ],
)
def test_a_refused_message_is_still_received(tmp_path: Path, policy: Raw, then: str) -> None:
    lines = finding(tmp_path, requeue(policy)).message.splitlines()
    assert lines[lines.index(STOPPED) + 1] == then


def test_recursion_that_is_allowed_is_not_stopped(tmp_path: Path) -> None:
    facts = finding(tmp_path, requeue({}, RecursiveLoop="Allow")).facts
    assert f"{NOTHING}: Lambda's loop detection does not act on app/Fn (RecursiveLoop, or the Region)" in facts


def test_a_table_is_not_seen(tmp_path: Path) -> None:
    stream = {"Fn::GetAtt": ["Table", "StreamArn"]}
    mapping = made("Lambda::EventSourceMapping", EventSourceArn=stream, FunctionName={"Ref": "Fn"})
    writes = sender("dynamodb:PutItem", arn("Table"), {"Ref": "Table"})
    facts = finding(tmp_path, writes | {"Table": made("DynamoDB::Table"), "Map": mapping}).facts
    assert any(fact.startswith(NOTHING) for fact in facts)


def test_the_caller_is_told(tmp_path: Path) -> None:
    lines = finding(tmp_path, sender("lambda:InvokeFunction", arn("Fn"), arn("Fn"))).message.splitlines()
    assert lines[lines.index(STOPPED) + 1] == (
        "then the call of app/Fn to itself fails (RecursiveInvocationException); the next event can start another chain"
    )


@pytest.mark.parametrize("property_", ["DeadLetterConfig", "OnFailure"])
def test_a_destination_that_calls_the_function_again_is_seen(tmp_path: Path, property_: str) -> None:
    topic = made("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}])
    ends = {"DestinationConfig": {"OnFailure": {"Destination": {"Ref": "Topic"}}}}
    resources: Raw = {"Topic": topic, "Fn": made("Lambda::Function")}
    if property_ == "OnFailure":
        name = {"FunctionName": {"Ref": "Fn"}, "Qualifier": "$LATEST"}
        resources["Config"] = made("Lambda::EventInvokeConfig", **name, **ends)
    else:
        resources["Fn"] = made("Lambda::Function", DeadLetterConfig={"TargetArn": {"Ref": "Topic"}})
    lines = finding(tmp_path, resources).message.splitlines()
    assert lines[lines.index(STOPPED) + 1] == "then the event goes to app/Topic"


def worker(action: Any) -> Raw:
    """A container that reads the queue which its environment holds, and may do more with it."""
    policy = {
        "PolicyName": "P",
        "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": action, "Resource": arn("Q")}},
    }
    container = {"Name": "w", "Image": "w", "Environment": [{"Name": "QUEUE", "Value": {"Ref": "Q"}}]}
    return {
        "Q": made("SQS::Queue"),
        "Role": made("IAM::Role", Policies=[policy]),
        "Task": made("ECS::TaskDefinition", TaskRoleArn=arn("Role"), ContainerDefinitions=[container]),
        "Service": made("ECS::Service", TaskDefinition={"Ref": "Task"}),
    }


def test_a_wildcard_for_a_queue_that_is_read_anyway_is_a_note(tmp_path: Path) -> None:
    """`sqs:*` and the queue's address are what reading wants: nothing says that the code sends."""
    assert finding(tmp_path, worker("sqs:*")).severity is Severity.NOTE
