"""Amazon EventBridge API destinations: HTTP endpoints that rules and pipes call.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from __future__ import annotations

from seawall.graph.model import Place, Site
from seawall.template import Resource, Target

from ..conditions import under
from ..endpoints import own_endpoint
from ..registry import Arrival, hops, receiver, sites
from ..requests import meant, requested
from ..wiring import Wiring
from .targets import API_DESTINATION


@sites(API_DESTINATION)
def api_destination(wiring: Wiring, resource: Resource) -> None:
    """An API destination stands for the endpoint behind it."""
    wiring.site(Site(resource.site_id, "api-destination", Place(resource.address)))


@receiver(API_DESTINATION)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Requests go through the destination."""
    return resource.site_id


@hops(API_DESTINATION)
def calls(wiring: Wiring, resource: Resource) -> None:
    """Where the endpoint is one of the app's own, the request goes on there; its status is the answer."""
    props = wiring.props(resource)
    url = props.value("InvocationEndpoint")
    method = props.text("HttpMethod").value
    for target in wiring.targets(resource, url):
        own = meant(url, target)
        found = own_endpoint(wiring, target, own, requested(own, method))
        if found is not None:
            wiring.hop(
                resource.site_id,
                found.site,
                "api-destination",
                Place(resource.address, "InvocationEndpoint"),
                awaits=True,
                conditions=under(resource, target),
                event=found.event,
            )
