"""What-if in every format that shows it: the changes, their properties, and the figures that result."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from seawall.engine import Report, report_of, with_what_if
from seawall.graph import CLASSES
from seawall.report import markdown, text
from seawall.report.entries import entries
from seawall.report.format import Screen
from seawall.report.json_ import render, schema
from seawall.template import load

from .building import one_piece
from .test_html import page

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NAME = "case-04-pipe-to-express"


def asked(name: str = NAME) -> Report:
    made = report_of(load([SCENARIOS / f"{name}.json"]))
    return with_what_if(made)


def document(made: Report) -> Any:
    found = json.loads(render(made, Screen()))
    jsonschema.Draft202012Validator(schema()).validate(found)
    return found


def test_text_names_the_change_its_property_and_the_figures() -> None:
    lines = text.render(asked(), Screen(width=200)).splitlines()
    start = lines.index("what if: the fewest changes that mend a finding, each made in the model and counted again")
    shown = lines[start + 1 : start + 5]
    assert shown[0] == "  stacked-retries at Task: no more than 10 runs, by 1 change"
    assert shown[1] == "    1. remove the Retry of Charge in Machine"
    assert shown[2].endswith(
        " Machine DefinitionString.States.Charge.Retry: Retry on any error: 3 retries + the first try = 4 -> none"
    )
    assert shown[3] == "       = runs of Task: 20 -> 5"


@pytest.mark.parametrize("width", [20, 40, 80])
def test_text_fits_its_screen(width: int) -> None:
    report = asked("case-13-requeue")
    whole = {line.strip() for each in report.findings for line in each.stop_now.lines}
    whole |= {line.strip() for each in entries(report) for block in each.blocks for line in block.text.splitlines()}
    for line in text.render(report, Screen(width=width)).splitlines():
        assert len(line) <= max(width, 40) or line.strip() in whole or one_piece(line)


def test_json_gives_what_to_do_edit_by_edit_and_the_figures_of_every_class() -> None:
    (proposal,) = document(asked())["what_if"]
    (finding,) = [each for each in document(asked())["findings"] if each["rule"] == "stacked-retries"]
    assert (proposal["rule"], proposal["site"]) == ("stacked-retries", f"{NAME}/Task")
    assert (proposal["fingerprint"], proposal["smallest"]) == (finding["fingerprint"], True)
    assert (proposal["goal"], proposal["alternative"]) == ("no more than 10 runs", None)
    ((change,), (figure,)) = (proposal["sets"][0][key] for key in ("changes", "figures"))
    (edit,) = change["edits"]
    assert change["do"] == f"remove the Retry of {NAME}/Machine#Charge"
    assert {key: edit[key] for key in ("logical_id", "property", "old", "new")} == {
        "logical_id": "Machine",
        "property": "DefinitionString.States.Charge.Retry",
        "old": "Retry on any error: 3 retries + the first try = 4",
        "new": "none",
    }
    assert (figure["of"], figure["site"]) == ("runs", f"{NAME}/Task")
    assert figure["before"] == {failure: {"max": 20, "bounded_by": "count"} for failure in CLASSES}
    assert figure["after"] == {failure: {"max": 5, "bounded_by": "count"} for failure in CLASSES}


def test_json_gives_the_laps_of_a_loop_as_an_alternative() -> None:
    found = {each["rule"]: each for each in document(asked("case-13-requeue"))["what_if"]}["retry-loop"]
    assert [figure["of"] for figure in found["sets"][0]["figures"]] == ["gain", "runs"]
    (events,) = found["alternative"]["figures"]
    assert events["before"]["fault"] == {"max": None, "bounded_by": "nothing", "at_least": 4}
    assert events["after"]["fault"] == {"max": 5, "bounded_by": "count"}


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.json")), ids=lambda path: path.stem)
def test_json_is_valid_for_every_scenario(path: Path) -> None:
    assert isinstance(document(asked(path.stem))["what_if"], list)


def test_it_is_absent_unless_asked_for() -> None:
    made = report_of(load([SCENARIOS / f"{NAME}.json"]))
    assert "what_if" not in document(made)
    assert "what if" not in text.render(made, Screen())
    assert "### What if" not in markdown.render(made, Screen())
    assert 'id="what-if"' not in str(page(made))


def test_markdown_folds_each_proposal_away() -> None:
    shown = unescape(markdown.render(asked(), Screen()))
    assert (
        f"### What if\n\n<details><summary><code>stacked-retries</code> at <code>{NAME}/Task</code></summary>" in shown
    )
    assert "\nno more than 10 runs, by 1 change:\n" in shown
    assert f"\n**1.** remove the Retry of `{NAME}/Machine#Charge`\n" in shown
    assert "Retry on any error: 3 retries + the first try = 4 -> none" in shown.partition("### What if")[2]
    assert "20 -> 5" in shown.partition("### What if")[2]


def test_html_has_a_card_for_each_finding_that_a_change_mends() -> None:
    root = page(asked("case-13-requeue"))
    (section,) = (each for each in root.all("section") if each.attributes.get("id") == "what-if")
    assert section.one("h3").text == "retry-loop at Queue"
    assert "send nothing back to Queue from Task: fail there" in section.text
    assert (
        "events that come back to Queue: error, timeout 1 -> 0; throttle still 0; service error (5xx) 4 -> 0"
        in section.text
    )
    finding = str(section.one("a").attributes["href"]).removeprefix("#")
    assert finding in [each.attributes.get("id") for each in root.all()]
