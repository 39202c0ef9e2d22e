"""Hops that stand in no single property: tokens, activities, schedules that code creates, event APIs, web functions."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Evidence

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, join, queue, ref, resource, shown, totals
from .figures import analysed, attempts
from .test_jobs import READS, allow, role


def machine(state: Raw, **substitutions: Any) -> Raw:
    body = {"StartAt": "N", "States": {"N": {"Type": "Task", "End": True} | state}}
    return resource("StepFunctions::StateMachine", Definition=body, DefinitionSubstitutions=substitutions)


def retry(attempts: int) -> list[Raw]:
    return [{"ErrorEquals": ["States.ALL"], "MaxAttempts": attempts}]


# task tokens


def waits(**more: Any) -> Raw:
    state = {
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "${q}", "MessageBody": {"t.$": "$$.Task.Token"}},
        "Retry": retry(3),
    }
    return machine(state | more, q=ref("Queue"))


MAPPING = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Fn"))


def callback(*actions: str, on: Any = "*") -> dict[str, Raw]:
    parts = {"Dead": queue(), "Queue": queue(5), "Fn": function(Role=arn("Role")), "Mapping": MAPPING, "M": waits()}
    return parts | {"Role": role(allow(*actions, on=on))}


@pytest.mark.parametrize(
    ("actions", "runs"),
    [
        (["states:SendTaskFailure"], 20),
        (["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"], 20),
        (["states:SendTask*"], 20),
        (["states:SendTaskSuccess"], 5),
        (["states:*"], 5),
    ],
)
def test_a_failure_that_code_reports_fails_the_state_that_waits(wire: Wire, actions: list[str], runs: int) -> None:
    assert attempts(wire, callback(*actions), "Fn") == (runs, 5, 5, 5)


@pytest.mark.parametrize(("reports", "runs"), [(True, 20), (False, 5)])
def test_code_says_whether_a_failure_is_reported_whatever_the_role_allows(wire: Wire, reports: bool, runs: int) -> None:
    call = (
        "send_task_failure(taskToken=event['t'])" if reports else "send_task_success(taskToken=event['t'], output='1')"
    )
    code = f"import boto3\nsfn = boto3.client('stepfunctions')\ndef handler(event, context):\n    sfn.{call}\n"
    parts = callback("states:SendTaskFailure", "states:SendTaskSuccess")
    parts["Fn"]["Properties"] |= {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": code}}
    assert attempts(wire, parts, "Fn")[0] == runs


def test_what_is_reported_is_an_error(wire: Wire) -> None:
    found = next(each for each in wire(callback("states:SendTaskFailure")).hops if each.source == "app/M#N")
    assert (found.awaits, found.assumption) == (
        True,
        "the code that gets the task token reports its failure with SendTaskFailure",
    )
    assert shown(found) == {"error": "error", "timeout": None, "throttle": None, "fault": None}


def test_reporting_is_no_loop(wire: Wire) -> None:
    assert not analysed(wire, callback("states:SendTaskFailure")).loops


def test_a_container_may_report_as_well(wire: Wire) -> None:
    statements = (allow(*READS, on=arn("Queue")), allow("states:SendTaskFailure", on="*"))
    parts = {"Dead": queue(), "Queue": queue(5), "Role": role(*statements), "M": waits()}
    task = resource("ECS::TaskDefinition", TaskRoleArn=arn("Role"), ContainerDefinitions=[])
    assert attempts(wire, parts | {"Task": task}, "Task")[0] == 20


# activities


@pytest.mark.parametrize(("retries", "runs"), [(0, 1), (4, 5)])
def test_a_worker_of_an_activity_is_retried_by_the_state(wire: Wire, retries: int, runs: int) -> None:
    parts = {
        "Work": resource("StepFunctions::Activity", Name="work"),
        "Role": role(allow("states:GetActivityTask", "states:SendTaskFailure", on=ref("Work"))),
        "Task": resource("ECS::TaskDefinition", TaskRoleArn=arn("Role"), ContainerDefinitions=[]),
        "M": machine({"Resource": "${a}", "Retry": retry(retries)}, a=ref("Work")),
    }
    found = hop(wire(parts), "Work", "Task")
    assert (found.kind, found.awaits, totals(found)) == ("activity", True, everywhere(1))
    assert attempts(wire, parts, "Task")[0] == runs


# schedules that code creates


def test_code_that_creates_schedules_reaches_what_their_role_may_call(wire: Wire) -> None:
    parts = {
        "Dead": queue(),
        "Queue": queue(3),
        "Other": queue(),
        "Calling": role(allow("sqs:SendMessage", on=arn("Queue"))),
        "Role": role(allow("scheduler:CreateSchedule", on="*"), allow("iam:PassRole", on=arn("Calling"))),
        "Fn": function(Role=arn("Role"), Environment={"Variables": {"TARGET": arn("Queue")}}),
    }
    wiring = wire(parts)
    found = hop(wiring, "Fn", "Queue")
    assert (found.kind, found.awaits, found.evidence) == ("scheduler:CreateSchedule", False, Evidence.STRONG)
    assert not hops(wiring, "Fn", "Other")


def test_a_role_that_is_not_passed_on_is_none_of_the_schedules(wire: Wire) -> None:
    parts = {
        "Queue": queue(),
        "Calling": role(allow("sqs:SendMessage", on=arn("Queue"))),
        "Role": role(allow("scheduler:CreateSchedule", on="*")),
        "Fn": function(Role=arn("Role")),
    }
    assert not wire(parts).hops


@pytest.mark.parametrize(
    ("action", "creates"),
    [
        ("scheduler:Create*", True),
        ("scheduler:Create*e", True),
        ("scheduler:Create*Group", False),
        ("scheduler:*", False),
    ],
)
def test_a_pattern_says_which_call_is_made(wire: Wire, action: str, creates: bool) -> None:
    """`scheduler:Create*Group` means groups of schedules only."""
    parts = {
        "Queue": queue(),
        "Calling": role(allow("sqs:SendMessage", on=arn("Queue"))),
        "Role": role(allow(action, on="*"), allow("iam:PassRole", on=arn("Calling"))),
        "Fn": function(Role=arn("Role"), Environment={"Variables": {"TARGET": arn("Queue")}}),
    }
    assert bool(hops(wire(parts), "Fn", "Queue")) is creates


def test_code_that_schedules_itself_again_loops(wire: Wire) -> None:
    parts = {
        "Calling": role(allow("lambda:InvokeFunction", on=arn("Fn"))),
        "Role": role(allow("scheduler:CreateSchedule", on="*"), allow("iam:PassRole", on=arn("Calling"))),
        "Fn": function(Role=arn("Role")),
    }
    assert [loop.stopped_by for loop in analysed(wire, parts).loops] == ["nothing"]


def test_a_machine_creates_a_schedule(wire: Wire) -> None:
    request = {"Name": "n", "Target": {"Arn": "${q}", "RoleArn": "r"}}
    state = {"Resource": "arn:aws:states:::aws-sdk:scheduler:createSchedule", "Parameters": request}
    wiring = wire({"Queue": queue(), "M": machine(state, q=arn("Queue"))})
    assert hop(wiring, "app/M#N", "Queue").kind == "scheduler:createSchedule"


# event APIs


def event_api(kind: str | None, behaviour: str = "DIRECT") -> dict[str, Raw]:
    config: Raw = {} if kind is None else {"LambdaConfig": {"InvokeType": kind}}
    handler = {"Behavior": behaviour, "Integration": {"DataSourceName": {"Fn::GetAtt": ["Source", "Name"]}} | config}
    return {
        "Api": resource("AppSync::Api", Name="a"),
        "Fn": function(),
        "Source": resource(
            "AppSync::DataSource", Name="s", ApiId=arn("Api"), LambdaConfig={"LambdaFunctionArn": arn("Fn")}
        ),
        "Channel": resource("AppSync::ChannelNamespace", Name="c", HandlerConfigs={"OnPublish": handler}),
    }


@pytest.mark.parametrize(
    ("kind", "behaviour", "runs"),
    [("EVENT", "DIRECT", 3), ("REQUEST_RESPONSE", "DIRECT", 1), (None, "DIRECT", 1), ("EVENT", "CODE", 1)],
)
def test_a_channels_function(wire: Wire, kind: str | None, behaviour: str, runs: int) -> None:
    assert attempts(wire, event_api(kind, behaviour), "Fn")[0] == runs


# web functions, instances


def test_a_web_function_answers_and_sends(wire: Wire) -> None:
    name = {"Fn::Sub": "web-${AWS::StackName}"}
    config = {"ExecutionRoleArn": arn("Role"), "EnvironmentVariables": {"Q": ref("Queue")}}
    parts = {
        "Queue": queue(),
        "Role": role(allow("sqs:SendMessage", on=arn("Queue"))),
        "Web": resource("Lambda::WebFunction", FunctionName=name),
        "Revision": resource("Lambda::WebFunctionRevision", FunctionName=name, ServiceConfig=config),
        "Endpoint": resource("Lambda::WebFunctionEndpoint", FunctionName=name, EndpointName="prod"),
    }
    wiring = wire(parts)
    assert hop(wiring, "Endpoint", "Web").awaits
    assert hop(wiring, "Web", "Queue").evidence is Evidence.STRONG


@pytest.mark.parametrize("kind", ["EC2::Instance", "EC2::LaunchTemplate", "AutoScaling::LaunchConfiguration"])
def test_a_worker_on_an_instance_reads_a_queue(wire: Wire, kind: str) -> None:
    data = {"Fn::Base64": join("#!/bin/sh\nexport QUEUE=", ref("Queue"), "\n")}
    section: Raw = {"IamInstanceProfile": ref("Profile"), "UserData": data}
    if kind == "EC2::LaunchTemplate":
        section = {"LaunchTemplateData": section | {"IamInstanceProfile": {"Arn": arn("Profile")}}}
    parts = {
        "Dead": queue(),
        "Queue": queue(4),
        "Role": role(allow(*READS, on=arn("Queue"))),
        "Profile": resource("IAM::InstanceProfile", Roles=[ref("Role")]),
        "Worker": resource(kind, **section),
    }
    assert hop(wire(parts), "Queue", "Worker").evidence is Evidence.STRONG
    assert attempts(wire, parts, "Worker")[0] == 4


def test_an_instance_without_a_profile_of_the_app_is_no_site(wire: Wire) -> None:
    assert "app/One" not in wire({"One": resource("EC2::Instance", ImageId="ami-1")}).sites


# aliases of machines


@pytest.mark.parametrize(
    "named",
    [
        {"DeploymentPreference": {"StateMachineVersionArn": ref("Version"), "Type": "ALL_AT_ONCE"}},
        {"RoutingConfiguration": [{"StateMachineVersionArn": ref("Version"), "Weight": 100}]},
    ],
)
def test_a_rule_on_an_alias_starts_its_machine(wire: Wire, named: Any) -> None:
    target = {"Id": "t", "Arn": ref("Alias"), "RoleArn": "r"}
    parts = {
        "M": machine({"Resource": "${f}"}, f=arn("Fn")),
        "Fn": function(),
        "Version": resource("StepFunctions::StateMachineVersion", StateMachineArn=ref("M")),
        "Alias": resource("StepFunctions::StateMachineAlias", Name="live", **named),
        "Rule": resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[target]),
    }
    assert hop(wire(parts), "Rule", "M").kind == "rule-target"


@pytest.mark.parametrize(
    ("action", "kind", "one"),
    [
        ("batch:SubmitJob", "Batch::JobDefinition", {}),
        ("ecs:RunTask", "ECS::TaskDefinition", {"ContainerDefinitions": []}),
        ("codebuild:StartBuild", "CodeBuild::Project", {}),
        ("glue:StartJobRun", "Glue::Job", {"Name": "j"}),
        ("firehose:PutRecordBatch", "KinesisFirehose::DeliveryStream", {}),
    ],
)
def test_code_starts_jobs(wire: Wire, action: str, kind: str, one: Any) -> None:
    parts = {
        "One": resource(kind, **one),
        "Role": role(allow(action, on=arn("One") if "Arn" in kind else ref("One"))),
        "Fn": function(Role=arn("Role")),
    }
    assert hop(wire(parts), "Fn", "One").kind == action
