"""Rules on the messages of devices."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import When

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, machine, queue, ref, resource, totals, whys
from .figures import analysed


def rule(*actions: Raw, sql: str = "SELECT * FROM 'orders/+/placed'", **settings: Any) -> Raw:
    return resource("IoT::TopicRule", TopicRulePayload={"Sql": sql, "Actions": list(actions), **settings})


def republish(topic: str) -> Raw:
    return {"Republish": {"Topic": topic, "RoleArn": "arn:aws:iam::1:role/r"}}


@pytest.mark.parametrize(
    ("kind", "action", "receiver"),
    [
        (function(), {"Lambda": {"FunctionArn": arn("To")}}, "To#async"),
        (queue(), {"Sqs": {"QueueUrl": ref("To")}}, "To"),
        (resource("SNS::Topic"), {"Sns": {"TargetArn": ref("To")}}, "To"),
        (resource("Kinesis::Stream"), {"Kinesis": {"StreamName": ref("To")}}, "To"),
        (resource("KinesisFirehose::DeliveryStream"), {"Firehose": {"DeliveryStreamName": ref("To")}}, "To"),
        (machine(), {"StepFunctions": {"StateMachineName": {"Fn::GetAtt": ["To", "Name"]}}}, "To"),
        (resource("DynamoDB::Table"), {"DynamoDB": {"TableName": ref("To")}}, "To"),
        (resource("DynamoDB::Table"), {"DynamoDBv2": {"PutItem": {"TableName": ref("To")}}}, "To"),
        (resource("S3::Bucket"), {"S3": {"BucketName": ref("To")}}, "To"),
        (resource("IoTEvents::Input"), {"IotEvents": {"InputName": ref("To")}}, "To"),
        (resource("Timestream::Table"), {"Timestream": {"TableName": ref("To")}}, "To"),
        (resource("Logs::LogGroup"), {"CloudwatchLogs": {"LogGroupName": ref("To")}}, "To"),
    ],
)
def test_actions_hand_off(wire: Wire, kind: Raw, action: Raw, receiver: str) -> None:
    wiring = wire({"To": kind, "Rule": rule(action)})
    found = hop(wiring, "Rule", receiver)
    assert (found.kind, found.awaits, found.when) == ("iot-action", False, When.ALWAYS)
    assert totals(found) == everywhere(1)
    assert not wiring.unknowns


def test_an_endpoint_answers(wire: Wire) -> None:
    wiring = wire({"Rule": rule({"Http": {"Url": "https://example.org"}})})
    found = hop(wiring, "Rule", "external:https://example.org")
    assert found.awaits
    assert found.tries_for("error").unknown, "retries of the rules engine are not documented"


def test_error_action(wire: Wire) -> None:
    wiring = wire({"Dead": queue(), "Rule": rule(ErrorAction={"Sqs": {"QueueUrl": ref("Dead")}})})
    assert hop(wiring, "Rule", "Dead").when is When.EXHAUSTED


def test_a_disabled_rule_does_nothing(wire: Wire) -> None:
    wiring = wire({"Queue": queue(), "Rule": rule({"Sqs": {"QueueUrl": ref("Queue")}}, RuleDisabled=True)})
    assert not hops(wiring, "Rule")


@pytest.mark.parametrize(
    ("topic", "heard"),
    [("orders/7/placed", True), ("orders/7/paid", False), ("orders/placed", False), ("orders/7/placed/x", False)],
)
def test_republished_messages_reach_other_rules(wire: Wire, topic: str, heard: bool) -> None:
    wiring = wire({"From": rule(republish(topic), sql="SELECT * FROM 'raw/#'"), "To": rule()})
    target = "app/To" if heard else f"external:{topic}"
    assert [found.target for found in hops(wiring, "From")] == [target]


def test_a_rule_that_feeds_itself_is_a_loop(wire: Wire) -> None:
    (loop,) = analysed(wire, {"Rule": rule(republish("orders/1"), sql="SELECT * FROM 'orders/#'")}).loops
    assert loop.sites == ("app/Rule",)


def test_a_topic_that_the_message_decides_is_unknown(wire: Wire) -> None:
    wiring = wire({"Rule": rule(republish("orders/${id}"))})
    assert "Rule.TopicRulePayload.Actions.0.Republish.Topic" in whys(wiring)
