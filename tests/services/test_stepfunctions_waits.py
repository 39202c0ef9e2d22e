"""Which states run side by side, which retriers are steady, and who sends under an id of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Raw, Wire, arn, function, queue, resource

STEADY = {"ErrorEquals": ["A", "B"], "IntervalSeconds": 7, "MaxAttempts": 2, "BackoffRate": 1.0}


def machine(**states: Raw) -> Raw:
    body = json.dumps({"StartAt": next(iter(states)), "States": states})
    return resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": body})


def test_a_steady_retrier_with_its_place(wire: Wire) -> None:
    growing = {"ErrorEquals": ["C"]}
    task = {"Type": "Task", "Resource": "${Fn.Arn}", "Retry": [growing, STEADY], "End": True}
    (found,) = wire({"Fn": function(), "M": machine(Work=task)}).steady
    assert (found.site, found.errors, found.retries, found.interval) == ("app/M#Work", ("A", "B"), 2, 7)
    assert found.place.property == "DefinitionString.States.Work.Retry.1"


@pytest.mark.parametrize("retry", [None, "often", {}, ["x", 3], [{"BackoffRate": "fast"}], [{"JitterStrategy": []}]])
def test_nonsense_is_no_retrier(wire: Wire, retry: Any) -> None:
    task = {"Type": "Task", "Resource": "${Fn.Arn}", "Retry": retry, "End": True}
    assert not wire({"Fn": function(), "M": machine(Work=task)}).steady


def test_containers_that_run_several_things_at_once(wire: Wire) -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
    twin = {"StartAt": "Twin", "States": {"Twin": {"Type": "Pass", "End": True}}}
    states: dict[str, Raw] = {
        "Every": {"Type": "Map", "ItemProcessor": inner, "Next": "Ten"},
        "Ten": {"Type": "Map", "ItemProcessor": inner, "MaxConcurrency": 10, "Next": "One"},
        "One": {"Type": "Map", "ItemProcessor": inner, "MaxConcurrency": 1, "Next": "Odd"},
        "Odd": {"Type": "Map", "ItemProcessor": inner, "MaxConcurrency": "{% $n %}", "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": [inner, twin], "Next": "Alone"},
        "Alone": {"Type": "Parallel", "Branches": [inner], "End": True},
    }
    assert wire({"M": machine(**states)}).side_by_side == {
        "app/M#Every": "runs its items side by side",
        "app/M#Ten": "runs 10 items side by side",
        "app/M#Both": "runs 2 branches side by side",
    }


SEND = "arn:aws:states:::aws-sdk:sqs:sendMessageBatch"


@pytest.mark.parametrize(
    ("parameters", "own"),
    [
        ({"MessageDeduplicationId": "x"}, True),
        ({"MessageDeduplicationId.$": "$.id"}, True),
        ({"Entries": [{"MessageBody": "x"}, {"MessageDeduplicationId.$": "$.id"}]}, True),
        ({"Entries": [{"MessageBody": "x"}]}, False),
        ({"MessageBody.$": "$"}, False),
        (None, False),
        ([1], False),
    ],
)
def test_tasks_that_send_under_an_id_of_their_own(wire: Wire, parameters: Any, own: bool) -> None:
    task = {"Type": "Task", "Resource": SEND, "Parameters": parameters, "End": True}
    assert wire({"M": machine(Send=task)}).deduplicated == ({"app/M#Send"} if own else set())


@pytest.mark.parametrize(("settings", "own"), [({"MessageDeduplicationId": "$.messageId"}, True), ({}, False)])
def test_pipes_that_send_under_an_id_of_their_own(wire: Wire, settings: Raw, own: bool) -> None:
    to = {"SqsQueueParameters": {"MessageGroupId": "all", **settings}}
    pipe = resource("Pipes::Pipe", Source=arn("Queue"), Target=arn("Out"), TargetParameters=to)
    wiring = wire({"Queue": queue(), "Out": queue(FifoQueue=True), "Pipe": pipe})
    assert wiring.deduplicated == ({"app/Pipe"} if own else set())
