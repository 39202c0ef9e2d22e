"""Rules, schedules and pipes that start ECS tasks.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ of AWS::Events::Rule,
AWS::Scheduler::Schedule and AWS::Pipes::Pipe (`EcsParameters`, `EcsTaskParameters`) and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

from seawall.template import Known, Resource, Unknown, parse_embedded

from ..registry import hops
from ..walking import spots
from ..wiring import Wiring
from .documents import entries
from .ecs_tasks import runs

_PATHS = {
    "AWS::Events::Rule": "Targets[].EcsParameters.TaskDefinitionArn",
    "AWS::Scheduler::Schedule": "Target.EcsParameters.TaskDefinitionArn",
    "AWS::Pipes::Pipe": "TargetParameters.EcsTaskParameters.TaskDefinitionArn",
}
"""Where each names the task definition."""
_RUN_TASK = ":aws-sdk:ecs:runTask"


@hops(*_PATHS)
def starter(wiring: Wiring, resource: Resource) -> None:
    """Each event, or each time, starts a task."""
    for spot in spots(wiring.props(resource), _PATHS[resource.type]):
        runs(wiring, resource, spot.property, spot.value, conditions=spot.conditions)


@hops("AWS::Scheduler::Schedule")
def universal_target(wiring: Wiring, resource: Resource) -> None:
    """A schedule may call `RunTask` itself, with the request as its input."""
    target = wiring.props(resource).at("Target")
    api = target.value("Arn")
    if not (isinstance(api, Known) and str(api.value).endswith(_RUN_TASK)):
        return
    request = parse_embedded(wiring.app, wiring.template(resource), target.raw("Input"))
    if isinstance(request, Unknown):
        return
    for where, value in entries(request, request.document, "TaskDefinition"):
        runs(wiring, resource, f"Target.Input.{where}", value)
