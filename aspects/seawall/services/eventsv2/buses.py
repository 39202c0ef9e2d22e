"""Buses of the EventBridge Custom Event Bus, and the sources that forward events of AWS services to them.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-what-is.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-eventsv2-eventsource.html,
read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import Place, Site, When
from seawall.template import Resource, Target

from ..conditions import under
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring

BUS = "AWS::EventsV2::EventBus"
EVENT_SOURCE = "AWS::EventsV2::EventSource"
NAMING = "events:event-busv2"
_KINDS = ("AwsServiceEventsConfiguration", "PartnerEventsConfiguration")


@sites(BUS)
def bus(wiring: Wiring, resource: Resource) -> None:
    """A bus is a site that events pass."""
    wiring.site(Site(resource.site_id, "bus", Place(resource.address)))


@receiver(BUS)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Events arrive at the bus itself."""
    return resource.site_id


@sites(EVENT_SOURCE)
def event_source(wiring: Wiring, resource: Resource) -> None:
    """An event source forwards what an AWS service or a partner sends."""
    wiring.site(Site(resource.site_id, "event-source", Place(resource.address)))


@hops(EVENT_SOURCE)
def forwards(wiring: Wiring, resource: Resource) -> None:
    """Every event of the source goes on to its bus; what cannot be forwarded, to a queue."""
    props = wiring.props(resource)
    for site, target in wiring.receivers(resource, "EventBusArn", props.value("EventBusArn"), Arrival.ASYNC, NAMING):
        place = Place(resource.address, "EventBusArn")
        wiring.hop(resource.site_id, site, "event-source", place, conditions=under(resource, target))
    for kind in _KINDS:
        dead = props.at("Configuration", kind, "OnFailureConfiguration", "Arn")
        for site, target in wiring.receivers(resource, dead.property, dead.value(), Arrival.ASYNC, "sqs"):
            place = Place(resource.address, dead.property)
            wiring.hop(
                resource.site_id, site, "dead-letter", place, when=When.EXHAUSTED, conditions=under(resource, target)
            )


FORWARDED = "the event source forwards the event: its pattern is not followed"
"""What has to hold where an event source has a pattern."""


def sources_of(wiring: Wiring, sender: Resource, service: str) -> Iterator[tuple[Resource, str]]:
    """Event sources that forward what a service, such as ``aws.s3``, tells of `sender`, each with what is assumed.

    EventBridge puts a managed rule on the default bus of the account for each.
    """
    home = wiring.template(sender)
    for resource in wiring.app.by_type.get(EVENT_SOURCE, ()):
        other = wiring.template(resource)
        section = wiring.props(resource).at("Configuration", _KINDS[0])
        pairs = ((home.region, other.region), (home.account, other.account))
        beside = all(one is None or two is None or one == two for one, two in pairs)
        if beside and section.text("AwsService").value == service:
            yield resource, FORWARDED if section.exists("Pattern") else ""
