"""Amazon EventBridge event buses, the default bus among them, and the rules that listen on each.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-rule.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seawall.template import Absent, Resource, Target, Template, alternatives

from .conditions import under
from .event_patterns import lets_app_events_in
from .model import Place, Site
from .registry import Arrival, finisher, hops, receiver, sites
from .wiring import Wiring

BUS = "AWS::Events::EventBus"
RULE = "AWS::Events::Rule"
DEFAULT = "default"
_EXTERNAL = "external:"


@sites(BUS)
def bus(wiring: Wiring, resource: Resource) -> None:
    """A bus is a site that events pass."""
    wiring.site(Site(resource.site_id, "bus", Place(resource.address)))


@receiver(BUS)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Events arrive at the bus itself."""
    return resource.site_id


def enabled(wiring: Wiring, rule: Resource) -> bool:
    """Whether the rule acts."""
    return wiring.props(rule).text("State", default="ENABLED").value != "DISABLED"


@hops(RULE)
def rule_on_bus(wiring: Wiring, resource: Resource) -> None:
    """A rule receives the events of its bus; rules on the default bus wait until something sends there."""
    for target in _buses(wiring, resource):
        if target.address is not None:
            site = wiring.arrive(target, Arrival.ASYNC)
            if site is not None:
                _match(wiring, resource, site, target)
        elif target.literal is None:
            wiring.unknown(resource, "EventBusName", target.why)


def default_bus(wiring: Wiring, template: Template) -> str:
    """The site of the default bus that `template` means, made with its rules when something first sends there."""
    homes = {(each.account, each.region) for each in wiring.app.templates.values()}
    home = "/".join(part for part in (template.account, template.region) if part)
    site = f"default event bus of {home}" if home and len(homes) > 1 else "default event bus"
    if site not in wiring.sites:
        wiring.site(Site(site, "bus"))
        for resource in wiring.app.by_type.get(RULE, ()):
            for target in _buses(wiring, resource):
                if is_default(target, wiring.template(resource)) and _same_home(wiring.template(resource), template):
                    _match(wiring, resource, site, target)
    return site


def is_default(target: Target, template: Template) -> bool:
    """Whether `target`, a bus that `template` names, is the default bus there."""
    return target.address is None and _is_default(target.literal or "", template)


@finisher(order=90)
def events_to_default_bus(wiring: Wiring) -> None:
    """Events sent to the default bus by its name or ARN arrive there, whoever sends them."""
    for index, hop in enumerate(wiring.hops):
        template = wiring.app.templates[hop.place.address.template]
        if hop.target.startswith(_EXTERNAL) and _is_default(hop.target.removeprefix(_EXTERNAL), template):
            wiring.sites.pop(hop.target, None)
            wiring.hops[index] = replace(hop, target=default_bus(wiring, template))


def _match(wiring: Wiring, rule: Resource, site: str, target: Target) -> None:
    pattern = wiring.props(rule).at("EventPattern")
    if enabled(wiring, rule) and pattern.exists() and lets_app_events_in(pattern):
        wiring.hop(
            site,
            rule.site_id,
            "rule-match",
            Place(rule.address, "EventPattern"),
            conditions=under(rule, target),
            assumption="the event matches the rule's pattern",
        )


def _buses(wiring: Wiring, rule: Resource) -> Iterator[Target]:
    """The bus that a rule listens on, one target per side of the conditions in its name."""
    value = wiring.props(rule).value("EventBusName")
    for leaf, conditions in alternatives(value):
        if isinstance(leaf, Absent):
            yield Target(None, literal=DEFAULT, conditions=conditions)
    yield from wiring.targets(rule, value, "events:event-bus")


def _is_default(name: str, template: Template) -> bool:
    if name == DEFAULT:
        return True
    home, _, last = name.replace("AWS::", "").rpartition(":")
    if last != f"event-bus/{DEFAULT}" or home.count(":") != 4:
        return False
    region, account = home.split(":")[3:]
    return region in ("${Region}", template.region) and account in ("${AccountId}", template.account)


def _same_home(one: Template, other: Template) -> bool:
    pairs = ((one.region, other.region), (one.account, other.account))
    return all(left is None or right is None or left == right for left, right in pairs)
