"""Runs that are started while earlier ones go on: the figure and its drawing in every format that has figures."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from seawall.diff.compare import compare
from seawall.diff.limits import Limits
from seawall.engine import Report, report_of
from seawall.report.csv_attempts import render as attempts_table
from seawall.report.diff.json_ import render as diff_json
from seawall.report.diff.text import render as diff_text
from seawall.report.format import Screen
from seawall.report.html_.page import render as page
from seawall.report.json_ import render as as_json
from seawall.report.text import render as text
from seawall.template import load


def app(directory: Path, slow: int, seconds: Any = 90, retries: Any = 2) -> Report:
    """A state that gives its task 90 s, and tries 3 times, 20 and 40 s apart."""
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": retries, "IntervalSeconds": 20}]
    called = {"Fn::GetAtt": ["Slow", "Arn"]}
    state = {"Type": "Task", "Resource": called, "End": True, "TimeoutSeconds": seconds, "Retry": retry}
    resources = {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"Definition": {"StartAt": "A", "States": {"A": state}}},
        },
        "Slow": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Timeout": slow, "Handler": "i.h", "Runtime": "python3.13"},
        },
    }
    path = directory / "app.json"
    stage = {"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}}
    prod = {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
    path.write_text(json.dumps({"Parameters": stage, "Conditions": prod, "Resources": resources}))
    return report_of(load([path]))


def of_two_deployments(directory: Path) -> Report:
    """Only prod waits for too short a time, only dev tries 6 times: 6 is an upper bound."""
    return app(directory, 300, {"Fn::If": ["Prod", 90, 400]}, {"Fn::If": ["Prod", 1, 5]})


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Starts at 0, 110 and 240 s, each for up to 300 s: three at once."""
    return app(tmp_path, 300)


def test_in_json(report: Report) -> None:
    document = json.loads(as_json(report, Screen()))
    (site,) = (each for each in document["sites"] if each["id"] == "app/Slow")
    assert site["attempts"]["abandoned"] == {"max": 3, "bounded_by": "count"}
    assert site["at_once"] == 3
    (found,) = (each for each in document["findings"] if each["rule"] == "outlived-caller")
    assert (found["failure"], found["attempts"]) == ("abandoned", 3)


def test_in_the_table_of_attempts(report: Report) -> None:
    rows = {row["site"]: row for row in csv.DictReader(io.StringIO(attempts_table(report, Screen()), newline=""))}
    assert (rows["app/Slow"]["runs_abandoned"], rows["app/Slow"]["at_once"]) == ("3", "3")
    assert (rows["app/Machine"]["runs_abandoned"], rows["app/Machine"]["at_once"]) == ("", "")


def test_what_may_be_of_different_deployments_is_at_most_in_every_format(tmp_path: Path) -> None:
    found = of_two_deployments(tmp_path)
    (site,) = (each for each in json.loads(as_json(found, Screen()))["sites"] if each["id"] == "app/Slow")
    assert site["attempts"]["abandoned"] == {"max": 6, "bounded_by": "count", "at_most": True}
    rows = {row["site"]: row for row in csv.DictReader(io.StringIO(attempts_table(found, Screen()), newline=""))}
    assert (rows["app/Slow"]["runs_abandoned"], rows["app/Slow"]["at_most"]) == ("6", "abandoned")
    assert "abandoned at most 6" in " ".join(text(found, Screen(verbose=True)).split())
    assert '<span class="kind">at most </span>6 ' in page(found, Screen())


def test_in_text(report: Report) -> None:
    said = " ".join(text(report, Screen(verbose=True)).split())
    assert "Slow: 3, abandoned 3 (3 at once)" in said


def test_on_the_page_with_a_bar_for_who_waits_and_one_for_the_work(report: Report) -> None:
    drawn = page(report, Screen())
    figure = drawn.partition('class="timeline overlap"')[2].partition("</figure>")[0]
    assert figure.count('class="waits"') == 3
    assert figure.count('class="works"') == figure.count('class="alone"') == 3
    assert "app/Machine#A waits 1 min 30 s each time; a run of app/Slow may take 5 min" in figure
    assert ">abandoned<" in drawn


def test_a_page_without_such_runs_has_no_column_for_them(tmp_path: Path) -> None:
    assert ">abandoned<" not in page(app(tmp_path, 60), Screen())


@pytest.mark.parametrize(("before", "now", "said"), [(60, 300, "0 -> 3"), (300, 60, "3 -> 0")])
def test_in_a_difference(tmp_path: Path, before: int, now: int, said: str) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "now").mkdir()
    found = compare(app(tmp_path / "before", before), app(tmp_path / "now", now))
    assert f"abandoned {said}" in " ".join(diff_text(found, Limits(), Screen()).split())
    (site,) = (each for each in json.loads(diff_json(found, Limits(), Screen()))["sites"] if each["site"] == "app/Slow")
    assert site["attempts"]["abandoned"]["said"] == said
    assert site["direction"] == ("worse" if now > before else "better")
