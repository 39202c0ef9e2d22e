"""Loops written out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.template import Known, line_of, load
from seawall.template.transforms import foreach

from ..conftest import only, props, write
from .reading import notes, read, written_at

LANGUAGE = "Transform: AWS::LanguageExtensions\n"


def test_one_resource_for_each_item(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        LANGUAGE
        + """
Resources:
  Fn::ForEach::Queues:
    - Name
    - [Orders, Bills]
    - Queue${Name}:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub '${Name}-${AWS::StackName}'
          VisibilityTimeout: 45
          Tags: [{Key: name, Value: !Ref Name}]
""",
    )
    assert list(only(app).resources) == ["QueueOrders", "QueueBills"]
    assert props(app, "QueueOrders").text("QueueName").value == "Orders-app"
    assert props(app, "QueueBills").text("Tags", 0, "Value").value == "Bills"
    assert only(app).resources["QueueBills"].site_id == "app/QueueBills"
    assert only(app).resources["QueueBills"].logical_id == "QueueBills"
    assert written_at(app, "QueueBills") == "- Queue${Name}:"
    assert written_at(app, "QueueBills", "Properties", "VisibilityTimeout") == "VisibilityTimeout: 45"


def test_loops_within_loops(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        LANGUAGE
        + """
Mappings:
  Kinds: {A: {Names: [x, y]}, B: {Names: [z]}}
Resources:
  Fn::ForEach::Kinds:
    - Kind
    - [A, B]
    - Fn::ForEach::Names:
        - Name
        - !FindInMap [Kinds, !Ref Kind, Names]
        - Topic${Kind}${Name}:
            Type: AWS::SNS::Topic
            Properties: {TopicName: !Sub '${Kind}-${Name}'}
""",
    )
    assert list(only(app).resources) == ["TopicAx", "TopicAy", "TopicBz"]
    assert props(app, "TopicBz").text("TopicName").value == "B-z"
    assert written_at(app, "TopicBz", "Properties") == "Properties: {TopicName: !Sub '${Kind}-${Name}'}"


def test_items_that_are_no_part_of_an_id(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        LANGUAGE
        + """
Parameters:
  Addresses: {Type: CommaDelimitedList, Default: '10.0.0.1, 10.0.0.2'}
Resources:
  Fn::ForEach::Hosts:
    - Ip
    - !Ref Addresses
    - 'Topic&{Ip}':
        Type: AWS::SNS::Topic
        Properties: {DisplayName: !Ref Ip}
""",
    )
    assert list(only(app).resources) == ["Topic10001", "Topic10002"]
    assert props(app, "Topic10002").text("DisplayName").value == "10.0.0.2"


def test_loops_inside_properties_outputs_and_conditions(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        LANGUAGE
        + """
Parameters: {Stage: {Type: String}}
Conditions:
  Fn::ForEach::Stages:
    - Name
    - [prod, test]
    - 'Is${Name}': !Equals [!Ref Stage, !Ref Name]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Fn::ForEach::Settings:
        - Setting
        - [VisibilityTimeout, DelaySeconds]
        - ${Setting}: 7
Outputs:
  Fn::ForEach::Outputs:
    - Attribute
    - [Arn, QueueName]
    - Queue${Attribute}: {Value: !GetAtt [Queue, !Ref Attribute]}
