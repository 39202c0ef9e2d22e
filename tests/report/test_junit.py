"""JUnit's XML: valid by Jenkins's schema, and red exactly where the run fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from seawall.engine import Report, report_of
from seawall.report.format import Screen
from seawall.report.junit import render
from seawall.rules import Acknowledgement, Severity, Suppressed, all_rules
from seawall.rules.fail_on import FailOn
from seawall.settings import Settings
from seawall.template import load

from .building import CHARGE, finding, report

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
SCHEMA = Path(__file__).parent / "schemas" / "junit-10.xsd"


def suites_of(made: Report, fail_on: FailOn = FailOn.ERROR) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(render(made, Screen(fail_on=fail_on)).encode())
    return {suite.get("name", ""): suite for suite in root}


@pytest.fixture(scope="module")
def schema() -> Any:
    return pytest.importorskip("xmlschema").XMLSchema(SCHEMA)


@pytest.mark.parametrize("template", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_is_valid(template: Path, schema: Any) -> None:
    schema.validate(render(report_of(load([template])), Screen()))


def test_a_finding_that_fails_the_run_is_a_failure(tmp_path: Path) -> None:
    suites = suites_of(report(tmp_path))
    assert set(suites) == {rule.id for rule in all_rules()}
    stacked = suites["stacked-retries"]
    assert (stacked.get("tests"), stacked.get("failures"), stacked.get("skipped")) == ("1", "1", "0")
    (case,) = stacked
    failure = case.find("failure")
    assert failure is not None
    assert case.get("name") == CHARGE
    assert failure.get("message") == "error: 20 runs of Webhook/Charge for one event at Webhook/Queue"
    assert failure.get("type") == "error"
    assert "error, timeout, throttle, fault: 5 x 4 = 20" in (failure.text or "").splitlines()


def test_one_that_does_not_is_a_case_that_passes_and_says_so(tmp_path: Path) -> None:
    made = report(tmp_path, [finding(severity=Severity.WARNING)])
    (case,) = suites_of(made)["stacked-retries"]
    assert [part.tag for part in case] == ["system-out"]
    assert (case.findtext("system-out") or "").splitlines()[1].startswith("warning: 20 runs of ")
    (case,) = suites_of(made, FailOn.WARNING)["stacked-retries"]
    assert [part.tag for part in case] == ["failure"]


def test_an_accepted_finding_is_skipped_with_its_reason(tmp_path: Path) -> None:
    accepted = Suppressed(finding(), Acknowledgement("stacked-retries", "paid <for>", CHARGE))
    suite = suites_of(report(tmp_path, [], [accepted]))["stacked-retries"]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("1", "0", "1")
    skipped = suite.find("testcase/skipped")
    assert skipped is not None
    assert skipped.get("message") == "acknowledged: paid <for>"


def test_rules_that_found_nothing_pass_and_those_that_did_not_run_are_absent() -> None:
    (template,) = (path for path in SCENARIOS if path.stem == "case-02-queue-without-redrive")
    made = report_of(load([template]), Settings(select=frozenset({"unbounded-retry", "retry-loop"})))
    suites = suites_of(made)
    assert set(suites) == {"unbounded-retry", "retry-loop"} | {f"{rule}, by settings" for rule in made.left_out}
    assert [case.get("name") for case in suites["retry-loop"]] == ["nothing found"]
    assert [len(case) for case in suites["retry-loop"]] == [0]


def test_what_xml_does_not_allow_is_written_out(tmp_path: Path) -> None:
    odd = finding(site="a\x00b\ud800c\uffffd<&>\"'", headline="x\x1b[31m")
    (case,) = suites_of(report(tmp_path, [odd]))["stacked-retries"]
    assert case.get("name") == "a\\x00b\\ud800c?d<&>\"'"
