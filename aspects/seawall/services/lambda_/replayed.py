"""Functions on an emulator: stubs, with the mappings that feed them and their own asynchronous retries."""

from __future__ import annotations

from seawall.template import Resource

from ..playing import PLAYED, Draft, Played, PlayedPart, Properties, RefForm, Tally, played
from .asynchronous import CONFIG
from .functions import FUNCTION, QUALIFIED
from .mappings import MAPPING

PLAYED[FUNCTION] = Played(PlayedPart.CODE, arn="lambda:{}:{}:function:", ref=RefForm.NAME, tally=Tally.RUNS)
PLAYED.update({name: Played(PlayedPart.NAME) for name in QUALIFIED})


@played(MAPPING, PlayedPart.JOIN, late=True)
def mapping(one: Draft, resource: Resource) -> Properties | None:
    """Of a queue: streams are not played."""
    source = one.target(resource, "EventSourceArn", service="sqs")
    called = one.function(resource)
    if source is None or called is None or PLAYED[source.type].tally is not Tally.MESSAGES:
        return None
    if one.left_out(resource, source):
        return None
    return {
        "EventSourceArn": {"Fn::GetAtt": [one.id(source), "Arn"]},
        "FunctionName": one.name(called),
        "BatchSize": one.batch,
        "Enabled": one.raw(resource, "Enabled") not in (False, "false"),
    }


@played(CONFIG, PlayedPart.JOIN, late=True)
def config(one: Draft, resource: Resource) -> Properties | None:
    """A function's asynchronous retries, its age and its destinations."""
    called = one.function(resource)
    if called is None:
        return None
    made: Properties = {"FunctionName": one.name(called), "Qualifier": "$LATEST"}
    retries = one.wiring.props(resource).integer("MaximumRetryAttempts").value
    if retries is not None:
        made["MaximumRetryAttempts"] = retries
    age = one.age(resource)
    if age is not None:
        made["MaximumEventAgeInSeconds"] = age
    ends = {}
    for side in ("OnFailure", "OnSuccess"):
        end = one.target(resource, "DestinationConfig", side, "Destination")
        if end is not None:
            ends[side] = {"Destination": one.arn(end)}
    return made | ({"DestinationConfig": ends} if ends else {})
