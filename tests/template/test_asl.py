"""Definitions of state machines in files of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.services import read
from seawall.template import Address, Embedded, Known, Reference, Unknown, definition_body, line_of, load

from .conftest import only, props, resource, template, write

TASK = {"Type": "Task", "Resource": "${Charge}", "TimeoutSeconds": 5, "End": True}
ASL = {"StartAt": "Pay", "States": {"Pay": TASK}}
YAML = """StartAt: Pay
States:
  Pay:
    Type: Task
    Resource: ${Charge}
    TimeoutSeconds: ${Seconds}
    End: true
"""
MACHINE = "AWS::StepFunctions::StateMachine"


@pytest.mark.parametrize("name", ["order.asl.json", "order.json"])
def test_a_definition_is_an_app_with_one_machine(tmp_path: Path, name: str) -> None:
    app = load([write(tmp_path / name, ASL)])
    (machine,) = app.resources()
    assert (machine.type, machine.site_id) == (MACHINE, "order")
    assert only(app).key == name


@pytest.mark.parametrize("name", ["order.asl.yaml", "order.asl.yml", "order.yaml"])
def test_in_yaml_too(tmp_path: Path, name: str) -> None:
    app = load([write(tmp_path / name, YAML)])
    (machine,) = app.resources()
    found = definition_body(app, machine)
    assert machine.site_id == "order"
    assert isinstance(found, Embedded)
    assert found.document["States"]["Pay"]["TimeoutSeconds"] == "${Seconds}"
    inside = ["Resources", "order", "Properties", "Definition", "States", "Pay"]
    assert line_of(only(app), [*inside, "Resource"]) == 5
    assert line_of(only(app), inside[:2]) == 1


def test_lines_are_those_of_its_own_file(tmp_path: Path) -> None:
    template = only(load([write(tmp_path / "order.asl.json", json.dumps(ASL, indent=1))]))
    assert line_of(template, ["Resources", "order", "Properties", "Definition", "States", "Pay", "Resource"]) == 6


def test_what_nothing_fills_stays_visible(tmp_path: Path) -> None:
    wiring = read(load([write(tmp_path / "order.asl.json", ASL)]))
    assert [(each.source, each.target) for each in wiring.hops if each.target.startswith("external:")] == [
        ("order#Pay", "external:${Charge}")
    ]


def test_a_place_for_a_number_may_be_empty(tmp_path: Path) -> None:
    text = '{"StartAt": "Pay", "States": {"Pay": {"Type": "Wait", "Seconds": ${Seconds}, "Comment": "${x} \\" ${y}"}}}'
    app = load([write(tmp_path / "order.asl.json", text)])
    (machine,) = app.resources()
    assert machine.properties["Definition"]["States"]["Pay"] == {
        "Type": "Wait", "Seconds": "${Seconds}", "Comment": '${x} " ${y}',
    }  # fmt: skip


def test_definitions_of_one_name_in_two_folders_stay_apart(tmp_path: Path) -> None:
    write(tmp_path / "a" / "order.asl.json", ASL)
    write(tmp_path / "b" / "order.asl.json", ASL)
    assert [each.site_id for each in load([tmp_path]).resources()] == ["a/order", "b/order"]


def using(form: str, location: Any) -> dict[str, Any]:
    """A template with a machine whose definition lies in a file."""
    properties = {
        form: location,
        "DefinitionSubstitutions": {"Charge": {"Fn::GetAtt": ["Fn", "Arn"]}, "Seconds": 30},
    }
    return template({"Fn": resource("AWS::Lambda::Function"), "M": resource(MACHINE, **properties)})


@pytest.mark.parametrize("form", ["DefinitionS3Location", "DefinitionUri"])
@pytest.mark.parametrize(("name", "body"), [("order.asl.json", ASL), ("order.asl.yaml", YAML)])
def test_a_definition_next_to_the_template_is_read_with_it_only(
    tmp_path: Path, form: str, name: str, body: Any
) -> None:
    write(tmp_path / "t.json", using(form, f"machines/{name}"))
    write(tmp_path / "machines" / name, body)
    write(tmp_path / "machines" / "other.asl.json", ASL)
    app = load([tmp_path])
    assert list(app.templates) == ["t.json", "machines/other.asl.json"]
    assert not app.skipped
    found = definition_body(app, props(app, "M").resource)
    assert isinstance(found, Embedded)
    pay = found.document["States"]["Pay"]
    assert found.value(pay["Resource"]) == Reference(Address("t.json", "Fn"), "Arn")
    assert found.value(pay["TimeoutSeconds"]) == Known(30 if name.endswith("yaml") else 5)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.asl.json", '{"StartAt": "Pay", "States": {"Pay": {"Type": "Wait", "Seconds": 1, "Seconds": 2}}}'),
        ("m.asl.yaml", "StartAt: Pay\nStates:\n  Pay: {Type: Wait, Seconds: 1, Seconds: 2}\n"),
    ],
)
def test_what_stands_twice_in_a_definition_beside_the_template(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path / name, text)
    app = load([write(tmp_path / "t.json", using("DefinitionS3Location", name))])
    found = definition_body(app, props(app, "M").resource)
    assert isinstance(found, Embedded)
    assert found.repeated == ("Seconds",)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("machines/gone.asl.json", "the definition cannot be read: "),
        ("s3://bucket/key.asl.json", "the definition lies in key.asl.json, which is not among the files"),
        ({"Bucket": "b", "Key": "k.json"}, "the definition lies in k.json, which is not among the files"),
        ({"Ref": "Place"}, "the definition lies in "),
        (5, "the definition lies in 5, which is not among the files"),
    ],
)
def test_a_definition_that_is_not_there(tmp_path: Path, location: Any, why: str) -> None:
    app = load([write(tmp_path / "t.json", using("DefinitionS3Location", location))])
    found = definition_body(app, props(app, "M").resource)
    assert isinstance(found, Unknown)
    assert found.why.startswith(why)


def test_a_template_with_a_machines_keys_is_a_template(tmp_path: Path) -> None:
    body = template({"Q": resource("AWS::SQS::Queue")}, StartAt="x", States={})
    assert [each.type for each in load([write(tmp_path / "t.json", body)]).resources()] == ["AWS::SQS::Queue"]
