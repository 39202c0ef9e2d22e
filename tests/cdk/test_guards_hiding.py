"""The guard tells in a synth what the command line tells of the same template, for each way to hide a cycle.

A plugin that the CDK asks first puts the way's template in the place of the one that was synthesized. `make whole` goes
through all ways, `make test` through a handful.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest

import seawall
from seawall import cdk as guards
from tests.services.test_hiding import BASE, WAYS
from tests.services.test_hiding_further import WAYS as FURTHER_WAYS
from tests.services.test_hiding_further import Change
from tests.whole import part

from .conftest import MakeApp, synth


@jsii.implements(cdk.IPolicyValidationPlugin)
class _Instead:
    """Writes another template."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._text = json.dumps(body)

    @property
    def name(self) -> str:
        return "Instead"

    @property
    def version(self) -> str:
        return "1"

    @property
    def rule_ids(self) -> list[str]:
        return []

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        for path in context.template_paths:
            Path(path).write_text(self._text, "utf-8")
        return cdk.PolicyValidationPluginReport(success=True, violations=[])


@pytest.mark.parametrize(("name", "change", "_wanted"), part([*WAYS, *FURTHER_WAYS], 30, 5))
@pytest.mark.parametrize("fail_on_gaps", [False, True])
def test_a_synth_tells_the_same(
    make_app: MakeApp, name: str, change: Change, _wanted: object, fail_on_gaps: bool
) -> None:
    body = copy.deepcopy(BASE)
    change(body)
    told = seawall.check(body)
    app = make_app()
    cdk.CfnResource(cdk.Stack(app, "template"), "Q", type="AWS::SQS::Queue")
    cdk.Validations.of(app).add_plugins(_Instead(body))
    guards.guard(app, fail_on_gaps=fail_on_gaps)
    outcome = synth(app)
    gaps = [each for each in outcome.violations if each["ruleName"] == "gap"]
    assert sum(int(each["ruleMetadata"]["count"]) for each in gaps) == len(told.gaps), name
    found = Counter(each["ruleName"] for each in outcome.violations if each["ruleName"] != "gap")
    assert found == Counter(one.rule for one in told.findings), name
    fails = any(one.severity.word == "error" for one in told.findings)
    assert outcome.failed is (fails or (fail_on_gaps and bool(told.gaps))), name
