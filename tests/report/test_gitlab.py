"""GitLab's code quality: the fields that its documentation requires, and nothing that it would drop."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from seawall.engine import report_of
from seawall.report.format import Screen
from seawall.report.gitlab import render
from seawall.rules import Acknowledgement, Severity, Suppressed
from seawall.template import load

from .building import CHARGE, finding, report

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))

REQUIRED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^.]"},  # relative, without a leading ./
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}
"""Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""


@pytest.mark.parametrize("template", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_is_valid(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(template.parents[1])
    issues = json.loads(render(report_of(load([template])), Screen()))
    jsonschema.validate(issues, REQUIRED)
    prints = [issue["fingerprint"] for issue in issues]
    assert len(set(prints)) == len(prints)  # GitLab drops issues of equal fingerprints
    assert {issue["location"]["path"] for issue in issues} <= {f"scenarios/{template.name}"}


def test_an_issue_says_the_number_first_and_the_rest_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (issue,) = json.loads(render(report(tmp_path), Screen()))
    assert issue["description"] == "20 runs of Webhook/Charge for one event at Webhook/Queue"
    assert issue["severity"] == "critical"
    assert issue["location"] == {"path": "Webhook.template.json", "lines": {"begin": 34}}
    assert issue["content"]["body"].splitlines()[0] == "error, timeout, throttle, fault: 5 x 4 = 20"


def test_severities_have_their_counterparts_and_accepted_findings_the_lowest(tmp_path: Path) -> None:
    accepted = Suppressed(finding(), Acknowledgement("stacked-retries", "paid for", CHARGE))
    found = [finding(severity=severity) for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE)]
    issues = json.loads(render(report(tmp_path, found, [accepted]), Screen()))
    assert [issue["severity"] for issue in issues] == ["critical", "major", "info", "info"]
    assert issues[-1]["description"].startswith("acknowledged (paid for): 20 runs of ")
