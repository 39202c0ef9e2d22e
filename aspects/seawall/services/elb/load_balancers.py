"""Application load balancers in front of functions. They wait for the answer and never retry.

Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import Place, Site
from seawall.template import Item, Props, Resource, Target

from ..conditions import under
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring

GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"


@sites(GROUP)
def group(wiring: Wiring, resource: Resource) -> None:
    """A target group of functions is a site that requests pass."""
    if wiring.props(resource).text("TargetType").value == "lambda":
        wiring.site(Site(resource.site_id, "target-group", Place(resource.address)))


@receiver(BALANCER)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Requests arrive at the balancer, a site once something is known to pass it."""
    return _balancer(wiring, resource)


@receiver(LISTENER)
def arrives_at_listener(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """A listener stands for its balancer."""
    return next((_balancer(wiring, balancer) for balancer in _balancers(wiring, resource)), None)


@hops(GROUP)
def functions(wiring: Wiring, resource: Resource) -> None:
    """Requests to a target group reach its function."""
    if resource.site_id not in wiring.sites:
        return
    for item in wiring.props(resource).items("Targets"):
        named = item.props.at("Id")
        for site, target in wiring.receivers(resource, named.property, named.value(), Arrival.SYNC, "lambda"):
            place = Place(resource.address, named.property)
            wiring.hop(
                resource.site_id, site, "load-balancer", place, awaits=True, conditions=under(resource, item, target)
            )


@hops(LISTENER, LISTENER_RULE)
def forwards(wiring: Wiring, resource: Resource) -> None:
    """A load balancer sends a request to one of the groups that its listeners name."""
    balancers = list(_balancers(wiring, resource))
    for item, named in _forwarded(wiring.props(resource)):
        for target in wiring.targets(resource, named.value()):
            found = wiring.app.resource(target.address)
            if found is None or found.type != GROUP or found.site_id not in wiring.sites:
                continue  # requests to servers and containers start nothing that is followed
            for balancer in balancers:
                site = _balancer(wiring, balancer)
                place = Place(resource.address, named.property)
                conditions = under(resource, item, target)
                wiring.hop(site, found.site_id, "listener", place, awaits=True, conditions=conditions, alternative=True)


def _forwarded(props: Props) -> Iterator[tuple[Item, Props]]:
    for section in ("DefaultActions", "Actions"):
        for action in props.items(section):
            groups = [item.props.at("TargetGroupArn") for item in action.props.items("ForwardConfig", "TargetGroups")]
            for named in groups or [action.props.at("TargetGroupArn")]:
                yield action, named


def _balancers(wiring: Wiring, resource: Resource) -> Iterator[Resource]:
    name = "LoadBalancerArn" if resource.type == LISTENER else "ListenerArn"
    for target in wiring.targets(resource, wiring.props(resource).value(name)):
        found = wiring.app.resource(target.address)
        if found is not None and found.type == LISTENER and resource.type == LISTENER_RULE:
            yield from _balancers(wiring, found)
        elif found is not None and found.type == BALANCER:
            yield found


def _balancer(wiring: Wiring, resource: Resource) -> str:
    return wiring.site(Site(resource.site_id, "load-balancer", Place(resource.address)))
