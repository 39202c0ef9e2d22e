"""What authors state in metadata."""

from __future__ import annotations

from typing import Any

from seawall.services import Evidence, When

from .conftest import Raw, Wire, arn, function, hop, queue, ref, resource, whys


def stating(*statements: Raw, **properties: Any) -> Raw:
    return function(**properties) | {"Metadata": {"seawall": {"sends_to": list(statements)}}}


def test_a_stated_way_back(wire: Wire) -> None:
    found = hop(wire({"Fn": stating({"to": ref("Queue"), "laps": 5}), "Queue": queue()}), "Fn", "Queue")
    assert (found.evidence, found.when, found.laps) == (Evidence.STATED, When.FAILURE, 5)
    assert found.place.property == "Metadata.seawall.sends_to"


def test_always(wire: Wire) -> None:
    found = hop(wire({"Fn": stating({"to": arn("Queue"), "when": "always"}), "Queue": queue()}), "Fn", "Queue")
    assert (found.when, found.laps) == (When.ALWAYS, None)


def test_what_is_stated_takes_the_place_of_what_was_inferred(wire: Wire) -> None:
    allowed = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn("Queue")}]}
    role = resource("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": allowed}])
    wiring = wire({"Fn": stating({"to": ref("Queue")}, Role=arn("Role")), "Queue": queue(), "Role": role})
    found = hop(wiring, "Fn", "Queue")
    assert (found.evidence, found.kind, found.traced) == (Evidence.STATED, "sqs:SendMessage", True)


def test_a_statement_that_points_at_nothing_is_said(wire: Wire) -> None:
    wiring = wire({"Fn": stating({"to": ref("Free")})}, Parameters={"Free": {"Type": "String"}})
    assert not wiring.hops
    assert whys(wiring)
