"""Runs that are stated of one site: a budget beside the limit for all."""

from __future__ import annotations

import json
from pathlib import Path

from seawall.rules.model import Finding, Severity

from .judging import found, judged

QUEUE = {"Fn::GetAtt": ["Queue", "Arn"]}


def findings(tmp_path: Path, rule: str, seawall: object, receives: int = 3) -> list[Finding]:
    """A function behind a queue, with what is stated of it."""
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": receives}
    function = {"Handler": "i.h", "Runtime": "python3.12", "Code": {"S3Bucket": "b", "S3Key": "k"}}
    resources = {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}},
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": function, "Metadata": {"seawall": seawall}},
        "Map": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": QUEUE, "FunctionName": {"Ref": "Fn"}, "BatchSize": 1},
        },
    }
    return list(found(judged(tmp_path, json.loads(json.dumps({"Resources": resources}))), rule))


def test_what_is_not_idempotent_may_run_once(tmp_path: Path) -> None:
    """3 receives are 3 runs, which is within the limit of 10 and over a budget of 1."""
    (finding,) = findings(tmp_path, "excessive-retries", {"idempotent": False})
    assert (finding.severity, finding.attempts) == (Severity.ERROR, 3)
    assert "stated to run once at most" in finding.headline


def test_a_budget_of_its_own(tmp_path: Path) -> None:
    assert not findings(tmp_path, "excessive-retries", {"max_attempts": 3})
    (finding,) = findings(tmp_path, "excessive-retries", {"max_attempts": 2})
    assert finding.severity is Severity.ERROR


def test_a_budget_of_one_run_is_kept_by_one_receive(tmp_path: Path) -> None:
    assert not findings(tmp_path, "excessive-retries", {"idempotent": False}, receives=1)
