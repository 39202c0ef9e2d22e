"""What a message of a queue uses: a request to send it, one each time that it is received, and one to delete it.

Source: https://aws.amazon.com/sqs/pricing/: every action is a request, and so is every 64 KB of a message.
"""

from __future__ import annotations

from seawall.graph.usage import SENDS, Charge, ChargedBy, Usage
from seawall.template import Resource

from ..prices import SQS_FIFO_REQUEST, SQS_REQUEST
from ..registry import sites
from ..wiring import Wiring
from .queues import QUEUE


@sites(QUEUE)
def queue_usage(wiring: Wiring, resource: Resource) -> None:
    """Messages are sent, received and deleted one by one; polls that find nothing come without failures, and are left
    out. What is received again is not deleted: it expires, or SQS moves it.
    """
    fifo = wiring.props(resource).flag("FifoQueue").value
    price = SQS_FIFO_REQUEST if fifo is not False else SQS_REQUEST
    alone = "each message is sent and received alone, in 64 KB"
    sent = Charge("SQS request", price, assumption=alone, what=SENDS)
    received = Charge("SQS request", price, by=ChargedBy.DELIVERY, assumption=alone, what="receives")
    deleted = Charge("SQS request", price, by=ChargedBy.REMOVAL, assumption=alone, what="deletes")
    wiring.usages.append(Usage(resource.site_id, (sent, received, deleted)))
