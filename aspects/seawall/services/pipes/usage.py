"""What an event in a pipe uses: a request.

Source: https://aws.amazon.com/eventbridge/pricing/
"""

from __future__ import annotations

from seawall.graph.usage import Charge, Usage
from seawall.template import Resource

from ..prices import PIPE_REQUEST
from ..registry import sites
from ..wiring import Wiring
from .pipes import PIPE


@sites(PIPE)
def pipe_usage(wiring: Wiring, resource: Resource) -> None:
    """Each event is one of up to 64 KB."""
    wiring.usages.append(Usage(resource.site_id, (Charge("pipe request", PIPE_REQUEST),)))
