"""Conditions that can have one outcome only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.template import Either, Known, load

from ..conftest import only, props, synth, write

PARAMETERS = {
    "Stage": {"Type": "String", "Default": "prod"},
    "Only": {"Type": "String", "AllowedValues": ["prod"]},
    "One": {"Type": "String", "AllowedValues": ["prod", "test"], "Default": "prod"},
    "Free": {"Type": "String"},
}


def template(condition: Any) -> dict[str, Any]:
    return {
        "Parameters": PARAMETERS,
        "Mappings": {"M": {"k": {"v": "prod"}}},
        "Rules": {"R": {"Assertions": [{"Assert": {"Fn::Contains": [["a"], {"Ref": "Stage"}]}}]}},
        "Conditions": {
            "C": condition,
            "Yes": {"Fn::Equals": ["a", "a"]},
            "No": {"Fn::Equals": ["a", "b"]},
            "Open": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "Inner": {"Fn::Equals": [{"Ref": "Free"}, "prod"]},
            "Round": {"Fn::Not": [{"Condition": "Round"}]},
        },
        "Resources": {
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"DelaySeconds": {"Fn::If": ["C", 1, {"Fn::If": ["Inner", 2, 3]}]}},
            },
            "Topic": {"Type": "AWS::SNS::Topic", "Condition": "C"},
        },
    }


YES, NO = {"Condition": "Yes"}, {"Condition": "No"}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Fn::Equals": ["a", "a"]}, True),
        ({"Fn::Equals": ["a", "b"]}, False),
        ({"Fn::Equals": ["true", True]}, True),
        ({"Fn::Equals": [{"Ref": "Stage"}, "prod"]}, None),
        ({"Fn::Equals": [{"Ref": "Stage"}, {"Ref": "Stage"}]}, True),
        ({"Fn::Equals": [{"Ref": "One"}, "prod"]}, None),
        ({"Fn::Equals": [{"Ref": "Only"}, "prod"]}, True),
        ({"Fn::Equals": [{"Ref": "Only"}, "test"]}, False),
        ({"Fn::Equals": [{"Fn::FindInMap": ["M", "k", "v"]}, "prod"]}, True),
        ({"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}, None),
        ({"Fn::Equals": [{"Ref": "AWS::StackName"}, "t"]}, None),
        ({"Fn::And": [YES, YES]}, True),
        ({"Fn::And": [{"Condition": "Open"}, NO]}, False),
        ({"Fn::And": [{"Condition": "Open"}, YES]}, None),
        ({"Fn::Or": [{"Condition": "Open"}, YES]}, True),
        ({"Fn::Or": [NO, NO]}, False),
        ({"Fn::Or": [{"Condition": "Open"}, NO]}, None),
        ({"Fn::Not": [NO]}, True),
        ({"Fn::Not": [{"Condition": "Open"}]}, None),
        ({"Condition": "Round"}, None),
        ({"Condition": "Gone"}, None),
        ({"Fn::Equals": ["a"]}, None),
        ({"Fn::And": "a"}, None),
        (5, None),
    ],
)
def test_what_a_condition_comes_to(tmp_path: Path, condition: Any, holds: bool | None) -> None:
    app = load([write(tmp_path / "t.json", template(condition))])
    open_one = Either("Inner", Known(2), Known(3))
    expected = {True: Known(1), False: open_one, None: Either("C", Known(1), open_one)}[holds]
    assert props(app, "Queue").value("DelaySeconds") == expected
    topic = only(app).resources.get("Topic")
    there = {True: (True, None), False: (False, None), None: (True, "C")}[holds]
    assert (topic is not None, topic.condition if topic else None) == there


def test_the_region_of_a_synthesized_template_decides(tmp_path: Path) -> None:
    body = template({"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]})
    synth(tmp_path, {"T": {"body": body, "environment": "aws://111122223333/eu-west-1"}})
    assert props(load([tmp_path]), "Queue").value("DelaySeconds") == Known(1)


def test_what_is_not_there_leaves_no_output_and_no_value(tmp_path: Path) -> None:
    body = template({"Fn::Equals": ["a", "b"]})
    body["Outputs"] = {"A": {"Condition": "C", "Value": 1}, "B": {"Value": 2}, "Odd": 5}
    body["Resources"]["Null"] = None
    body["Resources"]["Queue"]["Properties"]["Tags"] = {"Fn::If": ["C", [], {"Ref": "AWS::NoValue"}]}
    app = load([write(tmp_path / "t.json", body)])
    assert list(only(app).body["Outputs"]) == ["B", "Odd"]
    assert not props(app, "Queue").exists("Tags")
    assert [each.why for each in app.skipped] == ["resource Null: is not an object"]
