"""Findings and gaps of code point at its lines, in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from seawall.engine import Report, report_of
from seawall.report.format import Screen, all_formats
from seawall.settings import Settings
from seawall.template import load

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
  Dead: {Type: AWS::SQS::Queue}
  Swallows:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      CodeUri: src
      Handler: app.handler
      Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}}
  Opaque:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, CodeUri: src, Handler: opaque.handler}
"""
APP = """\
import json
def handler(event, context):
    try:
        json.loads(event["Records"][0]["body"])
    except Exception as error:
        print(error)
"""
OPAQUE = "def handler(event, context):\n    eval(event['code'])\n"
LINE, GAP = 5, 2


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(APP)
    (tmp_path / "src" / "opaque.py").write_text(OPAQUE)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path)
    made = report_of(load(["template.yaml"]), Settings())
    assert "swallowed-failure" in {each.rule for each in made.findings}
    return made


def rendered(report: Report, name: str) -> str:
    return all_formats()[name].render(report, Screen())


def test_json(report: Report) -> None:
    document = json.loads(rendered(report, "json"))
    [finding] = [each for each in document["findings"] if each["rule"] == "swallowed-failure"]
    assert finding["resource"]["source"] == {"file": "src/app.py", "line": LINE}
    [gap] = [each for each in document["inputs"]["unknown"] if each["what"] == "code"]
    assert (gap["site"], gap["path"], gap["line"]) == ("template/Opaque", "src/opaque.py", GAP)


def test_sarif(report: Report) -> None:
    [run] = json.loads(rendered(report, "sarif"))["runs"]
    [result] = [each for each in run["results"] if each["ruleId"] == "swallowed-failure"]
    physical = result["locations"][0]["physicalLocation"]
    assert (physical["artifactLocation"]["uri"], physical["region"]["startLine"]) == ("src/app.py", LINE)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("github", f"file=src/app.py,line={LINE}"),
        ("text", f"src/app.py:{LINE}"),
        ("concise", f"src/app.py:{LINE}"),
        ("html", f"src/app.py:{LINE}"),
        ("markdown", f"src/app.py:{LINE}"),
        ("junit", f"src/app.py:{LINE}"),
    ],
)
def test_text_annotations_and_pages(report: Report, name: str, shown: str) -> None:
    assert shown in rendered(report, name).replace("<wbr>", "")


def test_gitlab_and_csv(report: Report) -> None:
    [issue] = [each for each in json.loads(rendered(report, "gitlab")) if each["check_name"] == "swallowed-failure"]
    assert (issue["location"]["path"], issue["location"]["lines"]["begin"]) == ("src/app.py", LINE)
    [row] = [
        each for each in csv.DictReader(io.StringIO(rendered(report, "csv"))) if each["rule"] == "swallowed-failure"
    ]
    assert (row["file"], row["line"]) == ("src/app.py", str(LINE))
