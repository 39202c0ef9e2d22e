"""A cycle through a bucket, a pattern or a destination is opened by an edit, and the app is judged again with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.engine import judged_with
from seawall.rules import Context, Finding, Judged

from .judging import Raw, judged
from .test_loop_stops import arn, bucket, keys, made, writer

RULE = "retry-loop"
ON = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def loop(directory: Path, resources: Raw) -> tuple[Judged, Finding]:
    report = judged(directory, {"Resources": resources})
    (finding,) = [each for each in report.findings if each.rule == RULE]
    return report, finding


def edits(finding: Finding) -> list[tuple[str, str, str]]:
    """Where what is set."""
    found = [edit for change in finding.changes for edit in change.edits if edit.value or edit.removes]
    return [(edit.place.address.logical_id, edit.place.property, edit.value) for edit in found]


def told_by_rule(**detail: Any) -> Raw:
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], **({"detail": detail} if detail else {})}
    rule = made("Events::Rule", EventPattern=pattern, Targets=[{"Id": "T", "Arn": arn("Fn")}])
    return {"Bucket": made("S3::Bucket", NotificationConfiguration=ON), "Rule": rule}


def started(**pattern: Any) -> Raw:
    """A machine that is started again when it has failed."""
    definition = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": arn("Fn"), "End": True}}}
    told = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"], **pattern}
    target = {"Id": "T", "Arn": {"Ref": "Machine"}, "RoleArn": arn("Role")}
    return {
        "Role": made("IAM::Role"),
        "Fn": made("Lambda::Function", Role=arn("Role")),
        "Machine": made("StepFunctions::StateMachine", RoleArn=arn("Role"), Definition=definition),
        "Rule": made("Events::Rule", EventPattern=told, Targets=[target]),
    }


def ring() -> Raw:
    """Two functions, each the on-success destination of the other."""
    found: Raw = {}
    for name, other in (("One", "Two"), ("Two", "One")):
        ends = {"DestinationConfig": {"OnSuccess": {"Destination": arn(other)}}}
        found[name] = made("Lambda::Function", Role="arn:aws:iam::111122223333:role/r")
        found[f"{name}Config"] = made(
            "Lambda::EventInvokeConfig", FunctionName={"Ref": name}, Qualifier="$LATEST", **ends
        )
    called = {"Protocol": "lambda", "Endpoint": arn("One")}
    return found | {"Topic": made("SNS::Topic", Subscription=[called])}


def on_the_bus() -> Raw:
    """A function whose failures a rule leads to it again."""
    bus = {"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"}
    name = {"FunctionName": {"Ref": "Fn"}, "Qualifier": "$LATEST"}
    pattern = {"detail-type": ["Lambda Function Invocation Result - Failure"]}
    return {
        "Role": made("IAM::Role"),
        "Fn": made("Lambda::Function", Role=arn("Role")),
        "Config": made("Lambda::EventInvokeConfig", **name, DestinationConfig={"OnFailure": {"Destination": bus}}),
        "Rule": made("Events::Rule", EventPattern=pattern, Targets=[{"Id": "T", "Arn": arn("Fn")}]),
    }


PLACED = {
    "a notification of all keys": (
        bucket() | writer("/thumbs/*"),
        ("Bucket", "NotificationConfiguration.LambdaConfigurations.0.Filter"),
    ),
    "a rule on all keys": (told_by_rule() | writer("/thumbs/*"), ("Rule", "EventPattern.detail.object.key")),
    "a rule on one bucket": (
        told_by_rule(bucket={"name": [{"Ref": "Bucket"}]}) | writer("/thumbs/*"),
        ("Rule", "EventPattern.detail.object.key"),
    ),
    "a rule on the executions of every machine": (
        started(detail={"status": ["FAILED"]}),
        ("Rule", "EventPattern.detail.stateMachineArn"),
    ),
    "on-success destinations": (ring(), ("TwoConfig", "DestinationConfig.OnSuccess")),
    "an on-failure destination on the bus": (on_the_bus(), ("Config", "DestinationConfig.OnFailure.Destination")),
}


@pytest.mark.parametrize(("resources", "place"), PLACED.values(), ids=PLACED.keys())
def test_an_edit_opens_it(tmp_path: Path, resources: Raw, place: tuple[str, str]) -> None:
    report, finding = loop(tmp_path, resources)
    assert place in [(name, path) for name, path, _ in edits(finding)]
    assert finding.fix.steps[0].effect.endswith(" -> 0")
    after = judged_with(Context.of(report), finding.changes)
    assert not [each for each in after.findings if each.rule == RULE]


UNPLACED = {
    "keys that are not known": bucket() | writer("/*"),
    "keys that are asked for already": bucket(**keys("in/")) | writer("/*"),
    "keys that the new prefix would hold": bucket() | writer("/incoming/thumbs/*"),
    "a pattern that names the machine": started(detail={"stateMachineArn": [{"Ref": "Machine"}]}),
}


@pytest.mark.parametrize("resources", UNPLACED.values(), ids=UNPLACED.keys())
def test_what_its_author_has_to_decide_is_told_in_words(tmp_path: Path, resources: Raw) -> None:
    _, finding = loop(tmp_path, resources)
    assert edits(finding) == []
    assert finding.fix.steps
