"""The incident as its code tells it: the loop, its line and its laps, whatever the roles allow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from seawall.engine import Report, report_of
from seawall.graph import Evidence, FailureClass
from seawall.settings import Settings
from seawall.template import load
from stacks.webhook_incident import WebhookIncidentStack

ROOT = Path(__file__).parents[2]
SENDS = ("requeueing.py", "sqs.send_message(")


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("incident")
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = cdk.App(context=context, outdir=str(folder), builtin_cloud_formation_validation=False)
    WebhookIncidentStack(app, "Webhook")
    app.synth()
    return folder


def widened(assembly: Path) -> dict[str, Any]:
    """The template with every policy allowing everything."""
    template: dict[str, Any] = json.loads((assembly / "Webhook.template.json").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                statement |= {"Action": "*", "Resource": "*"}
    return template


def told(report: Report) -> object:
    loops = [(loop.start, loop.gain, loop.gain_min, loop.stopped_by, loop.laps) for loop in report.analysis.loops]
    return loops, [(each.rule, each.site, each.headline, each.facts, each.severity) for each in report.findings]


def test_the_loop_is_found_from_the_line_that_sends_back(assembly: Path) -> None:
    report = report_of(load([str(assembly)]), Settings())
    loop = next(loop for loop in report.analysis.loops if loop.start == "Webhook/SourceQueue")
    assert {hop.evidence for hop in loop.returns} == {Evidence.READ}
    for hop in loop.returns:
        assert hop.at is not None
        assert Path(hop.at.file).name == SENDS[0]
        assert SENDS[1] in Path(hop.at.file).read_text().splitlines()[hop.at.line - 1]
    assert (loop.stopped_by, loop.laps) == ("code", 5)
    error, fault = loop.gain[FailureClass.ERROR], loop.gain[FailureClass.FAULT]
    assert (error.value, error.exact, fault.value) == (1, True, 4)
    [finding] = [each for each in report.findings if each.rule == "retry-loop" and each.site == loop.start]
    [stops] = [fact for fact in finding.facts if fact.startswith("the code stops it")]
    line = loop.returns[0].at
    assert line is not None
    assert stops == f"the code stops it after 5 rounds, by a counter (requeueing.py:{line.line})"


def test_roles_widened_to_everything_change_nothing(assembly: Path) -> None:
    narrow = report_of(load([str(assembly)]), Settings())
    template = assembly / "Webhook.template.json"
    before = template.read_text()
    try:
        template.write_text(json.dumps(widened(assembly)))
        wide = report_of(load([str(assembly)]), Settings())
        blind = report_of(load([str(assembly)]), Settings(reads_code=False))
    finally:
        template.write_text(before)
    assert told(wide) == told(narrow)
    assert len(narrow.analysis.loops) == 2
    assert told(blind) != told(narrow)
