"""What authors state about a function, a machine, a rule or a subscription."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import FailureClass
from seawall.services import Wiring

from .conftest import Raw, Wire, arn, function, hop, hops, join, machine, queue, ref, resource, shown, totals
from .test_statements import wrong


def stated(body: Raw, **section: Any) -> Raw:
    return body | {"Metadata": {"seawall": section}}


def mapping(batch: int | None = None, function: str = "Fn") -> Raw:
    size: Raw = {} if batch is None else {"BatchSize": batch}
    return resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref(function), **size)


def fed(body: Raw, **more: Raw) -> dict[str, Raw]:
    """Queue (3 receives) -> Fn."""
    return {"Queue": queue(3), "Dead": queue(), "Mapping": mapping(), "Fn": body, **more}


@pytest.mark.parametrize(
    ("value", "reason"),
    [(True, "stated"), ("keyed by order id", "keyed by order id"), (False, ""), (None, "")],
)
def test_idempotent(wire: Wire, value: object, reason: str) -> None:
    body = function() if value is None else stated(function(), idempotent=value)
    wiring = wire(fed(body))
    assert wiring.sites["app/Fn"].idempotent == reason
    assert totals(hop(wiring, "Queue", "Fn"))["error"] == 3  # it runs as often
    assert not wrong(wiring)


def test_an_idempotent_machine_is_so_in_all_its_states(wire: Wire) -> None:
    body = {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "End": True}},
    }
    wiring = wire({"Machine": stated(resource("StepFunctions::StateMachine", Definition=body), idempotent="by key")})
    assert {site.id: site.idempotent for site in wiring.sites.values() if site.works} == {
        "app/Machine": "by key",
        "app/Machine#A": "by key",
    }


def test_a_handler_that_swallows_its_errors(wire: Wire) -> None:
    found = hop(wire(fed(stated(function(), raises=False))), "Queue", "Fn")
    assert totals(found) == {"error": 1, "timeout": 3, "throttle": 3, "fault": 3}
    assert shown(found) == {"error": None, "timeout": "timeout", "throttle": "throttle", "fault": "fault"}


def test_a_task_does_not_see_the_errors_of_such_a_handler(wire: Wire) -> None:
    body = {"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": arn("Fn"), "End": True}}}
    resources = {"Machine": resource("StepFunctions::StateMachine", Definition=body)}
    loud = hop(wire(resources | {"Fn": function()}), "Machine#Call", "Fn")
    quiet = hop(wire(resources | {"Fn": stated(function(), raises=False)}), "Machine#Call", "Fn")
    assert loud.shown(FailureClass.ERROR) is not None
    assert quiet.shown(FailureClass.ERROR) is None
    assert quiet.shown(FailureClass.TIMEOUT) == loud.shown(FailureClass.TIMEOUT)


def starting(**section: Any) -> dict[str, Raw]:
    """Queue -> Fn -> StartExecution."""
    allowed = {"Statement": {"Effect": "Allow", "Action": "states:StartExecution", "Resource": ref("Machine")}}
    role = resource("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": allowed}])
    return fed(function(Role=arn("Role")), Role=role, Machine=stated(machine(), **section))


def test_started_once_per_batch(wire: Wire) -> None:
    assert not hop(wire(starting()), "Fn", "Machine").per_batch
    wiring = wire(starting(once_per_batch=True))
    assert hop(wiring, "Fn", "Machine").per_batch
    assert not hop(wiring, "Queue", "Fn").per_batch
    assert not wrong(wiring)


def test_no_batch_leads_there(wire: Wire) -> None:
    alone = {"Machine": stated(machine(), once_per_batch=True)}
    assert wrong(wire(alone)) == {"Machine.once_per_batch": "nothing that reads batches leads to app/Machine"}
    single = starting(once_per_batch=True) | {"Mapping": mapping(1)}
    assert wrong(wire(single)) == {
        "Machine.once_per_batch": "every batch that leads to app/Machine holds one message: BatchSize is 1"
    }


def ruled(**section: Any) -> dict[str, Raw]:
    """Bus -> rule -> queue."""
    rule = resource(
        "Events::Rule",
        EventBusName=ref("Bus"),
        EventPattern={"source": ["shop"]},
        Targets=[{"Id": "A", "Arn": arn("Queue")}],
    )
    return {"Bus": resource("Events::EventBus", Name="b"), "Queue": queue(), "Rule": stated(rule, **section)}


def test_whether_a_rule_matches_what_the_app_sends(wire: Wire) -> None:
    assert hop(wire(ruled()), "Bus", "Rule").assumption
    assert not hop(wire(ruled(matches=True)), "Bus", "Rule").assumption
    never = wire(ruled(matches=False))
    assert not hops(never, "Bus", "Rule")
    assert hop(never, "Rule", "Queue")  # others may put such events on the bus
    assert not wrong(never)


def test_on_the_default_bus_too(wire: Wire) -> None:
    bus = join("arn:aws:events:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":event-bus/default")
    allowed = {"Statement": {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}}
    rule = resource("Events::Rule", EventPattern={"source": ["shop"]}, Targets=[{"Id": "A", "Arn": arn("Queue")}])

    def put(**section: Any) -> Wiring:
        role = resource("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": allowed}])
        return wire({"Fn": function(Role=arn("Role")), "Role": role, "Queue": queue(), "Rule": stated(rule, **section)})

    (match,) = [each for each in put().hops if each.kind == "rule-match"]
    assert match.assumption
    assert not [each for each in put(matches=False).hops if each.kind == "rule-match"]


def subscribed(policy: bool, **section: Any) -> dict[str, Raw]:
    """Topic -> queue."""
    filtering: Raw = {"FilterPolicy": {"kind": ["order"]}} if policy else {}
    subscription = resource(
        "SNS::Subscription",
        TopicArn=ref("Topic"),
        Protocol="sqs",
        Endpoint=arn("Queue"),
        RedrivePolicy={"deadLetterTargetArn": arn("Dead")},
        **filtering,
    )
    return {"Topic": resource("SNS::Topic"), "Queue": queue(), "Dead": queue(), "Sub": stated(subscription, **section)}


def test_whether_messages_pass_a_filter_policy(wire: Wire) -> None:
    assert hop(wire(subscribed(True)), "Topic", "Queue").assumption
    assert not hop(wire(subscribed(True, matches=True)), "Topic", "Queue").assumption
    assert not hops(wire(subscribed(True, matches=False)), "Topic")  # nor are there dead letters of it


def test_what_has_no_filter_matches_everything(wire: Wire) -> None:
    assert wrong(wire(subscribed(False, matches=False))) == {"Sub.matches": "app/Sub filters nothing: all events match"}
    wiring = wire({"Rule": stated(resource("Events::Rule", ScheduleExpression="rate(1 day)"), matches=True)})
    assert wrong(wiring) == {"Rule.matches": "app/Rule filters nothing: all events match"}
