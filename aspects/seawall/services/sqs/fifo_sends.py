"""Sends that give a FIFO queue a deduplication id of their own, so that no equal body stands for the same message.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

from __future__ import annotations

from seawall.template import Json, Resource

from ..pipes.pipes import PIPE
from ..registry import hops
from ..stepfunctions.machine import MACHINE
from ..stepfunctions.reading import read
from ..wiring import Wiring

_ID = "MessageDeduplicationId"


@hops(MACHINE)
def tasks(wiring: Wiring, resource: Resource) -> None:
    """Tasks whose arguments give the id, or are worked out when the state runs and may."""
    found = read(wiring, resource)
    for state in found.definition.states() if found else ():
        arguments = state.body.get("Arguments" if state.jsonata else "Parameters")
        if isinstance(arguments, str) or _gives_id(arguments, 3):
            wiring.deduplicated.add(f"{resource.site_id}#{state.name}")


def _gives_id(arguments: Json, depth: int) -> bool:
    if isinstance(arguments, dict):
        entries = arguments.get("Entries")
        inner = entries if isinstance(entries, list) and depth else ()
        return _ID in arguments or f"{_ID}.$" in arguments or any(_gives_id(each, depth - 1) for each in inner)
    return False


@hops(PIPE)
def pipe_targets(wiring: Wiring, resource: Resource) -> None:
    """Pipes that set the id of what they send."""
    if wiring.props(resource).exists("TargetParameters", "SqsQueueParameters", _ID):
        wiring.deduplicated.add(resource.site_id)
