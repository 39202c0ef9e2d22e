"""Amazon API Gateway: REST, HTTP and WebSocket APIs, and what they call. An API never retries.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-types.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from seawall.graph.guards import Event
from seawall.graph.model import CLASSES, GapKind, Place, Site
from seawall.template import Props, Resource, Target, Unknown, located_document

from ..conditions import under
from ..endpoints import JUDGE, ROUTE, endpoint
from ..ends import unheard
from ..eventbridge.buses import bus_of
from ..registry import Arrival, hops, receiver, sites
from ..requests import meant, requested
from ..sdk_calls import BUSES
from ..wiring import Wiring
from .integrations import SERVICE, URL, IntegrationCall, function_calls, integration_calls

REST = "AWS::ApiGateway::RestApi"
HTTP = "AWS::ApiGatewayV2::Api"
_FILE = "BodyS3Location"
_INTEGRATION = "x-amazon-apigateway-integration"
_METHODS = frozenset(
    {"get", "put", "post", "delete", "options", "head", "patch", "trace", "x-amazon-apigateway-any-method"}
)
"""What a path of an OpenAPI document holds besides these (parameters, servers, a summary) calls nothing."""
_ORIGIN = re.compile(r"https?://[^/?#]+")
_AUTHORIZER = "x-amazon-apigateway-authorizer"


@sites(REST, HTTP)
def api(wiring: Wiring, resource: Resource) -> None:
    """An API is one site, whatever its routes: where requests come in."""
    wiring.site(Site(resource.site_id, "api", Place(resource.address)))


@receiver(REST, HTTP)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Requests arrive at the API itself."""
    return resource.site_id


@hops("AWS::ApiGateway::Method")
def method(wiring: Wiring, resource: Resource) -> None:
    """A REST API's method calls what its integration names."""
    _of_api(wiring, resource, "RestApiId", integration_calls(wiring.props(resource).at("Integration")))


@hops("AWS::ApiGatewayV2::Integration")
def integration(wiring: Wiring, resource: Resource) -> None:
    """An integration of an HTTP or WebSocket API."""
    _of_api(wiring, resource, "ApiId", integration_calls(wiring.props(resource)))


@hops("AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer")
def authorizer(wiring: Wiring, resource: Resource) -> None:
    """An API asks its authorizer before it answers."""
    of = "RestApiId" if resource.type == "AWS::ApiGateway::Authorizer" else "ApiId"
    _of_api(wiring, resource, of, function_calls(wiring.props(resource).at("AuthorizerUri")), JUDGE)


@hops(REST, HTTP)
def own_calls(wiring: Wiring, resource: Resource) -> None:
    """What the API itself declares: a quick-create target, or integrations in an OpenAPI document."""
    props = wiring.props(resource)
    document = _in_file(wiring, resource) if props.exists(_FILE) else props.at("Body")
    if isinstance(paths := document.value("paths"), Unknown):
        wiring.unknown(resource, "Body.paths", paths.why)
    _calls(wiring, resource, resource.site_id, function_calls(props.at("Target")))
    _calls(wiring, resource, resource.site_id, _in_document(document))
    _calls(wiring, resource, resource.site_id, _authorizers(document), JUDGE)


def _in_file(wiring: Wiring, resource: Resource) -> Props:
    """The OpenAPI document in a file beside the template or among the assembly's assets."""
    found = located_document(wiring.app, resource, _FILE)
    if isinstance(found, Unknown):
        wiring.unknown(resource, _FILE, found.why, what=GapKind.FILE)
    body = {} if isinstance(found, Unknown) else found
    return Props.of(wiring.app, replace(resource, properties={_FILE: body})).at(_FILE)


def _in_document(document: Props) -> Iterator[IntegrationCall]:
    shared = document.at("components", "x-amazon-apigateway-integrations")
    for _, path in document.mapping("paths"):
        for name, operation in path.mapping():
            if name not in _METHODS:
                continue
            named = operation.text(_INTEGRATION, "$ref").value
            yield from integration_calls(shared.at(named.rpartition("/")[2]) if named else operation.at(_INTEGRATION))


def _authorizers(document: Props) -> Iterator[IntegrationCall]:
    for section in (document.at("components", "securitySchemes"), document.at("securityDefinitions")):
        for _, scheme in section.mapping():
            yield from function_calls(scheme.at(_AUTHORIZER, "authorizerUri"))


def _of_api(
    wiring: Wiring, resource: Resource, property_: str, calls: Iterable[IntegrationCall], kind: str = ROUTE
) -> None:
    calls = tuple(calls)
    for target in wiring.targets(resource, wiring.props(resource).value(property_), "apigateway"):
        site = wiring.arrive(target, Arrival.SYNC)
        if site is None:
            wiring.unknown(resource, property_, target.why or "is no API")
        else:
            _calls(wiring, resource, site, calls, kind, target)


def _calls(
    wiring: Wiring,
    resource: Resource,
    site: str,
    calls: Iterable[IntegrationCall],
    kind: str = ROUTE,
    *of: Target,
) -> None:
    for call in calls:
        for target in wiring.targets(resource, call.target, call.naming):
            called, event = _called(wiring, resource, call, target)
            if called is None:
                wiring.unknown(resource, call.property, unheard(wiring, target))
                continue
            if call.caller_decides:
                wiring.may_be_asynchronous.add(called)
            wiring.hop(
                site,
                called,
                kind,
                Place(resource.address, call.property),
                awaits=call.arrival is Arrival.SYNC,
                shows=dict.fromkeys(CLASSES) if call.silent else None,
                conditions=(*call.conditions, *under(resource, *of, target)),
                alternative=kind == ROUTE,  # a request takes one route; an authorizer judges every request
                event=event,
            )


def _called(wiring: Wiring, resource: Resource, call: IntegrationCall, target: Target) -> tuple[str | None, Event]:
    """Where a call arrives, and what it says then."""
    if call.naming == SERVICE:
        return wiring.external(target.literal, SERVICE) if target.literal else None, {}
    if call.naming == URL:
        at = replace(target, literal=_origin(target.literal))
        url = meant(call.target, target)
        found = endpoint(wiring, at, url, requested(url, call.method))
        return (found.site, found.event) if found is not None else (None, {})
    if call.naming == BUSES:
        return bus_of(wiring, resource, target), {}
    return wiring.arrive(target, call.arrival), {}


def _origin(url: str | None) -> str | None:
    """Scheme and host of a URL: the paths that an API passes on to one server lead to one site."""
    found = _ORIGIN.match(url or "")
    return found[0] if found else url
