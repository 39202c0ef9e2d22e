"""Amazon ECS task definitions, and who starts tasks of them.

A service fixes the digest of each container with the first task of a deployment, unless the container's
`VersionConsistency` is `disabled`; whatever else starts tasks pulls the tag each time.

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html ("Container image
resolution"; it speaks of services only, so that single tasks are unaffected is inferred) and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.images import Binding, ImageName, ImageUse, Runner
from seawall.graph.model import Place
from seawall.template import Address, Resource, Setting, Value, ValueStatus, refers_to

from ..registry import finisher
from ..walking import Spot, spots
from ..wiring import Wiring
from .naming import name_of
from .recording import names_at, reads, under

TASK_DEFINITION = "AWS::ECS::TaskDefinition"
SERVICE, UNVERSIONED, TASK, NOT_RUN = "ecs-service", "ecs-service-unversioned", "ecs-task", "ecs-task-definition"

reads(TASK_DEFINITION, "ContainerDefinitions[].Image", kind=SERVICE)


def runs(
    wiring: Wiring,
    resource: Resource,
    property_: str,
    value: Value,
    *,
    kind: str = TASK,
    desired: Setting[int] | None = None,
    conditions: tuple[str, ...] = (),
) -> None:
    """Note that `resource` starts tasks of the definition that `value`, found at `property_`, names."""
    binds = Binding.REVISION if kind == SERVICE else Binding.RUN
    for address, more in _definitions(wiring, resource, value):
        found = under(resource, conditions, more)
        runner = Runner(resource.site_id, Place(resource.address, property_), kind, binds, desired, found)
        runners = _runners(wiring).setdefault(address, [])
        if runner not in runners:
            runners.append(runner)


def _runners(wiring: Wiring) -> dict[Address, list[Runner]]:
    return wiring.kept("who runs task definitions", dict)


def _definitions(wiring: Wiring, resource: Resource, value: Value) -> Iterator[tuple[Address, tuple[str, ...]]]:
    """The task definitions that an ARN, a family or a family with its revision names."""
    for target in refers_to(wiring.app, wiring.template(resource), value):
        found = wiring.app.resource(target.address)
        if found is not None and found.type == TASK_DEFINITION:
            yield found.address, target.conditions
        elif found is None and target.literal:
            family = target.literal.rpartition("task-definition/")[2].replace("AWS::", "AWS..").partition(":")[0]
            for address in _of_family(wiring, resource, family.replace("AWS..", "AWS::")):
                yield address, target.conditions


def _of_family(wiring: Wiring, resource: Resource, family: str) -> list[Address]:
    families = wiring.once("families of task definitions", lambda: _families(wiring))
    found = families.get(family, [])
    return [address for address in found if address.template == resource.address.template] or found


def _families(wiring: Wiring) -> dict[str, list[Address]]:
    found: dict[str, list[Address]] = {}
    for resource in wiring.app.by_type.get(TASK_DEFINITION, ()):
        name = name_of(wiring.app, resource, "Family")
        if name is not None:
            found.setdefault(name, []).append(resource.address)
    return found


@finisher(order=50)
def containers(wiring: Wiring) -> None:
    """Every container of a task definition uses its image once for each thing that starts tasks."""
    for resource in wiring.app.by_type.get(TASK_DEFINITION, ()):
        for spot in spots(wiring.props(resource), "ContainerDefinitions[].Image"):
            for image in names_at(wiring, resource, spot):
                wiring.images.extend(_uses(wiring, resource, spot, image))


def _uses(wiring: Wiring, resource: Resource, spot: Spot, image: ImageName) -> Iterator[ImageUse]:
    place = Place(resource.address, spot.property)
    name = spot.around.text("Name").value
    consistency = _consistency(spot)
    conditions = under(resource, spot.conditions, image.conditions)
    runners = _runners(wiring).get(resource.address)
    if not runners:
        yield ImageUse(
            resource.site_id,
            NOT_RUN,
            place,
            image,
            Binding.UNKNOWN,
            place,
            resource.type,
            name,
            consistency=consistency,
            conditions=conditions,
        )
    for runner in runners or ():
        kind, binds = runner.kind, runner.binds
        if kind == SERVICE and not consistency.value:
            kind, binds = (SERVICE, Binding.UNKNOWN) if consistency.value is None else (UNVERSIONED, Binding.START)
        starter = wiring.app.resource(runner.place.address)
        yield ImageUse(
            runner.site,
            kind,
            place,
            image,
            binds,
            runner.place,
            starter.type if starter else "",
            name,
            runner.desired,
            consistency,
            conditions=tuple(dict.fromkeys((*runner.conditions, *conditions))),
        )


def _consistency(spot: Spot) -> Setting[bool]:
    """Version consistency of a container, which is on unless it is switched off."""
    found = spot.around.text("VersionConsistency", default="enabled")
    if found.value not in ("enabled", "disabled"):
        why = found.why or f"{found.value!r} is neither enabled nor disabled"
        return Setting(None, ValueStatus.UNKNOWN, found.property, why)
    return Setting(found.value == "enabled", found.status, found.property)
