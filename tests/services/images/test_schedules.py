"""Images that a schedule of the app pulls, and pulls that ECR does not record."""

from __future__ import annotations

from typing import Any

import pytest

from ..conftest import Raw, Wire, arn, ref, resource
from .conftest import task_definition, uri

CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/c"


def rule(expression: str, **properties: Any) -> Raw:
    target = {"Id": "t", "Arn": CLUSTER, "EcsParameters": {"TaskDefinitionArn": ref("Task")}}
    return resource("Events::Rule", ScheduleExpression=expression, Targets=[target], **properties)


def app(**more: Raw) -> dict[str, Raw]:
    return {"Images": resource("ECR::Repository"), "Task": task_definition(uri("Images", ":v1")), **more}


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("rate(1 day)", 1),
        ("rate(30 days)", 30),
        ("rate(6 hours)", 0.25),
        ("cron(0 3 * * ? *)", 1),
        ("cron(0 3 ? * MON-FRI *)", 7),
        ("cron(0 3 1 * ? *)", 31),
        ("cron(0 3 1 1 ? *)", 366),
        ("cron(0 3 1 1 ? 2027)", None),
        ("at(2026-12-01T00:00:00)", None),
    ],
)
def test_a_task_that_a_rule_starts_pulls_that_often(wire: Wire, expression: str, days: float | None) -> None:
    (use,) = wire(app(Rule=rule(expression))).images
    assert use.pulled_every == days


def test_a_rule_that_is_off_or_conditional_pulls_nothing(wire: Wire) -> None:
    (use,) = wire(app(Rule=rule("rate(1 day)", State="DISABLED"))).images
    assert use.pulled_every is None


def test_jobs_builds_and_machines_that_a_schedule_starts(wire: Wire) -> None:
    job = resource("Batch::JobDefinition", Type="container", ContainerProperties={"Image": uri("Images", ":v1")})
    target = {"Id": "t", "Arn": "arn:aws:batch:eu-west-1:111122223333:job-queue/q", "RoleArn": "r"}
    batch = {"BatchParameters": {"JobDefinition": ref("Job"), "JobName": "j"}}
    rule_ = resource("Events::Rule", ScheduleExpression="rate(2 days)", Targets=[{**target, **batch}])
    found = wire({"Images": resource("ECR::Repository"), "Job": job, "Rule": rule_}).images
    assert [each.pulled_every for each in found] == [2]
    build = resource("CodeBuild::Project", Environment={"Image": uri("Images", ":v1")})
    rule_ = resource("Events::Rule", ScheduleExpression="rate(3 days)", Targets=[{"Id": "t", "Arn": arn("Build")}])
    found = wire({"Images": resource("ECR::Repository"), "Build": build, "Rule": rule_}).images
    assert [each.pulled_every for each in found] == [3]


def test_a_role_that_is_excluded_leaves_no_trace(wire: Wire) -> None:
    role = resource("IAM::Role", AssumeRolePolicyDocument={})
    task = task_definition(uri("Images", ":v1"))
    task["Properties"]["ExecutionRoleArn"] = arn("Role")
    excluded = resource("ECR::PullTimeUpdateExclusion", PrincipalArn=arn("Role"))
    parts = {"Images": resource("ECR::Repository"), "Task": task, "Role": role, "Rule": rule("rate(1 day)")}
    (use,) = wire({**parts, "Not": excluded}).images
    assert (use.unrecorded, use.pulled_every) == (True, None)
    (use,) = wire(parts).images
    assert (use.unrecorded, use.pulled_every) == (False, 1)
