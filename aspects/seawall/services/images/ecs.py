"""Amazon ECS: services, task sets, daemons and Express services.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html and, for
daemons and Express services, the API model of ECS (revisions of both hold digests).
"""

from __future__ import annotations

from seawall.graph.images import Binding
from seawall.template import Resource

from ..registry import hops
from ..wiring import Wiring
from .ecs_tasks import SERVICE, runs
from .recording import image_at

DESIRED_COUNT = 1
"""Tasks of a new service that does not say how many."""


@hops("AWS::ECS::Service")
def service(wiring: Wiring, resource: Resource) -> None:
    """A service keeps tasks of its definition running."""
    props = wiring.props(resource)
    daemon = props.text("SchedulingStrategy").value == "DAEMON"
    desired = None if daemon else props.integer("DesiredCount", default=DESIRED_COUNT)
    runs(wiring, resource, "TaskDefinition", props.value("TaskDefinition"), kind=SERVICE, desired=desired)


@hops("AWS::ECS::TaskSet")
def task_set(wiring: Wiring, resource: Resource) -> None:
    """A task set of a service whose deployments something outside drives."""
    runs(wiring, resource, "TaskDefinition", wiring.props(resource).value("TaskDefinition"), kind=SERVICE)


image_at("AWS::ECS::DaemonTaskDefinition", "ContainerDefinitions[].Image", kind="ecs-daemon", binds=Binding.REVISION)
image_at("AWS::ECS::ExpressGatewayService", "PrimaryContainer.Image", kind=SERVICE, binds=Binding.REVISION)
