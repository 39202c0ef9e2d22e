"""Schedules: templated and universal targets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.graph import When

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, join, machine, queue, ref, resource, totals, whys
from .test_attempts_by_source import schedule, universal

RETRIES = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}


@pytest.mark.parametrize(
    ("kind", "value", "receiver", "site"),
    [
        (function(), arn("Target"), "Target#async", "asynchronous-queue"),
        (queue(), arn("Target"), "Target", "queue"),
        (machine(), ref("Target"), "Target", "state-machine"),
        (resource("SNS::Topic"), ref("Target"), "Target", "topic"),
        (resource("Kinesis::Stream"), arn("Target"), "Target", "stream"),
        (resource("KinesisFirehose::DeliveryStream"), arn("Target"), "Target", "delivery-stream"),
        (resource("Events::EventBus", Name="other"), arn("Target"), "Target", "bus"),
        (resource("ECS::Cluster"), arn("Target"), "Target", "ecs-task"),
        (resource("CodeBuild::Project"), arn("Target"), "Target", "build"),
        (resource("CodePipeline::Pipeline"), arn("Target"), "Target", "pipeline-execution"),
        (resource("SageMaker::Pipeline"), arn("Target"), "Target", "sagemaker-pipeline"),
        (resource("Inspector::AssessmentTemplate"), arn("Target"), "Target", "assessment"),
    ],
)
def test_templated_targets_are_hand_offs(wire: Wire, kind: Raw, value: Any, receiver: str, site: str) -> None:
    wiring = wire({"Target": kind, "Schedule": schedule(value, RetryPolicy=RETRIES)})
    found = hop(wiring, "Schedule", receiver)
    assert (found.kind, found.awaits) == ("schedule-target", False)
    assert totals(found) == everywhere(1), "a schedule's retries are delivery only"
    assert wiring.sites[found.target].kind == site
    assert wiring.sites["app/Schedule"].kind == "schedule"
    assert not wiring.unknowns


CALLS: dict[str, tuple[str, Raw, str]] = {
    "queue": ("sqs:sendMessage", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/orders"}, "app/Queue"),
    "topic": ("sns:publish", {"TopicArn": "arn:aws:sns:eu-west-1:1:orders"}, "app/Topic"),
    "machine": ("sfn:startExecution", {"StateMachineArn": "arn:aws:states:eu-west-1:1:stateMachine:m"}, "app/Machine"),
    "function": ("lambda:invoke", {"FunctionName": "fn"}, "app/Fn"),
    "event": ("lambda:invoke", {"FunctionName": "fn", "InvocationType": "Event"}, "app/Fn#async"),
    "bus": ("eventbridge:putEvents", {"Entries": [{"EventBusName": "orders"}]}, "app/Bus"),
    "default bus": ("eventbridge:putEvents", {"Entries": [{"Source": "shop"}]}, "default event bus"),
    "known job": ("glue:startJobRun", {"JobName": "job"}, "app/Job"),
    "unknown job": ("glue:startJobRun", {}, "external:glue:startJobRun"),
    "other service": ("rds:stopDBCluster", {"DbClusterIdentifier": "db"}, "external:rds:stopDBCluster"),
}


@pytest.mark.parametrize("case", CALLS)
def test_universal_targets(wire: Wire, case: str) -> None:
    call, request, target = CALLS[case]
    wiring = wire(
        {
            "Queue": queue(QueueName="orders"),
            "Topic": resource("SNS::Topic", TopicName="orders"),
            "Machine": machine() | {"Properties": machine()["Properties"] | {"StateMachineName": "m"}},
            "Fn": function(FunctionName="fn"),
            "Bus": resource("Events::EventBus", Name="orders"),
            "Job": resource("Glue::Job", Name="job"),
            "Schedule": universal(call, **request),
        }
    )
    found = hop(wiring, "Schedule", target)
    answered = case == "function"
    assert (found.kind, found.awaits) == (call, answered)
    assert totals(found) == (everywhere(1) | {"throttle": 186, "fault": 186} if answered else everywhere(1))
    assert not wiring.unknowns


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        ("sqs:sendMessage", {"QueueUrl": ref("Queue")}),
        ("sfn:startExecution", {"StateMachineArn": ref("Machine")}),
        ("sfn:startSyncExecution", {"StateMachineArn": ref("Machine")}),
    ],
)
def test_what_a_service_has_taken_is_not_called_again(wire: Wire, call: str, request_: Raw) -> None:
    """A message is sent once, and an execution that fails is a successful answer."""
    target = schedule(f"arn:aws:scheduler:::aws-sdk:{call}", Input=request_, RetryPolicy=RETRIES)
    wiring = wire({"Queue": queue(), "Machine": machine(), "Schedule": target})
    (found,) = hops(wiring, "Schedule")
    assert (totals(found), found.awaits) == (everywhere(1), False)


def test_a_number_of_retries_that_nothing_resolves(wire: Wire) -> None:
    policy = {"MaximumRetryAttempts": {"Fn::ImportValue": "retries"}}
    request_ = {"FunctionName": ref("Fn")}
    target = schedule("arn:aws:scheduler:::aws-sdk:lambda:invoke", Input=request_, RetryPolicy=policy)
    wiring = wire({"Fn": function(), "Schedule": target})
    assert set(whys(wiring)) == {"Schedule.Target.RetryPolicy.MaximumRetryAttempts"}
    assert hop(wiring, "Schedule", "Fn").tries_for("fault").unknown


def test_an_input_that_is_put_together(wire: Wire) -> None:
    text = {"Fn::Sub": json.dumps({"FunctionName": "${Fn}", "InvocationType": "Event"})}
    target = schedule("arn:aws:scheduler:::aws-sdk:lambda:invoke", Input=text)
    wiring = wire({"Fn": function(), "Schedule": target})
    assert hop(wiring, "Schedule", "app/Fn#async").kind == "lambda:invoke"
    assert not wiring.unknowns


def test_a_transaction_reaches_every_table_that_it_writes_to(wire: Wire) -> None:
    items = [
        {"Put": {"TableName": "one"}},
        {"Delete": {"TableName": "two"}},
        {"ConditionCheck": {"TableName": "three"}},
    ]
    tables = {name.title(): resource("DynamoDB::Table", TableName=name) for name in ("one", "two", "three")}
    wiring = wire(tables | {"Schedule": universal("dynamodb:transactWriteItems", TransactItems=items)})
    assert {found.target for found in wiring.hops} == {"app/One", "app/Two"}
    assert not wiring.unknowns


def test_a_request_without_a_receiver_is_unknown(wire: Wire) -> None:
    wiring = wire({"Schedule": universal("sqs:sendMessage", MessageBody="x")})
    assert whys(wiring) == {"Schedule.Target.Input": "its input names no QueueUrl"}


def test_dead_letters(wire: Wire) -> None:
    target = schedule(arn("Fn"), DeadLetterConfig={"Arn": arn("Dead")})
    found = hop(wire({"Fn": function(), "Dead": queue(), "Schedule": target}), "Schedule", "Dead")
    assert (found.kind, found.when) == ("dead-letter", When.EXHAUSTED)


def test_a_disabled_schedule_does_nothing(wire: Wire) -> None:
    off = schedule(arn("Fn"))
    off["Properties"]["State"] = "DISABLED"
    wiring = wire({"Fn": function(), "Schedule": off})
    assert not hops(wiring, "Schedule")


def test_conditions(wire: Wire) -> None:
    target = {"Fn::If": ["Prod", arn("Fn"), ref("AWS::NoValue")]}
    wiring = wire(
        {"Fn": function(), "Schedule": schedule(target)},
        Conditions={"Prod": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}},
    )
    assert hop(wiring, "Schedule", "Fn#async").conditions == ("Prod",)


def test_a_target_of_another_app(wire: Wire) -> None:
    outside = join("arn:aws:sqs:", ref("AWS::Region"), ":1:orders")
    wiring = wire({"Schedule": schedule(outside)})
    assert hop(wiring, "Schedule", "external:arn:aws:sqs:${AWS::Region}:1:orders")
