"""Intrinsics inside one template."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.template import ABSENT, Address, App, Concat, Either, Known, Pseudo, Reference, Unknown, Value, resolve

from .conftest import Make, only, resource, template

QUEUE = Reference(Address("t.json", "Queue"))
QUEUE_ARN = Reference(Address("t.json", "Queue"), "Arn")


@pytest.fixture
def app(make: Make) -> App:
    return make(
        t=template(
            {
                "Queue": resource("AWS::SQS::Queue"),
                "Alias": resource("AWS::Lambda::Alias", Name="live"),
                "Param": resource("AWS::SSM::Parameter", Name="/app/queue", Type="String", Value={"Ref": "Queue"}),
            },
            Parameters={
                "Tries": {"Type": "Number", "Default": 5},
                "Stage": {"Type": "String", "Default": "prod"},
                "Secret": {"Type": "String", "NoEcho": True},
                "Zones": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
                "FromSsm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/queue"},
                "Elsewhere": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/other"},
            },
            Mappings={"ByStage": {"prod": {"Tries": 9, "Names": ["x", "y"]}}},
            Conditions={"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        )
    )


def read(app: App, raw: Any) -> Value:
    return resolve(app, only(app), raw)


CASES: list[tuple[Any, Value]] = [
    (5, Known(5)),
    ("5", Known("5")),
    (True, Known(True)),
    (None, Known(None)),
    ({"a": {"Ref": "Queue"}}, Known({"a": {"Ref": "Queue"}})),
    ([1, {"Ref": "Queue"}], Known([1, {"Ref": "Queue"}])),
    ({"Ref": "Queue"}, QUEUE),
    ({"Ref": "Tries"}, Known(5)),
    ({"Ref": "Zones"}, Known(["a", "b", "c"])),
    ({"Ref": "Secret"}, Unknown("parameter Secret has no default", "Secret")),
    ({"Ref": "Nowhere"}, Unknown("Nowhere is declared nowhere in the template")),
    ({"Ref": "AWS::Region"}, Pseudo("AWS::Region")),
    ({"Ref": "AWS::NoValue"}, ABSENT),
    ({"Ref": "AWS::StackName"}, Known("t")),
    ({"Ref": "FromSsm"}, QUEUE),
    ({"Ref": "Elsewhere"}, Unknown("SSM parameter /other is not among the analysed resources")),
    ("{{resolve:ssm:/app/queue}}", QUEUE),
    ("{{resolve:ssm:/app/queue:3}}", QUEUE),
    ("{{resolve:secretsmanager:x:SecretString}}", Unknown("a dynamic reference to secretsmanager")),
    ({"Fn::GetAtt": ["Queue", "Arn"]}, QUEUE_ARN),
    ({"Fn::GetAtt": "Queue.Arn"}, QUEUE_ARN),
    ({"Fn::GetAtt": ["Nowhere", "Arn"]}, Unknown("Nowhere is declared nowhere in the template")),
    ({"Fn::Join": [":", ["a", 1, True]]}, Known("a:1:true")),
    ({"Fn::Join": ["-", {"Ref": "Zones"}]}, Known("a-b-c")),
    ({"Fn::Join": ["-", ["a", {"Ref": "AWS::NoValue"}, "b"]]}, Known("a-b")),
    ({"Fn::Join": ["", [{"Fn::GetAtt": ["Queue", "Arn"]}]]}, QUEUE_ARN),
    ({"Fn::Join": ["", ["{{resolve:ssm:", "/app/queue", "}}"]]}, QUEUE),
    (
        {"Fn::Join": ["", ["a", {"Fn::Join": ["", ["b", {"Ref": "Queue"}]]}, "c"]]},
        Concat((Known("ab"), QUEUE, Known("c"))),
    ),
    (
        {"Fn::Join": ["", ["a", {"Ref": "Secret"}]]},
        Concat((Known("a"), Unknown("parameter Secret has no default", "Secret"))),
    ),
    ({"Fn::Sub": "x-${Stage}-${!Kept}"}, Known("x-prod-${Kept}")),
    ({"Fn::Sub": "${Queue.Arn}"}, QUEUE_ARN),
    ({"Fn::Sub": ["${A}/${B}", {"A": "1", "B": {"Ref": "AWS::Region"}}]}, Concat((Known("1/"), Pseudo("AWS::Region")))),
    ({"Fn::Select": [1, ["a", "b"]]}, Known("b")),
    ({"Fn::Select": ["1", {"Ref": "Zones"}]}, Known("b")),
    ({"Fn::Select": [9, ["a"]]}, Unknown("Fn::Select asks for item 9 of 1")),
    ({"Fn::Select": [1, {"Fn::Split": [":", "a:b:c"]}]}, Known("b")),
    ({"Fn::Split": [",", "a,b"]}, Known(["a", "b"])),
    ({"Fn::FindInMap": ["ByStage", {"Ref": "Stage"}, "Tries"]}, Known(9)),
    ({"Fn::Select": [0, {"Fn::FindInMap": ["ByStage", "prod", "Names"]}]}, Known("x")),
    ({"Fn::FindInMap": ["ByStage", "test", "Tries", {"DefaultValue": 2}]}, Known(2)),
    ({"Fn::FindInMap": ["ByStage", "test", "Tries"]}, Unknown("the template's mappings have no ByStage.test.Tries")),
    ({"Fn::Length": [1, 2, 3]}, Known(3)),
    ({"Fn::Length": {"Ref": "Zones"}}, Known(3)),
    ({"Fn::ToJsonString": {"a": [1, {"Ref": "Stage"}]}}, Known('{"a":[1,"prod"]}')),
    ({"Fn::ToJsonString": {"q": {"Ref": "Queue"}}}, Concat((Known('{"q":"'), QUEUE, Known('"}')))),
    ({"Fn::Base64": "x"}, Unknown("Fn::Base64 is worked out at deployment")),
    ({"Fn::GetAZs": ""}, Unknown("Fn::GetAZs is worked out at deployment")),
    ({"Fn::If": ["IsProd", 5, 3]}, Either("IsProd", Known(5), Known(3))),
    ({"Fn::If": ["IsProd", 5, 5]}, Known(5)),
    ({"Fn::If": ["IsProd", 5, {"Ref": "AWS::NoValue"}]}, Either("IsProd", Known(5), ABSENT)),
    (
        {"Fn::If": ["A", {"Fn::If": ["B", 1, 2]}, 3]},
        Either("A", Either("B", Known(1), Known(2)), Known(3)),
    ),
]


@pytest.mark.parametrize(("raw", "value"), CASES, ids=[str(raw)[:60] for raw, _ in CASES])
def test_what_an_expression_stands_for(app: App, raw: Any, value: Value) -> None:
    assert read(app, raw) == value


def test_a_condition_asked_again_has_its_answer(app: App) -> None:
    raw = {"Fn::If": ["IsProd", {"Fn::If": ["IsProd", 1, 2]}, {"Fn::If": ["IsProd", 3, 4]}]}
    assert read(app, raw) == Either("IsProd", Known(1), Known(4))


def test_the_function_name_that_cdk_takes_out_of_an_alias(app: App) -> None:
    name = {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "Alias"}]}]}
    alias = Reference(Address("t.json", "Alias"), "Ref", 6)
    assert read(app, {"Fn::Join": ["", [name, ":live"]]}) == Concat((alias, Known(":live")))


def test_pieces_of_an_arn_that_is_put_together(app: App) -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:1:orders"}
    assert read(app, {"Fn::Select": [5, {"Fn::Split": [":", arn]}]}) == Known("orders")
    assert read(app, {"Fn::Select": [3, {"Fn::Split": [":", arn]}]}) == Pseudo("AWS::Region")


def test_a_piece_behind_a_reference_is_unknown(app: App) -> None:
    text = {"Fn::Join": ["", ["a:b", {"Ref": "Queue"}, ":c"]]}
    assert read(app, {"Fn::Select": [0, {"Fn::Split": [":", text]}]}) == Known("a")
    for index in (1, 2, 9):
        assert isinstance(read(app, {"Fn::Select": [index, {"Fn::Split": [":", text]}]}), Unknown)


def test_parameters_that_lead_to_themselves_are_unknown(make: Make) -> None:
    loop = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/loop"}
    parameter = resource("AWS::SSM::Parameter", Name="/loop", Value={"Ref": "Loop"})
    app = make(t=template({"P": parameter}, Parameters={"Loop": loop}))
    assert read(app, {"Ref": "Loop"}) == Unknown("/loop refers to itself")


def test_depth_has_an_end(app: App) -> None:
    raw: Any = "x"
    for _ in range(500):
        raw = {"Fn::Join": ["", [raw, {"Ref": "Queue"}]]}
    assert Unknown("expressions are nested too deeply") in getattr(read(app, raw), "parts", ())


def test_work_has_an_end(make: Make) -> None:
    outputs: dict[str, Any] = {"O0": {"Value": "x", "Export": {"Name": "E0"}}}
    for index in range(1, 50):
        twice = [{"Fn::ImportValue": f"E{index - 1}"}] * 2
        outputs[f"O{index}"] = {"Value": {"Fn::Join": ["", twice]}, "Export": {"Name": f"E{index}"}}
    app = make(t=template({"Queue": resource("AWS::SQS::Queue")}, Outputs=outputs))
    assert not isinstance(read(app, {"Fn::ImportValue": "E40"}), Known)


def test_a_map_by_region_is_read_where_the_region_is_known(make: Make) -> None:
    regions = {"eu-west-1": {"Tries": 4, "Days": 1}, "us-east-1": {"Tries": 5, "Days": 1}}
    app = make(t=template({"Queue": resource("AWS::SQS::Queue")}, Mappings={"M": regions}))
    raw = {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "Tries"]}
    assert read(app, raw) == Either("AWS::Region is eu-west-1", Known(4), Known(5))
    assert read(app, {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "Days"]}) == Known(1)


def test_a_default_counts_where_a_key_of_a_map_is_not_known(make: Make) -> None:
    mappings = {"M": {"eu-west-1": {"Tries": 4}}}
    app = make(t=template({"Queue": resource("AWS::SQS::Queue")}, Mappings=mappings))

    def found(region: Any, default: Any) -> Any:
        return read(app, {"Fn::FindInMap": ["M", region, "Tries", {"DefaultValue": default}]})

    assert found("ap-east-1", 9) == Known(9)
    assert found({"Ref": "AWS::Region"}, 4) == Known(4)
    assert found({"Ref": "AWS::Region"}, 9) == Unknown("Fn::FindInMap with a key that only the deployment knows")


def test_names_in_references_may_be_put_together(make: Make) -> None:
    app = make(t=template({"QueueA": resource("AWS::SQS::Queue")}))
    queue = Address("t.json", "QueueA")
    assert read(app, {"Ref": {"Fn::Sub": "QueueA"}}) == Reference(queue)
    name = {"Fn::Join": ["", ["Queue", "A"]]}
    assert read(app, {"Fn::GetAtt": [name, "Arn"]}) == Reference(queue, "Arn")
    assert isinstance(read(app, {"Fn::GetAtt": [{"Ref": "AWS::Region"}, "Arn"]}), Unknown)
    assert isinstance(read(app, {"Ref": {"Ref": "AWS::Region"}}), Unknown)
