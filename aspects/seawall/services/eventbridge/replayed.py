"""Buses and rules on an emulator: each rule listens to an address of its own, so that what it takes on AWS it takes."""

from __future__ import annotations

from seawall.template import Resource

from ..playing import PLAYED, Draft, PlayedPart, Properties, played
from .buses import BUS, RULE

_ROLE = "arn:aws:iam::000000000000:role/replay"
_DEFAULT = "default"


@played(BUS, PlayedPart.SITE, arn="events:{}:{}:event-bus/", always=True)
def bus(one: Draft, resource: Resource) -> Properties:
    """Under its name; the flow leads straight to the rules that listen."""
    return {"Name": one.name(resource)}


@played(RULE, PlayedPart.SITE, late=True)
def rule(one: Draft, resource: Resource) -> Properties:
    """With the targets that the emulator delivers to as AWS does; stand-ins add others."""
    listens = one.bus_of(resource)
    targets = []
    for number, item in enumerate(one.wiring.props(resource).items("Targets")):
        found = one.named(resource, item.props.value("Arn"))
        if found is not None and (PLAYED[found.type].delivered or not one.stand_ins):
            fifo = {"SqsParameters": {"MessageGroupId": "replay"}} if one.name(found).endswith(".fifo") else {}
            targets.append({"Id": f"T{number}", "Arn": one.arn(found), "RoleArn": _ROLE, **fifo})
    sources = ["lambda"] if listens != _DEFAULT else []  # as which Lambda sends to destinations
    made: Properties = {
        "Name": one.name(resource),
        "State": one.raw(resource, "State") or "ENABLED",
        "EventPattern": {"source": [*sources, one.source(resource)]},
        "Targets": targets,
    }
    return made | ({"EventBusName": listens} if listens != _DEFAULT else {})
