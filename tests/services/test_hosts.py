"""Names in DNS at which something of the app answers."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.services.hosts import behind

from .conftest import Raw, Wire, function, ref, resource
from .figures import attempts

API = resource("ApiGateway::RestApi", Name="a")
DOMAIN = resource("ApiGateway::DomainName", DomainName="api.example.com")
MAPPING = resource("ApiGateway::BasePathMapping", DomainName=ref("N"), RestApiId=ref("A"))
OWN_NAME = {"Fn::Sub": "${A}.execute-api.${AWS::Region}.amazonaws.com"}
DISTRIBUTION = resource("CloudFront::Distribution", DistributionConfig={
    "Aliases": ["www.example.com"], "Origins": [{"Id": "a", "DomainName": OWN_NAME}]})  # fmt: skip


def record(name: str, **leads: Any) -> Raw:
    return resource("Route53::RecordSet", Name=name, Type="A", **leads)


def answering(wire: Wire, address: Any, **resources: Raw) -> list[str]:
    """What answers at an address that a queue of the template has for a name."""
    wiring = wire({"A": API, "Q": resource("SQS::Queue", QueueName=address), **resources}, Parameters={
        "Zone": {"Type": "String"}})  # fmt: skip
    (queue,) = wiring.app.by_type["AWS::SQS::Queue"]
    value = wiring.props(queue).value("QueueName")
    return [
        found.resource.address.logical_id
        for target in wiring.targets(queue, value, "none")
        for found in behind(wiring, target, value)
    ]


@pytest.mark.parametrize(
    ("address", "resources"),
    [
        ({"Fn::Sub": "https://${A}.execute-api.${AWS::Region}.amazonaws.com/prod"}, {}),
        ("https://api.example.com/orders", {"N": DOMAIN, "M": MAPPING}),
        ("HTTPS://API.example.com:443/orders", {"N": DOMAIN, "M": MAPPING}),
        ({"Fn::Sub": "https://${N.RegionalDomainName}/orders"}, {"N": DOMAIN, "M": MAPPING}),
        ("https://api.example.com", {"N": DOMAIN, "M": resource(
            "ApiGateway::BasePathMapping", DomainName="api.example.com", RestApiId=ref("A"))}),
        ("https://api.example.com", {
            "N": resource("ApiGatewayV2::DomainName", DomainName="api.example.com"),
            "M": resource("ApiGatewayV2::ApiMapping", DomainName=ref("N"), ApiId=ref("A"), Stage="$default")}),
        ("https://other.example.com/x", {"N": DOMAIN, "M": MAPPING, "R": record(
            "other.example.com.", AliasTarget={"DNSName": {"Fn::GetAtt": ["N", "RegionalDomainName"]}})}),
        ("https://other.example.com/x", {"N": DOMAIN, "M": MAPPING, "R": record(
            "other.example.com", ResourceRecords=["api.example.com"])}),
        ("https://other.example.com/x", {"R": resource("Route53::RecordSetGroup", RecordSets=[
            {"Name": "other.example.com.", "ResourceRecords": [OWN_NAME]}])}),
        ("https://www.example.com/x", {"N": DISTRIBUTION}),
        ({"Fn::Sub": "https://${N.DomainName}/x"}, {"N": DISTRIBUTION}),
        ("https://www.example.com/x", {"N": resource("CloudFront::Distribution", DistributionConfig={
            "Aliases": ["www.example.com"], "Origins": [{"Id": "a", "DomainName": {"Fn::Select": [2, {"Fn::Split": [
                "/", {"Fn::Sub": "https://${A}.execute-api.${AWS::Region}.amazonaws.com/prod/"}]}]}}]})}),
        ("https://q.example.com/x", {
            "N": resource("ApiGateway::DomainName", DomainName="*.example.com"), "M": MAPPING}),
        ("https://api.example.com/x", {
            "N": DOMAIN, "M": MAPPING, "W": resource("ApiGateway::DomainName", DomainName="*.example.com"),
            "B": resource("ApiGateway::RestApi"), "O": resource(
                "ApiGateway::BasePathMapping", DomainName=ref("W"), RestApiId=ref("B"))}),
        ({"Fn::Sub": "https://api.${Zone}/x"}, {
            "N": resource("ApiGateway::DomainName", DomainName={"Fn::Sub": "api.${Zone}"}), "M": MAPPING}),
    ],
)  # fmt: skip
def test_what_stands_behind_a_name_is_found(wire: Wire, address: Any, resources: dict[str, Raw]) -> None:
    assert answering(wire, address, **resources) == ["A"]


@pytest.mark.parametrize(
    "resources",
    [
        {},
        {"N": DOMAIN},
        {"N": DOMAIN, "M": resource("ApiGateway::BasePathMapping", DomainName="other.com", RestApiId=ref("A"))},
        {"R": record("api.example.com", ResourceRecords=["10.0.0.1"])},
        {"R": record("api.example.com", ResourceRecords=["api.example.com"])},
        {"N": resource("ApiGateway::DomainName", DomainName="*.example.org"), "M": MAPPING},
    ],
)
def test_nothing_of_the_app_stands_behind_others(wire: Wire, resources: dict[str, Raw]) -> None:
    assert answering(wire, "https://api.example.com/x", **resources) == []


def test_that_a_name_is_not_known_is_no_gap(wire: Wire) -> None:
    named = resource("ApiGateway::DomainName", DomainName=ref("Zone"), RegionalCertificateArn=ref("Zone"))
    caller = resource("Events::ApiDestination", InvocationEndpoint="https://x.example.com", HttpMethod="POST")
    wiring = wire({"N": named, "M": MAPPING, "A": API, "C": caller}, Parameters={"Zone": {"Type": "String"}})
    assert {name for name, _ in wiring.app.reading.unresolved} == set()


def test_a_service_of_vpc_lattice_leads_to_its_groups(wire: Wire) -> None:
    forward = {"Forward": {"TargetGroups": [{"TargetGroupIdentifier": ref("G")}]}}
    found = answering(
        wire,
        {"Fn::Sub": "https://${S.DnsEntry.DomainName}/x"},
        S=resource("VpcLattice::Service", Name="s"),
        G=resource("VpcLattice::TargetGroup", Type="LAMBDA"),
        L=resource("VpcLattice::Listener", ServiceIdentifier=ref("S"), DefaultAction=forward),
        R=resource("VpcLattice::Rule", ServiceIdentifier=ref("S"), Action=forward),
    )
    assert found == ["G"]


def rest(of: str, calls: str) -> dict[str, Raw]:
    """An API whose only method calls a function."""
    called = f"${{{calls}.Arn}}"
    uri = {"Fn::Sub": f"arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{called}/invocations"}
    method = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri}
    return {
        of: resource("ApiGateway::RestApi", Name=of),
        f"{of}Method": resource("ApiGateway::Method", RestApiId=ref(of), HttpMethod="POST", Integration=method),
    }


SEVERAL = [
    {"N": DOMAIN, "M": MAPPING, "O": resource("ApiGateway::BasePathMapping", DomainName=ref("N"), RestApiId=ref("B"))},
    {
        "M": record("api.example.com", ResourceRecords=[OWN_NAME], Weight=1),
        "O": record("api.example.com", Weight=1, ResourceRecords=[{
            "Fn::Sub": "${B}.execute-api.${AWS::Region}.amazonaws.com"}]),
    },
]  # fmt: skip


@pytest.mark.parametrize("front", SEVERAL)
@pytest.mark.parametrize("caller", ["topic", "destination"])
def test_of_several_behind_one_name_a_request_reaches_one(wire: Wire, front: dict[str, Raw], caller: str) -> None:
    """Both functions are reached, one of them for an event: each runs as often as it would alone behind the name."""
    address = "https://api.example.com/x"
    sender = {
        "topic": {"T": resource("SNS::Topic"), "S": resource(
            "SNS::Subscription", TopicArn=ref("T"), Protocol="https", Endpoint=address)},
        "destination": {"T": resource("Events::Rule", EventPattern={"source": ["x"]}, Targets=[
            {"Id": "a", "Arn": {"Fn::GetAtt": ["D", "Arn"]}}]),
            "D": resource("Events::ApiDestination", InvocationEndpoint=address, HttpMethod="POST")},
    }[caller]  # fmt: skip
    both = {"F": function(), "G": function(), **rest("A", "F"), **rest("B", "G"), **sender}
    alone = attempts(wire, both | {"N": DOMAIN, "M": MAPPING}, "F")
    assert attempts(wire, both | front, "F") == attempts(wire, both | front, "G") == alone
    found = [hop for hop in wire(both | front).hops if hop.kind == "request"]
    assert sorted(hop.target for hop in found) == ["app/A", "app/B"]
    assert all(hop.assumption and hop.guard.options for hop in found)


SPACE = {"S": resource("ServiceDiscovery::PrivateDnsNamespace", Name="shop.local")}
REGISTERED = {**SPACE, "N": resource("ServiceDiscovery::Service", Name="orders", NamespaceId=ref("S"))}


def containers(**service: Any) -> dict[str, Raw]:
    return {"C": resource("ECS::TaskDefinition"), "V": resource("ECS::Service", TaskDefinition=ref("C"), **service)}


def registry(name: str = "N") -> dict[str, Raw]:
    return containers(ServiceRegistries=[{"RegistryArn": {"Fn::GetAtt": [name, "Arn"]}}])


def connected(namespace: Any, **service: Any) -> dict[str, Raw]:
    return containers(ServiceConnectConfiguration={"Enabled": True, "Namespace": namespace, "Services": [service]})


ALIAS = [{"Port": 80, "DnsName": "orders"}]


@pytest.mark.parametrize(
    ("address", "resources"),
    [
        ("http://orders.shop.local:8080/x", {**REGISTERED, **registry()}),
        ({"Fn::Sub": "http://${N.Name}.shop.local/x"}, {**REGISTERED, **registry()}),
        ("http://orders.shop.local", {**SPACE, **registry(), "N": resource(
            "ServiceDiscovery::Service", Name="orders", DnsConfig={"NamespaceId": ref("S")})}),
        ("http://orders:80/x", connected("shop", PortName="http", ClientAliases=ALIAS)),
        ("http://web.shop/x", connected("shop", PortName="http", DiscoveryName="web")),
        ("http://http.shop.local/x", {**SPACE, **connected({"Fn::GetAtt": ["S", "Arn"]}, PortName="http")}),
    ],
)  # fmt: skip
def test_a_service_of_ecs_leads_to_its_containers(wire: Wire, address: Any, resources: dict[str, Raw]) -> None:
    assert answering(wire, address, **resources) == ["C"]


@pytest.mark.parametrize(
    ("address", "resources"),
    [
        ("http://orders.other.local", {**REGISTERED, **registry()}),
        ("http://orders.shop.local", {**SPACE, **registry()}),
        ("http://orders.shop.local", {**REGISTERED, **containers()}),
        ("http://orders", connected("shop", PortName="orders")),
    ],
)
def test_another_name_leads_to_none(wire: Wire, address: Any, resources: dict[str, Raw]) -> None:
    assert "C" not in answering(wire, address, **resources)
