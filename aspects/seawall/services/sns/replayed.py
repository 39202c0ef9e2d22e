"""Topics on an emulator, and their subscriptions by queues: it delivers to these as AWS does."""

from __future__ import annotations

from seawall.template import Resource

from ..playing import PLAYED, Draft, PlayedPart, Properties, Tally, played
from .topics import TOPIC

SUBSCRIPTION = "AWS::SNS::Subscription"


@played(TOPIC, PlayedPart.SITE, arn="sns:{}:{}:", delivered=True)
def topic(one: Draft, resource: Resource) -> Properties:
    """With the subscriptions that it declares itself."""
    made: Properties = {"TopicName": one.name(resource)}
    if (given := one.raw(resource, "FifoTopic")) is not None:
        made["FifoTopic"] = given
    for number, item in enumerate(one.wiring.props(resource).items("Subscription")):
        inner = _joined(one, resource, one.named(resource, item.props.value("Endpoint")))
        if inner is not None:
            one.add(f"{one.id(resource)}Inline{number}", SUBSCRIPTION, inner)
    return made


@played(SUBSCRIPTION, PlayedPart.JOIN, late=True)
def subscription(one: Draft, resource: Resource) -> Properties | None:
    """Of a queue; functions get events by way of a stand-in."""
    source = one.target(resource, "TopicArn", service="sns")
    return None if source is None else _joined(one, source, one.target(resource, "Endpoint"))


def _joined(one: Draft, source: Resource, end: Resource | None) -> Properties | None:
    if end is None or PLAYED[end.type].tally is not Tally.MESSAGES:
        return None
    return {"TopicArn": one.arn(source), "Protocol": "sqs", "Endpoint": one.arn(end)}
