"""Names in DNS at which something of the app answers: custom domains, distributions and records in front of it, names
of Cloud Map and of ECS Service Connect.

Sources (2026-11-30): https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html,
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from seawall.template import Address, Known, Props, Resource, Target, Value, concat, named_by_symbols

from .gaps import names_in
from .wiring import Wiring

_HOST = re.compile(r"(?:[a-z]+://)?([^/?#:]+)")
_DOMAINS = ("AWS::ApiGateway::DomainName", "AWS::ApiGateway::DomainNameV2", "AWS::ApiGatewayV2::DomainName")
_MAPPINGS: Mapping[str, str] = {
    "AWS::ApiGateway::BasePathMapping": "RestApiId",
    "AWS::ApiGateway::BasePathMappingV2": "RestApiId",
    "AWS::ApiGatewayV2::ApiMapping": "ApiId",
}
"""Types that put an API behind a domain, with the property that names the API."""
_DISTRIBUTION = "AWS::CloudFront::Distribution"
_LATTICE = "AWS::VpcLattice::Service"
_LISTENERS: Mapping[str, tuple[str, str]] = {
    "AWS::VpcLattice::Listener": ("ServiceIdentifier", "DefaultAction"),
    "AWS::VpcLattice::Rule": ("ServiceIdentifier", "Action"),
}
"""Types that say where a service of VPC Lattice forwards, with what they are of and where they say it."""
_REGISTERED = "AWS::ServiceDiscovery::Service"
_NAMESPACES = (
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::PublicDnsNamespace",
    "AWS::ServiceDiscovery::HttpNamespace",
)
_ECS = "AWS::ECS::Service"
_RECORD, _RECORDS = "AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup"


def behind(wiring: Wiring, target: Target, value: Value | None = None) -> Iterator[Resource]:
    """What of the app answers at a target's address: the resource that it names itself, or what stands behind a name
    in DNS. `value`: what was resolved to the target, where parameters in it are to stand for themselves.
    """
    relays = wiring.kept("names in DNS", lambda: _Relays(wiring))
    seen: set[Address] = set()
    pending = list(relays.at(target, value))
    while pending:
        address = pending.pop()
        if address in seen:
            continue
        seen.add(address)
        found = wiring.app.resource(address)
        if address in relays.leads:
            pending.extend(next_ for given, target_ in relays.leads[address] for next_ in relays.at(target_, given))
        elif found is not None:
            yield found


class _Relays:
    """Resources that only pass requests on: at which names they answer, and where they lead."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._hosts: dict[str, list[Address]] = {}
        self.leads: dict[Address, list[tuple[Value, Target]]] = {}
        """By relay: what it passes requests on to."""
        with wiring.app.reading.aside():
            self._read()

    def _read(self) -> None:
        wiring = self._wiring
        for type_ in _DOMAINS:
            for resource in wiring.app.by_type.get(type_, ()):
                self._add(resource, [wiring.props(resource).value("DomainName")], [])
        for type_, named in _MAPPINGS.items():
            for resource in wiring.app.by_type.get(type_, ()):
                props = wiring.props(resource)
                domain = props.value("DomainNameArn" if props.exists("DomainNameArn") else "DomainName")
                self._lead(resource, domain, [props.at(named)], "apigateway")
        for resource in wiring.app.by_type.get(_LATTICE, ()):
            self._add(resource, [wiring.props(resource).value("CustomDomainName")], [])
        for type_, (named, section) in _LISTENERS.items():
            for resource in wiring.app.by_type.get(type_, ()):
                props = wiring.props(resource)
                groups = props.items(section, "Forward", "TargetGroups")
                self._lead(resource, props.value(named), [item.props.at("TargetGroupIdentifier") for item in groups])
        for resource in wiring.app.by_type.get(_DISTRIBUTION, ()):
            config = wiring.props(resource).at("DistributionConfig")
            aliases = [item.props.value() for item in config.items("Aliases")]
            self._add(resource, aliases, [item.props.at("DomainName") for item in config.items("Origins")])
        for resource in wiring.app.by_type.get(_RECORD, ()):
            self._record(resource, wiring.props(resource))
        for resource in wiring.app.by_type.get(_REGISTERED, ()):
            props = wiring.props(resource)
            space = props.value(*(("NamespaceId",) if props.exists("NamespaceId") else ("DnsConfig", "NamespaceId")))
            self._add(resource, list(self._within(resource, props.value("Name"), space)), [])
        for resource in wiring.app.by_type.get(_ECS, ()):
            self._containers(resource, wiring.props(resource))
        for resource in wiring.app.by_type.get(_RECORDS, ()):
            for item in wiring.props(resource).items("RecordSets"):
                self._record(resource, item.props)

    def at(self, target: Target, value: Value | None = None) -> Iterator[Address]:
        """The resources that a target means: the one that it names, and those that answer at its host."""
        if target.address is not None:
            yield target.address
            return
        text = target.literal
        if value is not None and (text is None or "${?}" in text):
            text = named_by_symbols(value)
        if text is not None and "${?}" not in text:
            yield from next(filter(None, map(self._hosts.get, _names_of(_host(text)))), ())

    def _add(self, resource: Resource, names: list[Value], leads: list[Props]) -> None:
        for name in map(named_by_symbols, names):
            if name and "${?}" not in name:
                self._hosts.setdefault(_host(name), []).append(resource.address)
        found = self.leads.setdefault(resource.address, [])
        found += [each for lead in leads for each in self._named(resource, lead)]

    def _lead(self, resource: Resource, of: Value, leads: list[Props], service: str | None = None) -> None:
        """A resource says where another one leads."""
        for target in self._wiring.targets(resource, of):
            for address in self.at(target, of):
                if address in self.leads:
                    self.leads[address] += [each for lead in leads for each in self._named(resource, lead, service)]

    def _named(self, resource: Resource, lead: Props, service: str | None = None) -> Iterator[tuple[Value, Target]]:
        """What a property names; a host that is cut out of an address (`Fn::Select` of `Fn::Split`) is that of it."""
        value = lead.value()
        for target in self._wiring.targets(resource, value, service):
            yield value, target
            for name in names_in(lead.raw()) if target.address is None else ():
                yield value, Target(Address(resource.address.template, name))

    def _containers(self, resource: Resource, props: Props) -> None:
        """A service of ECS leads to its containers, by the names that it registers or that Service Connect gives it."""
        definition = [props.at("TaskDefinition")]
        for item in props.items("ServiceRegistries"):
            self._lead(resource, item.props.value("RegistryArn"), definition)
        connect = props.at("ServiceConnectConfiguration")
        names: list[Value] = []
        for item in connect.items("Services"):
            names += [each.props.value("DnsName") for each in item.props.items("ClientAliases")]
            found = item.props.value("DiscoveryName" if item.props.exists("DiscoveryName") else "PortName")
            names += self._within(resource, found, connect.value("Namespace"))
        if names:
            self._add(resource, names, definition)

    def _within(self, resource: Resource, name: Value, namespace: Value) -> Iterator[Value]:
        """A name within a namespace, which stands as a reference or by its own name."""
        for target in self._wiring.targets(resource, namespace):
            found = self._wiring.app.resource(target.address)
            if found is not None and found.type in _NAMESPACES:
                yield concat([name, Known("."), self._wiring.props(found).value("Name")])
            elif target.literal and ":" not in target.literal:
                yield concat([name, Known(f".{target.literal}")])

    def _record(self, resource: Resource, props: Props) -> None:
        names = [item.props for item in props.items("ResourceRecords")]
        self._add(resource, [props.value("Name")], [props.at("AliasTarget", "DNSName"), *names])


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
