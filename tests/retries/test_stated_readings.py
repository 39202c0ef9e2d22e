"""Statements that settle which reading of a call is the right one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seawall.graph import FailureClass
from seawall.retries import Analysis, analyse
from seawall.services import build
from seawall.template import load

ERROR, THROTTLE = FailureClass.ERROR, FailureClass.THROTTLE


def analysed(directory: Path, stated: object) -> Analysis:
    """queue (5) -> F, which has the statements; G is another function."""
    made: dict[str, Any] = {"Handler": "i.h", "Runtime": "python3.12", "Code": {"S3Bucket": "b", "S3Key": "k"}}
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 5}
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "F"}, "BatchSize": 1}
    resources = {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": made, "Metadata": {"seawall": stated}},
        "G": {"Type": "AWS::Lambda::Function", "Properties": made},
        "Map": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }
    file = directory / "app.json"
    file.write_text(json.dumps({"Resources": resources}), "utf-8")
    return analyse(build(load([file])))


def test_sent_back_instead_of_failing(tmp_path: Path) -> None:
    """The run ends well, so its queue does not try again: one event returns for each that left."""
    (loop,) = analysed(tmp_path, {"sends_to": [{"to": "Queue", "when": "instead_of_failing"}]}).loops
    assert (loop.gain_min[ERROR].value, loop.gain[ERROR].value) == (1, 1)


def test_sent_back_on_failure_may_be_tried_again_as_well(tmp_path: Path) -> None:
    (loop,) = analysed(tmp_path, {"sends_to": [{"to": "Queue", "when": "failure"}]}).loops
    assert (loop.gain_min[ERROR].value, loop.gain[ERROR].value) == (1, 5)


def test_a_call_that_is_not_awaited_counts_afresh(tmp_path: Path) -> None:
    """Awaited it runs with each of 5 receives, not awaited with the 3 tries of its own."""
    awaited = analysed(tmp_path, {"calls": [{"to": "G"}]})
    handed_off = analysed(tmp_path, {"calls": [{"to": "G", "awaited": False}]})
    assert (awaited.attempts.of("app/G", ERROR).value, handed_off.attempts.of("app/G", ERROR).value) == (5, 3)
