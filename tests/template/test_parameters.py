"""Values of parameters that the user gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.template import Given, InputError, Known, load, parse_pair, read_parameters, resolve

TWICE = """
[default.global.parameters]
parameter_overrides = "N=1"
[default.deploy.parameters]
parameter_overrides = "N=8"
"""


def template(tmp_path: Path, **parameters: Any) -> Path:
    path = tmp_path / "app.json"
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "N"}}}
    path.write_text(json.dumps({"Parameters": parameters, "Resources": {"Q": queue}}))
    return path


def value(path: Path, *given: Given, name: str = "N") -> Any:
    app = load([path], given)
    return resolve(app, app.templates["app.json"], {"Ref": name})


def test_a_typed_value_beats_default_and_allowed_values(tmp_path: Path) -> None:
    path = template(tmp_path, N={"Type": "Number", "Default": 3, "AllowedValues": [3, 5, 7]})
    assert value(path, parse_pair("N=5")) == Known("5")
    assert value(path, parse_pair("app:N=7")) == Known("7")
    assert value(path, parse_pair("N=5"), Given("N", "7", source="f.json")) == Known("5")


def test_a_value_for_another_stack_leaves_this_one_alone(tmp_path: Path) -> None:
    path = template(tmp_path, N={"Type": "Number", "Default": 3})
    assert value(path, Given("N", "9", "other", "f.json")) == Known(3)


def test_what_is_typed_wrong_is_an_error(tmp_path: Path) -> None:
    path = template(tmp_path, N={"Type": "Number", "Default": 3, "AllowedValues": [3, 5]})
    with pytest.raises(InputError, match="no template declares a parameter M"):
        value(path, parse_pair("M=1"))
    with pytest.raises(InputError, match="no stack web declares a parameter N"):
        value(path, parse_pair("web:N=1"))
    with pytest.raises(InputError, match="cannot be '4': the template allows 3, 5"):
        value(path, parse_pair("N=4"))
    for text in ("N", "=1", "web:=1"):
        with pytest.raises(ValueError, match="takes NAME=VALUE"):
            parse_pair(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("samconfig.toml", '[default.deploy.parameters]\nparameter_overrides = "N=8 Other=\\"a b\\""\n'),
        ("samconfig.toml", '[default.deploy.parameters]\nparameter_overrides = ["N=8"]\n'),
        ("samconfig.toml", TWICE),
        ("samconfig.toml", '[default.deploy.parameters]\nparameter_overrides = "ParameterKey=N,ParameterValue=8"\n'),
        ("dev.json", '[{"ParameterKey": "N", "ParameterValue": "8"}]'),
        ("dev.json", '["N=8"]'),
        ("dev.json", '{"Parameters": {"N": "8"}}'),
        ("dev.json", '{"N": 8}'),
        ("cdk.json", '{"app": "python app.py", "context": {"N": 8, "@aws-cdk/x": true}}'),
        ("dev.yaml", "Parameters:\n  N: 8\n"),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    path = template(tmp_path, N={"Type": "Number"})
    (tmp_path / name).write_text(text)
    assert value(path, *read_parameters(tmp_path / name)) == Known("8")


def test_several_files_are_several_deployments(tmp_path: Path) -> None:
    path = template(tmp_path, N={"Type": "Number"})
    given = [Given("N", "3", source="dev.json"), Given("N", "50", source="prod.json")]
    app = load([path], given)
    assert app.worlds.closed["N"] == ("3", "50")


@pytest.mark.parametrize(("name", "text"), [("a.json", "{}"), ("a.json", "{"), ("a.toml", "x ="), ("a.toml", "")])
def test_files_without_values(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError):
        read_parameters(tmp_path / name)
