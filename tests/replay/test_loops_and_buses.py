"""Loops that the template itself closes, and events that a machine puts onto a bus: predicted as such, and played."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from seawall.cli import main

LOOP = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Code: {ZipFile: "def handler(event, context): ..."}
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition:
        StartAt: Charge
        States:
          Charge:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Parameters: {FunctionName: !GetAtt Worker.Arn, Payload.$: $}
            Retry: [{ErrorEquals: [States.ALL], MaxAttempts: 3}]
            Catch: [{ErrorEquals: [States.ALL], Next: Requeue}]
            End: true
          Requeue:
            Type: Task
            Resource: arn:aws:states:::sqs:sendMessage
            Parameters: {QueueUrl: !Ref Queue, MessageBody.$: States.JsonToString($)}
            End: true
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      RoleArn: !GetAtt Role.Arn
      Source: !GetAtt Queue.Arn
      SourceParameters: {SqsQueueParameters: {BatchSize: 1}}
      Target: !Ref Machine
      TargetParameters: {StepFunctionStateMachineParameters: {InvocationType: FIRE_AND_FORGET}}
"""
BUS = """\
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Code: {ZipFile: "def handler(event, context): ..."}
      Role: !GetAtt Role.Arn
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, EventSourceArn: !GetAtt Queue.Arn, BatchSize: 1}
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [shop.orders]}
      Targets: [{Id: Queue, Arn: !GetAtt Queue.Arn}]
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition:
        StartAt: Tell
        States:
          Tell:
            Type: Task
            Resource: arn:aws:states:::events:putEvents
            Parameters:
              Entries: [{Source: shop.orders, DetailType: OrderPlaced, EventBusName: !Ref Bus, Detail.$: $}]
            End: true
"""
Capture = pytest.CaptureFixture[str]


def played(capsys: Capture, template: Path, code: int, *more: str) -> dict[str, Any]:
    arguments = ["replay", str(template), "--fail", "Worker", "--format", "json", *more]
    assert main(arguments) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def counts(found: dict[str, Any]) -> dict[tuple[str, str], tuple[int | None, int]]:
    return {
        (one["site"].partition("/")[2], one["what"]): (one["predicted"]["max"], one["observed"])
        for one in found["counts"]
    }


def test_what_the_template_sends_back_goes_round_without_end(tmp_path: Path, capsys: Capture) -> None:
    """The catcher sends the event back on every lap: 4 runs and 1 message a lap, for as long as anybody watches."""
    (tmp_path / "loop.yaml").write_text(LOOP)
    found = played(capsys, tmp_path / "loop.yaml", 0, "--max-runs", "40")
    predicted = {(one["site"].partition("/")[2], one["what"]): one["predicted"] for one in found["counts"]}
    assert predicted["Worker", "runs"]["max"] is None
    assert predicted["Worker", "runs"]["bounded_by"] == "nothing"
    assert predicted["Dead", "messages"]["max"] == 0  # a machine that is handed the event never fails the pipe
    assert counts(found)["Worker", "runs"][1] >= 20  # of 40, the stand-in for the pipe included
    assert (found["differs"], found["stopped_by"]) == (False, "40 runs")
    worker = next(one for one in found["counts"] if one["site"].endswith("/Worker"))
    assert (worker["predicted"]["lap"], worker["verdict"]) == (4, "equal")
    assert worker["laps"] >= 5
    assert abs(worker["observed"] - 4 * worker["laps"]) <= 4  # the last lap is cut short, or the next one begun


def test_the_text_says_so(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop.yaml").write_text(LOOP)
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["replay", str(tmp_path / "loop.yaml"), "--fail", "Worker", "--max-runs", "20"]) == 0
    said = capsys.readouterr().out
    assert "4 a round, no end" in said
    assert re.search(r"As predicted, the event never leaves the cycle: \d+ rounds were played, each alike\.", said)
    assert "report it" not in said


def test_events_of_a_machine_reach_the_rules_that_take_them(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "bus.yaml").write_text(BUS)
    found = played(capsys, tmp_path / "bus.yaml", 0)
    assert counts(found) == {
        ("Machine", "executions"): (1, 1),
        ("Machine#Tell", "state runs"): (1, 1),
        ("Queue", "messages"): (1, 1),
        ("Queue", "receives"): (3, 3),
        ("Queue", "dead letters"): (1, 1),
        ("Worker", "runs"): (3, 3),
        ("Dead", "messages"): (1, 1),
        ("Dead", "receives"): (0, 0),
    }


def test_a_rule_that_does_not_match_takes_nothing(tmp_path: Path, capsys: Capture) -> None:
    other = BUS.replace("EventPattern: {source: [shop.orders]}", "EventPattern: {source: [shop.parcels]}")
    (tmp_path / "bus.yaml").write_text(other)
    assert main(["replay", str(tmp_path / "bus.yaml"), "--fail", "Worker", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "Machine" not in {one["site"].partition("/")[2] for one in found["counts"]}  # begun behind it, at the rule
