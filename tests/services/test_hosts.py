"""Names in DNS at which something of the app answers."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.services.hosts import behind

from .conftest import Raw, Wire, ref, resource

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
        found.address.logical_id
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
