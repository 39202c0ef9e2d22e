"""What stands beside a template: construct paths for templates that carry none, and acknowledgements."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from seawall.template import Acknowledged, App, load, load_assembly

from .conftest import resource, synth, template, write

ACK = "aws:cdk:acknowledged-rules"


def logical_id(name: str) -> dict[str, str]:
    return {"type": "aws:cdk:logicalId", "data": name}


METADATA: dict[str, Any] = {
    "/A": [{"type": "aws:cdk:templateFile", "data": "A.template.json"}, {"type": ACK, "data": {"Seawall::x": "stack"}}],
    "/A/Queue/Resource": [logical_id("Queue")],
    "/A/Nested.NestedStack/Nested.NestedStackResource": [logical_id("Nested")],
    "/A/Nested": [{"type": "aws:cdk:templateFile", "data": "ANested.nested.template.json"}],
    "/A/Nested/Other/Resource": [
        logical_id("Queue"),
        {"type": ACK, "data": {"Seawall::x": "first", "Nag::y": "other"}},
        {"type": ACK, "data": {"Seawall::x": "last"}},
    ],
}


def assembly(directory: Path, metadata: Any = METADATA, inline: bool = False) -> Path:
    """A stack with a nested stack, whose templates name the same logical id and no construct path."""
    nested = resource("AWS::CloudFormation::Stack", TemplateURL="ANested.nested.template.json")
    body = template({"Queue": resource("AWS::SQS::Queue"), "Nested": nested})
    synth(directory, {"A": {"body": body}})
    write(directory / "ANested.nested.template.json", template({"Queue": resource("AWS::SQS::Queue")}))
    manifest = json.loads((directory / "manifest.json").read_text())
    if inline:
        manifest["artifacts"]["A"]["metadata"] = metadata
    else:
        manifest["artifacts"]["A"]["additionalMetadataFile"] = "A.metadata.json"
        write(directory / "A.metadata.json", metadata)
    write(directory / "manifest.json", manifest)
    return directory


def paths(app: App) -> dict[tuple[str, str], str | None]:
    return {(each.address.template, each.address.logical_id): each.construct_path for each in app.resources()}


@pytest.mark.parametrize("inline", [False, True])
def test_construct_paths_by_file_and_logical_id(tmp_path: Path, inline: bool) -> None:
    app = load([assembly(tmp_path, inline=inline)])
    assert paths(app) == {
        ("A.template.json", "Queue"): "A/Queue/Resource",
        ("A.template.json", "Nested"): "A/Nested.NestedStack/Nested.NestedStackResource",
        ("ANested.nested.template.json", "Queue"): "A/Nested/Other/Resource",
    }
    assert [each.site_id for each in app.resources()][-1] == "A/Nested/Other"


def test_the_template_itself_knows_best(tmp_path: Path) -> None:
    directory = assembly(tmp_path)
    write(directory / "A.template.json", template({"Queue": resource("AWS::SQS::Queue", path="A/Here/Resource")}))
    assert paths(load([directory])) == {("A.template.json", "Queue"): "A/Here/Resource"}


def test_acknowledgements_of_all_plugins_with_the_last_reason(tmp_path: Path) -> None:
    assert load([assembly(tmp_path)]).acknowledged == (
        Acknowledged("A", "Seawall::x", "stack"),
        Acknowledged("A/Nested/Other/Resource", "Seawall::x", "last"),
        Acknowledged("A/Nested/Other/Resource", "Nag::y", "other"),
    )


def test_the_stack_and_what_is_nested_in_it(tmp_path: Path) -> None:
    app = load([assembly(tmp_path)])
    assert [(each.construct_path, each.validate_on_synth) for each in app.templates.values()] == [("A", False)] * 2


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"/A": None, "/B": [None, 3, {}, {"type": 5}, {"type": "aws:cdk:logicalId", "data": 3}]},
        {"/A": [{"type": ACK, "data": 3}, {"type": "aws:cdk:templateFile", "data": None}]},
    ],
)
def test_metadata_that_make_no_sense_say_nothing(tmp_path: Path, metadata: Any) -> None:
    app = load([assembly(tmp_path, metadata)])
    assert app.acknowledged == ()
    assert app.skipped == ()
    assert set(paths(app).values()) == {None}


def test_metadata_that_are_missing_are_listed(tmp_path: Path) -> None:
    directory = assembly(tmp_path)
    (directory / "A.metadata.json").unlink()
    (skipped,) = load([directory]).skipped
    assert skipped.path == str(directory / "A.metadata.json")
    assert skipped.why == "no such file or directory (only acknowledgements would stand in it)"
    write(directory / "A.metadata.json", [])
    (skipped,) = load([directory]).skipped
    assert skipped.why == "is not the metadata of a stack (only acknowledgements would stand in it)"


class TestTheReportOnTheLastSynth:
    @pytest.fixture
    def directory(self, tmp_path: Path) -> Path:
        suppressed = [
            {"acknowledgedId": "Seawall::x", "reason": "everywhere"},
            {"acknowledgedId": "Seawall::x", "acknowledgedAt": "Prod", "reason": "in the Stage"},
            {"acknowledgedId": 3},
        ]
        plugins = [
            {"pluginName": "Seawall", "suppressedViolations": suppressed},
            {"pluginName": "Nag", "suppressedViolations": [{"acknowledgedId": "Nag::y"}]},
            {"pluginName": "Seawall"},
        ]
        directory = assembly(tmp_path, {})
        write(directory / "validation-report.json", {"pluginReports": plugins})
        return directory

    def test_knows_what_no_other_file_does(self, directory: Path) -> None:
        expected = (Acknowledged("", "Seawall::x", "everywhere"), Acknowledged("Prod", "Seawall::x", "in the Stage"))
        assert load([directory]).acknowledged == expected
        assert load([directory / "A.template.json"]).acknowledged == expected

    def test_is_of_an_earlier_one_while_the_app_is_written(self, directory: Path) -> None:
        assert load_assembly(directory).acknowledged == ()

    def test_says_nothing_when_it_is_older_than_the_manifest(self, directory: Path) -> None:
        os.utime(directory / "validation-report.json", (0, 0))
        assert load([directory]).acknowledged == ()
