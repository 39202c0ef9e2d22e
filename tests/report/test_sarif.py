"""SARIF: valid by the official schema, with the hops in order, and within what GitHub takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from seawall.engine import Report, report_of
from seawall.graph import Gap
from seawall.report.format import Screen
from seawall.report.sarif import render
from seawall.rules import Acknowledgement, Suppressed, all_rules
from seawall.rules.fail_on import FailOn
from seawall.template import Skipped, load

from .building import CHARGE, MACHINE, PIPE, QUEUE, STATE, TRACE, finding, place, report

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
FORMATS = jsonschema.FormatChecker()


def run_of(made: Report, screen: Screen | None = None) -> Any:
    """The run, after the whole log was found valid."""
    log = json.loads(render(made, screen or Screen()))
    jsonschema.Draft4Validator(SCHEMA, format_checker=FORMATS).validate(log)
    return log["runs"][0]


@pytest.mark.parametrize("template", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_is_valid(template: Path) -> None:
    run = run_of(report_of(load([template])))
    assert all(result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"])


def test_a_path_is_a_code_flow_with_the_place_of_each_hop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (result,) = run_of(report(tmp_path))["results"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [
        f"{QUEUE}: the event comes in here",
        f"{PIPE}: 5 tries: maxReceiveCount = 5 (5 in all)",
        f"{MACHINE}: 1 try: pipe target (5 in all)",
        f"{STATE}: 4 tries: Retry States.ALL MaxAttempts 3 (20 in all)",
        f"{CHARGE}: 1 try: task (20 in all)",
    ]
    assert [step["executionOrder"] for step in steps] == [1, 2, 3, 4, 5]
    lines = [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps]
    assert lines[1] == 8  # of maxReceiveCount
    assert lines[3] == 28  # of the definition, which holds the Retry


def test_an_asynchronous_invocation_says_by_itself_that_its_sender_does_not_wait() -> None:
    (template,) = (each for each in SCENARIOS if each.stem == "case-09-rule-function")
    results = run_of(report_of(load([template])))["results"]
    flows = (flow for result in results for flow in result.get("codeFlows", ()))
    steps = (step for flow in flows for step in flow["threadFlows"][0]["locations"])
    said = {step["location"]["message"]["text"] for step in steps}
    assert "case-09-rule-function/Worker#async: 1 try: asynchronous invocation by a rule" in said


SWALLOWS = """\
import json


def handler(event, context):
    try:
        work(json.loads(event["Records"][0]["body"]))
    except Exception as error:
        print(error)


def work(body):
    raise ValueError(body)
"""


def test_a_finding_of_code_stands_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    dead = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 5}
    function = {"Runtime": "python3.13", "Handler": "app.handler", "Timeout": 30, "Code": "src"}
    mapping = {"EventSourceArn": arn, "FunctionName": {"Ref": "Worker"}, "BatchSize": 1}
    resources = {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 180, "RedrivePolicy": dead}},
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }
    Path("app.json").write_text(json.dumps({"Resources": resources}))
    Path("src").mkdir()
    Path("src/app.py").write_text(SWALLOWS)
    [result] = [
        each for each in run_of(report_of(load(["app.json"])))["results"] if each["ruleId"] == "swallowed-failure"
    ]
    where = result["locations"][0]["physicalLocation"]
    assert (where["artifactLocation"]["uri"], where["region"]["startLine"]) == ("src/app.py", 7)


def test_files_below_the_directory_are_relative_and_percent_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_of(report(tmp_path, key="Größe 100%#1.json", findings=[finding(place=place("Charge1F0A2B3C", "", "x"))]))
    where = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert where == {"uri": "Gr%C3%B6%C3%9Fe%20100%25%231.json", "uriBaseId": "%SRCROOT%"}
    assert run["artifacts"] == [{"location": where}]
    assert str(tmp_path) not in json.dumps(run)


def test_a_file_elsewhere_is_named_with_all_of_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    where = run_of(report(tmp_path))["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert where == {"uri": (tmp_path / "Webhook.template.json").as_uri()}


def test_rules_bring_their_pages(tmp_path: Path) -> None:
    rules = run_of(report(tmp_path))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in all_rules()]
    stacked = next(rule for rule in rules if rule["id"] == "stacked-retries")
    assert stacked["name"] == "StackedRetries"
    assert stacked["help"]["markdown"].startswith("# stacked-retries\n")
    assert stacked["defaultConfiguration"] == {"level": "error"}
    for rule in rules:
        assert len(rule["properties"]["tags"]) <= 10
        assert len(rule["fullDescription"]["text"]) <= 1_024
        assert rule["helpUri"].startswith("https://")


def test_an_accepted_finding_is_suppressed_with_its_reason(tmp_path: Path) -> None:
    accepted = [
        Suppressed(finding(), Acknowledgement("stacked-retries", "paid for", CHARGE, by))
        for by in ("acknowledgement", "metadata", "baseline")
    ]
    results = run_of(report(tmp_path, [], accepted))["results"]
    assert [result["suppressions"][0]["kind"] for result in results] == ["inSource", "inSource", "external"]
    assert {result["suppressions"][0]["justification"] for result in results} == {"paid for"}
    assert len({result["partialFingerprints"]["seawall/v1"] for result in results}) == 3
    assert "suppressions" not in run_of(report(tmp_path))["results"][0]


@pytest.mark.parametrize(("fail_on", "code"), [(FailOn.ERROR, 1), (FailOn.NEVER, 0)])
def test_the_invocation_says_how_it_ended(tmp_path: Path, fail_on: FailOn, code: int) -> None:
    (invocation,) = run_of(report(tmp_path), Screen(fail_on=fail_on))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, code)


def test_what_is_unknown_or_skipped_is_a_notification(tmp_path: Path) -> None:
    made = report(
        tmp_path,
        unknown=[Gap(QUEUE, "RedrivePolicy", "a parameter", place("Queue4A7E3555", "RedrivePolicy"))],
        skipped=(Skipped("b.json", "not JSON"),),
    )
    notices = run_of(made)["invocations"][0]["toolExecutionNotifications"]
    assert [(one["descriptor"]["id"], one["message"]["text"]) for one in notices] == [
        ("skipped-input", "skipped b.json: not JSON"),
        ("unknown-setting", f"{QUEUE} RedrivePolicy: a parameter"),
    ]
    assert notices[1]["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}


def test_further_sites_are_related_locations(tmp_path: Path) -> None:
    (result,) = run_of(report(tmp_path, [finding(also=(QUEUE, "nowhere"))]))["results"]
    assert [one["message"]["text"] for one in result["relatedLocations"]] == [QUEUE, "nowhere"]
    assert result["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert "physicalLocation" not in result["relatedLocations"][1]


def test_there_are_no_more_results_than_github_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.report.sarif._MOST_RESULTS", 2)
    run = run_of(report(tmp_path, [finding(attempts=number) for number in (30, 20, 10)]))
    assert [result["properties"]["attempts"] for result in run["results"]] == [30, 20]
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("1 results left out")


def test_names_neither_link_nor_break_the_message(tmp_path: Path) -> None:
    odd = finding(headline="runs of [here](https://evil.example) <b>`x`</b>", site="Webhook/\ud800", trace=TRACE[:1])
    (result,) = run_of(report(tmp_path, [replace(odd, also=("a\x1b[31m",))]))["results"]
    assert result["message"]["text"].startswith("runs of [here] (https://evil.example) <b>`x`</b>")
    assert "**runs of `[here](https://evil.example`) ``<b>`x`</b>``**" in result["message"]["markdown"]
    assert "\x1b" not in result["message"]["text"]
