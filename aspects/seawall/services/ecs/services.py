"""Amazon ECS services behind load balancers: requests reach the containers of their task definition. Nobody retries.

A service that starts tasks for its own upkeep sends no event; what its containers read is told with their definition.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import Place, Site
from seawall.template import Props, Resource, Target

from ..conditions import under
from ..elb.load_balancers import GROUP
from ..registry import hops, sites
from ..wiring import Wiring
from .tasks import SERVICE, definition_of


@sites(SERVICE)
def balanced(wiring: Wiring, resource: Resource) -> None:
    """The target groups of a service are sites that requests pass."""
    for _, found, _ in _groups(wiring, resource):
        wiring.site(Site(found.site_id, "target-group", Place(found.address)))


@hops(SERVICE)
def requests(wiring: Wiring, resource: Resource) -> None:
    """Requests to a target group reach the containers of the service."""
    definition = definition_of(wiring, resource)
    if definition is not None:
        for named, found, target in _groups(wiring, resource):
            place, conditions = Place(resource.address, named.property), under(resource, target)
            wiring.hop(found.site_id, definition.site_id, "load-balancer", place, awaits=True, conditions=conditions)


def _groups(wiring: Wiring, resource: Resource) -> Iterator[tuple[Props, Resource, Target]]:
    for balancer in wiring.props(resource).items("LoadBalancers"):
        named = balancer.props.at("TargetGroupArn")
        for target in wiring.targets(resource, named.value()):
            found = wiring.app.resource(target.address)
            if found is not None and found.type == GROUP:
                yield named, found, target
