"""Amazon EventBridge Pipes: from one source, maybe through an enrichment, to one target.

A pipe reads its source again when the enrichment or a target that it awaits fails. What it calls an internal error (the
service was throttled or broke down) it retries by itself, without counting, until the record expires.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-pipes-pipe.html
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.model import CLASSES, FailureClass, Place, Site, Tries
from seawall.template import Resource

from ..conditions import under
from ..eventbridge.targets import Answer, Delivery, deliveries
from ..registry import Arrival, hops, sites
from ..stepfunctions.machine import express
from ..wiring import Wiring
from .passing import passed_to
from .sources import pipe_source

PIPE = "AWS::Pipes::Pipe"
_INVOKED = {Answer.FUNCTION: "LambdaFunctionParameters", Answer.EXECUTION: "StepFunctionStateMachineParameters"}
_AWAITED, _STARTED = "REQUEST_RESPONSE", "FIRE_AND_FORGET"
"""`InvocationType`; the first is the default."""
_INTERNAL = (FailureClass.THROTTLE, FailureClass.FAULT)
"""Failures of a function call that the pipe counts as its own; a function that raises or times out is the author's."""
_NOT_AWAITED = "Standard machines can only be started, not awaited"


@sites(PIPE)
def pipe(wiring: Wiring, resource: Resource) -> None:
    """A pipe is a site that events pass."""
    wiring.site(Site(resource.site_id, "pipe", Place(resource.address)))


@hops(PIPE)
def stages(wiring: Wiring, resource: Resource) -> None:
    """From the source into the pipe, and on to the enrichment and the target."""
    props = wiring.props(resource)
    if props.text("DesiredState", default="RUNNING").value == "STOPPED":
        return
    internal = pipe_source(wiring, resource)
    enrichment: str | None = None
    for found in deliveries(wiring, resource, "Enrichment", props.value("Enrichment"), Arrival.SYNC):
        if _standard(wiring, found):
            wiring.unknown(resource, "Enrichment", _NOT_AWAITED)
        else:
            _await(wiring, resource, found, "Enrichment", internal)
            enrichment = found.site
    event = props.text("TargetParameters", _INVOKED[Answer.FUNCTION], "InvocationType").value == _STARTED
    arrival = Arrival.ASYNC if event else Arrival.SYNC
    for found in deliveries(wiring, resource, "Target", props.value("Target"), arrival, props.at("TargetParameters")):
        awaits, assumption = _awaits(wiring, resource, found)
        if awaits:
            _await(wiring, resource, found, "Target", internal, assumption, enrichment)
        else:
            conditions = under(resource, found.target)
            place = Place(resource.address, "Target")
            passed = passed_to(wiring, resource, found)
            wiring.hop(
                resource.site_id,
                found.site,
                "pipe-target",
                place,
                conditions=conditions,
                after=enrichment,
                **passed,
            )


def _awaits(wiring: Wiring, resource: Resource, found: Delivery) -> tuple[bool, str]:
    """Whether the pipe waits for its target's outcome, and what has to be assumed to say so."""
    parameters = _INVOKED.get(found.answer)
    if parameters is None:
        return found.answer is Answer.HTTP, ""
    invocation = wiring.props(resource).text("TargetParameters", parameters, "InvocationType", default=_AWAITED)
    if invocation.value == _STARTED:
        return False, ""
    if _standard(wiring, found):
        wiring.unknown(resource, invocation.property, _NOT_AWAITED)
        return False, ""
    if invocation.value is None:
        wiring.unknown(resource, invocation.property, invocation.why)
    return True, "" if invocation.known else "the pipe waits for its target's outcome"


def _standard(wiring: Wiring, found: Delivery) -> bool:
    """Whether the delivery starts a state machine that is known to be a Standard one."""
    return found.answer is Answer.EXECUTION and found.resource is not None and express(wiring, found.resource) is False


def _await(
    wiring: Wiring,
    resource: Resource,
    found: Delivery,
    property_: str,
    internal: Tries | None,
    assumption: str = "",
    after: str | None = None,
) -> None:
    tries: Mapping[str, Tries] = {}
    shows: Mapping[str, str | None] = {}
    if found.answer is not Answer.FUNCTION:
        shows = dict.fromkeys(CLASSES, FailureClass.ERROR)  # a failed execution or response is the author's error
    elif internal is not None:
        tries, shows = dict.fromkeys(_INTERNAL, internal), dict.fromkeys(_INTERNAL)
    wiring.hop(
        resource.site_id,
        found.site,
        "pipe-target" if property_ == "Target" else "enrichment",
        Place(resource.address, property_),
        awaits=True,
        tries=tries,
        shows=shows,
        conditions=under(resource, found.target),
        assumption=assumption,
        after=after,
        event=found.event,
    )
