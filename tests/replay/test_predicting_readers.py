"""Readers of one queue compete: what a replay deploys of them, predicts and counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.replay import MiniStack, plan
from seawall.replay.predicting import idle_readers
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

from .playing import counts, play

Raw = dict[str, Any]


def resource(kind: str, **properties: Any) -> Raw:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


def template(**readers: Raw) -> Raw:
    """A queue with six receives, a function, and readers."""
    policy = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 6}
    queue = resource("SQS::Queue", RedrivePolicy=policy)
    worker = resource("Lambda::Function", Handler="index.handler", Runtime="python3.13")
    return {"Resources": {"Dead": resource("SQS::Queue"), "Queue": queue, "Worker": worker, **readers}}


def mapping() -> Raw:
    source = {"EventSourceArn": arn("Queue"), "FunctionName": {"Ref": "Worker"}, "BatchSize": 1}
    return resource("Lambda::EventSourceMapping", **source)


def machine(retries: int) -> Raw:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": retries}]
    task = {"Type": "Task", "Resource": arn("Worker"), "Retry": retry, "End": True}
    definition = {"StartAt": "Try", "States": {"Try": task}}
    return resource("StepFunctions::StateMachine", StateMachineType="EXPRESS", Definition=definition)


def pipe(to: str) -> Raw:
    waits = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    source = {"SqsQueueParameters": {"BatchSize": 1}}
    target = {"Target": {"Ref": to}, "TargetParameters": waits}
    return resource("Pipes::Pipe", Source=arn("Queue"), SourceParameters=source, **target)


ALIKE = template(One=mapping(), Other=mapping())
UNLIKE = template(Long=pipe("Four"), Four=machine(3), Short=pipe("Two"), Two=machine(1))
"""Either pipe may get a message: 6 x 4 runs of the function at worst, 6 x 2 at best."""


@pytest.mark.parametrize(("app", "idle"), [(ALIKE, []), (UNLIKE, ["app/Short"])])
def test_only_a_reader_that_makes_a_difference_is_left_out(tmp_path: Path, app: Raw, idle: list[str]) -> None:
    (tmp_path / "app.json").write_text(json.dumps(app))
    read = load([tmp_path / "app.json"])
    assert sorted(idle_readers(plan(read, analyse(build(read)), "Worker"))) == idle


@pytest.mark.parametrize(("app", "runs"), [(ALIKE, 6), (UNLIKE, 24)])
def test_observed_is_predicted(emulator: MiniStack, app: Raw, runs: int) -> None:
    outcome, said = play(emulator, app, "Worker")
    found = counts(outcome)
    assert found["app/Worker", "runs"] == (runs, runs)
    assert found["app/Queue", "receives"] == (6, 6)
    assert ("app/Short: it competes for the messages of app/Queue" in said) is (app is UNLIKE)
