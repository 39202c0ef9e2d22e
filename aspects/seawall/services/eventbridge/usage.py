"""What an event on a bus of the author's uses: a custom event.

Source: https://aws.amazon.com/eventbridge/pricing/
"""

from __future__ import annotations

from seawall.graph.usage import Charge, Usage
from seawall.template import Resource

from ..prices import CUSTOM_EVENT
from ..registry import sites
from ..wiring import Wiring
from .buses import BUS


@sites(BUS)
def bus_usage(wiring: Wiring, resource: Resource) -> None:
    """Each event is one of up to 64 KB."""
    wiring.usages.append(Usage(resource.site_id, (Charge("custom event", CUSTOM_EVENT),)))
