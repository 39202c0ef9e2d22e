"""Every format says the same number of things that were not understood, in every scenario."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import seawall
from seawall.engine import Report
from seawall.report.format import Screen, all_formats
from seawall.report.gap_entries import gap_entries
from seawall.rules.fail_on import FailOn

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
QUEUE: Any = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": {"Ref": "U"}, "RedrivePolicy": {
    "deadLetterTargetArn": {"Fn::GetAtt": ["D", "Arn"]}, "maxReceiveCount": {"Ref": "N"}}}}  # fmt: skip
APP: Any = {
    "Parameters": {"U": {"Type": "Number"}, "N": {"Type": "Number"}},
    "Resources": {
        "D": {"Type": "AWS::SQS::Queue"},
        "Q": QUEUE,
        "P": {**QUEUE, "Metadata": {"seawall": {"acknowledge": [{"rule": "gap", "reason": "known: to us"}]}}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "java21", "Handler": "x", "Role": {"Ref": "U"},
            "Code": {"S3Bucket": "b", "S3Key": {"Ref": "U"}}}},
        "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}, "FunctionName": {"Ref": "F"}}},
        "O": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["P", "Arn"]}, "FunctionName": {"Ref": "F"}}},
    },
}  # fmt: skip

Counts = tuple[int, int]
"""Open gaps and accepted ones."""


def rows_of(rows: list[Any], is_gap: Callable[[Any], bool], is_accepted: Callable[[Any], bool]) -> Counts:
    found = [is_accepted(row) for row in rows if is_gap(row)]
    return found.count(False), found.count(True)


def of_json(text: str) -> Counts:
    return rows_of(json.loads(text)["inputs"]["unknown"], lambda _: True, lambda row: "acknowledged" in row)


def of_csv(text: str) -> Counts:
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return rows_of(rows, lambda row: row["rule"] == "gap", lambda row: row["status"] == "acknowledged")


def of_gitlab(text: str) -> Counts:
    return rows_of(
        json.loads(text), lambda row: row["check_name"] == "gap", lambda row: "acknowledged" in row["description"]
    )


def of_junit(text: str) -> Counts:
    cases = [case for case in ElementTree.fromstring(text).iter("testcase") if case.get("classname") == "seawall.gap"]
    return rows_of(
        cases, lambda case: case.get("name") != "nothing found", lambda case: case.find("skipped") is not None
    )


def of_lines(text: str) -> Counts:
    lines = re.findall(r"^\S+ ((?:acknowledged: )?)unknown\[gap\](.*)$", text, re.M)
    return rows_of(lines, lambda _: True, lambda line: "acknowledged: " in line[0] + line[1])


def of_sarif(text: str) -> Counts:
    notices = json.loads(text)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    return sum(each["descriptor"]["id"] == "unknown-setting" for each in notices), -1


def of_summary(text: str) -> Counts:
    said = re.search(r"(?:([\d,]+) things?|nothing) unknown", text)
    assert said, text[-500:]
    return int((said[1] or "0").replace(",", "")), -1


def of_text(text: str) -> Counts:
    listed = sum(int(number) for number in re.findall(r"^unknown: (\d+) thing", text, re.M))
    assert listed == of_summary(text)[0]
    accepted = re.search(r"^accepted as unknown: (\d+) thing", text, re.M)
    return listed, int(accepted[1]) if accepted else 0


def of_concise(text: str) -> Counts:
    said = re.search(r"^(\d+) things? not understood", text, re.M)
    return int(said[1]) if said else 0, -1


READERS: Mapping[str, Callable[[str], Counts]] = {
    "concise": of_concise, "csv": of_csv, "dot": of_lines, "github": of_lines, "gitlab": of_gitlab, "html": of_summary,
    "json": of_json, "junit": of_junit, "markdown": of_summary, "mermaid": of_lines, "sarif": of_sarif, "text": of_text,
}  # fmt: skip
"""By format; -1: it does not tell those that are accepted."""


def same_everywhere(report: Report) -> None:
    wanted = (len(report.gaps), len(report.accepted_gaps))
    for name, read in READERS.items():
        found = read(all_formats()[name].render(report, Screen(verbose=name == "text")))
        assert found in (wanted, (wanted[0], -1)), name
    assert of_summary(all_formats()["text"].render(report, Screen(statistics=True)))[0] == wanted[0]
    rows = csv.DictReader(io.StringIO(all_formats()["csv-attempts"].render(report, Screen()), newline=""))
    touched = {row["site"]: int(row["gaps"]) for row in rows}
    assert all(count == sum(site in gap.touches for gap in report.gaps) for site, count in touched.items())


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_face_says_the_same_number(path: Path) -> None:
    same_everywhere(seawall.check(path))


def test_no_format_is_left_out() -> None:
    assert set(READERS) | {"csv-attempts"} == set(all_formats())


def test_accepted_ones_are_told_apart() -> None:
    report = seawall.check(APP)
    assert {gap.site for gap in report.gaps} >= {"template/Q"}
    assert {each.gap.site for each in report.accepted_gaps} == {"template/P"}
    same_everywhere(report)
    entries = gap_entries(report)
    assert [entry.reason for entry in entries if entry.accepted] == ["known: to us"] * len(report.accepted_gaps)
    assert entries[0].weight == 2
    assert len({entry.fingerprint for entry in entries}) == len(entries)


def test_tests_are_red_for_gaps_only_where_the_run_is() -> None:
    report = seawall.check(APP)

    def failures(fail_on: FailOn) -> str | None:
        root = ElementTree.fromstring(all_formats()["junit"].render(report, Screen(fail_on=fail_on)))
        return next(suite.get("failures") for suite in root if suite.get("name") == "gap")

    touching = sum(bool(gap.touches) for gap in report.gaps)
    assert touching
    assert failures(FailOn.UNKNOWN) == str(touching)
    assert failures(FailOn.ERROR) == "0"