""",
    )
    body = only(app).body
    assert list(body["Conditions"]) == ["Isprod", "Istest"]
    assert body["Conditions"]["Istest"] == {"Fn::Equals": [{"Ref": "Stage"}, "test"]}
    assert only(app).resources["Queue"].properties == {"VisibilityTimeout": 7, "DelaySeconds": 7}
    assert body["Outputs"]["QueueArn"] == {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}
    assert written_at(app, "Queue", "Properties", "DelaySeconds") == "- ${Setting}: 7"


def loop(collection: Any) -> dict[str, Any]:
    return {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Names": {"Type": "CommaDelimitedList"}},
        "Resources": {
            "Fn::ForEach::All": ["N", collection, {"Q${N}": {"Type": "AWS::SQS::Queue"}}],
            "Topic": {"Type": "AWS::SNS::Topic"},
        },
    }


@pytest.mark.parametrize(
    ("collection", "why"),
    [
        ({"Ref": "Names"}, "parameter Names has no default"),
        ([{"Ref": "AWS::Region"}], "item 1 of its collection is not known: it is no text that the template gives"),
        ("abc", "its collection is no list"),
        (["a", ["b"]], "item 2 of its collection is not known: it is no text that the template gives"),
    ],
)
def test_a_collection_that_is_not_known(tmp_path: Path, collection: Any, why: str) -> None:
    app = load([write(tmp_path / "t.json", loop(collection))])
    assert list(only(app).resources) == ["Topic"]
    assert notes(app) == [f"loop All in Resources is left out: {why}"]


@pytest.mark.parametrize("odd", [5, [], ["N"], ["N", ["a"], 5], [1, ["a"], {}], {"N": []}])
def test_a_loop_of_another_form(tmp_path: Path, odd: Any) -> None:
    body = {"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::All": odd}}
    app = load([write(tmp_path / "t.json", body)])
    assert notes(app) == [
        "loop All in Resources is left out: it is not of the form [identifier, collection, {key: value}]"
    ]


def test_expansion_is_bounded(tmp_path: Path) -> None:
    ten = [str(number) for number in range(10)]
    fragment: dict[str, Any] = {"Q${A}${B}${C}${D}${E}": {"Type": "AWS::SQS::Queue"}}
    for name in "EDCBA":
        fragment = {f"Fn::ForEach::{name}": [name, ten, fragment]}
    body = {"Transform": "AWS::LanguageExtensions", "Resources": {**fragment, "T": {"Type": "AWS::SNS::Topic"}}}
    app = load([write(tmp_path / "t.json", body)])
    assert list(only(app).resources) == ["T"]
    assert notes(app) == [
        "loop A in Resources is left out: loops ask for more than 10,000 copies, or 1,000,000 values in them"
    ]


def test_what_one_copy_holds_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreach, "MAX_VALUES", 5)
    body = loop(["a", "b"])
    body["Resources"]["Fn::ForEach::All"][2]["Q${N}"]["Properties"] = {"Tags": [1, 2, 3, 4]}
    app = load([write(tmp_path / "t.json", body)])
    assert list(only(app).resources) == ["Topic"]


def test_a_parameter_that_the_parent_gives_has_no_default(tmp_path: Path) -> None:
    child = loop({"Ref": "Names"})
    child["Parameters"]["Names"]["Default"] = "a,b"
    write(tmp_path / "child.json", child)
    part = {"TemplateURL": "child.json", "Parameters": {"Names": "c"}}
    top = {"Resources": {"Part": {"Type": "AWS::CloudFormation::Stack", "Properties": part}}}
    app = load([write(tmp_path / "top.json", top)])
    assert list(app.templates["child.json"].resources) == ["Topic"]
    assert notes(app) == ["loop All in Resources is left out: parameter Names has no default"]


def test_loops_are_written_out_before_sam_is_translated(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Fn::ForEach::Workers:
    - Name
    - [A, B]
    - Worker${Name}:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          Handler: a.b
          CodeUri: src
          Events:
            Orders:
              Type: SQS
              Properties:
                Queue: !GetAtt Queue.Arn
                BatchSize: 3
""",
    )
    mapping = only(app).resources["WorkerBOrders"]
    assert (mapping.site_id, mapping.logical_id) == ("app/WorkerB.Orders", "WorkerB")
    assert props(app, "WorkerBOrders").value("BatchSize") == Known(3)
    assert written_at(app, "WorkerBOrders", "Properties", "BatchSize") == "BatchSize: 3"
    assert line_of(only(app), ["Resources", "WorkerA"]) == line_of(only(app), ["Resources", "WorkerB"])
