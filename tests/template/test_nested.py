"""Nested stacks whose templates lie beside the one that nests them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.template import App, Known, Props, line_of, load
from seawall.template import build as building
from seawall.template.values import Address

from .conftest import resource, template, write

CHILD = template(
    {"Queue": resource("AWS::SQS::Queue", VisibilityTimeout={"Ref": "Seconds"})},
    Parameters={"Seconds": {"Type": "Number", "Default": 30}},
)


def nesting(directory: Path, url: Any, **parameters: Any) -> App:
    """A template that nests what is at `url`."""
    properties = {"TemplateURL": url, **({"Parameters": parameters} if parameters else {})}
    part = resource("AWS::CloudFormation::Stack", **properties)
    return load([write(directory / "top.json", template({"Part": part}))])


@pytest.mark.parametrize("url", ["child.json", "./child.json", "../app/child.json", {"Fn::Sub": "./child.json"}])
def test_a_path_is_followed(tmp_path: Path, url: Any) -> None:
    write(tmp_path / "app" / "child.json", CHILD)
    app = nesting(tmp_path / "app", url, Seconds=90)
    queue = app.resource(Address("child.json", "Queue"))
    assert queue is not None
    assert Props.of(app, queue).value("VisibilityTimeout") == Known(90)


def test_a_child_in_yaml(tmp_path: Path) -> None:
    write(tmp_path / "child.yaml", "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n")
    assert nesting(tmp_path, "child.yaml").resource(Address("child.yaml", "Queue")) is not None


def test_an_address_is_not_taken_for_a_file_of_its_name(tmp_path: Path) -> None:
    write(tmp_path / "child.json", CHILD)
    url = "https://s3.amazonaws.com/bucket/child.json"
    app = nesting(tmp_path, url)
    assert list(app.templates) == ["top.json"]
    why = f"its template ({url}) is not among the files; a file of that name is, but an address is not taken for it"
    assert [each.why for each in app.skipped] == [f"nested stack Part: {why}"]


def test_a_path_to_nothing_is_said(tmp_path: Path) -> None:
    app = nesting(tmp_path, "child.json")
    assert [each.why for each in app.skipped] == ["nested stack Part: its template (child.json) is not among the files"]


def test_templates_that_nest_each_other_over_and_over_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "MAX_NESTED", 10)

    def two(url: str) -> dict[str, Any]:
        return template({name: resource("AWS::CloudFormation::Stack", TemplateURL=url) for name in ("One", "Two")})

    for level in range(8):
        write(tmp_path / f"{level}.json", two(f"{level + 1}.json"))
    write(tmp_path / "8.json", CHILD)
    app = load([tmp_path / "0.json"])
    assert len(app.templates) == 11
    assert "nested stack Two: more than 10 templates are nested" in [each.why for each in app.skipped]


def test_a_parameter_goes_through_four_hundred_stacks(tmp_path: Path) -> None:
    """What each stack merely passes on is followed to where it begins; it takes no more depth than one of them."""
    depth = 400
    for level in range(depth):
        given = {"Seconds": 77} if level == 0 else {"Seconds": {"Ref": "Seconds"}}
        part = resource("AWS::CloudFormation::Stack", TemplateURL=f"{level + 1}.json", Parameters=given)
        declared = {"Parameters": {"Seconds": {"Type": "Number"}}} if level else {}
        write(tmp_path / f"{level}.json", template({"Part": part}, **declared))
    write(tmp_path / f"{depth}.json", CHILD)
    app = load([tmp_path / "0.json"])
    queue = app.resource(Address(f"{depth}.json", "Queue"))
    assert queue is not None
    assert Props.of(app, queue).value("VisibilityTimeout") == Known(77)


def test_a_stack_set_with_its_template_as_text(tmp_path: Path) -> None:
    text = json.dumps(CHILD)
    given = [{"ParameterKey": "Seconds", "ParameterValue": "90"}, {"ParameterKey": 5}, "odd"]
    made = resource("AWS::CloudFormation::StackSet", TemplateBody=text, Parameters=given)
    app = load([write(tmp_path / "top.json", template({"Set": made}))])
    queue = app.resource(Address("top.json@Set", "Queue"))
    assert queue is not None
    assert (queue.site_id, app.templates["top.json@Set"].region) == ("top@Set/Queue", None)
    assert Props.of(app, queue).integer("VisibilityTimeout").value == 90
    line = next(
        number for number, each in enumerate((tmp_path / "top.json").read_text().splitlines(), 1) if "Body" in each
    )
    assert line_of(app.templates["top.json@Set"], ("Resources", "Queue", "Properties")) == line


def test_yaml_in_a_stack_set(tmp_path: Path) -> None:
    made = resource("AWS::CloudFormation::StackSet", TemplateBody="Resources:\n  Q: {Type: AWS::SQS::Queue}\n")
    app = load([write(tmp_path / "top.json", template({"Set": made}))])
    assert app.resource(Address("top.json@Set", "Q")) is not None


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"TemplateBody": {"Fn::Sub": "${X}"}}, "its template is put together at deployment"),
        ({"TemplateBody": "{]"}, "its template cannot be read: is not JSON: "),
        ({"TemplateBody": "a: 1"}, "its template has no Resources"),
        (
            {"TemplateURL": "https://b/k.json?X-Amz-Signature=s3cr3t"},
            "its template (https://b/k.json) is not among the ",
        ),
        ({}, "its template is not among the files"),
    ],
)
def test_a_stack_set_that_is_not_read_hides_something(tmp_path: Path, properties: Any, why: str) -> None:
    made = resource("AWS::CloudFormation::StackSet", **properties)
    (found,) = load([write(tmp_path / "top.json", template({"Set": made}))]).skipped
    assert found.why.startswith(f"stack set Set: {why}")
    assert (found.hides, found.template) == ("Set", "top.json")


def test_each_version_of_a_product(tmp_path: Path) -> None:
    write(tmp_path / "child.json", CHILD)
    versions = [{"Info": {"LoadTemplateFromURL": url}} for url in ("child.json", "https://b.s3.amazonaws.com/old.json")]
    made = resource("AWS::ServiceCatalog::CloudFormationProduct", ProvisioningArtifactParameters=[*versions, 5])
    app = load([write(tmp_path / "top.json", template({"Product": made}))])
    assert app.resource(Address("child.json", "Queue")) is not None
    assert [each.why for each in app.skipped] == [
        "product Product: its template (https://b.s3.amazonaws.com/old.json) is not among the files",
        "product Product: its template is not among the files",
    ]
