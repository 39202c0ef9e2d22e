"""Hops that authors state in metadata: made, settled and denied."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Evidence, When
from seawall.services import Wiring

from .conftest import Raw, Wire, arn, function, hop, hops, join, machine, queue, ref, resource, shown, whys


def stating(verb: str, *entries: Raw, **properties: Any) -> Raw:
    return function(**properties) | {"Metadata": {"seawall": {verb: list(entries)}}}


def sending(*entries: Raw, **properties: Any) -> Raw:
    return stating("sends_to", *entries, **properties)


def role(action: str, target: Any) -> Raw:
    statement = {"Effect": "Allow", "Action": action, "Resource": target}
    return resource("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": {"Statement": statement}}])


def wrong(wiring: Wiring) -> dict[str, str]:
    """What is wrong with the statements, by the place in the metadata."""
    return {
        f"{one.place.address.logical_id}.{one.place.property.removeprefix('Metadata.seawall').lstrip('.')}": one.what
        for one in wiring.wrong
    }


def test_a_stated_way_back(wire: Wire) -> None:
    wiring = wire({"Fn": sending({"to": ref("Queue"), "laps": 5}), "Queue": queue()})
    found = hop(wiring, "Fn", "Queue")
    assert (found.evidence, found.when, found.laps, found.awaits) == (Evidence.STATED, When.FAILURE, 5, False)
    assert found.place.property == "Metadata.seawall.sends_to.0"
    assert found.stated == found.place
    assert not wrong(wiring)


def test_always(wire: Wire) -> None:
    found = hop(wire({"Fn": sending({"to": arn("Queue"), "when": "always"}), "Queue": queue()}), "Fn", "Queue")
    assert (found.when, found.laps) == (When.ALWAYS, None)


PROD: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String"}},
    "Conditions": {"Prod": {"Fn::Equals": [ref("Stage"), "prod"]}},
}
NAMES: list[Any] = [
    "Queue",
    "Shop/Orders",
    "Shop/Orders/Resource",
    "orders",
    "arn:aws:sqs:eu-west-1:111122223333:orders",
    ref("Queue"),
    arn("Queue"),
    join("arn:aws:sqs:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":orders"),
    {"Fn::If": ["Prod", ref("Queue"), ref("AWS::NoValue")]},
]


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_whom_a_statement_may_name(wire: Wire, name: Any) -> None:
    named = queue(QueueName="orders") | {"Metadata": {"aws:cdk:path": "Shop/Orders/Resource"}}
    wiring = wire({"Fn": sending({"to": name}), "Queue": named}, **PROD)
    assert hop(wiring, "Fn", "Shop/Orders").evidence is Evidence.STATED
    assert not wrong(wiring)


def test_conditions_of_the_name_are_those_of_the_hop(wire: Wire) -> None:
    name = {"Fn::If": ["Prod", "Queue", ref("AWS::NoValue")]}
    wiring = wire({"Fn": sending({"to": name}), "Queue": queue()}, **PROD)
    assert hop(wiring, "Fn", "Queue").conditions == ("Prod",)


def test_what_is_outside_the_app_is_named_by_its_arn(wire: Wire) -> None:
    elsewhere = "arn:aws:sqs:eu-west-1:111122223333:elsewhere"
    wiring = wire({"Fn": sending({"to": elsewhere})})
    assert hop(wiring, "Fn", f"external:{elsewhere}").evidence is Evidence.STATED
    assert not wrong(wiring)


def test_what_is_stated_takes_the_place_of_what_was_inferred(wire: Wire) -> None:
    wiring = wire(
        {
            "Fn": sending({"to": ref("Queue")}, Role=arn("Role")),
            "Queue": queue(),
            "Role": role("sqs:SendMessage", arn("Queue")),
        }
    )
    found = hop(wiring, "Fn", "Queue")
    assert (found.evidence, found.kind, found.traced) == (Evidence.STATED, "sqs:SendMessage", True)


def invoking(verb: str | None, **entry: Any) -> dict[str, Raw]:
    """Fn may invoke Other, and states how."""
    caller = function(Role=arn("Role"))
    if verb is not None:
        caller |= {"Metadata": {"seawall": {verb: [{"to": "Other", **entry}]}}}
    return {"Fn": caller, "Other": function(), "Role": role("lambda:InvokeFunction", arn("Other"))}


def test_unless_stated_an_invocation_is_assumed_to_be_awaited(wire: Wire) -> None:
    found = hop(wire(invoking(None)), "Fn", "Other")
    assert (found.awaits, found.evidence) == (True, Evidence.MEDIUM)
    assert found.assumption


def test_sending_settles_that_an_invocation_is_not_awaited(wire: Wire) -> None:
    wiring = wire(invoking("sends_to", when="always"))
    assert not hops(wiring, "Fn", "Other")
    found = hop(wiring, "Fn", "Other#async")
    assert (found.awaits, found.evidence, found.assumption) == (False, Evidence.STATED, "")


def test_calling_settles_that_it_is_awaited(wire: Wire) -> None:
    found = hop(wire(invoking("calls")), "Fn", "Other")
    assert (found.awaits, found.evidence, found.assumption, found.when) == (True, Evidence.STATED, "", When.ALWAYS)
    assert set(shown(found).values()) == {"error"}


def test_a_caller_that_swallows_the_failure_of_what_it_calls(wire: Wire) -> None:
    found = hop(wire(invoking("calls", raises=False)), "Fn", "Other")
    assert found.awaits
    assert set(shown(found).values()) == {None}


def test_both_ways_may_be_stated(wire: Wire) -> None:
    both = {"calls": [{"to": "Other"}], "sends_to": [{"to": "Other", "when": "always"}]}
    wiring = wire({"Fn": function() | {"Metadata": {"seawall": both}}, "Other": function()})
    assert hop(wiring, "Fn", "Other").awaits
    assert not hop(wiring, "Fn", "Other#async").awaits


@pytest.mark.parametrize(("action", "end"), [("lambda:InvokeFunction", "Other"), ("sqs:SendMessage", "Queue")])
def test_an_inferred_hop_that_does_not_exist(wire: Wire, action: str, end: str) -> None:
    resources = {"Other": function(), "Queue": queue(), "Role": role(action, arn(end))}
    assert hop(wire(resources | {"Fn": function(Role=arn("Role"))}), "Fn", end)
    denied = wire(resources | {"Fn": stating("never_sends_to", {"to": end}, Role=arn("Role"))})
    assert not hops(denied, "Fn")
    assert not wrong(denied)


def filtered(**statement: Any) -> dict[str, Raw]:
    """Topic -> queue, where the filter policy lets a message pass."""
    subscription = resource(
        "SNS::Subscription",
        TopicArn=ref("Topic"),
        Protocol="sqs",
        Endpoint=arn("Queue"),
        FilterPolicy={"kind": ["order"]},
        RedrivePolicy={"deadLetterTargetArn": arn("Dead")},
    )
    topic = resource("SNS::Topic") | {"Metadata": {"seawall": statement}}
    return {"Topic": topic, "Queue": queue(), "Dead": queue(), "Subscription": subscription}


def test_a_declared_hop_that_rests_on_an_assumption_can_be_settled(wire: Wire) -> None:
    assert hop(wire(filtered()), "Topic", "Queue").assumption
    settled = hop(wire(filtered(sends_to=[{"to": "Queue"}])), "Topic", "Queue")
    assert (settled.assumption, settled.evidence) == ("", Evidence.DECLARED)
    assert not hops(wire(filtered(never_sends_to=[{"to": "Queue"}])), "Topic", "Queue")


def test_laps_of_a_declared_hop(wire: Wire) -> None:
    back = {
        "StartAt": "Back",
        "States": {
            "Back": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {"QueueUrl": "${Queue}"},
                "End": True,
            }
        },
    }
    stated = {"seawall": {"sends_to": [{"to": "Queue", "laps": 3}]}}
    made = resource("StepFunctions::StateMachine", Definition=back, DefinitionSubstitutions={"Queue": ref("Queue")})
    wiring = wire({"Machine": made | {"Metadata": stated}, "Queue": queue()})
    found = hop(wiring, "Machine#Back", "Queue")
    assert (found.laps, found.evidence) == (3, Evidence.DECLARED)
    assert found.stated is not None
    assert not wrong(wiring)


def test_of_an_alias_it_is_stated_of_its_function(wire: Wire) -> None:
    live = resource("Lambda::Alias", FunctionName=ref("Fn"), Name="live")
    wiring = wire(
        {"Fn": function(), "Live": live | {"Metadata": sending({"to": "Queue"})["Metadata"]}, "Queue": queue()}
    )
    assert hop(wiring, "Fn", "Queue").place.address.logical_id == "Live"


def test_the_waiting_pipe(wire: Wire) -> None:
    """A pipe whose invocation type only the deployment knows."""
    parameters = {"StepFunctionStateMachineParameters": {"InvocationType": ref("Type")}}
    pipe = resource("Pipes::Pipe", Source=arn("Queue"), Target=ref("Machine"), TargetParameters=parameters)
    resources = {"Queue": queue(3), "Dead": queue(), "Machine": machine("EXPRESS")}

    def piped(verb: str) -> Wiring:
        stated = {"Metadata": {"seawall": {verb: [{"to": "Machine"}]}}}
        return wire(resources | {"Pipe": pipe | stated}, Parameters={"Type": {"Type": "String"}})

    assert (hop(piped("calls"), "Pipe", "Machine").awaits, hop(piped("calls"), "Pipe", "Machine").assumption) == (
        True,
        "",
    )
    assert (
        hop(piped("sends_to"), "Pipe", "Machine").awaits,
        dict(hop(piped("sends_to"), "Pipe", "Machine").tries),
    ) == (
        False,
        {},
    )


def test_a_name_that_only_the_deployment_knows_is_unknown(wire: Wire) -> None:
    wiring = wire({"Fn": sending({"to": ref("Free")})}, Parameters={"Free": {"Type": "String"}})
    assert not wiring.hops
    assert whys(wiring) == {"Fn.Metadata.seawall.sends_to.0.to": "parameter Free has no default"}
    assert not wrong(wiring)
