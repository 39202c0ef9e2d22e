"""What a call of an API uses: a request.

Source: https://aws.amazon.com/api-gateway/pricing/
"""

from __future__ import annotations

from seawall.graph.usage import Charge, Usage
from seawall.template import Resource

from ..prices import HTTP_REQUEST, REST_REQUEST
from ..registry import sites
from ..wiring import Wiring
from .apis import HTTP, REST


@sites(REST)
def rest_usage(wiring: Wiring, resource: Resource) -> None:
    """A request of a REST API."""
    wiring.usages.append(Usage(resource.site_id, (Charge("REST API request", REST_REQUEST),)))


@sites(HTTP)
def http_usage(wiring: Wiring, resource: Resource) -> None:
    """A request of an HTTP API, or a message of a WebSocket API, at the same price."""
    wiring.usages.append(Usage(resource.site_id, (Charge("HTTP API request", HTTP_REQUEST),)))
