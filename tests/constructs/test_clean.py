"""What reviewers' tools say of the constructs: nothing, but for what is acknowledged with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.engine import report_of
from seawall.rules import Severity
from seawall.template import load
from tests.constructs.conftest import FORMS, linted


def test_cdk_nag_finds_nothing_but_what_is_acknowledged(assembly: Path) -> None:
    report = json.loads((assembly / "validation-report.json").read_text())
    packs = {pack["pluginName"]: pack for pack in report["pluginReports"]}
    assert set(packs) == {"AwsSolutions", "Serverless"}
    assert [found["ruleName"] for pack in packs.values() for found in pack["violations"]] == []
    assert {found["ruleName"] for pack in packs.values() for found in pack["suppressedViolations"]} == {
        "AwsSolutions-APIG4",
        "AwsSolutions-IAM5[Resource::*]",
        "Serverless-LambdaDLQ",
        "Serverless-LambdaEventSourceMappingDestination",
        "Serverless-SQSRedrivePolicy",
    }


@pytest.mark.parametrize("name", FORMS)
def test_cfn_lint_finds_nothing(assembly: Path, name: str) -> None:
    # W3005: CDK has a function and a machine depend on its role as well as refer to it; with the role comes its policy.
    assert linted(assembly / f"{name}.template.json", "W3005") == []


def test_seawall_finds_nothing_and_knows_everything(assembly: Path) -> None:
    report = report_of(load([assembly]))
    # A Standard machine is started and not waited for: the order of a FIFO queue ends there, as its docstring says.
    assert {(one.rule, one.severity) for one in report.findings} == {("order-lost", Severity.WARNING)}
    assert all("Standard" in one.site for one in report.findings)
    assert report.suppressed == ()
    assert report.analysis.flow.unknown == ()
