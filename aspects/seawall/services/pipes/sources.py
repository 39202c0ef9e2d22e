"""What a pipe reads, and how often it reads a record again when its enrichment or target fails.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html
"""

from __future__ import annotations

from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.guards import Guard, Option
from seawall.graph.layers import Layer, RetryOwner, fixed
from seawall.graph.model import CLASSES, Bound, Drop, Place, Tries, When
from seawall.template import Resource, Target, ValueStatus, render

from ..conditions import under
from ..kafka.clusters import CLUSTERS, topic
from ..keeping import WATCHED, sent_by_role
from ..mq.brokers import BROKER
from ..pattern_language import filters
from ..registry import Arrival
from ..sqs.queues import QUEUE, RETENTION, receives
from ..streams.streams import KINESIS, STREAMS, UNLIMITED, retained_by, retention_of, stream_tries
from ..wiring import Wiring

WINDOWED_VISIBILITY = Fact(
    7 * 60 + 30,
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html",
    "2026-11-22",
)
"""Seconds for which a pipe with a batching window hides a message, the window not included: 7 min 30 s. The queue's own
visibility timeout does not act then."""
_BROKER_QUEUES = ("ActiveMQBrokerParameters.QueueName", "RabbitMQBrokerParameters.QueueName")
_KAFKA_TOPICS = ("ManagedStreamingKafkaParameters.TopicName", "SelfManagedKafkaParameters.TopicName")
_BY_THE_BROKER = "the broker's own dead-letter policy and the expiry of messages, which no template shows, end it"
_OUTSIDE = "the source is in none of the templates, and its settings are unknown"
_WINDOW = ("SourceParameters", "SqsQueueParameters", "MaximumBatchingWindowInSeconds")

_ELSEWHERE = fixed("what ends its tries is set where the source is, not on the pipe", RetryOwner.STREAM, keeps=True)
_INTERNAL = fixed("a pipe retries internal errors by itself, and no setting counts them")
_TOPIC = Layer(
    RetryOwner.STREAM,
    keeps=True,
    no_offer="for Kafka, pipes have no limit to set",
    then="until then this reader takes no later record of the partition",
    to_bound="catch in the code what cannot be processed and send it to a queue: for Kafka, pipes have no limit to set",
)


def pipe_source(wiring: Wiring, resource: Resource) -> Tries | None:
    """Hops from the source into the pipe.

    Gives the tries that the pipe itself spends on an internal error: with a queue they do not count as receives. With
    a stream they are tries of the batch like any other, so there are none to give.
    """
    value = wiring.props(resource).value("Source")
    internal: Tries | None = None
    for target in wiring.targets(resource, value):
        source = wiring.app.resource(target.address)
        if source is None:
            _from_outside(wiring, resource, target)
        elif source.type == QUEUE:
            _from_queue(wiring, resource, source, target)
            internal = _until_expiry(wiring, source)
        elif source.type in STREAMS:
            _from_stream(wiring, resource, source, target)
        elif source.type == BROKER:
            name = _parameter(wiring, resource, _BROKER_QUEUES)
            _until_it_succeeds(wiring, resource, source.site_id, target, name or "Source", _BY_THE_BROKER)
        elif source.type in CLUSTERS:
            name = _parameter(wiring, resource, _KAFKA_TOPICS)
            read = topic(wiring, source.site_id, _text(wiring, resource, name)) if name else source.site_id
            _from_topic(wiring, resource, read, target, name or "Source")
        else:
            wiring.unknown(resource, "Source", f"a pipe cannot read a resource of type {source.type}")
    return internal


def _from_outside(wiring: Wiring, resource: Resource, target: Target) -> None:
    """A source that is in none of the templates: what ends its tries is set there."""
    wiring.unknown(resource, "Source", target.why)
    if target.literal and "${?}" not in target.literal:
        _until_it_succeeds(wiring, resource, wiring.external(target.literal), target, "Source", _OUTSIDE)


def _until_it_succeeds(
    wiring: Wiring, resource: Resource, source: str, target: Target, property_: str, why: str
) -> None:
    """A source that counts no tries of its own: whatever fails is read again, and what ends that is not shown."""
    tries = Tries(None, Bound.TIME, ValueStatus.UNKNOWN, property_, why, backoff=None, layer=_ELSEWHERE)
    _uncounted(wiring, resource, source, target, tries)


def _from_topic(wiring: Wiring, resource: Resource, source: str, target: Target, property_: str) -> None:
    """A topic has no dead letters: whatever fails is read again until its retention ends, and no setting counts."""
    tries = Tries(
        None, Bound.TIME, ValueStatus.KNOWN, property_, "until the record expires", backoff=None, layer=_TOPIC
    )
    _uncounted(wiring, resource, source, target, tries)


