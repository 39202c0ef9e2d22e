"""Acknowledged findings, acknowledgements that match nothing, and the choice of rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.engine import report_of
from seawall.rules import Acknowledgement, Severity

from .judging import body, found, judged, only, scenario

CASE = "case-04-pipe-to-express"
RULE = "stacked-retries"


def acknowledged(rule: str = RULE, reason: str = "known") -> dict[str, object]:
    return {"seawall": {"acknowledge": [{"rule": rule, "reason": reason}]}}


@pytest.mark.parametrize("rule", [RULE, f"Seawall::{RULE}"])
def test_in_the_metadata_of_the_resource(tmp_path: Path, rule: str) -> None:
    template = body(CASE)
    template["Resources"]["Task"]["Metadata"] = acknowledged(rule, "OPS-12")
    report = judged(tmp_path, template)
    assert not report.findings
    (one,) = report.suppressed
    assert (one.finding.attempts, one.by.reason, one.by.by) == (20, "OPS-12", "metadata")


@pytest.mark.parametrize("where", ["Shop/Charge", "Shop"])
def test_at_the_construct_or_around_it(tmp_path: Path, where: str) -> None:
    template = body(CASE)
    template["Resources"]["Task"]["Metadata"] = {"aws:cdk:path": "Shop/Charge/Resource"}
    (tmp_path / "in").mkdir()
    open_report = judged(tmp_path / "in", template)
    assert only(open_report, RULE).site == "Shop/Charge"
    accepted = report_of(open_report.app, open_report.settings, [Acknowledgement(RULE, "because", where)])
    assert not accepted.findings
    assert [one.by.where for one in accepted.suppressed] == [where]


@pytest.mark.parametrize("where", [f"{CASE}/Queue", f"{CASE}/Tas", "Shop"])
def test_elsewhere_it_matches_nothing_and_says_so(where: str) -> None:
    report = scenario(CASE, [Acknowledgement(RULE, "because", where)])
    assert only(report, RULE)
    stale = only(report, "unmatched-acknowledgement")
    assert stale.severity is Severity.WARNING
    assert stale.message == (
        f"the acknowledgement of {RULE} at {where} matches nothing: no such finding is there (any more)"
    )


def test_a_misspelt_rule_is_guessed() -> None:
    report = scenario(CASE, [Acknowledgement("stacked-retry", "because", f"{CASE}/Task")])
    assert only(report, "unmatched-acknowledgement").message.endswith(
        "there is no such rule; did you mean stacked-retries?"
    )


def test_a_rule_that_did_not_run_leaves_its_acknowledgements_alone() -> None:
    known = [Acknowledgement(RULE, "because", "elsewhere")]
    assert not scenario(CASE, known, ignore=frozenset({RULE})).findings
    assert not scenario(CASE, known, select=frozenset({"retry-loop", "unmatched-acknowledgement"})).findings


def test_whoever_sends_an_event_back_may_accept_the_loop() -> None:
    (one,) = scenario("silent-bounded-self-enqueue").suppressed
    assert one.finding.rule == "retry-loop"


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        ({}, {"retry-loop", "handoff-gap"}),
        ({"select": frozenset({"retry-loop"})}, {"retry-loop"}),
        ({"ignore": frozenset({"retry-loop"})}, {"handoff-gap"}),
        ({"select": frozenset({"retry-loop"}), "ignore": frozenset({"retry-loop"})}, set()),
    ],
)
def test_choice_of_rules(settings: dict[str, Any], rules: set[str]) -> None:
    assert {finding.rule for finding in scenario("case-13-requeue", **settings).findings} == rules


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        scenario(CASE, max_attempts=0)
    assert not found(scenario(CASE, max_attempts=20), RULE)
