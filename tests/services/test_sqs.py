"""Queues: receives are a total, and no redrive policy is not "no retry"."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Bound, When
from seawall.template import ValueStatus

from .conftest import Raw, Wire, arn, everywhere, function, hop, queue, ref, resource, totals, whys


def mapping(**properties: Any) -> Raw:
    settings: Raw = {"EventSourceArn": arn("Queue"), "FunctionName": ref("Fn"), **properties}
    return resource("Lambda::EventSourceMapping", **settings)


APP = {"Dead": queue(), "Fn": function(), "Map": mapping()}


@pytest.mark.parametrize("count", [1, 5, "7"])
def test_max_receive_count_is_a_total(wire: Wire, count: int) -> None:
    wiring = wire(APP | {"Queue": queue(count, VisibilityTimeout=60)})
    found = hop(wiring, "Queue", "Fn")
    tries = found.tries_for("error")
    assert totals(found) == everywhere(int(count)), "throttled receives count as well"
    assert (tries.bounded_by, tries.note) == (Bound.COUNT, f"maxReceiveCount = {count}")
    assert tries.seconds(0) == int(count) * 60
    assert found.place.property == "RedrivePolicy.maxReceiveCount"


@pytest.mark.parametrize(
    ("settings", "total", "status"),
    [
        ({}, 11_520, ValueStatus.DEFAULT),
        ({"VisibilityTimeout": 300}, 1_152, ValueStatus.DEFAULT),
        ({"VisibilityTimeout": 60, "MessageRetentionPeriod": 86_400}, 1_440, ValueStatus.KNOWN),
        ({"VisibilityTimeout": 43_200, "MessageRetentionPeriod": 60}, 1, ValueStatus.KNOWN),
    ],
)
def test_without_redrive_time_ends_the_tries(
    wire: Wire, settings: dict[str, int], total: int, status: ValueStatus
) -> None:
    tries = hop(wire(APP | {"Queue": queue(**settings)}), "Queue", "Fn").tries_for("fault")
    assert (tries.total, tries.bounded_by, tries.status) == (total, Bound.TIME, status)
    assert tries.limit == settings.get("MessageRetentionPeriod", 345_600)


def test_a_count_that_only_the_deployment_knows(wire: Wire) -> None:
    policy = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": ref("Count")}
    wiring = wire(
        APP | {"Queue": resource("SQS::Queue", RedrivePolicy=policy)}, Parameters={"Count": {"Type": "Number"}}
    )
    tries = hop(wiring, "Queue", "Fn").tries_for("error")
    assert (tries.total, tries.unknown) == (None, True)
    assert "Queue.RedrivePolicy.maxReceiveCount" in whys(wiring)


def test_a_policy_without_a_count_is_unknown_not_ten(wire: Wire) -> None:
    policy = {"deadLetterTargetArn": arn("Dead")}
    wiring = wire(APP | {"Queue": resource("SQS::Queue", RedrivePolicy=policy)})
    assert hop(wiring, "Queue", "Fn").tries_for("error").unknown


def test_dead_letters_move_when_receives_are_spent(wire: Wire) -> None:
    found = hop(wire(APP | {"Queue": queue(3)}), "Queue", "Dead")
    assert (found.kind, found.when, found.awaits) == ("redrive", When.EXHAUSTED, False)


def test_redrive_allow_policy_is_permission_only(wire: Wire) -> None:
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [arn("Queue")]}
    wiring = wire({"Queue": queue(), "Dead": resource("SQS::Queue", RedriveAllowPolicy=allowed)})
    assert not wiring.hops
