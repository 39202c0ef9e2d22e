"""Task definitions: who starts tasks of them decides when the tag is resolved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.graph import Binding
from seawall.template import ValueStatus

from ..conftest import Raw, Wire, join, ref, resource
from .conftest import HOST, only, repository, task_definition, uri, uses

IMAGE = f"{HOST}/web:v1"


def service(**properties: Any) -> Raw:
    return resource("ECS::Service", TaskDefinition=ref("Task"), **properties)


def test_a_service_pins_the_digest(wire: Wire) -> None:
    resources = {"Repo": repository(), "Task": task_definition(uri("Repo", ":v1")), "Web": service(DesiredCount=2)}
    found = only(wire(resources))
    assert (found.site, found.kind, found.via) == ("app/Web", "ecs-service", "AWS::ECS::Service")
    assert found.binds is Binding.REVISION
    assert found.place.address.logical_id == "Task"
    assert found.place.property == "ContainerDefinitions.0.Image"
    assert (found.runs_at.address.logical_id, found.runs_at.property) == ("Web", "TaskDefinition")
    assert found.container == "main"
    assert found.desired is not None and found.desired.value == 2
    assert found.consistency is not None
    assert (found.consistency.value, found.consistency.status) == (True, ValueStatus.DEFAULT)


@pytest.mark.parametrize(
    ("written", "kind", "binds"),
    [
        ("enabled", "ecs-service", Binding.REVISION),
        ("disabled", "ecs-service-unversioned", Binding.START),
        (ref("Nothing"), "ecs-service", Binding.UNKNOWN),
        ("perhaps", "ecs-service", Binding.UNKNOWN),
    ],
)
def test_version_consistency(wire: Wire, written: Any, kind: str, binds: Binding) -> None:
    found = only(wire({"Task": task_definition(IMAGE, VersionConsistency=written), "Web": service()}))
    assert (found.kind, found.binds) == (kind, binds)
    assert found.desired is not None and (found.desired.value, found.desired.status) == (1, ValueStatus.DEFAULT)


def test_a_daemon_strategy_has_no_count(wire: Wire) -> None:
    found = only(wire({"Task": task_definition(IMAGE), "Web": service(SchedulingStrategy="DAEMON")}))
    assert found.desired is None


@pytest.mark.parametrize(
    "name", ["web", "web:7", "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7", ref("Task")]
)
def test_every_way_to_name_the_definition(wire: Wire, name: Any) -> None:
    found = only(wire({"Task": task_definition(IMAGE, "web"), "Set": resource("ECS::TaskSet", TaskDefinition=name)}))
    assert (found.site, found.kind) == ("app/Set", "ecs-service")


def test_a_family_with_a_pseudo_parameter(wire: Wire) -> None:
    family = {"Fn::Sub": "web-${AWS::Region}"}
    web = resource("ECS::Service", TaskDefinition={"Fn::Sub": "web-${AWS::Region}:3"})
    assert only(wire({"Task": task_definition(IMAGE, family), "Web": web})).site == "app/Web"


STARTERS: dict[str, Raw] = {
    "Rule": resource("Events::Rule", Targets=[{"Id": "A", "EcsParameters": {"TaskDefinitionArn": ref("Task")}}]),
    "Schedule": resource("Scheduler::Schedule", Target={"EcsParameters": {"TaskDefinitionArn": ref("Task")}}),
    "Universal": resource(
        "Scheduler::Schedule",
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask",
            "Input": join('{"TaskDefinition":"', ref("Task"), '"}'),
        },
    ),
    "Pipe": resource("Pipes::Pipe", TargetParameters={"EcsTaskParameters": {"TaskDefinitionArn": ref("Task")}}),
    "Machine": resource(
        "StepFunctions::StateMachine",
        DefinitionString=json.dumps(
            {
                "StartAt": "Run",
                "States": {
                    "Run": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::ecs:runTask.sync",
                        "Parameters": {"TaskDefinition": "web"},
                        "End": True,
                    }
                },
            }
        ),
    ),
}
AT = {
    "Rule": "Targets.0.EcsParameters.TaskDefinitionArn",
    "Schedule": "Target.EcsParameters.TaskDefinitionArn",
    "Universal": "Target.Input.TaskDefinition",
    "Pipe": "TargetParameters.EcsTaskParameters.TaskDefinitionArn",
    "Machine": "DefinitionString.States.Run.Parameters.TaskDefinition",
}


@pytest.mark.parametrize("name", STARTERS)
def test_whatever_else_starts_tasks_pulls_the_tag(wire: Wire, name: str) -> None:
    found = only(wire({"Task": task_definition(IMAGE, "web"), name: STARTERS[name]}))
    assert (found.site, found.kind, found.binds) == (f"app/{name}", "ecs-task", Binding.RUN)
    assert found.runs_at.property == AT[name]
    assert found.via == STARTERS[name]["Type"]


def test_each_starter_is_a_use_of_its_own(wire: Wire) -> None:
    found = uses(wire({"Task": task_definition(IMAGE, "web"), "Web": service(), **STARTERS}))
    assert sorted(each.kind for each in found) == ["ecs-service"] + ["ecs-task"] * len(STARTERS)


def test_a_definition_that_nothing_here_starts(wire: Wire) -> None:
    found = only(wire({"Task": task_definition(IMAGE)}))
    assert (found.site, found.kind, found.binds) == ("app/Task", "ecs-task-definition", Binding.UNKNOWN)


def test_conditions_come_from_all_sides(wire: Wire) -> None:
    conditions = {name: {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]} for name in ("Own", "Started", "Which")}
    which = {"Fn::If": ["Which", IMAGE, "nginx"]}
    resources = {
        "Task": task_definition(which) | {"Condition": "Own"},
        "Web": service() | {"Condition": "Started"},
    }
    found = uses(wire(resources, Conditions=conditions))
    assert [each.conditions for each in found] == [("Started", "Own", "Which"), ("Started", "Own", "not Which")]


def test_daemons_and_express_services(wire: Wire) -> None:
    daemon = resource("ECS::DaemonTaskDefinition", ContainerDefinitions=[{"Name": "log", "Image": IMAGE}])
    express = resource("ECS::ExpressGatewayService", PrimaryContainer={"Image": IMAGE})
    found = uses(wire({"Daemon": daemon, "Express": express}))
    assert [(each.kind, each.binds) for each in found] == [
        ("ecs-daemon", Binding.REVISION),
        ("ecs-service", Binding.REVISION),
    ]
