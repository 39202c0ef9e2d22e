"""Requests of machines and schedules that send several events at once."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import FailureClass

from .conftest import Raw, Wire, arn, queue, ref, resource
from .figures import analysed, attempts
from .test_code_reading_copies import RAISES, reads, rule


def put(*kinds: str) -> list[Raw]:
    return [{"Source": "shop", "DetailType": kind, "Detail": {}, "EventBusName": ref("Bus")} for kind in kinds]


def app(**more: Raw) -> dict[str, Raw]:
    """B (2 receives) -> G."""
    return {
        "Role": resource("IAM::Role"),
        "Dead": queue(),
        "Bus": resource("Events::EventBus", Name="bus"),
        "B": queue(2),
        "G": RAISES,
        "FromB": reads("B", "G"),
        **more,
    }


def machine(action: str, parameters: Raw, **fields: Any) -> Raw:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Parameters": parameters, "End": True, **fields}
    definition = {"StartAt": "Send", "States": {"Send": task}}
    return resource("StepFunctions::StateMachine", RoleArn=arn("Role"), Definition=definition)


def schedule(action: str, request: str) -> Raw:
    target = {"Arn": f"arn:aws:scheduler:::aws-sdk:{action}", "RoleArn": arn("Role"), "Input": {"Fn::Sub": request}}
    return resource("Scheduler::Schedule", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={}, Target=target)


BATCH = {"QueueUrl": ref("B"), "Entries": [{"Id": str(n), "MessageBody": "x"} for n in range(3)]}


@pytest.mark.parametrize(
    ("sender", "runs"),
    [
        pytest.param(machine("aws-sdk:sqs:sendMessageBatch", BATCH), 6, id="3 messages"),
        pytest.param(
            machine("events:putEvents", {"Entries": put("Placed", "Cancelled", "Shipped")}), 4, id="2 of 3 kinds match"
        ),
        pytest.param(machine("events:putEvents", {"Entries": put("Placed", "Placed")}), 4, id="2 of a kind"),
        pytest.param(machine("events:putEvents", {"Entries": put("Shipped")}), None, id="none"),
        pytest.param(
            schedule("sqs:sendMessageBatch", '{"QueueUrl":"${B}","Entries":[{"Id":"1"},{"Id":"2"}]}'),
            4,
            id="a schedule",
        ),
        pytest.param(
            schedule(
                "eventbridge:putEvents",
                '{"Entries":[{"Source":"shop","DetailType":"Placed","EventBusName":"${Bus}"},'
                '{"Source":"shop","DetailType":"Shipped","EventBusName":"${Bus}"},'
                '{"Source":"shop","DetailType":"Cancelled","EventBusName":"${Bus}"}]}',
            ),
            4,
            id="a schedule of events",
        ),
    ],
)
def test_each_entry_is_an_event(wire: Wire, sender: Raw, runs: int | None) -> None:
    resources = app(Sender=sender, Rule=rule("B", "Placed", "Cancelled"))
    found = analysed(wire, resources)
    if runs is None:
        assert found.flow.ruled_out
    else:
        assert found.attempts.of("app/G", FailureClass.ERROR).max == runs


def test_a_task_that_is_tried_again_sends_afresh(wire: Wire) -> None:
    """The sending task itself fails 3 times at most; B's messages come of the one that went well."""
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    resources = app(Sender=machine("aws-sdk:sqs:sendMessageBatch", BATCH, Retry=retry))
    assert attempts(wire, resources, "G") == (6, 6, 6, 6)


def test_entries_of_the_input_are_counted_for_each(wire: Wire) -> None:
    parameters = {"QueueUrl": ref("B"), "Entries.$": "$.entries"}
    found = analysed(wire, app(Sender=machine("aws-sdk:sqs:sendMessageBatch", parameters)))
    assert found.attempts.of("app/G", FailureClass.ERROR).max == 2
    assert [hop.for_each for hop in found.flow.into("app/B")] == [True]


def test_two_entries_to_one_bus_that_nothing_asks_of(wire: Wire) -> None:
    """No rule asks for what the two are told apart by: both come to the bus, and on to the queue."""
    everything = resource(
        "Events::Rule",
        EventBusName=ref("Bus"),
        EventPattern={"source": ["shop"]},
        Targets=[{"Id": "t", "Arn": arn("B")}],
    )
    resources = app(Sender=machine("events:putEvents", {"Entries": put("Placed", "Cancelled")}), Rule=everything)
    assert attempts(wire, resources, "G") == (4, 4, 4, 4)
