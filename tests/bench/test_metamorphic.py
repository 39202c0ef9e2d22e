"""What CloudFormation deploys the same way has the same findings and figures (the long form is `make metamorphic`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.metamorphic import Told, compared
from bench.rewrites import REWRITES, STEM
from bench.silence import scenarios

QUEUE: Any = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Stage}-q"}}}
ARN: Any = {"Fn::GetAtt": ["Q", "Arn"]}
STEPS: Any = {"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": {"Fn::GetAtt": ["F", "Arn"]}, "End": True}}}
MAPPING: Any = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
    "EventSourceArn": ARN, "FunctionName": {"Fn::Join": ["", [{"Ref": "F"}, ":live"]]}}}  # fmt: skip
BODY: Any = {
    "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
    "Resources": {
        "Q": QUEUE,
        "F": {"Type": "AWS::Lambda::Function", "DependsOn": "Q", "Properties": {
            "Environment": {"Variables": {"URL": {"Fn::Sub": "https://${Q}/${Stage}"}}}}},
        "M": MAPPING,
        "S": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": STEPS}},
    },
    "Outputs": {"O": {"Value": {"Fn::Sub": "${Q.Arn}"}}},
}  # fmt: skip


@pytest.mark.parametrize("path", scenarios(), ids=lambda path: path.stem)
def test_rewrites_change_neither_findings_nor_figures(path: Path) -> None:
    body = json.loads(path.read_text("utf-8"))
    # Nobody can delete a repository whose name another stack imports: for images a split is not neutral.
    chosen = [name for name in REWRITES if name != "split" or not path.stem.startswith("image-")]
    found = list(compared(body, chosen))
    assert [(each.rewrite, each.differences) for each in found if each.differences] == []


def rewritten(name: str, folder: Path) -> Any:
    REWRITES[name](BODY, folder)
    return json.loads((folder / f"{STEM}.json").read_text("utf-8"))


def test_every_rewrite_applies_and_changes_nothing_that_is_said() -> None:
    assert [(each.rewrite, each.differences) for each in compared(BODY)] == [(name, ()) for name in REWRITES]


def test_what_rewrites_make(tmp_path: Path) -> None:
    spelled = rewritten("other_spelling", tmp_path)["Resources"]
    assert spelled["M"]["Properties"] == {
        "EventSourceArn": {"Fn::Sub": "${Q.Arn}"},
        "FunctionName": {"Fn::Sub": ["${J0}:live", {"J0": {"Fn::Sub": "${F}"}}]},
    }
    assert spelled["Q"]["Properties"]["QueueName"] == {"Fn::Join": ["", [{"Ref": "Stage"}, "-q"]]}
    names = rewritten("renamed", tmp_path)["Resources"]
    assert names["FZq9"]["DependsOn"] == "QZq9"
    assert names["FZq9"]["Properties"]["Environment"]["Variables"]["URL"] == {"Fn::Sub": "https://${QZq9}/${Stage}"}
    parts = rewritten("split", tmp_path)
    assert set(parts["Resources"]) == {"F", "M", "S"}
    assert parts["Resources"]["M"]["Properties"]["EventSourceArn"] == {"Fn::ImportValue": "meta-O1"}
    exported = json.loads((tmp_path / "metaother.json").read_text("utf-8"))["Outputs"]
    assert exported["O1"] == {"Value": ARN, "Export": {"Name": "meta-O1"}}
    text = rewritten("other_definitions", tmp_path)["Resources"]["S"]["Properties"]["DefinitionString"]["Fn::Sub"]
    assert text[1] == {"H0": {"Fn::GetAtt": ["F", "Arn"]}}
    assert json.loads(text[0])["States"]["S"]["Resource"] == "${H0}"
    assert list(rewritten("other_order", tmp_path)["Resources"]) == ["S", "M", "F", "Q"]


def test_differences_are_named() -> None:
    before = Told({("F", "error"): (20.0, True)}, {("retry-loop", "error", "Q", None): 1}, 0, 3)
    now = Told({("F", "error"): (5.0, True)}, {}, 2, 3)
    assert before.differences(now) == (
        "F error (20.0, True) -> (5.0, True)", "retry-loop error Q None: 1 -> 0", "gaps 0 -> 2",
    )  # fmt: skip
