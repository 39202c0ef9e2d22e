"""Amazon ECS Express services: one container behind a load balancer that AWS keeps. Nobody retries.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-expressgatewayservice.html,
read 2026-11-29
"""

from __future__ import annotations

from seawall.template import Resource

from ..registry import sites
from ..wiring import Wiring
from ..work import works


@sites("AWS::ECS::ExpressGatewayService")
def service(wiring: Wiring, resource: Resource) -> None:
    """The container of an Express service is code that runs under the task's role."""
    container = wiring.props(resource).at("PrimaryContainer")
    variables = [item.props.value("Value") for item in container.items("Environment")]
    words = [item.props.value() for item in container.items("Command")]
    role = wiring.props(resource).value("TaskRoleArn")
    works(wiring, resource, "container", role="TaskRoleArn", roles=(role,), environment=(*variables, *words))
