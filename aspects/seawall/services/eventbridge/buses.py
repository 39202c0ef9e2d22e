"""Amazon EventBridge event buses, the default bus among them, and the rules that listen on each.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-rule.html
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph.guards import Guard, Match
from seawall.graph.model import Place, Site
from seawall.graph.patterns import together
from seawall.template import Absent, Resource, Target, Template, alternatives

from ..conditions import under
from ..registry import Arrival, finisher, hops, receiver, sites
from ..wiring import Wiring
from .patterns import app_events, rule_pattern

BUS = "AWS::Events::EventBus"
RULE = "AWS::Events::Rule"
DEFAULT = "default"
_EXTERNAL = "external:"
_PUT = "putevents"


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
        for rule in wiring.app.by_type.get(RULE, ()):
            if _same_home(wiring.template(rule), template):
                for target in _buses(wiring, rule):
                    if _home_of(wiring, target, wiring.template(rule)) is not None:
                        _match(wiring, rule, site, target)
    return site


Listening = tuple[Resource, tuple[str, ...]]
"""A rule, and the conditions under which it listens."""


def rules_on(wiring: Wiring, sender: Resource, bus: Target) -> tuple[Listening, ...]:
    """Enabled rules with a pattern on the bus that `sender` calls `bus`."""
    home = _home_of(wiring, bus, wiring.template(sender))
    key = ("rules on", bus.address, home.key if home else None)
    return wiring.once(key, lambda: tuple(_listening(wiring, bus, home)))


def _listening(wiring: Wiring, bus: Target, home: Template | None) -> Iterator[Listening]:
    for rule in wiring.app.by_type.get(RULE, ()):
        if not enabled(wiring, rule) or not wiring.props(rule).exists("EventPattern"):
            continue
        for target in _buses(wiring, rule):
            if bus.address is not None:
                listens = target.address == bus.address
            else:
                own = _home_of(wiring, target, wiring.template(rule))
                listens = home is not None and own is not None and _same_home(own, home)
            if listens:
                yield rule, under(rule, target)


def is_default(wiring: Wiring, sender: Resource, bus: Target) -> bool:
    """Whether `sender` means a default bus of the analysed accounts by `bus`."""
    return _home_of(wiring, bus, wiring.template(sender)) is not None


def bus_of(wiring: Wiring, sender: Resource, target: Target) -> str | None:
    """The site at which events arrive that `sender` puts on the bus `target`."""
    home = _home_of(wiring, target, wiring.template(sender))
    return wiring.arrive(target, Arrival.ASYNC) if home is None else default_bus(wiring, home)


@finisher(order=90)
def events_to_default_bus(wiring: Wiring) -> None:
    """Events sent to a default bus by its ARN, or put on `default`, arrive there, whoever sends them."""
    for index, hop in enumerate(wiring.hops):
        name = hop.target.removeprefix(_EXTERNAL)
        if name == hop.target or (name == DEFAULT and not hop.kind.lower().endswith(_PUT)):
            continue
        home = _home_of(wiring, Target(None, literal=name), wiring.app.templates[hop.place.address.template])
        if home is not None:
            wiring.sites.pop(hop.target, None)
            wiring.hops[index] = replace(hop, target=default_bus(wiring, home))


def _match(wiring: Wiring, rule: Resource, site: str, target: Target) -> None:
    if not enabled(wiring, rule) or not wiring.props(rule).exists("EventPattern"):
        return
    pattern = rule_pattern(wiring, rule)
    if together((pattern, app_events())) is not Match.NO:
        wiring.hop(
            site,
            rule.site_id,
            "rule-match",
            Place(rule.address, "EventPattern"),
            conditions=under(rule, target),
            assumption="the event matches the rule's pattern",
            guard=Guard(pattern),
        )


def _buses(wiring: Wiring, rule: Resource) -> Iterator[Target]:
    """The bus that a rule listens on, one target per side of the conditions in its name."""
    value = wiring.props(rule).value("EventBusName")
    for leaf, conditions in alternatives(value):
        if isinstance(leaf, Absent):
            yield Target(None, literal=DEFAULT, conditions=conditions)
    yield from wiring.targets(rule, value, "events:event-bus")


def _home_of(wiring: Wiring, target: Target, template: Template) -> Template | None:
    """A template in the account and Region whose default bus `template` calls `target`; None if it is another bus."""
    name = target.literal or ""
    if target.address is not None or name == DEFAULT:
        return template if target.address is None else None
    home, _, last = name.replace("AWS::", "").rpartition(":")
    if last != f"event-bus/{DEFAULT}" or home.count(":") != 4:
        return None
    region, account = home.split(":")[3:]
    place = (
        template.region if region == "${Region}" else region,
        template.account if account == "${AccountId}" else account,
    )
    candidates = (template, *wiring.app.templates.values())
    return next((each for each in candidates if (each.region, each.account) == place), None)


def _same_home(one: Template, other: Template) -> bool:
    pairs = ((one.region, other.region), (one.account, other.account))
    return all(left is None or right is None or left == right for left, right in pairs)
