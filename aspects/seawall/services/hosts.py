"""Names in DNS at which something of the app answers: custom domains, distributions and records in front of it, names
of Cloud Map and of ECS Service Connect.

Sources (2026-11-30): https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-mode.html,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html,
https://docs.aws.amazon.com/vpc-lattice/latest/ug/listeners.html,
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html,
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from seawall.template import Address, Item, Known, Props, Resource, Target, Value, concat, named_by_symbols

from .gaps import names_in
from .requests import Begins, Glob, Method, Request, Test, Way, chosen, parts_of, undecided, weighted
from .wiring import Wiring

_HOST = re.compile(r"(?:[a-z]+://)?([^/?#:]+)")
_DOMAINS = ("AWS::ApiGateway::DomainName", "AWS::ApiGateway::DomainNameV2", "AWS::ApiGatewayV2::DomainName")
_MAPPINGS: Mapping[str, tuple[str, str]] = {
    "AWS::ApiGateway::BasePathMapping": ("RestApiId", "BasePath"),
    "AWS::ApiGateway::BasePathMappingV2": ("RestApiId", "BasePath"),
    "AWS::ApiGatewayV2::ApiMapping": ("ApiId", "ApiMappingKey"),
}
"""Types that put an API behind a domain, with the properties that name the API and the path."""
_NO_PATH = "(none)"
_ROUTING_RULE = "AWS::ApiGatewayV2::RoutingRule"
_RULES_ONLY = "ROUTING_RULE_ONLY"
_DISTRIBUTION = "AWS::CloudFront::Distribution"
_LATTICE = "AWS::VpcLattice::Service"
_LISTENERS: Mapping[str, tuple[str, str]] = {
    "AWS::VpcLattice::Listener": ("ServiceIdentifier", "DefaultAction"),
    "AWS::VpcLattice::Rule": ("ServiceIdentifier", "Action"),
}
"""Types that say where a service of VPC Lattice forwards, with what they are of and where they say it."""
_LAST = 1_000_000
"""Order of what is taken where nothing else matches; priorities of rules are lower."""
_REGISTERED = "AWS::ServiceDiscovery::Service"
_NAMESPACES = (
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::PublicDnsNamespace",
    "AWS::ServiceDiscovery::HttpNamespace",
)
_ECS = "AWS::ECS::Service"
_RECORD, _RECORDS = "AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup"


class Answering(Struct, frozen=True):
    """Something of the app that answers a request."""

    resource: Resource
    request: Request | None = None
    """As it arrives there; None where nothing of it is known."""
    staged: bool = False
    """What stands before it has chosen the stage of an API, which the path does not name then."""
    written: str = ""
    """What its caller writes; empty where there was nothing to be read."""


class _Lead(Struct, frozen=True):
    """Where a relay passes a request on to."""

    value: Value
    target: Target
    before: tuple[str, ...] = ()
    """Parts that it puts before the path."""
    without: int | None = 0
    """Parts at the beginning of the path that it leaves out; None: not known."""
    relayed: bool = False
    """It sends a request of its own."""
    staged: bool = False

    def passed(self, request: Request | None) -> Request | None:
        """The request as it is passed on."""
        if request is None or self.without is None:
            return None
        return request.relayed(self.before) if self.relayed else request.below(self.without)


class _Relay:
    """A resource, or a record among several, that only passes requests on."""

    def __init__(self, weight: int | None = None, mode: str = "") -> None:
        self.ways: list[Way[_Lead]] = []
        self.weight = weight
        """Of a record; 0: no request, where others have more."""
        self.mode = mode
        """Of a custom domain: what chooses."""


def behind(
    wiring: Wiring, target: Target, value: Value | None = None, request: Request | None = None
) -> Iterator[Answering]:
    """What of the app answers at a target's address: the resource that it names itself, or what stands behind a name
    in DNS. `value`: what was resolved to the target, where parameters in it are to stand for themselves. Of several
    the one that `request` comes to, as far as it tells.
    """
    relays = wiring.kept("names in DNS", lambda: _Relays(wiring))
    seen: set[tuple[Address | _Relay, Request | None, bool]] = set()
    pending = [(found, request, False) for found in relays.at(target, value)]
    while pending:
        found, now, staged = pending.pop()
        if (found, now, staged) in seen:
            continue
        seen.add((found, now, staged))
        if isinstance(found, _Relay):
            for lead in chosen(found.ways, now):
                pending += [(end, lead.passed(now), lead.staged) for end in relays.at(lead.target, lead.value)]
        elif (resource := wiring.app.resource(found)) is not None:
            yield Answering(resource, now, staged, request.written if request is not None else "")


class _Relays:
    """What only passes requests on: at which names it answers, and where it leads."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._hosts: dict[str, list[_Relay]] = {}
        self._relays: dict[Address, _Relay] = {}
        with wiring.app.reading.aside():
            self._read()

    def _read(self) -> None:
        for type_ in _DOMAINS:
            for resource, props in self._of(type_):
                relay = _Relay(mode=props.text("RoutingMode").value or "")
                self._add(relay, [props.value("DomainName")], resource.address)
        for type_, (api, path) in _MAPPINGS.items():
            for resource, props in self._of(type_):
                self._mapping(resource, props, props.at(api), props.at(path))
        for resource, props in self._of(_ROUTING_RULE):
            self._routing_rule(resource, props)
        for resource, props in self._of(_LATTICE):
            self._add(_Relay(), [props.value("CustomDomainName")], resource.address)
        for type_, (named, section) in _LISTENERS.items():
            for resource, props in self._of(type_):
                self._listener(resource, props, props.value(named), section)
        for resource, props in self._of(_DISTRIBUTION):
            config = props.at("DistributionConfig")
            relay = _Relay()
            self._add(relay, [item.props.value() for item in config.items("Aliases")], resource.address)
            self._distribution(relay, resource, config)
        for resource, props in self._of(_RECORD):
            self._record(resource, props, resource.address)
        for resource, props in self._of(_REGISTERED):
            space = props if props.exists("NamespaceId") else props.at("DnsConfig")
            names = list(self._within(resource, props.value("Name"), space.value("NamespaceId")))
            self._add(_Relay(), names, resource.address)
        for resource, props in self._of(_ECS):
            self._containers(resource, props)
        for resource, props in self._of(_RECORDS):
            for item in props.items("RecordSets"):
                self._record(resource, item.props)

    def _of(self, type_: str) -> Iterator[tuple[Resource, Props]]:
        for resource in self._wiring.app.by_type.get(type_, ()):
            yield resource, self._wiring.props(resource)

    def at(self, target: Target, value: Value | None = None) -> Iterator[Address | _Relay]:
        """What a target means: the relay or resource that it names, or the relays that answer at its host."""
        if target.address is not None:
            yield self._relays.get(target.address, target.address)
            return
        text = target.literal
        if value is not None and (text is None or "${?}" in text):
            text = named_by_symbols(value)
        if text is not None and "${?}" not in text:
            found = next(filter(None, map(self._hosts.get, _names_of(_host(text)))), [])
            yield from [each for each in found if each.weight != 0] or found

    def _add(self, relay: _Relay, names: Sequence[Value], address: Address | None = None) -> None:
        for name in map(named_by_symbols, names):
            if name and "${?}" not in name:
                self._hosts.setdefault(_host(name), []).append(relay)
        if address is not None:
            self._relays[address] = relay

    def _behind(self, resource: Resource, of: Value) -> Iterator[_Relay]:
        """The relays that a resource says something about."""
        for target in self._wiring.targets(resource, of):
            yield from (each for each in self.at(target, of) if isinstance(each, _Relay))

    def _mapping(self, resource: Resource, props: Props, api: Props, path: Props) -> None:
        base = path.text(default="")
        parts = parts_of("" if base.value in (None, _NO_PATH) else base.value)
        tests: tuple[Test, ...] = (undecided,) if base.value is None else (Begins(parts),)
        without = None if base.value is None else len(parts)
        for relay in self._behind(resource, props.either("DomainNameArn", "DomainName").value()):
            for value, target in self._named(resource, api, "apigateway") if relay.mode != _RULES_ONLY else ():
                lead = _Lead(value, target, without=without, staged=True)
                relay.ways.append(Way(lead, (1, -len(parts)), tests))

    def _routing_rule(self, resource: Resource, props: Props) -> None:
        """One that a domain heeds: rules are asked before mappings, in the order of their priority."""
        order = (0, props.integer("Priority").value or 0)
        invoked = [item.props.at("InvokeApi") for item in props.items("Actions")]
        for relay in self._behind(resource, props.value("DomainNameArn")):
            for section in invoked if "ROUTING_RULE" in relay.mode else ():
                strips = section.flag("StripBasePath").value is True
                for value, target in self._named(resource, section.at("ApiId"), "apigateway"):
                    for bases, tests in _conditions(props):
                        lead = _Lead(value, target, without=len(bases) if strips else 0, staged=True)
                        relay.ways.append(Way(lead, order, tests))

    def _listener(self, resource: Resource, props: Props, of: Value, section: str) -> None:
        """A listener of VPC Lattice, or one of its rules."""
        own = section == "DefaultAction"
        listeners = [resource.site_id] if own else self._listeners_of(resource, props)
        order = (_LAST,) if own else (props.integer("Priority").value or 0,)
        tests = () if own else _lattice_tests(props.at("Match", "HttpMatch"))
        relays = list(self._behind(resource, of))
        for item in weighted(props.items(section, "Forward", "TargetGroups")):
            for value, target in self._named(resource, item.props.at("TargetGroupIdentifier")):
                for relay in relays:
                    relay.ways += [Way(_Lead(value, target), order, tests, group) for group in listeners]

    def _listeners_of(self, resource: Resource, props: Props) -> list[str]:
        targets = self._wiring.targets(resource, props.value("ListenerIdentifier"))
        named = [self._wiring.app.resource(target.address) for target in targets]
        found = [each.site_id for each in named if each is not None]
        return found or [str(target.address or target.literal) for target in targets]

    def _distribution(self, relay: _Relay, resource: Resource, config: Props) -> None:
        """The first cache behaviour whose pattern fits the path, or the default one."""
        origins: dict[str, list[Props]] = {}
        for item in config.items("Origins"):
            origins.setdefault(item.props.text("Id").value or "", []).append(item.props)
        for group in config.items("OriginGroups", "Items"):
            for member in group.props.items("Members", "Items"):
                name = group.props.text("Id").value or ""
                origins.setdefault(name, []).extend(origins.get(member.props.text("OriginId").value or "", ()))
        patterns = [(item.props, _path_of(item)) for item in config.items("CacheBehaviors")]
        behaviours: list[tuple[Props, tuple[Test, ...]]] = [
            *((props, (undecided,) if pattern is None else (Glob((pattern,)),)) for props, pattern in patterns),
            (config.at("DefaultCacheBehavior"), ()),
        ]
        for number, (behaviour, tests) in enumerate(behaviours):
            named = behaviour.text("TargetOriginId").value
            leading = origins.get(named or "") or [each for several in origins.values() for each in several]
            for origin in leading:
                before = parts_of(origin.text("OriginPath", default="").value or "")
                for value, target in self._named(resource, origin.at("DomainName")):
                    relay.ways.append(Way(_Lead(value, target, before, relayed=True), (number,), tests))

    def _named(self, resource: Resource, lead: Props, service: str | None = None) -> Iterator[tuple[Value, Target]]:
        """What a property names; a host that is cut out of an address (`Fn::Select` of `Fn::Split`) is that of it."""
        value = lead.value()
        for target in self._wiring.targets(resource, value, service):
            yield value, target
            for name in names_in(lead.raw()) if target.address is None else ():
                yield value, Target(Address(resource.address.template, name))

    def _containers(self, resource: Resource, props: Props) -> None:
        """A service of ECS leads to its containers, by the names that it registers or that Service Connect gives it."""
        leads = [_Lead(value, target) for value, target in self._named(resource, props.at("TaskDefinition"))]
        for item in props.items("ServiceRegistries"):
            for relay in self._behind(resource, item.props.value("RegistryArn")):
                relay.ways += [Way(lead, ()) for lead in leads]
        connect = props.at("ServiceConnectConfiguration")
        names: list[Value] = []
        for item in connect.items("Services"):
            names += [each.props.value("DnsName") for each in item.props.items("ClientAliases")]
            found = item.props.either("DiscoveryName", "PortName").value()
            names += self._within(resource, found, connect.value("Namespace"))
        if names:
            own = _Relay()
            own.ways += [Way(lead, ()) for lead in leads]
            self._add(own, names, resource.address)

    def _within(self, resource: Resource, name: Value, namespace: Value) -> Iterator[Value]:
        """A name within a namespace, which stands as a reference or by its own name."""
        for target in self._wiring.targets(resource, namespace):
            found = self._wiring.app.resource(target.address)
            if found is not None and found.type in _NAMESPACES:
                yield concat([name, Known("."), self._wiring.props(found).value("Name")])
            elif target.literal and ":" not in target.literal:
                yield concat([name, Known(f".{target.literal}")])

    def _record(self, resource: Resource, props: Props, address: Address | None = None) -> None:
        relay = _Relay(props.integer("Weight").value)
        self._add(relay, [props.value("Name")], address)
        names = [item.props for item in props.items("ResourceRecords")]
        for lead in (props.at("AliasTarget", "DNSName"), *names):
            relay.ways += [Way(_Lead(value, target), ()) for value, target in self._named(resource, lead)]


