"""Edits of a definition in quotes: what is printed is put into the file as it is printed, and judged again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.engine import check
from seawall.remedies.recipes.texts import text_edits
from seawall.report.entries import entries
from seawall.rules import Finding

APP = Path(__file__).parents[2] / "scenarios" / "case-13-requeue.json"
DEFINITION = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Task}", "Payload.$": "$"},
            "End": True,
        }
    },
}
SHORT = json.dumps(DEFINITION, separators=(",", ":"))
SPACED = json.dumps(DEFINITION)
LINES = json.dumps(DEFINITION, indent=2)
SUBSTITUTED = {"Task": {"Fn::GetAtt": ["Task", "Arn"]}}
BEFORE, AFTER = SHORT.split("${Task}")


def template(definition: object, **more: object) -> str:
    """The app with its definition written in another way."""
    body = json.loads(APP.read_text(encoding="utf-8"))
    body["Resources"]["Machine"]["Properties"].update({"DefinitionString": definition, **more})
    return json.dumps(body, indent=2)


WAYS = {
    "a literal": template(SHORT, DefinitionSubstitutions=SUBSTITUTED),
    "a literal with spaces": template(SPACED, DefinitionSubstitutions=SUBSTITUTED),
    "a literal with line breaks in it": template(LINES, DefinitionSubstitutions=SUBSTITUTED),
    "Fn::Sub": template({"Fn::Sub": [SHORT, SUBSTITUTED]}),
    "Fn::Join": template({"Fn::Join": ["", [BEFORE, {"Fn::GetAtt": ["Task", "Arn"]}, AFTER]]}),
}


def loops(path: Path) -> list[Finding]:
    return [each for each in check(path).findings if each.rule in ("retry-loop", "handoff-gap")]


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS.keys())
def test_what_is_printed_is_put_where_it_says(tmp_path: Path, text: str) -> None:
    path = tmp_path / "app.json"
    path.write_text(text, encoding="utf-8")
    report = check(path)
    (gap,) = [each for each in entries(report) if each.finding.rule == "handoff-gap"]
    quoted = [block for block in gap.blocks if "put this behind" in block.note]
    assert len(quoted) == 2, "the Catch, and the states that it leads to"
    for block in quoted:
        part = block.note.removeprefix("put this behind `").removesuffix("`")
        number = int(block.at.split(":")[-1].split(",")[0])
        assert text.count(part) == 1
        assert part in text.splitlines()[number - 1]
        text = text.replace(part, part + block.text)
    path.write_text(text, encoding="utf-8")
    after = check(path)
    assert not [each for each in after.findings if each.rule == "handoff-gap"], "the execution keeps what fails"
    assert not [gap for gap in after.gaps if "JSON" in gap.why]


def test_lines_that_can_be_edited_as_json_are_not_told_as_text() -> None:
    """A block of YAML holds the definition as its author reads it."""
    file = "DefinitionString: |\n" + "".join(f"  {line}\n" for line in LINES.splitlines())
    assert text_edits(LINES, [(("States", "Charge", "Catch"), [])], file) == ()


def test_single_quotes_of_yaml_hold_double_ones() -> None:
    (edit,) = text_edits(SHORT, [(("States", "Charge", "Catch"), [])], f"DefinitionString: '{SHORT}'\n")
    assert (edit.line, edit.found, edit.put, edit.instead) == (1, '"Charge":{', '"Catch":[],', False)


def test_a_value_that_stands_there_is_replaced() -> None:
    retried = {"States": {"A": {"Retry": [{"MaxAttempts": 3}]}, "B": {"Retry": [{"MaxAttempts": 3}]}}}
    raw = json.dumps(retried, separators=(",", ":"))
    (edit,) = text_edits(raw, [(("States", "B", "Retry", "0", "MaxAttempts"), 1)], json.dumps(raw))
    assert edit.instead
    file = json.dumps(raw).replace(edit.found, edit.put)
    assert json.loads(json.loads(file))["States"]["B"] == {"Retry": [{"MaxAttempts": 1}]}
    assert json.loads(json.loads(file))["States"]["A"] == {"Retry": [{"MaxAttempts": 3}]}


@pytest.mark.parametrize(
    "raw",
    [
        {"Fn::ImportValue": "definition"},
        "no JSON",
        {"Fn::Join": ["", ['{"States":{"', {"Ref": "Name"}, '":{"End":true}}}']]},
    ],
)
def test_what_the_deployment_puts_together_is_not_named(raw: object) -> None:
    assert text_edits(raw, [(("States", "Charge", "Catch"), [])], json.dumps(raw)) == ()
