"""Worlds: which choices are consistent, and what they are called."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.template import App, Either, Known, resolve
from seawall.template.worlds import MOST_ASSIGNMENTS

from .conftest import Make, resource, template


def equals(parameter: str, value: Any) -> dict[str, Any]:
    return {"Fn::Equals": [{"Ref": parameter}, value]}


def app_of(make: Make, conditions: dict[str, Any], parameters: dict[str, Any] | None = None, **sections: Any) -> App:
    names = parameters or {"Stage": {"Type": "String", "Default": "dev"}}
    return make(t=template({"Q": resource("AWS::SQS::Queue")}, Conditions=conditions, Parameters=names, **sections))


def worlds(app: App, *names: str) -> list[tuple[str, tuple[bool, ...]]]:
    keys = [f"t.json#{name}" for name in names]
    found = app.worlds.assignments(keys)
    assert found is not None
    return [(world.words, tuple(world.sides[key] for key in keys)) for world in found]


def test_a_condition_and_its_opposite(make: Make) -> None:
    app = app_of(make, {"Prod": equals("Stage", "prod"), "NotProd": {"Fn::Not": [{"Condition": "Prod"}]}})
    assert worlds(app, "Prod", "NotProd") == [("Stage is dev", (False, True)), ("Stage is prod", (True, False))]
    assert not app.worlds.consistent({"t.json#Prod": True, "t.json#NotProd": True})
    assert app.worlds.implied("t.json#NotProd", {"t.json#Prod": True}) is False
    assert app.worlds.implied("t.json#Prod", {}) is None


def test_and_or_and_several_parameters(make: Make) -> None:
    app = app_of(
        make,
        {
            "Prod": equals("Stage", "prod"),
            "Big": equals("Size", "big"),
            "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "Big"}]},
            "Either": {"Fn::Or": [{"Condition": "Prod"}, {"Condition": "Big"}]},
        },
        {"Stage": {"Type": "String", "Default": "dev"}, "Size": {"Type": "String", "AllowedValues": ["big", "small"]}},
    )
    assert worlds(app, "Both", "Either") == [
        ("Size is big and Stage is dev", (False, True)),
        ("Size is big and Stage is prod", (True, True)),
        ("Size is small and Stage is dev", (False, False)),
    ]
    assert len(worlds(app, "Prod", "Big")) == 4


def test_another_value(make: Make) -> None:
    conditions = {"Prod": equals("Stage", "prod"), "Test": equals("Stage", "test")}
    app = app_of(make, conditions, {"Stage": {"Type": "String"}})
    assert worlds(app, "Prod", "Test") == [
        ("Stage is prod", (True, False)),
        ("Stage is test", (False, True)),
        ("Stage is none of prod, test", (False, False)),
    ]


def test_allowed_values_leave_nothing_else(make: Make) -> None:
    stage = {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "prod"}
    app = app_of(make, {"Prod": equals("Stage", "prod"), "Dev": equals("Stage", "dev")}, {"Stage": stage})
    assert worlds(app, "Prod", "Dev") == [("Stage is prod", (True, False)), ("Stage is dev", (False, True))]


def test_region_and_mapping(make: Make) -> None:
    mappings = {"Stages": {"dev": {"Kind": "small"}, "prod": {"Kind": "big"}, "perf": {"Kind": "big"}}}
    kind = {"Fn::FindInMap": ["Stages", {"Ref": "Stage"}, "Kind"]}
    app = app_of(
        make,
        {"Big": {"Fn::Equals": [kind, "big"]}, "Home": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
        Mappings=mappings,
    )
    assert worlds(app, "Big") == [("Stage is dev", (False,)), ("Stage is prod", (True,))]
    assert worlds(app, "Home") == [("the Region is eu-west-1", (True,)), ("the Region is not eu-west-1", (False,))]


def test_what_cannot_be_taken_apart_is_one_thing(make: Make) -> None:
    odd = {"Fn::Equals": [{"Fn::Join": ["", [{"Ref": "Stage"}, "x"]]}, "prodx"]}
    app = app_of(make, {"Odd": odd, "Same": odd, "Not": {"Fn::Not": [odd]}})
    assert worlds(app, "Odd", "Same", "Not") == [
        ("condition Not does not hold and condition Odd holds and condition Same holds", (True, True, False)),
        ("condition Not holds and condition Odd does not hold and condition Same does not hold", (False, False, True)),
    ]


def test_a_circle_of_conditions_is_open(make: Make) -> None:
    app = app_of(make, {"A": {"Fn::Not": [{"Condition": "A"}]}})
    assert len(worlds(app, "A")) == 2
    assert app.worlds.consistent({"t.json#Nowhere": True})


def test_a_nested_stack_has_the_parameter_of_the_stack_around_it(make: Make) -> None:
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "child.json", "Parameters": {"Env": {"Ref": "Stage"}}},
    }
    app = make(
        t=template(
            {"Child": nested},
            Conditions={"Prod": equals("Stage", "prod")},
            Parameters={"Stage": {"Type": "String", "Default": "dev"}},
        ),
        child=template(
            {"Q": resource("AWS::SQS::Queue")},
            Conditions={"Live": equals("Env", "prod")},
            Parameters={"Env": {"Type": "String"}},
        ),
    )
    keys = {"t.json#Prod", "child.json#Live"}
    found = app.worlds.assignments(keys)
    assert found is not None
    assert [(world.words, set(world.sides.values())) for world in found] == [
        ("Stage is dev", {False}),
        ("Stage is prod", {True}),
    ]


def test_too_many_choices_leave_every_side_possible(make: Make) -> None:
    count = MOST_ASSIGNMENTS.bit_length()
    parameters = {f"P{number}": {"Type": "String"} for number in range(count)}
    all_of = {"Fn::Or": [equals(name, "x") for name in parameters]}
    app = app_of(make, {"All": all_of, "One": equals("P0", "x")}, parameters)
    assert app.worlds.consistent({"t.json#One": True, "t.json#All": False})
    assert [len(each) for each in app.worlds.attributes(["t.json#All", "t.json#One"])] == [4]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ({"Type": "Number", "Default": 3, "AllowedValues": [3, 5]}, Either("N is 3", Known("3"), Known("5"))),
        ({"Type": "Number", "Default": 5, "AllowedValues": [3, 5]}, Either("N is 5", Known("5"), Known("3"))),
        ({"Type": "Number", "AllowedValues": [3]}, Known("3")),
        ({"Type": "Number", "Default": 3}, Known(3)),
    ],
)
def test_values_of_a_parameter(make: Make, parameter: dict[str, Any], expected: Any) -> None:
    app = app_of(make, {}, {"N": parameter})
    value = resolve(app, app.templates["t.json"], {"Ref": "N"})
    assert value == expected
    text = resolve(app, app.templates["t.json"], {"Fn::Sub": "n-${N}"})
    assert text == Known(f"n-{parameter.get('Default', 3)}")
