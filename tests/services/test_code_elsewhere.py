"""Roles of code that is no function, container or job of the templates: what they let it do is a gap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import seawall

from .conftest import Raw, Wire, arn, function, queue, ref, resource, whys

QUEUE = queue(QueueName="orders")
MAPPING = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Q"), FunctionName=ref("F"))


def role(*actions: str, on: Any = None, **properties: Any) -> Raw:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": arn("Q") if on is None else on}
    return resource(
        "IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}], **properties
    )


def gaps(wire: Wire, **resources: Raw) -> dict[str, str]:
    wiring = wire({"F": function(), "Q": QUEUE, "E": MAPPING, **resources})
    return {name.rstrip("."): why for name, why in whys(wiring).items() if "send to or read" in why}


SENDER = role("sqs:SendMessage")
ELSEWHERE = [
    resource("MWAA::Environment", Name="x", ExecutionRoleArn=arn("R")),
    resource("KinesisAnalyticsV2::Application", RuntimeEnvironment="FLINK-1_20", ServiceExecutionRole=arn("R")),
    resource("Synthetics::Canary", Name="x", ExecutionRoleArn=arn("R")),
    resource("SageMaker::NotebookInstance", RoleArn=arn("R")),
    resource("Cognito::IdentityPoolRoleAttachment", Roles={"authenticated": arn("R")}),
    resource("RDS::DBCluster", AssociatedRoles=[{"FeatureName": "Lambda", "RoleArn": arn("R")}]),
    resource("EKS::PodIdentityAssociation", RoleArn=arn("R")),
    {"Type": "Acme::Runner::Task", "Properties": {"Role": arn("R")}},
]


@pytest.mark.parametrize("runner", ELSEWHERE, ids=lambda each: str(each["Type"]))
def test_what_is_not_followed_and_has_such_a_role_is_a_gap(wire: Wire, runner: Raw) -> None:
    said = f"its role (app/R) lets it send to or read app/Q, and what an {runner['Type']} does is not followed"
    assert gaps(wire, R=SENDER, X=runner) == {"X": said}


@pytest.mark.parametrize(
    "named",
    [
        ref("R"),
        {"Fn::GetAtt": "R.Arn"},
        {"Fn::Sub": "${R.Arn}"},
        {"Fn::Sub": 'the role "${R}" of half a pair: \ud83d'},
        {"Fn::Join": ["", ["role=", arn("R"), ";"]]},
        {"nested": [{"deeper": {"Fn::If": ["Never", "none", arn("R")]}}]},
    ],
)
def test_a_role_is_found_however_it_is_named(wire: Wire, named: Any) -> None:
    assert "X" in gaps(wire, R=SENDER, X={"Type": "Acme::Runner::Task", "Properties": {"Settings": named}})


def test_a_function_that_runs_counts_though_it_sends_nothing(wire: Wire) -> None:
    found = gaps(wire, R=role("lambda:InvokeFunction", on=arn("F")), X=ELSEWHERE[0])
    assert found["X"].startswith("its role (app/R) lets it send to or read app/F,")


def test_by_an_instance_profile_too(wire: Wire) -> None:
    found = gaps(
        wire,
        R=SENDER,
        P=resource("IAM::InstanceProfile", Roles=[ref("R")]),
        X=resource(
            "ElasticBeanstalk::Environment", OptionSettings=[{"OptionName": "IamInstanceProfile", "Value": ref("P")}]
        ),
    )
    assert list(found) == ["X"]


@pytest.mark.parametrize(
    "given",
    [
        SENDER,
        role("sqs:ReceiveMessage"),
        role("sqs:*"),
        role("sqs:SendMessage", AssumeRolePolicyDocument={"Statement": [{"Effect": "Allow", "Principal": {
            "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks"}}]}),
    ],
)  # fmt: skip
def test_a_role_that_nothing_has_is_a_gap(wire: Wire, given: Raw) -> None:
    assert gaps(wire, R=given) == {
        "R": "no resource here has it, and it lets code send to or read app/Q: who does is not seen"
    }


@pytest.mark.parametrize(
    "resources",
    [
        {"R": SENDER, "G": function(Role=arn("R"))},
        {"R": SENDER, "P": resource("Scheduler::Schedule", ScheduleExpression="rate(1 day)", Target={
            "Arn": arn("Q"), "RoleArn": arn("R")})},
        {"R": role("sqs:GetQueueUrl")},
        {"R": role("sqs:SendMessage", on="*")},
        {"R": role("sqs:SendMessage", on=arn("Alone")), "Alone": queue()},
        {"R": role("s3:GetObject", on=arn("B")), "B": resource("S3::Bucket")},
    ],
)  # fmt: skip
def test_one_that_is_had_or_lets_do_nothing_that_goes_on_is_none(wire: Wire, resources: dict[str, Raw]) -> None:
    assert gaps(wire, **resources) == {}


@pytest.mark.parametrize(
    "written",
    [
        {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/sender"},
        {"Fn::Join": ["", ["arn:", ref("AWS::Partition"), ":iam::", ref("AWS::AccountId"), ":role/sender"]]},
        {"Fn::If": ["P", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/sender"}, ref("AWS::NoValue")]},
    ],
)
def test_a_role_is_had_by_its_written_arn_too(wire: Wire, written: Any) -> None:
    """A schedule sends by it: that is followed, and no gap. A canary has it: a gap of the canary, none of the role."""
    named = SENDER | {"Properties": SENDER["Properties"] | {"RoleName": "sender"}}
    target = {"Arn": arn("Q"), "RoleArn": written}
    assert not gaps(wire, R=named, P=resource("Scheduler::Schedule", ScheduleExpression="rate(1 day)", Target=target))
    assert list(gaps(wire, R=named, X=resource("Synthetics::Canary", Name="x", ExecutionRoleArn=written))) == ["X"]
    assert list(gaps(wire, R=SENDER | {"Properties": named["Properties"] | {"RoleName": "another"}}, P=resource(
        "Scheduler::Schedule", ScheduleExpression="rate(1 day)", Target=target))) == ["R"]  # fmt: skip


def test_each_of_several_arns_that_are_joined_is_one(wire: Wire) -> None:
    written = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/sender"}
    joined = {"Fn::Join": [",", [written, "arn:aws:iam::111122223333:role/elsewhere"]]}
    named = SENDER | {"Properties": SENDER["Properties"] | {"RoleName": "sender"}}
    found = gaps(wire, R=named, X=resource("Synthetics::Canary", Name="x", RunConfig={"EnvironmentVariables": joined}))
    assert list(found) == ["X"]


def test_a_profile_that_nothing_has_does_not_count(wire: Wire) -> None:
    assert list(gaps(wire, R=SENDER, P=resource("IAM::InstanceProfile", Roles=[ref("R")]))) == ["R"]


def test_a_role_that_is_only_spoken_of_is_not_had(wire: Wire) -> None:
    policy = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": arn("R")}, "Action": "s3:*", "Resource": "*"}]}
    bucket = resource("S3::BucketPolicy", Bucket="b", PolicyDocument=policy)
    assert list(gaps(wire, R=SENDER, P=bucket)) == ["R"]


@pytest.mark.parametrize("how", ["import", "parameter"])
def test_a_role_of_another_stack_is_had_there(tmp_path: Path, how: str) -> None:
    """A canary of a second stack, or of a nested one, has the role: a gap of the canary, none of the role."""
    value = {"Fn::ImportValue": "the-role"} if how == "import" else ref("RoleArn")
    canary = resource("Synthetics::Canary", Name="x", ExecutionRoleArn=value)
    inner: Raw = {"Parameters": {"RoleArn": {"Type": "String"}}, "Resources": {"X": canary}}
    outer: Raw = {
        "Resources": {"F": function(), "Q": QUEUE, "E": MAPPING, "R": SENDER},
        "Outputs": {"R": {"Value": arn("R"), "Export": {"Name": "the-role"}}},
    }
    if how == "parameter":
        outer["Resources"]["Inner"] = resource(
            "CloudFormation::Stack", TemplateURL="inner.json", Parameters={"RoleArn": arn("R")}
        )
    (tmp_path / "inner.json").write_text(json.dumps(inner), "utf-8")
    (tmp_path / "outer.json").write_text(json.dumps(outer), "utf-8")
    unknown = seawall.check(tmp_path).analysis.flow.unknown
    assert [gap.site.rpartition("/")[2] for gap in unknown if "send to or read" in gap.why] == ["X"]
