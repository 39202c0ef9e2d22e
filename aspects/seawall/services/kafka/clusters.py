"""Kafka clusters, Amazon's own and others, and how Lambda reads their topics.

With provisioned pollers a mapping counts its retries; without them the page names no count, and a batch is tried until
it succeeds or its records expire.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html,
https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-process.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from seawall.graph.facts import Fact
from seawall.graph.layers import RetryOwner, fixed
from seawall.graph.model import Bound, FailureClass, Place, Site, Tries
from seawall.template import Absent, Props, Resource, Target, ValueStatus, render

from ..registry import Arrival, finisher, receiver, sites
from ..streams.streams import stream_tries
from ..wiring import Wiring

CLUSTERS = ("AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster")
TOPIC_PREFIX = "kafka://"
"""How a mapping's on-failure destination names a topic of the cluster that it reads."""
CAPPED_RETRIES = Fact(10, "https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html", "2026-11-22")
"""Retries that Lambda makes where they are set to be unlimited and there is an on-failure destination."""
_RETRIES, _TOPIC = "MaximumRetryAttempts", "kafka-topic"
_READ = fixed("several properties bound it together", RetryOwner.STREAM, keeps=True)
_OFFERS: dict[str, Any] = {
    "limit": None,
    "no_offer": "a count takes ProvisionedPollerConfig and MaximumRetryAttempts together",
    "then": "until then this reader takes no later record of the partition",
    "to_bound": (
        "set ProvisionedPollerConfig, MaximumRetryAttempts and an on-failure destination where {source} is read"
    ),
}
"""What is different about a topic's reader from that of a stream."""
_UNSETTLED = "the retry controls are documented with ProvisionedPollerConfig only, which is not set"


@sites(*CLUSTERS)
def cluster(wiring: Wiring, resource: Resource) -> None:
    """A cluster is a site; what waits there waits in its topics."""
    wiring.site(Site(resource.site_id, "kafka-cluster", Place(resource.address)))


@receiver(*CLUSTERS)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Records arrive at the cluster; which topic they are written to stands in code."""
    return resource.site_id


def topic(wiring: Wiring, holder: str, name: str) -> str:
    """The site of one topic of a cluster."""
    return wiring.site(Site(f"{holder}#{name}", _TOPIC, wiring.sites[holder].place))


def topic_read(wiring: Wiring, mapping: Resource, holder: str) -> str:
    """The site of the topic that a mapping reads."""
    for item in wiring.props(mapping).items("Topics"):
        return topic(wiring, holder, render(item.props.value()))
    return holder


def bootstrap(mapping: Props) -> str | None:
    """The address of a cluster that is not Amazon's, as the mapping gives it."""
    for item in mapping.items("SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers"):
        value = item.props.value()
        return None if isinstance(value, Absent) else render(value)
    return None


def servers(wiring: Wiring) -> Mapping[str, str]:
    """By address of a server, as mappings give it: the site of its cluster, where that is not Amazon's."""

    def found() -> dict[str, str]:
        clusters: dict[str, str] = {}
        for mapping in wiring.app.by_type.get("AWS::Lambda::EventSourceMapping", ()):
            props = wiring.props(mapping)
            site = f"external:{bootstrap(props)}"
            for item in props.items("SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers"):
                clusters.setdefault(render(item.props.value()), site)
        return {address: site for address, site in clusters.items() if address and site in wiring.sites}

    return wiring.once("servers of Kafka", found)


def kafka_tries(wiring: Wiring, mapping: Resource) -> Mapping[str, Tries]:
    """Tries of a batch: records expire after a time that is set on the topic, not in any template."""
    props = wiring.props(mapping)
    tries = {
        failure: replace(one, layer=replace(one.layer or _READ, **_OFFERS))
        for failure, one in stream_tries(wiring, mapping, props, None).items()
    }
    errors = tries[FailureClass.ERROR]
    if errors.bounded_by is Bound.TIME and props.exists("DestinationConfig", "OnFailure", "Destination"):
        note = f"{CAPPED_RETRIES.value} retries at most, with an on-failure destination"
        errors = Tries(
            1 + CAPPED_RETRIES.value, Bound.COUNT, errors.status, _RETRIES, note, backoff=None, layer=errors.layer
        )
    if errors.bounded_by is Bound.COUNT and not props.exists("ProvisionedPollerConfig"):
        wiring.unknown(mapping, "ProvisionedPollerConfig", _UNSETTLED)
        errors = replace(errors, status=ValueStatus.UNKNOWN)
    return {**tries, FailureClass.ERROR: errors, FailureClass.TIMEOUT: errors}


@finisher(order=16)
def topics_written(wiring: Wiring) -> None:
    """What is sent to a cluster goes to one of its topics."""
    sent_to = {hop.target: hop for hop in wiring.hops if wiring.sites[hop.target].kind == "kafka-cluster"}
    for site in list(wiring.sites.values()):
        hop = sent_to.get(site.id.rpartition("#")[0]) if site.kind == _TOPIC else None
        if hop is not None:
            wiring.hop(hop.target, site.id, "topic", hop.place, alternative=True)
