"""AWS AppSync: GraphQL and event APIs, and what their data sources call. No retry by the service is documented; a
channel's handler that invokes its function with `EVENT` hands off to the function's own retries.

Sources: https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-lambda-js.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-appsync-datasource.html and
https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import Place, Site
from seawall.template import Props, Resource, Target

from ..conditions import under
from ..endpoints import endpoints
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring

APIS = ("AWS::AppSync::GraphQLApi", "AWS::AppSync::Api")
DATA_SOURCE = "AWS::AppSync::DataSource"
NAMESPACE = "AWS::AppSync::ChannelNamespace"
_HANDLERS = ("OnPublish", "OnSubscribe")


@sites(*APIS)
def api(wiring: Wiring, resource: Resource) -> None:
    """An API is where requests come in."""
    wiring.site(Site(resource.site_id, "api", Place(resource.address)))


@receiver(*APIS)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Requests arrive at the API itself."""
    return resource.site_id


@hops(*APIS)
def authorizers(wiring: Wiring, resource: Resource) -> None:
    """An API asks its authorizers before it answers."""
    props = wiring.props(resource)
    providers = [props, *(item.props for item in props.items("AdditionalAuthenticationProviders"))]
    providers += [item.props for item in props.items("EventConfig", "AuthProviders")]
    for provider in providers:
        named = provider.at("LambdaAuthorizerConfig", "AuthorizerUri")
        for site, target in wiring.receivers(resource, named.property, named.value(), Arrival.SYNC, "lambda"):
            place = Place(resource.address, named.property)
            wiring.hop(resource.site_id, site, "authorizer", place, awaits=True, conditions=under(resource, target))


@hops(DATA_SOURCE)
def data_source(wiring: Wiring, resource: Resource) -> None:
    """What the resolvers of a data source call. Tables and databases are left out: whether a resolver writes to them
    stands in its code.
    """
    props = wiring.props(resource)
    for api_target in wiring.targets(resource, props.value("ApiId")):
        site = wiring.arrive(api_target, Arrival.SYNC)
        if site is None:
            wiring.unknown(resource, "ApiId", api_target.why or "is no API")
            continue
        for called, property_, awaits, target in _called(wiring, resource, props):
            wiring.hop(
                site,
                called,
                "resolver",
                Place(resource.address, property_),
                awaits=awaits,
                conditions=under(resource, api_target, target),
                alternative=True,
            )


def _direct(wiring: Wiring, resource: Resource) -> frozenset[str]:
    """How handlers of channel namespaces invoke a data source's function themselves; empty where none does."""
    found: set[str] = set()
    own = wiring.props(resource).value("Name")
    for namespace in wiring.app.by_type.get(NAMESPACE, ()):
        for name in _HANDLERS:
            handler = wiring.props(namespace).at("HandlerConfigs", name)
            integration = handler.at("Integration")
            named = integration.value("DataSourceName")
            addresses = {target.address for target in wiring.targets(namespace, named)}
            if handler.text("Behavior").value == "DIRECT" and (named == own or resource.address in addresses):
                found.add(integration.text("LambdaConfig", "InvokeType", default="REQUEST_RESPONSE").value or "?")
    return frozenset(found)


_ANY_PATH = "/*"
"""A data source names the host; the path is its resolvers' own."""


def _called(wiring: Wiring, resource: Resource, props: Props) -> Iterator[tuple[str, str, bool, Target]]:
    function = props.at("LambdaConfig", "LambdaFunctionArn")
    direct = _direct(wiring, resource)
    if "EVENT" in direct:
        for site, target in wiring.receivers(resource, function.property, function.value(), Arrival.ASYNC, "lambda"):
            yield site, function.property, False, target
    if direct != {"EVENT"}:
        for site, target in wiring.receivers(resource, function.property, function.value(), Arrival.SYNC, "lambda"):
            wiring.may_be_asynchronous.add(site)  # a resolver's code may ask for an asynchronous invocation
            yield site, function.property, True, target
    bus = props.at("EventBridgeConfig", "EventBusArn")
    for site, target in wiring.receivers(resource, bus.property, bus.value(), Arrival.ASYNC, "events:event-bus"):
        yield site, bus.property, False, target
    url = props.at("HttpConfig", "Endpoint")
    for found in endpoints(wiring, resource, url.property, url.value(), path=_ANY_PATH):
        yield found.site, url.property, True, found.target
