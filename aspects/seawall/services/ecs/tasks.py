"""Amazon ECS task definitions: the code of services, scheduled tasks and tasks that something starts.

A service replaces a task that ends; what was in flight goes back to the queue it came from, and the queue counts. A
task that something starts runs once. A restart policy starts a container again that has run for its period, without a
count.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html and
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerRestartPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.facts import Fact
from seawall.graph.layers import fixed
from seawall.graph.model import CLASSES, Bound, Place, Tries
from seawall.template import Resource, Target, Value, ValueStatus

from ..registry import Arrival, receiver, sites
from ..wiring import Wiring
from ..work import submitted, works

TASK_DEFINITION = "AWS::ECS::TaskDefinition"
SERVICE = "AWS::ECS::Service"
_RESTARTS = fixed("a restart policy sets no count")
RESTART_PERIOD = Fact(
    300, "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerRestartPolicy.html", "2026-11-29"
)
"""Seconds that a container must have run to be restarted, where its policy does not say."""


@sites(TASK_DEFINITION)
def task_definition(wiring: Wiring, resource: Resource) -> None:
    """The containers of a task definition are code that runs under the task's role."""
    role = wiring.props(resource).value("TaskRoleArn")
    works(
        wiring,
        resource,
        "container",
        role="TaskRoleArn",
        roles=(role,),
        environment=_environment(wiring, resource),
    )


def _environment(wiring: Wiring, resource: Resource) -> Iterator[Value]:
    for container in wiring.props(resource).items("ContainerDefinitions"):
        for variable in container.props.items("Environment"):
            yield variable.props.value("Value")
        for name in ("Command", "EntryPoint"):
            yield from (word.props.value() for word in container.props.items(name))


@receiver(TASK_DEFINITION)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """A task of the definition starts; where a container restarts by itself, at a site that says so."""
    for container in wiring.props(resource).items("ContainerDefinitions"):
        policy = container.props.at("RestartPolicy")
        if policy.flag("Enabled").value:
            return _restarted(wiring, resource, policy.property, policy.integer("RestartAttemptPeriod").value)
    return resource.site_id


def definition_of(wiring: Wiring, resource: Resource) -> Resource | None:
    """The task definition whose tasks a service keeps running; None for what is no service."""
    if resource.type == SERVICE:
        for target in wiring.targets(resource, wiring.props(resource).value("TaskDefinition"), "ecs:task-definition"):
            found = wiring.app.resource(target.address)
            if found is not None and found.type == TASK_DEFINITION:
                return found
    return None


def _restarted(wiring: Wiring, resource: Resource, property_: str, period: int | None) -> str:
    why = f"a container that has run for {period or RESTART_PERIOD.value} s is restarted, and nothing counts that"
    site = f"{resource.site_id}#tasks"
    if site not in wiring.sites:
        wiring.unknown(resource, property_, why)
    tries = Tries(None, Bound.NOTHING, ValueStatus.UNKNOWN, property_, why, backoff=None, layer=_RESTARTS)
    place = Place(resource.address, property_)
    return submitted(wiring, site, resource.site_id, place, dict.fromkeys(CLASSES, tries), "task-restart")
