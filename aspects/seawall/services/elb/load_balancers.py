"""Application load balancers in front of functions. They wait for the answer and never retry.

Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html (read 2026-11-30),
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from seawall.graph.model import Place, Site
from seawall.template import Address, Item, Props, Resource, Target

from ..conditions import under
from ..endpoints import LISTENER as LISTENER_KIND
from ..endpoints import Choice, by_owner, chooser
from ..registry import Arrival, hops, receiver, sites
from ..requests import Glob, Method, Port, Test, Way, chosen, undecided, weighted
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
                wiring.hop(
                    site, found.site_id, LISTENER_KIND, place, awaits=True, conditions=conditions, alternative=True
                )


def _forwarded(props: Props) -> Iterator[tuple[Item, Props]]:
    for section in ("DefaultActions", "Actions"):
        for action in props.items(section):
            several = weighted(action.props.items("ForwardConfig", "TargetGroups"))
            groups = [item.props.at("TargetGroupArn") for item in several]
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


_LAST = 1_000_000
"""Order of a listener's default actions; priorities of rules are lower."""
_REDIRECT = "redirect"
_Ends: TypeAlias = "tuple[str, ...] | None"
"""The groups that a rule forwards to; None: it redirects."""
_DECIDED: Mapping[str, str] = {
    "path-pattern": "PathPatternConfig",
    "host-header": "HostHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
}
"""Conditions that a request's address and method decide."""


@chooser(BALANCER)
def rules(wiring: Wiring, resource: Resource) -> Choice:
    """The groups that the rules of a load balancer's listeners lead a request to."""
    ways: list[Way[_Ends]] = []
    for listener in _listeners_of(wiring, resource):
        port = (Port(wiring.props(listener).integer("Port").value),)
        for rule in (*_rules_of(wiring, listener), listener):
            props = wiring.props(rule)
            priority = props.integer("Priority").value or 0 if rule is not listener else _LAST
            ways.append(Way(_ends(wiring, rule), (priority,), (*port, *_tests(props)), listener.site_id))
    return lambda arriving: _groups(chosen(ways, arriving.request))


def _groups(found: Collection[_Ends]) -> Collection[str] | None:
    if None in found:  # a redirect sends it to another listener, or elsewhere
        return None
    return {group for groups in found for group in groups or ()}


def _listeners_of(wiring: Wiring, balancer: Resource) -> Sequence[Resource]:
    found = by_owner(wiring, LISTENER, lambda each: (named.address for named in _balancers(wiring, each)))
    return found.get(balancer.address, ())


def _rules_of(wiring: Wiring, listener: Resource) -> Sequence[Resource]:
    def listeners(rule: Resource) -> Iterator[Address | None]:
        yield from (target.address for target in wiring.targets(rule, wiring.props(rule).value("ListenerArn")))

    return by_owner(wiring, LISTENER_RULE, listeners).get(listener.address, ())


def _ends(wiring: Wiring, rule: Resource) -> _Ends:
    props = wiring.props(rule)
    types = {item.props.text("Type").value for name in ("DefaultActions", "Actions") for item in props.items(name)}
    if _REDIRECT in types:
        return None
    named = [target for _, group in _forwarded(props) for target in wiring.targets(rule, group.value())]
    groups = [wiring.app.resource(target.address) for target in named]
    return tuple(group.site_id for group in groups if group is not None)


def _tests(props: Props) -> Iterator[Test]:
    for item in props.items("Conditions"):
        kind = item.props.text("Field").value or ""
        config = _DECIDED.get(kind)
        if config is None or item.props.exists("RegexValues") or item.props.exists(config, "RegexValues"):
            yield undecided
            continue
        values = [*item.props.items("Values"), *item.props.items(config, "Values")]
        texts = [each.props.text().value for each in values]
        known = tuple(text for text in texts if text is not None)
        if len(known) < len(texts) or not texts:
            yield undecided
        elif kind == "http-request-method":
            yield Method(tuple(text.upper() for text in known))
        else:
            yield Glob(known, of_host=kind == "host-header")