def _conditions(props: Props) -> Iterator[tuple[tuple[str, ...], tuple[Test, ...]]]:
    """The paths that a routing rule matches, each with what else has to hold."""
    conditions = props.items("Conditions")
    headers: tuple[Test, ...] = tuple(undecided for item in conditions if item.props.exists("MatchHeaders"))
    bases = [each for item in conditions for each in item.props.items("MatchBasePaths", "AnyOf")]
    for each in bases:
        text = each.props.text().value
        parts = parts_of(text or "")
        yield parts, (*headers, undecided if text is None else Begins(parts))
    if not bases:
        yield (), headers


def _lattice_tests(match: Props) -> tuple[Test, ...]:
    method = match.text("Method").value
    tests: list[Test] = [Method((method.upper(),))] if method else []
    for name, after in (("Exact", ""), ("Prefix", "*")):
        if match.exists("PathMatch", "Match", name):
            text = match.text("PathMatch", "Match", name).value
            tests.append(undecided if text is None else Glob((text + after,)))
    if match.exists("HeaderMatches"):
        tests.append(undecided)
    return tuple(tests)


def _path_of(item: Item) -> str | None:
    text = item.props.text("PathPattern").value
    return None if text is None else "/" + text.removeprefix("/")


def _names_of(host: str) -> Iterator[str]:
    """The names that a host may answer under, the nearest one first: its own, and those with an asterisk.

    >>> list(_names_of("a.b.com"))
    ['a.b.com', '*.b.com', '*.com']
    """
    yield host
    while host:
        host = host.partition(".")[2]
        if host:
            yield f"*.{host}"


def _host(text: str) -> str:
    """The name of a host in an address, without the dot that a record may end with.

    >>> _host("https://api.example.com:443/x"), _host("API.example.com.")
    ('api.example.com', 'api.example.com')
    """
    found = _HOST.match(text.lower())
    return (found[1] if found else "").removesuffix(".")
