"""Dead letters that are put back into the queue that they came from."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import CLASSES, Evidence

from .conftest import Raw, Wire, arn, function, hop, hops, join, queue, ref, resource, whys
from .figures import analysed

CALL = "arn:aws:scheduler:::aws-sdk:sqs:startMessageMoveTask"
MAPPING = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Fn"))
APP: dict[str, Raw] = {"Dead": queue(), "Queue": queue(5), "Fn": function(), "Mapping": MAPPING}


def schedule(source: str = "Dead", destination: str | None = None) -> Raw:
    parts: list[Any] = ['{"SourceArn":"', arn(source), '"']
    parts += [',"DestinationArn":"', arn(destination), '"'] if destination else []
    return resource("Scheduler::Schedule", Target={"Arn": CALL, "Input": join(*parts, "}")})


def test_a_schedule_puts_dead_letters_back(wire: Wire) -> None:
    wiring = wire(APP | {"Schedule": schedule()})
    found = hop(wiring, "Dead", "Queue")
    assert (found.kind, found.place.property) == ("message-move", "Target.Input")
    assert [loop.stopped_by for loop in analysed(wire, APP | {"Schedule": schedule()}).loops] == ["nothing"]


def test_moved_elsewhere_they_do_not_come_back(wire: Wire) -> None:
    template = APP | {"Parking": queue(), "Schedule": schedule(destination="Parking")}
    assert hop(wire(template), "Dead", "Parking").kind == "message-move"
    assert not analysed(wire, template).loops


def test_every_queue_gets_its_own_back(wire: Wire) -> None:
    wiring = wire(APP | {"Other": queue(3), "Schedule": schedule()})
    assert {each.target for each in hops(wiring, "Dead")} == {"app/Queue", "app/Other"}


def test_a_machine_puts_dead_letters_back(wire: Wire) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:startMessageMoveTask",
        "Parameters": {"SourceArn": "${d}"},
        "End": True,
    }
    machine = resource(
        "StepFunctions::StateMachine",
        Definition={"StartAt": "Move", "States": {"Move": state}},
        DefinitionSubstitutions={"d": arn("Dead")},
    )
    assert hop(wire(APP | {"M": machine}), "Dead", "Queue").evidence is Evidence.DECLARED


@pytest.mark.parametrize(("held", "evidence"), [(False, Evidence.MEDIUM), (True, Evidence.STRONG)])
def test_code_that_may_move_messages(wire: Wire, held: bool, evidence: Evidence) -> None:
    statement = {"Effect": "Allow", "Action": ["sqs:StartMessageMoveTask"], "Resource": arn("Dead")}
    role = resource("IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}])
    variables = {"Environment": {"Variables": {"D": ref("Dead")}}} if held else {}
    mover = function(Role=arn("Role"), **variables)
    assert hop(wire(APP | {"Role": role, "Mover": mover}), "Dead", "Queue").evidence is evidence


def test_messages_of_a_queue_that_is_not_analysed(wire: Wire) -> None:
    one = resource("Scheduler::Schedule", Target={"Arn": CALL, "Input": '{"SourceArn":"arn:aws:sqs:eu-west-1:1:x"}'})
    assert "Schedule.Target.Input" in whys(wire(APP | {"Schedule": one}))


def test_two_schedules_move_once(wire: Wire) -> None:
    assert hop(wire(APP | {"A": schedule(), "B": schedule()}), "Dead", "Queue")


def test_what_ends_it_is_said(wire: Wire) -> None:
    assert hop(wire(APP | {"Schedule": schedule()}), "Dead", "Queue").stop == (
        "do not move the messages of app/Dead by a clock: redrive by hand what is worth it"
    )


def mover(code: str) -> dict[str, Raw]:
    """Code that is read, of a function whose role lets it move dead letters; its environment holds their queue."""
    statement = {"Effect": "Allow", "Action": ["sqs:StartMessageMoveTask"], "Resource": arn("Dead")}
    role = resource("IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}])
    text = f"import os, boto3\nsqs = boto3.client('sqs')\ndef handler(event, context):\n    {code}\n"
    settings = {"Runtime": "python3.13", "Code": {"ZipFile": text}, "Environment": {"Variables": {"D": arn("Dead")}}}
    return {"Role": role, "Mover": function(Role=arn("Role"), **settings)}


def test_code_that_was_read_moves_messages_or_does_not(wire: Wire) -> None:
    moves = mover("sqs.start_message_move_task(SourceArn=os.environ['D'])")
    assert hop(wire(APP | moves), "Dead", "Queue").evidence is Evidence.READ
    assert not hops(wire(APP | mover("sqs.get_queue_attributes(QueueUrl=os.environ['D'])")), "Dead")


@pytest.mark.parametrize("by", ["schedule", "code"])
def test_whatever_fails_is_put_back_for_certain(wire: Wire, by: str) -> None:
    """Nothing that fails has to send anything: the queue moves its dead letters, and something else moves them back."""
    moves = mover("sqs.start_message_move_task(SourceArn=os.environ['D'])") if by == "code" else {"S": schedule()}
    (loop,) = analysed(wire, APP | moves).loops
    assert {(loop.gain_min[each].max, loop.gain[each].max) for each in CLASSES} == {(1, 1)}
