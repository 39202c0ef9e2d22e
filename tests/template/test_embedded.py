"""Documents inside templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.template import (
    Address,
    App,
    Concat,
    Either,
    Embedded,
    Known,
    Pseudo,
    Reference,
    Unknown,
    definition_body,
    load,
    parse_embedded,
)

from .conftest import Make, asset, only, props, resource, synth, template

FN = Reference(Address("t.json", "Fn"), "Arn")
PARTS = {"Fn": resource("AWS::Lambda::Function")}
PARAMETERS = {"Tries": {"Type": "Number", "Default": 4}, "Free": {"Type": "Number"}}


def parse(make: Make, raw: Any, **substitutions: Any) -> Embedded | Unknown:
    app = make(t=template(PARTS, Parameters=PARAMETERS))
    return parse_embedded(app, only(app), raw, substitutions)


def parsed(make: Make, raw: Any, **substitutions: Any) -> Embedded:
    found = parse(make, raw, **substitutions)
    assert isinstance(found, Embedded), found
    return found


def test_plain_text(make: Make) -> None:
    found = parsed(make, '{"StartAt": "A", "n": 3}')
    assert found.document == {"StartAt": "A", "n": 3}
    assert found.value("A") == Known("A")
    assert found.value(3) == Known(3)


def test_the_join_that_cdk_writes(make: Make) -> None:
    pieces = [
        '{"StartAt":"T","States":{"T":{"End":true,"Type":"Task","Resource":"arn:',
        {"Ref": "AWS::Partition"},
        ':states:::lambda:invoke","Parameters":{"FunctionName":"',
        {"Fn::GetAtt": ["Fn", "Arn"]},
        '","Payload.$":"$"}}}}',
    ]
    found = parsed(make, {"Fn::Join": ["", pieces]})
    task = found.document["States"]["T"]
    assert task["Resource"] == "arn:${AWS::Partition}:states:::lambda:invoke"
    assert found.value(task["Resource"]) == Concat(
        (Known("arn:"), Pseudo("AWS::Partition"), Known(":states:::lambda:invoke"))
    )
    assert found.value(task["Parameters"]["FunctionName"]) == FN
    assert found.value(task["Parameters"]["Payload.$"]) == Known("$")


def test_sub_with_a_reference_where_a_number_stands(make: Make) -> None:
    found = parsed(make, {"Fn::Sub": '{"Known": ${Tries}, "Free": ${Free}, "In": "x ${Free}", "Fn": "${Fn.Arn}:live"}'})
    assert found.document["Known"] == 4
    assert found.value(found.document["Free"]) == Unknown("parameter Free has no default", "Free")
    assert found.value(found.document["In"]) == Concat((Known("x "), Unknown("parameter Free has no default", "Free")))
    assert found.value(found.document["Fn"]) == Concat((FN, Known(":live")))


def test_the_same_value_has_the_same_token(make: Make) -> None:
    found = parsed(make, {"Fn::Sub": '{"Next": "To ${Fn}", "States": {"To ${Fn}": 1}}'})
    assert found.document["Next"] in found.document["States"]


def test_tokens_do_not_collide_with_the_text(make: Make) -> None:
    found = parsed(make, {"Fn::Sub": '{"a": "${!value:0}", "b": "${Fn.Arn}"}'})
    assert found.value(found.document["a"]) == Known("${value:0}")
    assert found.value(found.document["b"]) == FN


def test_substitutions(make: Make) -> None:
    text = '{"Fn": "${FnArn}", "n": ${N}, "name": "${Name}", "free": ${Free}, "kept": "${Other} {% $x %}"}'
    substitutions = {"FnArn": FN, "N": Known("3"), "Name": Known('a "b"'), "Free": Unknown("why")}
    found = parsed(make, text, **substitutions)
    assert found.value(found.document["Fn"]) == FN
    assert found.document["n"] == 3
    assert found.document["name"] == 'a "b"'
    assert found.value(found.document["free"]) == Unknown("why")
    assert found.value(found.document["kept"]) == Known("${Other} {% $x %}")


def test_an_object_with_intrinsics_inside(make: Make) -> None:
    raw = {
        "Resource": {"Fn::GetAtt": ["Fn", "Arn"]},
        "Arn": {"Fn::Sub": "arn:${AWS::Partition}:x"},
        "n": {"Ref": "Tries"},
        "gone": {"Ref": "AWS::NoValue"},
        "maybe": {"Fn::If": ["C", 1, 2]},
        "list": [{"Ref": "AWS::NoValue"}, {"Ref": "Fn"}, 5],
        "sub": "${FnArn}:live",
        "lit": "${N}",
    }
    found = parsed(make, raw, FnArn=FN, N=Known(3))
    assert found.value(found.document["Resource"]) == FN
    assert found.text(found.document["Arn"]) == "arn:${AWS::Partition}:x"
    assert found.document["n"] == 4
    assert "gone" not in found.document
    assert found.value(found.document["maybe"]) == Either("C", Known(1), Known(2))
    assert found.value(found.document["list"][0]) == Reference(FN.address)
    assert found.document["list"][1:] == [5]
    assert found.value(found.document["sub"]) == Concat((FN, Known(":live")))
    assert found.document["lit"] == "3"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ('{"a":\n oops}', "the document is not JSON: Expecting value (line 2, column 2)"),
        ("", "the document is not JSON: Expecting value (line 1, column 1)"),
        ("[" * 300 + "]" * 300, "the document is nested too deeply"),
        ("[" * 9000, "the document is not usable JSON: it is nested too deeply, or a number is too long"),
        ({"Ref": "Free"}, "parameter Free has no default"),
        ({"Ref": "Fn"}, "the document is ${Fn}"),
        ({"Ref": "AWS::NoValue"}, "there is no document"),
        ({"Fn::If": ["C", "{}", "[]"]}, "depends on condition C"),
        (5, "the document is 5"),
    ],
    ids=lambda raw: str(raw)[:20],
)
def test_what_is_no_document(make: Make, raw: Any, why: str) -> None:
    found = parse(make, raw)
    assert isinstance(found, Unknown)
    assert found.why == why


ASL = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${FnArn}", "TimeoutSeconds": 5, "End": True}}}


def machine(app: App) -> Embedded | Unknown:
    return definition_body(app, props(app, "M").resource)


@pytest.mark.parametrize("form", ["DefinitionString", "Definition"])
def test_a_machines_definition_in_the_template(make: Make, form: str) -> None:
    definition = json.dumps(ASL) if form == "DefinitionString" else ASL
    substitutions = {"FnArn": {"Fn::GetAtt": ["Fn", "Arn"]}}
    kind = "AWS::StepFunctions::StateMachine"
    properties: dict[str, Any] = {form: definition, "DefinitionSubstitutions": substitutions}
    app = make(t=template({**PARTS, "M": resource(kind, **properties)}))
    found = machine(app)
    assert isinstance(found, Embedded)
    assert found.value(found.document["States"]["A"]["Resource"]) == FN


@pytest.mark.parametrize(
    "key", ["abc.json", {"Fn::Sub": "abc.json"}, {"Fn::Sub": "prefix/abc.json"}, {"Ref": "Elsewhere"}]
)
def test_a_machines_definition_among_the_assets(tmp_path: Path, key: Any) -> None:
    location = {"Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}, "Key": key}
    properties: dict[str, Any] = {
        "DefinitionS3Location": location,
        "DefinitionSubstitutions": {"FnArn": {"Fn::GetAtt": ["Fn", "Arn"]}},
    }
    body = template({**PARTS, "M": resource("AWS::StepFunctions::StateMachine", **properties)})
    (tmp_path / "asset.abc.json").write_text(json.dumps(ASL))
    app = load([synth(tmp_path, {"S": {"body": body, "files": {"abc": asset("asset.abc.json", "abc.json")}}})])
    found = machine(app)
    if key == {"Ref": "Elsewhere"}:
        assert isinstance(found, Unknown)
    else:
        assert isinstance(found, Embedded)
        assert found.value(found.document["States"]["A"]["Resource"]) == Reference(
            Address("S.template.json", "Fn"), "Arn"
        )


def test_a_definition_file_that_is_gone(tmp_path: Path) -> None:
    body = template(
        {"M": resource("AWS::StepFunctions::StateMachine", DefinitionS3Location={"Bucket": "b", "Key": "abc.json"})}
    )
    app = load([synth(tmp_path, {"S": {"body": body, "files": {"abc": asset("asset.abc.json", "abc.json")}}})])
    found = machine(app)
    assert isinstance(found, Unknown)
    assert "no such file" in found.why


def test_a_machine_without_a_definition(make: Make) -> None:
    app = make(t=template({"M": resource("AWS::StepFunctions::StateMachine")}))
    assert machine(app) == Unknown("the state machine has no definition")
