"""Buses, and which rules the events on them reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.services import read
from seawall.template import load

from .conftest import Raw, Wire, arn, hop, hops, join, queue, ref, resource, whys

BUS = resource("Events::EventBus", Name="orders")
DEFAULT_ARN = join("arn:aws:events:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":event-bus/default")


def rule(pattern: Any = None, **properties: Any) -> Raw:
    return resource("Events::Rule", EventPattern=pattern or {"source": ["shop"]}, **properties)


def pipe(target: Any) -> Raw:
    return resource("Pipes::Pipe", Source=arn("Queue"), Target=target)


def test_a_rule_hangs_on_its_bus(wire: Wire) -> None:
    wiring = wire({"Bus": BUS, "ByRef": rule(EventBusName=ref("Bus")), "ByName": rule(EventBusName="orders")})
    for name in ("ByRef", "ByName"):
        found = hop(wiring, "Bus", name)
        assert (found.kind, found.awaits, found.place.property) == ("rule-match", False, "EventPattern")
        assert found.assumption == "the event matches the rule's pattern"


@pytest.mark.parametrize("source", [["aws.s3"], [{"prefix": "aws."}], ["aws.s3", "aws.states"]])
def test_events_of_services_are_not_the_apps(wire: Wire, source: Any) -> None:
    assert not wire({"Bus": BUS, "Rule": rule({"source": source}, EventBusName=ref("Bus"))}).hops


@pytest.mark.parametrize("pattern", [{"source": ["aws.s3", "shop"]}, {"detail-type": ["x"]}, {"source": [ref("Free")]}])
def test_events_of_the_app_may_match(wire: Wire, pattern: Raw) -> None:
    free = {"Free": {"Type": "String"}}
    wiring = wire({"Bus": BUS, "Rule": rule(pattern, EventBusName=ref("Bus"))}, Parameters=free)
    assert len(hops(wiring, "Bus", "Rule")) == 1


@pytest.mark.parametrize("name", [None, "default", DEFAULT_ARN])
def test_the_default_bus_appears_when_something_sends_there(wire: Wire, name: Any) -> None:
    listening = rule(**({} if name is None else {"EventBusName": name}))
    template = {"Bus": BUS, "Rule": listening, "Off": rule(State="DISABLED"), "Elsewhere": rule(EventBusName="orders")}
    assert not hops(wire(template), target="Rule")
    wiring = wire(template | {"Queue": queue(), "Pipe": pipe(DEFAULT_ARN)})
    assert [each.target for each in hops(wiring, "default event bus")] == ["app/Rule"]
    assert hop(wiring, "Pipe", "default event bus").kind == "pipe-target"
    assert not [site for site in wiring.sites if site.startswith("external:")]


def test_a_rule_without_a_bus_on_one_side_of_a_condition(wire: Wire) -> None:
    name = {"Fn::If": ["Own", ref("Bus"), ref("AWS::NoValue")]}
    wiring = wire(
        {"Bus": BUS, "Rule": rule(EventBusName=name), "Queue": queue(), "Pipe": pipe(DEFAULT_ARN)},
        Conditions={"Own": {"Fn::Equals": [ref("P"), "1"]}},
        Parameters={"P": {"Type": "String"}},
    )
    assert hop(wiring, "Bus", "Rule").conditions == ("Own",)
    assert hop(wiring, "default event bus", "Rule").conditions == ("not Own",)


def test_a_queue_called_default_is_no_bus(wire: Wire) -> None:
    to_default = resource("SNS::Subscription", TopicArn=ref("Topic"), Protocol="sqs", Endpoint="default")
    wiring = wire({"Topic": resource("SNS::Topic"), "To": to_default, "Rule": rule()})
    assert [each.target for each in wiring.hops] == ["external:default"]


def test_a_bus_that_only_the_deployment_knows(wire: Wire) -> None:
    wiring = wire({"Rule": rule(EventBusName=ref("Free"))}, Parameters={"Free": {"Type": "String"}})
    assert "Rule.EventBusName" in whys(wiring)


def test_a_bus_outside_is_nothing_unknown(wire: Wire) -> None:
    wiring = wire({"Rule": rule(EventBusName="aws.partner/example.com/1")})
    assert not wiring.hops
    assert not wiring.unknowns


def test_default_buses_of_two_accounts(tmp_path: Path) -> None:
    stacks = {
        "One": {
            "Forward": rule() | {"Properties": {"EventPattern": {"source": ["shop"]}, "Targets": [_forward("222")]}}
        },
        "Two": {"Rule": rule()},
    }
    artifacts = {}
    for (name, resources), account in zip(stacks.items(), ("111", "222"), strict=True):
        (tmp_path / f"{name}.template.json").write_text(json.dumps({"Resources": resources}))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/eu-west-1",
            "properties": {"templateFile": f"{name}.template.json"},
        }
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))
    wiring = read(load([tmp_path]))
    bus = "default event bus of 222/eu-west-1"
    assert hop(wiring, "One/Forward", bus)
    assert hop(wiring, bus, "Two/Rule")


def _forward(account: str) -> Raw:
    return {"Id": "Bus", "Arn": f"arn:aws:events:eu-west-1:{account}:event-bus/default"}
