"""Which route of an API a request takes, by its method and path.

Sources (2026-11-30): https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html (stages,
then the best match) and https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
(resources of REST APIs)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from seawall.graph.model import Hop
from seawall.template import Address, Resource

from ..endpoints import ROUTE, Choice, by_owner, chooser
from ..gaps import names_in
from ..hosts import Answering
from ..requests import HOLE, REST, Method, Request, Way, chosen, route
from ..wiring import Wiring
from .apis import HTTP
from .apis import REST as REST_API

_METHOD, _RESOURCE = "AWS::ApiGateway::Method", "AWS::ApiGateway::Resource"
_HTTP_ROUTE, _INTEGRATION = "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration"
_STAGE = "AWS::ApiGatewayV2::Stage"
_DEFAULT = "$default"
_IN_DOCUMENT = re.compile(
    r"\.?paths\.(?P<path>/.*)\.(?P<method>[a-z]+|x-amazon-apigateway-any-method)\.x-amazon-apigateway-integration"
)
_LAST = 3
"""Order of the route for whatever no other one matches."""


@chooser(REST_API, HTTP)
def routes_of(wiring: Wiring, resource: Resource) -> Choice | None:
    """The sites that the routes of an API lead a request to."""
    ways: list[Way[str]] = []
    for hop in wiring.hops:
        if hop.source == resource.site_id and hop.kind == ROUTE:
            routes = _routes(wiring, hop)
            if routes is None:
                return None
            ways += [_way(hop, method, path, resource.type == HTTP) for method, path in routes]
    return lambda arriving: {
        site for request in _in_stages(wiring, resource, arriving) for site in chosen(ways, request)
    }


def _way(hop: Hop, method: str, path: str, http: bool) -> Way[str]:
    if path == _DEFAULT:
        return Way(hop.target, (_LAST,))
    found = route(path)
    greedy = int(http and REST in found.parts)
    return Way(hop.target, (greedy, *found.order, 9, int(method == "ANY")), (Method((method,)), found))


def _routes(wiring: Wiring, hop: Hop) -> list[tuple[str, str]] | None:
    """Method and path of the routes by which an API takes a hop; None where that is not known."""
    found = wiring.app.resource(hop.place.address)
    if found is None:
        return None
    if found.type == _METHOD:
        path = _path(wiring, found, "ResourceId")
        method = wiring.props(found).text("HttpMethod").value
        return None if path is None or method is None else [(method.upper(), path)]
    if found.type == _INTEGRATION:
        leading = routes_by_integration(wiring).get(found.address, ())
        keys = [wiring.props(each).text("RouteKey").value for each in leading]
        return [_key(each) for each in keys if each] if keys and all(keys) else None
    if hop.place.property == "Target":
        return [_key(wiring.props(found).text("RouteKey", default=_DEFAULT).value or _DEFAULT)]
    told = _IN_DOCUMENT.search(hop.place.property)
    if told is None:
        return None
    path, method = told["path"], told["method"].upper()
    return [("ANY" if method.startswith("X-") else method, _DEFAULT if path == f"/{_DEFAULT}" else path)]


def _key(text: str) -> tuple[str, str]:
    method, _, path = text.partition(" ")
    return (method.upper(), path) if path else ("ANY", _DEFAULT)


def _path(wiring: Wiring, resource: Resource, property_: str) -> str | None:
    """The path of the resource of a REST API that a property names."""
    parts: list[str] = []
    seen: set[Address] = set()
    while resource.address not in seen:
        seen.add(resource.address)
        named = [target.address for target in wiring.targets(resource, wiring.props(resource).value(property_))]
        found = wiring.app.resource(named[0]) if len(named) == 1 else None
        if found is None or found.type not in (_RESOURCE, REST_API):
            return None
        if found.type == REST_API:
            return "/" + "/".join(reversed(parts))
        part = wiring.props(found).text("PathPart").value
        if part is None:
            return None
        parts.append(part)
        resource, property_ = found, "ParentId"
    return None


def routes_by_integration(wiring: Wiring) -> Mapping[Address, list[Resource]]:
    """The routes of HTTP and WebSocket APIs by the integration that they lead to."""
    return by_owner(
        wiring,
        _HTTP_ROUTE,
        lambda each: (Address(each.address.template, name) for name in names_in(each.properties.get("Target"))),
    )


def _in_stages(wiring: Wiring, resource: Resource, arriving: Answering) -> Iterator[Request]:
    """The request as the API's stages have it: its own address names the stage first, but for ``$default``."""
    request = arriving.request
    if request is None:
        return
    if arriving.staged or not request.path:
        yield request
    elif resource.type == REST_API:
        yield request.below(1)
    else:
        stages = _stages(wiring, resource)
        first = request.path[0]
        if first == HOLE or stages is None or first in stages:
            yield request.below(1)
        if first == HOLE or stages is None or first not in stages:
            yield request


def _stages(wiring: Wiring, resource: Resource) -> Collection[str] | None:
    """Names of the stages of an HTTP API; None where they are not known."""

    def apis(stage: Resource) -> Iterator[Address | None]:
        value = wiring.props(stage).value("ApiId")
        yield from (target.address for target in wiring.targets(stage, value, "apigateway"))

    stages = by_owner(wiring, _STAGE, apis).get(resource.address, ())
    names = [wiring.props(stage).text("StageName").value for stage in stages]
    return {name for name in names if name} if names and all(names) else None
