"""Whatever stands in containers, jobs, custom buses, trails and what is like them, reading them never raises."""

from __future__ import annotations

import copy
import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from seawall.services import build
from seawall.template import load
from tests.whole import part

from .conftest import Raw, arn, function, queue, ref, resource
from .test_nonsense import ODD

_ROLE = resource(
    "IAM::Role",
    Policies=[
        {
            "PolicyName": "p",
            "PolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["sqs:ReceiveMessage", "sqs:StartMessageMoveTask", "states:SendTaskFailure"],
                        "Resource": [arn("Queue"), arn("Dead")],
                    },
                    {
                        "Effect": "Allow",
                        "Action": ["iam:PassRole", "scheduler:CreateSchedule"],
                        "Resource": arn("Role"),
                    },
                    {"Effect": "Allow", "Action": "states:GetActivityTask", "Resource": ref("Activity")},
                ]
            },
        }
    ],
)
_CALL = {
    "source": ["aws.s3"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": ["s3.amazonaws.com"],
        "eventName": ["PutObject"],
        "requestParameters": {"bucketName": ["x"]},
    },
}
_FAILED = {"source": ["aws.batch"], "detail-type": ["Batch Job State Change"], "detail": {"status": ["FAILED"]}}
SOUND: dict[str, Raw] = {
    "Queue": queue(3),
    "Dead": queue(),
    "Role": _ROLE,
    "Fn": function(Role=arn("Role")),
    "Activity": resource("StepFunctions::Activity", Name="a"),
    "Logs": resource("S3::Bucket"),
    "Task": resource(
        "ECS::TaskDefinition",
        Family="f",
        TaskRoleArn=arn("Role"),
        ContainerDefinitions=[
            {
                "Name": "c",
                "Environment": [{"Name": "Q", "Value": ref("Queue")}],
                "Command": ["run", ref("Queue")],
                "RestartPolicy": {"Enabled": True, "RestartAttemptPeriod": 60},
            }
        ],
    ),
    "Group": resource("ElasticLoadBalancingV2::TargetGroup", TargetType="ip"),
    "Service": resource("ECS::Service", TaskDefinition=ref("Task"), LoadBalancers=[{"TargetGroupArn": ref("Group")}]),
    "Job": resource(
        "Batch::JobDefinition",
        RetryStrategy={"Attempts": 3, "EvaluateOnExit": [{"Action": "EXIT", "OnExitCode": "*"}]},
        ContainerProperties={"JobRoleArn": arn("Role"), "Environment": [{"Name": "Q", "Value": ref("Queue")}]},
        NodeProperties={"NodeRangeProperties": [{"Container": {"JobRoleArn": arn("Role")}}]},
        EcsProperties={"TaskProperties": [{"TaskRoleArn": arn("Role"), "Containers": [{"Environment": []}]}]},
    ),
    "Failed": resource(
        "Events::Rule",
        EventPattern=_FAILED,
        Targets=[
            {
                "Id": "a",
                "Arn": "arn:q",
                "BatchParameters": {"JobDefinition": ref("Job"), "RetryStrategy": {"Attempts": 2}},
            },
            {"Id": "b", "Arn": "arn:c", "EcsParameters": {"TaskDefinitionArn": ref("Task")}},
        ],
    ),
    "Called": resource("Events::Rule", EventPattern=_CALL, Targets=[{"Id": "a", "Arn": arn("Fn")}]),
    "Project": resource("CodeBuild::Project", AutoRetryLimit=2, ServiceRole=arn("Role"), Environment={}),
    "Glue": resource("Glue::Job", Name="g", MaxRetries=2, Role=arn("Role"), DefaultArguments={"--q": ref("Queue")}),
    "Flow": resource("Glue::Workflow", Name="w"),
    "Trigger": resource(
        "Glue::Trigger",
        Type="CONDITIONAL",
        WorkflowName=ref("Flow"),
        Predicate={"Conditions": [{"JobName": ref("Glue"), "State": "FAILED"}]},
        Actions=[{"JobName": ref("Glue")}, {"CrawlerName": "c"}],
    ),
    "Runner": resource(
        "AppRunner::Service",
        InstanceConfiguration={"InstanceRoleArn": arn("Role")},
        SourceConfiguration={
            "ImageRepository": {"ImageConfiguration": {"RuntimeEnvironmentVariables": [{"Value": "x"}]}}
        },
    ),
    "Bus": resource("EventsV2::EventBus", Name="b"),
    "Subscriber": resource(
        "EventsV2::Subscriber",
        EventBusArn=arn("Bus"),
        State="RUNNING",
        InvokeConfiguration={"TargetArn": arn("Fn"), "LambdaParameters": {"InvocationType": "REQUEST_RESPONSE"}},
        RetryPolicy={"MaxRetryAttempts": 3, "MaxEventAgeInSeconds": 60},
        OnFailureConfiguration={"Arn": arn("Dead")},
        FilterConfiguration={"Filters": [{"Scope": "DATA", "Pattern": "{}"}]},
    ),
    "Source": resource(
        "EventsV2::EventSource",
        EventBusArn=arn("Bus"),
        Configuration={
            "AwsServiceEventsConfiguration": {"AwsService": "aws.s3", "OnFailureConfiguration": {"Arn": "x"}}
        },
    ),
    "Trail": resource(
        "CloudTrail::Trail",
        IsLogging=True,
        S3BucketName=ref("Logs"),
        S3KeyPrefix="p",
        EventSelectors=[
            {"ReadWriteType": "All", "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
        ],
        AdvancedEventSelectors=[{"FieldSelectors": [{"Field": "resources.ARN", "StartsWith": [arn("Logs")]}]}],
    ),
    "Move": resource(
        "Scheduler::Schedule",
        Target={"Arn": "arn:aws:scheduler:::aws-sdk:sqs:startMessageMoveTask", "Input": '{"SourceArn": "x"}'},
    ),
    "Instance": resource("EC2::Instance", IamInstanceProfile=ref("Profile"), UserData={"Fn::Base64": "x"}),
    "Profile": resource("IAM::InstanceProfile", Roles=[ref("Role")]),
    "Web": resource("Lambda::WebFunction", FunctionName="w"),
    "Revision": resource(
        "Lambda::WebFunctionRevision", FunctionName="w", ServiceConfig={"ExecutionRoleArn": arn("Role")}
    ),
    "Endpoint": resource("Lambda::WebFunctionEndpoint", FunctionName="w"),
    "Mail": resource("SES::MailManagerRuleSet", Rules=[{"Actions": [{"InvokeLambda": {"FunctionArn": arn("Fn")}}]}]),
    "Foreign": {"Type": "Acme::A::B", "Properties": {"To": [{"Q": arn("Queue")}]}},
}


def _places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, entry in entries for place in _places(entry, (*path, key)))]


BY_RESOURCE = [
    [(name, "Properties", *path) for path in _places(raw.get("Properties", {}))] for name, raw in SOUND.items()
]


@pytest.mark.parametrize("turn", range(len(ODD)), ids=lambda turn: json.dumps(ODD[turn]))
def test_one_odd_value_in_each_resource(tmp_path: Path, turn: int) -> None:
    odd = ODD[turn]
    for places in part(zip_longest(*BY_RESOURCE), 3, turn):
        template = copy.deepcopy(SOUND)
        for place in places:
            if place:
                node: Any = template
                for step in place[:-1]:
                    node = node[step]
                node[place[-1]] = copy.deepcopy(odd)
        path = tmp_path / "app.json"
        conditions = {"C": {"Fn::Equals": [ref("AWS::Region"), "x"]}}
        path.write_text(json.dumps({"Resources": template, "Conditions": conditions}))
        build(load([path]))


def test_as_it_stands_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    path.write_text(json.dumps({"Resources": SOUND}))
    assert len(build(load([path])).hops) > 25
