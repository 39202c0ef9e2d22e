"""What a schedule uses each time: an invocation.

Source: https://aws.amazon.com/eventbridge/pricing/
"""

from __future__ import annotations

from seawall.graph.usage import Charge, Usage
from seawall.template import Resource

from ..prices import SCHEDULED_INVOCATION
from ..registry import sites
from ..wiring import Wiring
from .schedules import SCHEDULE


@sites(SCHEDULE)
def schedule_usage(wiring: Wiring, resource: Resource) -> None:
    """Each event is one of up to 64 KB."""
    wiring.usages.append(Usage(resource.site_id, (Charge("scheduled invocation", SCHEDULED_INVOCATION),)))
