"""Trails that record their own bucket, and rules on calls that their own targets make."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Evidence

from .conftest import Raw, Wire, arn, function, hops, join, ref, resource
from .figures import analysed

BUCKETS = {"Logs": resource("S3::Bucket"), "Data": resource("S3::Bucket")}


def selecting(*values: Any, **properties: Any) -> Raw:
    data = [{"Type": "AWS::S3::Object", "Values": list(values)}]
    return {"EventSelectors": [{"DataResources": data, **properties}]}


def advanced(*fields: Raw) -> Raw:
    always = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ]
    return {"AdvancedEventSelectors": [{"FieldSelectors": [*always, *fields]}]}


def trail(selectors: Raw, **properties: Any) -> Raw:
    given: Raw = {"IsLogging": True, "S3BucketName": ref("Logs")} | selectors | properties
    return resource("CloudTrail::Trail", **given)


OBJECTS_OF_LOGS = join(arn("Logs"), "/")
OBJECTS_OF_DATA = join(arn("Data"), "/")


@pytest.mark.parametrize(
    ("selectors", "loops"),
    [
        (selecting("arn:aws:s3"), 1),
        (selecting(join("arn:", ref("AWS::Partition"), ":s3:::")), 1),
        (selecting(OBJECTS_OF_LOGS), 1),
        (selecting(OBJECTS_OF_DATA), 0),
        (selecting(join(arn("Logs"), "/incoming/")), 0),
        (selecting(join(arn("Logs"), "/AWSLogs/")), 1),
        (selecting("arn:aws:s3", ReadWriteType="ReadOnly"), 0),
        (selecting("arn:aws:s3", ReadWriteType="WriteOnly"), 1),
        (advanced(), 1),
        (advanced({"Field": "resources.ARN", "NotStartsWith": [OBJECTS_OF_LOGS]}), 0),
        (advanced({"Field": "resources.ARN", "StartsWith": [OBJECTS_OF_DATA]}), 0),
        (advanced({"Field": "resources.ARN", "StartsWith": [OBJECTS_OF_LOGS]}), 1),
        (advanced({"Field": "readOnly", "Equals": ["true"]}), 0),
        (advanced({"Field": "eventName", "Equals": ["DeleteObject"]}), 0),
        ({}, 0),
    ],
)
def test_a_trail_that_records_the_bucket_it_writes_to(wire: Wire, selectors: Raw, loops: int) -> None:
    found = analysed(wire, {**BUCKETS, "Trail": trail(selectors)}).loops
    assert len(found) == loops
    assert all(loop.stopped_by == "nothing" and not loop.needs_failure for loop in found)


def test_a_trail_that_does_not_log(wire: Wire) -> None:
    off = trail(selecting("arn:aws:s3"), IsLogging=False)
    assert not wire({**BUCKETS, "Trail": off}).hops


def on(name: str, service: str = "s3", **detail: Any) -> Raw:
    pattern = {
        "source": [f"aws.{service}"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": [f"{service}.amazonaws.com"], "eventName": [name]} | detail,
    }
    return resource("Events::Rule", EventPattern=pattern, Targets=[{"Id": "t", "Arn": arn("Fn")}])


def test_objects_that_a_trail_records_reach_rules(wire: Wire) -> None:
    named: Raw = {"requestParameters": {"bucketName": [ref("Data")]}}
    template = {
        **BUCKETS,
        "Trail": trail(selecting(OBJECTS_OF_DATA)),
        "Fn": function(),
        "Rule": on("PutObject", **named),
        "Other": on("PutObject", requestParameters={"bucketName": ["elsewhere"]}),
        "Created": on("CreateBucket"),
    }
    wiring = wire(template)
    assert [(each.source, each.target) for each in wiring.hops if each.kind == "api-call"] == [("app/Data", "app/Rule")]


def acting(*actions: str, on: Any = "*") -> dict[str, Raw]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    role = resource("IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}])
    return {"Role": role, "Fn": function(Role=arn("Role"))}


@pytest.mark.parametrize(
    ("rule", "actions", "evidence"),
    [
        (on("PutBucketPolicy"), ["s3:PutBucketPolicy"], Evidence.MEDIUM),
        (on("PutBucketPolicy"), ["s3:Put*"], Evidence.WEAK),
        (on("UpdateFunctionCode20150331v2", "lambda"), ["lambda:UpdateFunctionCode"], Evidence.MEDIUM),
        (on("RunInstances", "ec2"), ["ec2:CreateTags"], None),
        (on("PutBucketPolicy"), ["s3:GetBucketPolicy"], None),
        (on("PutBucketPolicy"), ["*"], None),
    ],
)
def test_a_target_that_may_make_the_call_itself(
    wire: Wire, rule: Raw, actions: list[str], evidence: Evidence | None
) -> None:
    template = acting(*actions) | {"Rule": rule}
    back = [each for each in hops(wire(template), "Fn", "Rule") if each.kind == "api-call"]
    assert [each.evidence for each in back] == ([] if evidence is None else [evidence])
    assert len(analysed(wire, template).loops) == len(back)


def test_a_machine_whose_task_makes_the_call(wire: Wire) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putBucketTagging", "Parameters": {}, "End": True}
    machine = resource("StepFunctions::StateMachine", Definition={"StartAt": "T", "States": {"T": state}})
    rule = on("PutBucketTagging")
    rule["Properties"]["Targets"][0]["Arn"] = ref("M")
    loops = analysed(wire, {"M": machine, "Rule": rule}).loops
    assert [loop.stopped_by for loop in loops] == ["nothing"]
