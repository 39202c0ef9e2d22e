"""What a message of a topic uses: a publish; deliveries to queues and functions cost nothing.

Source: https://aws.amazon.com/sns/pricing/
"""

from __future__ import annotations

from seawall.graph.usage import Charge, Usage
from seawall.template import Resource

from ..prices import SNS_FIFO_PUBLISH, SNS_PUBLISH
from ..registry import sites
from ..wiring import Wiring
from .topics import TOPIC


@sites(TOPIC)
def topic_usage(wiring: Wiring, resource: Resource) -> None:
    """An unknown kind is charged as a standard topic, the dearer one."""
    fifo = wiring.props(resource).flag("FifoTopic").value
    price = SNS_FIFO_PUBLISH if fifo else SNS_PUBLISH
    wiring.usages.append(Usage(resource.site_id, (Charge("SNS publish", price),)))
