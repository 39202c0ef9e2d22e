"""Amazon MQ brokers and Amazon DocumentDB clusters, and how Lambda reads them.

Lambda reads either until it succeeds: their mappings have no setting for retries and no on-failure destination.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html,
https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html and
https://docs.aws.amazon.com/documentdb/latest/developerguide/using-lambda.html
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, RetryOwner, fixed
from seawall.graph.model import CLASSES, Bound, Place, Site, Tries
from seawall.template import Resource, Setting, Target, ValueStatus

from ..registry import Arrival, receiver, sites
from ..wiring import Wiring

BROKER = "AWS::AmazonMQ::Broker"
DOCUMENTS = "AWS::DocDB::DBCluster"
_GROUP = "AWS::DocDB::DBClusterParameterGroup"
_RETENTION = "change_stream_log_retention_duration"

CHANGE_RETENTION = Fact(
    10_800, "https://docs.aws.amazon.com/documentdb/latest/developerguide/change_streams.html", "2026-11-22"
)
"""Seconds that a DocumentDB cluster keeps an event of its change stream: 3 hours. After that Lambda disables the
mapping."""
_BY_THE_BROKER = "the broker's own dead-letter policy and the expiry of messages, which no template shows, end it"

_BROKER = fixed(
    "the mapping has no setting for retries: the broker's own policy ends them", RetryOwner.QUEUE, keeps=True
)
_CHANGES = Layer(
    RetryOwner.STREAM,
    keeps=True,
    no_offer="the mapping has no setting for retries",
    then="then Lambda disables the mapping",
    to_bound="catch in the function what cannot be processed and send it to a queue: the mapping has no own limit",
)


@sites(BROKER)
def broker(wiring: Wiring, resource: Resource) -> None:
    """A broker is a site where messages wait."""
    wiring.site(Site(resource.site_id, "message-broker", Place(resource.address)))


@sites(DOCUMENTS)
def documents(wiring: Wiring, resource: Resource) -> None:
    """A cluster is a site where the events of its change stream wait."""
    wiring.site(Site(resource.site_id, "document-database", Place(resource.address)))


@receiver(BROKER, DOCUMENTS)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Messages and documents arrive at the broker or cluster itself."""
    return resource.site_id


def broker_tries(wiring: Wiring, mapping: Resource) -> Mapping[str, Tries]:
    """Tries of a batch of messages: the mapping sets no limit, and what the broker does is not in the template."""
    wiring.unknown(mapping, "Queues", _BY_THE_BROKER)
    tries = Tries(None, Bound.NOTHING, ValueStatus.UNKNOWN, "Queues", _BY_THE_BROKER, backoff=None, layer=_BROKER)
    return dict.fromkeys(CLASSES, tries)


def document_tries(wiring: Wiring, source: Resource | None) -> Mapping[str, Tries]:
    """Tries of a batch of changes: until they are no longer kept."""
    kept = _retention(wiring, source)
    limit = None if kept is None or kept.value is None else float(kept.value)
    status = ValueStatus.UNKNOWN if kept is None else kept.status
    note = f"until the change is {in_words(limit)} old" if limit else "until the change is no longer kept"
    return dict.fromkeys(CLASSES, Tries(None, Bound.TIME, status, _RETENTION, note, limit=limit, layer=_CHANGES))


def _retention(wiring: Wiring, source: Resource | None) -> Setting[int] | None:
    """Seconds that the cluster keeps a change; None where its parameters are not in the templates."""
    if source is None:
        return None
    named = wiring.props(source).value("DBClusterParameterGroupName")
    for target in wiring.targets(source, named):
        group = wiring.app.resource(target.address)
        if group is None or group.type != _GROUP:
            return None
        return wiring.props(group).integer("Parameters", _RETENTION, default=CHANGE_RETENTION.value)
    return wiring.props(source).integer(_RETENTION, default=CHANGE_RETENTION.value)
