"""AWS Lambda event source mappings on SQS queues, Kinesis streams and DynamoDB streams.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html,
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.template import Props, Resource, Status, Target

from .conditions import under
from .model import CLASSES, Drop, Place, Tries, When
from .registry import Arrival, hops
from .sqs import QUEUE, receives
from .streams import STREAMS, retention_of, stream_tries
from .wiring import Wiring

MAPPING = "AWS::Lambda::EventSourceMapping"
_OUTSIDE = "the source is in none of the templates, and its settings are unknown"


@hops(MAPPING)
def mapping(wiring: Wiring, resource: Resource) -> None:
    """Lambda reads the source and calls the function synchronously; what fails is read again."""
    props = wiring.props(resource)
    if props.flag("Enabled", default=True).value is False:
        return
    functions = list(wiring.receivers(resource, "FunctionName", props.value("FunctionName"), Arrival.SYNC, "lambda"))
    if not props.exists("EventSourceArn"):
        wiring.unknown(resource, "EventSourceArn", "this kind of event source is not modelled yet")
        return
    for target in wiring.targets(resource, props.value("EventSourceArn")):
        source = wiring.app.resource(target.address) if target.address else None
        if source is None:
            wiring.unknown(resource, "EventSourceArn", target.why or _OUTSIDE)
        for site, function in functions:
            if source is not None:
                _hop(wiring, resource, source, site, (target, function))
            elif target.literal is not None:
                _from_outside(wiring, resource, target.literal, site, (target, function))


def _from_outside(wiring: Wiring, resource: Resource, source: str, site: str, ends: tuple[Target, Target]) -> None:
    """A source of another app: how often it delivers is set there."""
    tries = Tries(None, status=Status.UNKNOWN, setting="EventSourceArn", note=_OUTSIDE, backoff=None)
    wiring.hop(
        wiring.external(source),
        site,
        "event-source-mapping",
        Place(resource.address, "EventSourceArn"),
        awaits=True,
        tries=dict.fromkeys(CLASSES, tries),
        conditions=under(resource, *ends),
    )


def _hop(wiring: Wiring, resource: Resource, source: Resource, site: str, ends: tuple[Target, Target]) -> None:
    conditions = under(resource, *ends)
    if source.type == QUEUE:
        tries: Mapping[str, Tries] = dict.fromkeys(CLASSES, receives(wiring, source))
        place = Place(source.address, "RedrivePolicy.maxReceiveCount")
    elif source.type in STREAMS:
        tries = stream_tries(wiring, resource, wiring.props(resource), retention_of(wiring, source))
        place = Place(resource.address, "MaximumRetryAttempts")
        _on_failure(wiring, resource, wiring.props(resource), source.site_id)
    else:
        wiring.unknown(resource, "EventSourceArn", f"event sources of type {source.type} are not modelled yet")
        return
    wiring.hop(
        source.site_id,
        site,
        "event-source-mapping",
        place,
        awaits=True,
        tries=tries,
        conditions=conditions,
        traced=source.type == QUEUE,
    )


def _on_failure(wiring: Wiring, resource: Resource, props: Props, source: str) -> None:
    property_ = "DestinationConfig.OnFailure.Destination"
    if not props.exists(*property_.split(".")):
        retries = props.integer("MaximumRetryAttempts", default=-1)
        if retries.value is not None and retries.value >= 0:
            what = "Lambda discards the batch after its last try and reads on"
            wiring.drops.append(
                Drop(source, Place(resource.address, property_), what, "set an on-failure destination on the mapping")
            )
        return
    for site, target in wiring.receivers(resource, property_, props.value(*property_.split(".")), Arrival.ASYNC):
        place = Place(resource.address, property_)
        wiring.hop(source, site, "destination", place, when=When.EXHAUSTED, conditions=target.conditions)
