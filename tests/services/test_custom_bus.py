"""The EventBridge Custom Event Bus: subscribers that wait multiply, those that hand off do not."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import When

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, queue, ref, resource, totals, whys
from .figures import analysed, attempts

BUS = resource("EventsV2::EventBus", Name="orders")


def subscriber(target: Any, bus: Any = None, parameters: Raw | None = None, **properties: Any) -> Raw:
    invoke = {"TargetArn": target, "RoleArn": "arn:aws:iam::1:role/r"} | (parameters or {})
    return resource(
        "EventsV2::Subscriber", Name="s", EventBusArn=bus or arn("Bus"), InvokeConfiguration=invoke, **properties
    )


def calls(kind: str) -> Raw:
    return {"LambdaParameters": {"InvocationType": kind}}


def starts(kind: str) -> Raw:
    return {"StepFunctionsParameters": {"InvocationType": kind}}


def machine(kind: str, attempts: int = 3) -> Raw:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "${f}"},
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": attempts}],
        "End": True,
    }
    return resource(
        "StepFunctions::StateMachine",
        Definition={"StartAt": "A", "States": {"A": task}},
        DefinitionSubstitutions={"f": arn("Fn")},
        StateMachineType=kind,
    )


def app(one: Raw, **more: Raw) -> dict[str, Raw]:
    return {"Bus": BUS, "Fn": function(), "Subscriber": one, **more}


@pytest.mark.parametrize(
    ("policy", "runs"),
    [({}, 6), ({"MaxRetryAttempts": 0}, 1), ({"MaxRetryAttempts": 185}, 186), ({"MaxEventAgeInSeconds": 60}, 6)],
)
def test_a_function_that_is_awaited(wire: Wire, policy: Raw, runs: int) -> None:
    template = app(subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE"), RetryPolicy=policy))
    assert attempts(wire, template, "Fn") == (runs, runs, runs, runs)


def test_a_function_that_is_handed_to_has_its_own_retries(wire: Wire) -> None:
    template = app(subscriber(arn("Fn"), parameters=calls("EVENT")))
    assert attempts(wire, template, "Fn")[:2] == (3, 3)
    assert not hop(wire(template), "Subscriber", "Fn#async").awaits


@pytest.mark.parametrize(
    ("kind", "invocation", "runs"),
    [("EXPRESS", "REQUEST_RESPONSE", 24), ("EXPRESS", "EVENT", 4), ("STANDARD", "EVENT", 4)],
)
def test_a_machine(wire: Wire, kind: str, invocation: str, runs: int) -> None:
    template = app(subscriber(ref("M"), parameters=starts(invocation)), M=machine(kind))
    assert attempts(wire, template, "Fn")[0] == runs


def test_a_standard_machine_cannot_be_awaited(wire: Wire) -> None:
    template = app(subscriber(ref("M"), parameters=starts("REQUEST_RESPONSE")), M=machine("STANDARD"))
    assert attempts(wire, template, "Fn")[0] == 4
    assert "Subscriber.InvokeConfiguration.StepFunctionsParameters.InvocationType" in whys(wire(template))


def test_without_an_invocation_type_the_higher_figure_stands_and_that_is_said(wire: Wire) -> None:
    template = app(subscriber(arn("Fn")))
    assert attempts(wire, template, "Fn")[0] == 6
    assert "not documented" in whys(wire(template))["Subscriber.InvokeConfiguration.LambdaParameters.InvocationType"]


def test_retries_that_only_the_deployment_knows(wire: Wire) -> None:
    template = app(
        subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE"), RetryPolicy={"MaxRetryAttempts": ref("N")})
    )
    wiring = wire(template, Parameters={"N": {"Type": "Number"}})
    assert totals(hop(wiring, "Subscriber", "Fn")) == everywhere(None)
    assert "Subscriber.RetryPolicy.MaxRetryAttempts" in whys(wiring)


def test_events_that_are_lost_go_to_a_queue_or_nowhere(wire: Wire) -> None:
    lost = subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE"))
    assert [drop.site for drop in wire(app(lost)).drops] == ["app/Subscriber"]
    kept = subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE"), OnFailureConfiguration={"Arn": arn("Dead")})
    wiring = wire(app(kept, Dead=queue()))
    assert not wiring.drops
    assert hop(wiring, "Subscriber", "Dead").when is When.EXHAUSTED


def test_a_stopped_subscriber_delivers_nothing(wire: Wire) -> None:
    assert not wire(app(subscriber(arn("Fn"), State="STOPPED"))).hops


def test_two_subscribers_of_one_bus_each_get_the_event(wire: Wire) -> None:
    one = subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE"))
    two = subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE"), RetryPolicy={"MaxRetryAttempts": 1})
    assert attempts(wire, app(one, Two=two), "Fn")[0] == 8


def test_queues_and_topics_only_accept(wire: Wire) -> None:
    wiring = wire(app(subscriber(arn("Queue")), Queue=queue()))
    assert not hop(wiring, "Subscriber", "Queue").awaits


def test_buses_that_forward_to_each_other_loop(wire: Wire) -> None:
    template = {
        "Bus": BUS,
        "Other": resource("EventsV2::EventBus", Name="other"),
        "There": subscriber(arn("Other")),
        "Back": subscriber(arn("Bus"), bus=arn("Other")),
    }
    loops = analysed(wire, template).loops
    assert [(loop.stopped_by, loop.needs_failure) for loop in loops] == [("nothing", False)]


def test_filters_are_an_assumption(wire: Wire) -> None:
    filters = {"Filters": [{"Scope": "DATA", "Pattern": '{"type": ["order"]}'}]}
    wiring = wire(app(subscriber(arn("Fn"), FilterConfiguration=filters)))
    assert hop(wiring, "Bus", "Subscriber").assumption == "the event matches the subscriber's filters"


def test_an_event_source_forwards_to_its_bus(wire: Wire) -> None:
    source = resource(
        "EventsV2::EventSource",
        Name="s",
        EventBusArn=arn("Bus"),
        Configuration={
            "AwsServiceEventsConfiguration": {"AwsService": "aws.s3", "OnFailureConfiguration": {"Arn": arn("Dead")}}
        },
    )
    wiring = wire({"Bus": BUS, "Dead": queue(), "Source": source})
    assert hop(wiring, "Source", "Bus").kind == "event-source"
    assert hop(wiring, "Source", "Dead").when is When.EXHAUSTED


def test_code_and_machines_put_events_on_the_bus(wire: Wire) -> None:
    statement = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": arn("Bus")}
    role = resource("IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}])
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:eventbridgev2:putEvents",
        "Parameters": {"EventBusArn": "${b}", "Entries": []},
        "End": True,
    }
    m = resource(
        "StepFunctions::StateMachine",
        Definition={"StartAt": "P", "States": {"P": state}},
        DefinitionSubstitutions={"b": arn("Bus")},
    )
    wiring = wire({"Bus": BUS, "Role": role, "Fn": function(Role=arn("Role")), "M": m})
    assert hop(wiring, "Fn", "Bus").kind == "events:PutEvents"
    assert hop(wiring, "app/M#P", "Bus").kind == "eventbridgev2:putEvents"


def test_an_api_call_of_a_subscriber(wire: Wire) -> None:
    parameters = {"UniversalTargetParameters": {"Input": '{"QueueUrl": "orders", "MessageBody": "x"}'}}
    one = subscriber("arn:aws:events:::aws-sdk:sqs:sendMessage", parameters=parameters)
    wiring = wire(app(one, Queue=queue(QueueName="orders")))
    assert [each.target for each in hops(wiring, "Subscriber")] == ["app/Queue"]


def test_a_subscriber_starts_again_what_its_dead_letters_hold(wire: Wire) -> None:
    one = subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE"), OnFailureConfiguration={"Arn": arn("Dead")})
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Dead"), FunctionName=ref("Fn"))
    dead = queue(MessageRetentionPeriod=60, VisibilityTimeout=30)
    assert attempts(wire, app(one, Dead=dead, Mapping=mapping), "Fn")[0] == 8  # 6, then 60 s / 30 s


def test_a_subscriber_that_waits_delivers_batches(wire: Wire) -> None:
    template = app(subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE"), Type="FIFO"))
    (found,) = wire(template).pollings
    assert (found.source, found.reader, found.batch.value) == ("app/Subscriber", "app/Fn", 10)
    assert (found.in_order and found.in_order.value, found.partial.value, found.unit) == (True, True, "event")
    assert not wire(app(subscriber(arn("Fn"), parameters=calls("EVENT"), Type="FIFO"))).pollings


def test_an_execution_fails_with_its_whole_batch(wire: Wire) -> None:
    batch = {"MaxBatchSize": 25}
    template = app(subscriber(ref("M"), parameters=starts("REQUEST_RESPONSE"), BatchConfiguration=batch))
    (found,) = wire(template | {"M": machine("EXPRESS")}).pollings
    assert (found.reader, found.batch.value, found.partial.value) == ("app/M", 25, False)
    assert found.in_order is not None
    assert found.in_order.value is False


@pytest.mark.parametrize(
    ("given", "timeout", "waits"),
    [(None, 60, 30.0), ("5", 10, 5.0), ("5", 5, None), ("{% $event.limit %}", 31, 30.0), (None, 30, None)],
)
def test_a_subscriber_gives_up_before_its_function_does(
    wire: Wire, given: str | None, timeout: int, waits: float | None
) -> None:
    parameters = calls("REQUEST_RESPONSE")
    if given is not None:
        parameters["LambdaParameters"]["InvocationTimeoutSeconds"] = given
    template = app(subscriber(arn("Fn"), parameters=parameters)) | {"Fn": function(Timeout=timeout)}
    assert [each.seconds for each in wire(template).waits] == ([] if waits is None else [waits])


def source_of(service: str, **more: Any) -> Raw:
    configuration = {"AwsServiceEventsConfiguration": {"AwsService": service} | more}
    return resource("EventsV2::EventSource", Name="s", EventBusArn=arn("Bus"), Configuration=configuration)


TOLD = {"EventBridgeConfiguration": Raw()}


@pytest.mark.parametrize(
    ("service", "told", "hops_"),
    [
        ("aws.s3", {"EventBridgeConfiguration": {}}, 1),
        ("aws.ec2", {"EventBridgeConfiguration": {}}, 0),
        ("aws.s3", {}, 0),
    ],
)
def test_events_of_a_bucket_come_from_it(wire: Wire, service: str, told: Raw, hops_: int) -> None:
    bucket = resource("S3::Bucket", NotificationConfiguration=told)
    template = app(
        subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE")), Bucket=bucket, Source=source_of(service)
    )
    wiring = wire(template)
    found = hops(wiring, "Bucket", "Source")
    assert [each.kind for each in found] == ["event-source"] * hops_
    if hops_:
        assert attempts(wire, template, "Fn")[0] == 6


def test_failed_executions_come_to_a_custom_bus(wire: Wire) -> None:
    template = app(subscriber(arn("Fn"), parameters=calls("REQUEST_RESPONSE")), M=machine("STANDARD"))
    wiring = wire(template | {"Source": source_of("aws.states", Pattern='{"detail-type": ["x"]}')})
    found = hops(wiring, "M", "Source")
    assert [each.when for each in found] == [When.FAILURE, When.ALWAYS]
    assert all(each.assumption for each in found)