def _guard(wiring: Wiring, resource: Resource, source: str = "") -> Guard:
    """The pipe's filter; with a queue, that this pipe receives the message."""
    criteria = wiring.props(resource).at("SourceParameters", "FilterCriteria")
    pattern = filters(criteria) if criteria.exists("Filters") else None
    return Guard(pattern, (Option(source, resource.site_id),) if source else ())


def _uncounted(wiring: Wiring, resource: Resource, source: str, target: Target, tries: Tries) -> None:
    wiring.hop(
        source,
        resource.site_id,
        "pipe-source",
        Place(resource.address, tries.setting),
        awaits=True,
        tries=dict.fromkeys(CLASSES, tries),
        conditions=under(resource, target),
        guard=_guard(wiring, resource),
    )


def _parameter(wiring: Wiring, resource: Resource, names: tuple[str, ...]) -> str | None:
    """The property that is set of several."""
    paths = (f"SourceParameters.{name}" for name in names)
    return next((path for path in paths if wiring.props(resource).exists(*path.split("."))), None)


def _text(wiring: Wiring, resource: Resource, property_: str) -> str:
    return render(wiring.props(resource).value(*property_.split(".")))


def _from_queue(wiring: Wiring, resource: Resource, source: Resource, target: Target) -> None:
    wiring.hop(
        source.site_id,
        resource.site_id,
        "pipe-source",
        Place(source.address, "RedrivePolicy.maxReceiveCount"),
        awaits=True,
        tries=dict.fromkeys(CLASSES, _received(wiring, resource, source)),
        conditions=under(resource, target),
        guard=_guard(wiring, resource, source.site_id),
    )


def _received(wiring: Wiring, resource: Resource, source: Resource) -> Tries:
    """Receives of a message, with the interval that a batching window brings."""
    window = wiring.props(resource).integer(*_WINDOW, default=0)
    if window.value == 0:
        return receives(wiring, source)
    by = " (the pipe's batching window)"
    if window.value is None:
        wiring.unknown(resource, window.property, window.why)
        return receives(wiring, source, None, by)
    return receives(wiring, source, float(WINDOWED_VISIBILITY.value + window.value), by)


def _until_expiry(wiring: Wiring, source: Resource) -> Tries:
    retention = wiring.props(source).integer("MessageRetentionPeriod", default=RETENTION.value)
    until = "until the message expires"
    if retention.value is not None:
        until = f"until the message is {in_words(retention.value)} old"
    limit = None if retention.value is None else float(retention.value)
    note = f"the pipe retries internal errors {until}"
    return Tries(None, Bound.TIME, retention.status, "Target", note, backoff=None, limit=limit, layer=_INTERNAL)


def _from_stream(wiring: Wiring, resource: Resource, source: Resource, target: Target) -> None:
    name = "KinesisStreamParameters" if source.type == KINESIS else "DynamoDBStreamParameters"
    section = wiring.props(resource).at("SourceParameters", name)
    retries = section.integer("MaximumRetryAttempts", default=UNLIMITED)
    dead_letters = section.at("DeadLetterConfig", "Arn")
    wiring.hop(
        source.site_id,
        resource.site_id,
        "pipe-source",
        Place(resource.address, retries.property),
        awaits=True,
        tries=stream_tries(
            wiring,
            resource,
            section,
            retention_of(wiring, source),
            "a dead-letter queue",
            section.exists("DeadLetterConfig", "Arn"),
            sent_by_role(wiring, resource, dead_letters.property, resource, "RoleArn"),
            retained_by(source, wiring),
        ),
        conditions=under(resource, target),
        guard=_guard(wiring, resource),
    )
    if not dead_letters.exists() and retries.value is not None and retries.value >= 0:
        what = "the pipe discards the batch after its last try and reads on"
        place = Place(resource.address, dead_letters.property)
        puts = sent_by_role(wiring, resource, dead_letters.property, resource, "RoleArn")
        fix = f"give the pipe's source a dead-letter queue, {WATCHED}"
        wiring.drops.append(Drop(source.site_id, place, what, fix, puts))
    for site, end in wiring.receivers(resource, dead_letters.property, dead_letters.value(), Arrival.ASYNC):
        wiring.hop(
            source.site_id,
            site,
            "dead-letter",
            Place(resource.address, dead_letters.property),
            when=When.EXHAUSTED,
            conditions=under(resource, target, end),
        )
