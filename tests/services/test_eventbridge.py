"""Rules, what they deliver to, and what they watch for."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Watch, When

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, join, machine, queue, ref, resource, totals, whys

PATTERN = {"source": ["shop.orders"], "detail-type": ["OrderPlaced"]}
FAILED = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}
API_ARN = join(
    "arn:", ref("AWS::Partition"), ":execute-api:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":", ref("Api")
)


def rule(*targets: Raw, pattern: Any = PATTERN, **properties: Any) -> Raw:
    named = [{"Id": f"T{index}", **target} for index, target in enumerate(targets)]
    return resource("Events::Rule", EventPattern=pattern, Targets=named, **properties)


def to(value: Any, **settings: Any) -> Raw:
    return {"Arn": value, **settings}


@pytest.mark.parametrize(
    ("kind", "value", "receiver", "site"),
    [
        (function(), arn("Target"), "Target#async", "asynchronous-queue"),
        (queue(), arn("Target"), "Target", "queue"),
        (machine(), ref("Target"), "Target", "state-machine"),
        (resource("SNS::Topic"), ref("Target"), "Target", "topic"),
        (resource("Kinesis::Stream"), arn("Target"), "Target", "stream"),
        (resource("Events::EventBus", Name="other"), arn("Target"), "Target", "bus"),
        (resource("ECS::Cluster"), arn("Target"), "Target", "ecs-task"),
        (resource("Batch::JobQueue"), ref("Target"), "Target", "batch-job"),
        (resource("Logs::LogGroup"), arn("Target"), "Target", "log-group"),
    ],
)
def test_targets_are_hand_offs(wire: Wire, kind: Raw, value: Any, receiver: str, site: str) -> None:
    wiring = wire({"Target": kind, "Rule": rule(to(value, RetryPolicy={"MaximumRetryAttempts": 185}))})
    found = hop(wiring, "Rule", receiver)
    assert (found.kind, found.awaits, found.traced) == ("rule-target", False, False)
    assert totals(found) == everywhere(1), "a rule's retries are delivery only"
    assert found.place.property == "Targets.0.Arn"
    assert wiring.sites[found.target].kind == site
    assert not wiring.unknowns
    assert not [drop for drop in wiring.drops if drop.site == "app/Rule"]


@pytest.mark.parametrize(
    ("policy", "tries"), [({}, 186), ({"MaximumRetryAttempts": 5}, 6), ({"MaximumRetryAttempts": 0}, 1)]
)
@pytest.mark.parametrize("target", ["Destination", "Api"])
def test_http_targets_are_awaited(wire: Wire, target: str, policy: Raw, tries: int) -> None:
    value = (
        arn("Destination") if target == "Destination" else {"Fn::Join": ["", [*API_ARN["Fn::Join"][1], "/prod/POST/x"]]}
    )
    wiring = wire(
        {
            "Destination": resource("Events::ApiDestination", InvocationEndpoint="https://example.org/hook"),
            "Api": resource("ApiGateway::RestApi"),
            "Rule": rule(to(value, **({"RetryPolicy": policy} if policy else {}))),
        }
    )
    found = hop(wiring, "Rule", target)
    assert found.awaits
    assert totals(found) == everywhere(tries), "429, 5xx and timeouts are failed deliveries"
    assert found.tries_for("error").limit == 86_400
    assert found.place.property == "Targets.0.RetryPolicy.MaximumRetryAttempts"
    assert [drop.site for drop in wiring.drops] == ["app/Rule"]


def test_api_destination_into_an_own_function_url(wire: Wire) -> None:
    endpoint = {"Fn::GetAtt": ["Url", "FunctionUrl"]}
    wiring = wire(
        {
            "Fn": function(),
            "Url": resource("Lambda::Url", TargetFunctionArn=arn("Fn")),
            "Destination": resource("Events::ApiDestination", InvocationEndpoint=endpoint),
            "Rule": rule(to(arn("Destination"))),
        }
    )
    assert wiring.sites["app/Destination"].kind == "api-destination"
    assert hop(wiring, "Destination", "Url").awaits


def test_dead_letters_are_undelivered_events(wire: Wire) -> None:
    wiring = wire(
        {"Dead": queue(), "Fn": function(), "Rule": rule(to(arn("Fn"), DeadLetterConfig={"Arn": arn("Dead")}))}
    )
    found = hop(wiring, "Rule", "Dead")
    assert (found.kind, found.when) == ("dead-letter", When.EXHAUSTED)
    assert found.place.property == "Targets.0.DeadLetterConfig.Arn"


def test_a_schedule_is_an_entry(wire: Wire) -> None:
    timed = resource("Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[to(arn("Fn"), Id="T")])
    wiring = wire({"Fn": function(), "Timer": timed, "Bus": resource("Events::EventBus", Name="orders")})
    assert wiring.sites["app/Timer"].kind == "schedule"
    assert not hops(wiring, target="Timer")


def test_a_disabled_rule_does_nothing(wire: Wire) -> None:
    bus = resource("Events::EventBus", Name="orders")
    off = rule(to(arn("Queue")), State="DISABLED", EventBusName=ref("Bus"))
    wiring = wire({"Bus": bus, "Queue": queue(), "Rule": off})
    assert not wiring.hops


def test_unknown_targets_are_said(wire: Wire) -> None:
    wiring = wire(
        {"Rule": rule(to(ref("Free")), to(arn("Stream"))), "Stream": resource("S3::AccessPoint")},
        Parameters={"Free": {"Type": "String"}},
    )
    assert set(whys(wiring)) == {"Rule.Targets.0.Arn", "Rule.Targets.1.Arn"}


def test_conditions_around_targets(wire: Wire) -> None:
    targets = {"Fn::If": ["Prod", [to(arn("Queue"), Id="A")], [to(arn("Other"), Id="B")]]}
    conditional = resource("Events::Rule", "Rules", EventPattern=PATTERN, Targets=targets)
    wiring = wire(
        {"Queue": queue(), "Other": queue(), "Rule": conditional},
        Conditions={name: {"Fn::Equals": [ref(f"P{name}"), name]} for name in ("Prod", "Rules")},
        Parameters={"PProd": {"Type": "String"}, "PRules": {"Type": "String"}},
    )
    assert hop(wiring, "Rule", "Queue").conditions == ("Rules", "Prod")
    assert hop(wiring, "Rule", "Other").conditions == ("Rules", "not Prod")


@pytest.mark.parametrize(
    ("pattern", "watched"),
    [
        (FAILED, ["Standard", "Other"]),
        (FAILED | {"detail": {"status": ["FAILED", "TIMED_OUT"]}}, ["Standard", "Other"]),
        (FAILED | {"detail": {"stateMachineArn": [ref("Standard")]}}, ["Standard"]),
        (FAILED | {"detail": {"status": [{"anything-but": ["SUCCEEDED", "RUNNING"]}]}}, ["Standard", "Other"]),
        (FAILED | {"detail": {"status": [{"anything-but": "FAILED"}]}}, []),
        (FAILED | {"detail": {"status": [{"prefix": "FAIL"}]}}, ["Standard", "Other"]),
        (FAILED | {"detail": {"status": ["SUCCEEDED"]}}, []),
        (FAILED | {"detail-type": ["Something else"]}, []),
        ({"source": ["aws.ecs"]}, []),
        ({"detail": {"status": ["FAILED"]}}, []),
    ],
)
def test_rules_on_failed_executions(wire: Wire, pattern: Raw, watched: list[str]) -> None:
    wiring = wire(
        {
            "Standard": machine(),
            "Other": machine("STANDARD"),
            "Express": machine("EXPRESS"),
            "Topic": resource("SNS::Topic"),
            "Rule": rule(to(ref("Topic")), pattern=pattern),
        }
    )
    assert wiring.watches == [Watch(f"app/{name}", "app/Rule") for name in watched]
