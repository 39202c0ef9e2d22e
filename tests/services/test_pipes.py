"""Pipes: source, enrichment, target."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Bound, FailureClass, When

from .conftest import (
    Raw,
    Wire,
    arn,
    everywhere,
    function,
    hop,
    hops,
    machine,
    queue,
    ref,
    resource,
    shown,
    totals,
    whys,
)
from .figures import analysed

BASE = {"Queue": queue(5, VisibilityTimeout=60), "Dead": queue()}
TABLE = resource("DynamoDB::Table", StreamSpecification={"StreamViewType": "NEW_IMAGE"})
STREAM_ARN = {"Fn::GetAtt": ["Table", "StreamArn"]}


def pipe(target: Any, source: Any = None, invocation: Any = None, **properties: Any) -> Raw:
    if invocation is not None:
        both = ("LambdaFunctionParameters", "StepFunctionStateMachineParameters")
        properties["TargetParameters"] = {name: {"InvocationType": invocation} for name in both}
    return resource("Pipes::Pipe", Source=arn("Queue") if source is None else source, Target=target, **properties)


def test_queue_to_function(wire: Wire) -> None:
    wiring = wire(BASE | {"Fn": function(), "Pipe": pipe(arn("Fn"))})
    read = hop(wiring, "Queue", "Pipe")
    assert (read.kind, read.awaits) == ("pipe-source", True)
    assert totals(read) == everywhere(5)
    assert (read.place.address.logical_id, read.place.property) == ("Queue", "RedrivePolicy.maxReceiveCount")
    call = hop(wiring, "Pipe", "Fn")
    assert (call.kind, call.awaits) == ("pipe-target", True)
    assert totals(call) == {"error": 1, "timeout": 1, "throttle": None, "fault": None}
    assert shown(call) == {"error": "error", "timeout": "timeout", "throttle": None, "fault": None}
    internal = call.tries_for("fault")
    assert (internal.bounded_by, internal.limit) == (Bound.TIME, 345_600)
    assert internal.note == "the pipe retries internal errors until the message is 4 days old"


@pytest.mark.parametrize("invocation", [None, "REQUEST_RESPONSE"])
def test_awaited_express_machine_fails_as_an_error(wire: Wire, invocation: str | None) -> None:
    wiring = wire(BASE | {"Machine": machine("EXPRESS"), "Pipe": pipe(ref("Machine"), invocation=invocation)})
    call = hop(wiring, "Pipe", "Machine")
    assert call.awaits
    assert totals(call) == everywhere(1)
    assert shown(call) == dict.fromkeys(shown(call), "error")
    assert not wiring.unknowns


def test_standard_machine_cannot_be_awaited(wire: Wire) -> None:
    wiring = wire(BASE | {"Machine": machine(), "Pipe": pipe(ref("Machine"))})
    assert not hop(wiring, "Pipe", "Machine").awaits
    known = "Pipe.TargetParameters.StepFunctionStateMachineParameters.InvocationType"
    assert whys(wiring) == {known: "Standard machines can only be started, not awaited"}


@pytest.mark.parametrize("kind", [None, "EXPRESS"])
def test_started_machine(wire: Wire, kind: str | None) -> None:
    wiring = wire(BASE | {"Machine": machine(kind), "Pipe": pipe(ref("Machine"), invocation="FIRE_AND_FORGET")})
    assert not hop(wiring, "Pipe", "Machine").awaits
    assert not wiring.unknowns


def test_started_function(wire: Wire) -> None:
    wiring = wire(BASE | {"Fn": function(), "Pipe": pipe(arn("Fn"), invocation="FIRE_AND_FORGET")})
    assert not hop(wiring, "Pipe", "Fn#async").awaits
    assert not hops(wiring, "Pipe", "Fn")


def test_invocation_type_that_only_the_deployment_knows(wire: Wire) -> None:
    template = BASE | {"Fn": function(), "Pipe": pipe(arn("Fn"), invocation=ref("How"))}
    wiring = wire(template, Parameters={"How": {"Type": "String"}})
    assert hop(wiring, "Pipe", "Fn").assumption == "the pipe waits for its target's outcome"
    assert "Pipe.TargetParameters.LambdaFunctionParameters.InvocationType" in whys(wiring)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (queue(), arn("Target")),
        (resource("SNS::Topic"), ref("Target")),
        (resource("Events::EventBus", Name="x"), arn("Target")),
        (resource("Kinesis::Stream"), arn("Target")),
        (resource("ECS::Cluster"), arn("Target")),
        (resource("Logs::LogGroup"), arn("Target")),
    ],
)
def test_other_targets_are_hand_offs(wire: Wire, kind: Raw, value: Any) -> None:
    wiring = wire(BASE | {"Target": kind, "Pipe": pipe(value)})
    assert not hop(wiring, "Pipe", "Target").awaits
    assert not wiring.unknowns


def test_api_destination_is_awaited(wire: Wire) -> None:
    destination = resource("Events::ApiDestination", InvocationEndpoint="https://example.org")
    wiring = wire(BASE | {"Destination": destination, "Pipe": pipe(arn("Destination"))})
    call = hop(wiring, "Pipe", "Destination")
    assert call.awaits
    assert shown(call) == dict.fromkeys(shown(call), "error")


def test_enrichment_is_awaited(wire: Wire) -> None:
    wiring = wire(BASE | {"Fn": function(), "Target": queue(), "Pipe": pipe(arn("Target"), Enrichment=arn("Fn"))})
    call = hop(wiring, "Pipe", "Fn")
    assert (call.kind, call.awaits) == ("enrichment", True)
    assert call.tries_for("fault").total is None


def test_enrichment_by_a_standard_machine_is_refused(wire: Wire) -> None:
    wiring = wire(BASE | {"Machine": machine(), "To": queue(), "Pipe": pipe(arn("To"), Enrichment=ref("Machine"))})
    assert not hops(wiring, "Pipe", "Machine")
    assert "Pipe.Enrichment" in whys(wiring)


@pytest.mark.parametrize(
    ("parameters", "error", "fault"),
    [({}, None, None), ({"MaximumRetryAttempts": 3}, 4, None), ({"MaximumRetryAttempts": 0}, 1, None)],
)
def test_stream(wire: Wire, parameters: Raw, error: int | None, fault: int | None) -> None:
    source = {"DynamoDBStreamParameters": {"StartingPosition": "LATEST", **parameters}}
    wiring = wire({"Table": TABLE, "Fn": function(), "Pipe": pipe(arn("Fn"), STREAM_ARN, SourceParameters=source)})
    read = hop(wiring, "Table", "Pipe")
    assert read.tries_for("error").total == read.tries_for("timeout").total == error
    assert read.tries_for("fault").total == read.tries_for("throttle").total == fault
    assert read.tries_for("fault").limit == 86_400
    assert read.place.property == "SourceParameters.DynamoDBStreamParameters.MaximumRetryAttempts"
    call = hop(wiring, "Pipe", "Fn")
    assert totals(call) == everywhere(1), "the stream's tries already count internal errors, by age"
    assert shown(call) == {failure: failure for failure in shown(call)}
    assert [drop.site for drop in wiring.drops] == (["app/Table"] if parameters else [])


def test_dead_letters_of_a_stream(wire: Wire) -> None:
    source = {"KinesisStreamParameters": {"MaximumRetryAttempts": 2, "DeadLetterConfig": {"Arn": arn("Dead")}}}
    stream = resource("Kinesis::Stream")
    wiring = wire(
        {
            "Stream": stream,
            "Dead": queue(),
            "Fn": function(),
            "Pipe": pipe(arn("Fn"), arn("Stream"), SourceParameters=source),
        }
    )
    assert hop(wiring, "Stream", "Dead").when is When.EXHAUSTED
    assert not wiring.drops


def test_dead_letters_of_a_stream_are_as_conditional_as_the_pipe(wire: Wire) -> None:
    source = {"KinesisStreamParameters": {"DeadLetterConfig": {"Arn": arn("Dead")}}}
    reading = pipe(arn("Fn"), arn("Stream"), SourceParameters=source) | {"Condition": "Prod"}
    wiring = wire(
        {"Stream": resource("Kinesis::Stream"), "Dead": queue(), "Fn": function(), "Pipe": reading},
        Conditions={"Prod": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}},
    )
    assert hop(wiring, "Stream", "Dead").conditions == ("Prod",)


@pytest.mark.parametrize(("given", "taken"), [({}, True), ({"Filters": [{"Pattern": '{"body": ["a"]}'}]}, False)])
def test_a_filter_takes_some_messages_only(wire: Wire, given: Raw, taken: bool) -> None:
    wiring = wire(BASE | {"Fn": function(), "Pipe": pipe(arn("Fn"), SourceParameters={"FilterCriteria": given})})
    assert (hop(wiring, "Queue", "Pipe").guard.pattern is None) is taken


def test_batching_window_sets_the_visibility(wire: Wire) -> None:
    source = {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 30}}
    template = {"Queue": queue(5), "Plain": queue(), "Dead": queue(), "Fn": function()}
    wiring = wire(
        template
        | {
            "Pipe": pipe(arn("Fn"), SourceParameters=source),
            "Other": pipe(arn("Fn"), arn("Plain"), SourceParameters=source),
        }
    )
    assert hop(wiring, "Queue", "Pipe").tries_for("error").interval == 480
    unlimited = hop(wiring, "Plain", "Other").tries_for("error")
    assert (unlimited.total, unlimited.interval) == (345_600 // 480, 480)
    assert unlimited.note == "no redrive policy: 4 days / 8 min (the pipe's batching window)"


def test_a_stopped_pipe_does_nothing(wire: Wire) -> None:
    wiring = wire(BASE | {"Fn": function(), "Pipe": pipe(arn("Fn"), DesiredState="STOPPED")})
    assert not hops(wiring, target="Pipe")
    assert not hops(wiring, "Pipe")


@pytest.mark.parametrize(
    ("kind", "parameters", "source", "known"),
    [
        ("AmazonMQ::Broker", {"ActiveMQBrokerParameters": {"QueueName": "orders"}}, "app/Source", False),
        ("AmazonMQ::Broker", {"RabbitMQBrokerParameters": {"QueueName": "orders"}}, "app/Source", False),
        ("MSK::Cluster", {"ManagedStreamingKafkaParameters": {"TopicName": "orders"}}, "app/Source#orders", True),
        ("MSK::Cluster", {}, "app/Source", True),
    ],
)
def test_brokers_and_kafka_count_no_tries(wire: Wire, kind: str, parameters: Raw, source: str, known: bool) -> None:
    reading = pipe(arn("Fn"), arn("Source"), SourceParameters=parameters)
    wiring = wire({"Source": resource(kind), "Fn": function(), "Pipe": reading})
    read = hop(wiring, source, "Pipe")
    assert read.awaits
    assert totals(read) == everywhere(None), "customer errors are retried as internal ones: until the record expires"
    assert all(read.tries_for(failure).bounded_by is Bound.TIME for failure in totals(read))
    unknown = {read.tries_for(failure).unknown for failure in totals(read)}
    assert unknown == {not known}, "a broker may have a dead-letter policy of its own, a topic has none"
    assert totals(hop(wiring, "Pipe", "Fn")) == everywhere(1)


def test_a_source_of_another_app(wire: Wire) -> None:
    outside = "arn:aws:sqs:eu-west-1:111122223333:orders"
    wiring = wire({"Fn": function(), "Pipe": pipe(arn("Fn"), outside)})
    assert hop(wiring, f"external:{outside}", "Pipe").tries_for("error").unknown
    assert "Pipe.Source" in whys(wiring)


def test_sources_that_no_pipe_can_read_are_said(wire: Wire) -> None:
    wiring = wire({"Topic": resource("SNS::Topic"), "Fn": function(), "Pipe": pipe(arn("Fn"), ref("Topic"))})
    assert whys(wiring) == {"Pipe.Source": "a pipe cannot read a resource of type AWS::SNS::Topic"}


def test_condition_of_the_pipe(wire: Wire) -> None:
    wiring = wire(
        BASE | {"Fn": function(), "Pipe": pipe(arn("Fn")) | {"Condition": "Prod"}},
        Conditions={"Prod": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}},
    )
    assert hop(wiring, "Queue", "Pipe").conditions == hop(wiring, "Pipe", "Fn").conditions == ("Prod",)


def test_while_the_enrichment_fails_the_target_is_not_called(wire: Wire) -> None:
    reading = pipe(arn("Fn"), Enrichment=arn("Helper"))
    analysis = analysed(wire, BASE | {"Helper": function(), "Fn": function(), "Pipe": reading})

    def again(failing: str) -> dict[str, int | None]:
        return {one.site: one.runs.max for one in analysis.collateral(f"app/{failing}", FailureClass.ERROR)}

    assert again("Helper") == {}, "5 receives run the enrichment, and nothing behind it"
    assert again("Fn") == {"app/Helper": 5}
