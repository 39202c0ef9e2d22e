"""Nested stacks whose templates lie beside the one that nests them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.template import App, Known, Props, load
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
