"""What an event source mapping reads, and how often it reads a batch again when the function fails.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.layers import Put, RetryOwner, fixed
from seawall.graph.model import CLASSES, Place, Tries
from seawall.template import Resource, Target, ValueStatus

from ..kafka.clusters import CLUSTERS, bootstrap, kafka_tries, topic_read
from ..keeping import sent_by_role
from ..mq.brokers import BROKER, DOCUMENTS, broker_tries, document_tries
from ..sqs.queues import QUEUE, receives
from ..streams.streams import CONSUMER, DYNAMODB_RETENTION, STREAMS, retained_by, retention_of, stream_of, stream_tries
from ..wiring import Wiring
from .functions import function_of

_OUTSIDE = "the source is in none of the templates, and its settings are unknown"
_FEEDS_LAMBDA = "AWS asks for 5 or more where a queue feeds Lambda"
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, read 2026-11-22."""
_ELSEWHERE = fixed("the queue is in none of the templates", RetryOwner.QUEUE, keeps=True)


class MappingSource(Struct, frozen=True):
    """One thing that a mapping reads."""

    site: str
    tries: Mapping[str, Tries]
    place: Place
    """Of the setting that decides."""
    conditions: tuple[str, ...] = ()
    traced: bool = False
    competes: bool = False
    """An event goes to one reader only: a queue's are not copied."""
    discards: bool = False
    """The mapping itself gives up on a batch, and may send it on."""


class _Read(Struct, frozen=True):
    """A mapping and the resource that it reads, None where that is in none of the templates."""

    wiring: Wiring
    mapping: Resource
    found: Resource | None
    name: str
    """The source's site, or what the template calls it."""


def sources(wiring: Wiring, mapping: Resource) -> Iterator[MappingSource]:
    """What the mapping reads; what cannot be told is noted."""
    props = wiring.props(mapping)
    if props.exists("SelfManagedEventSource"):
        servers = bootstrap(props)
        if servers is None:
            wiring.unknown(mapping, "SelfManagedEventSource", "names no bootstrap servers")
        else:
            yield _kafka(_Read(wiring, mapping, None, servers), ())
        return
    if not props.exists("EventSourceArn"):
        wiring.unknown(mapping, "EventSourceArn", "the mapping names no event source")
    for target in wiring.targets(mapping, props.value("EventSourceArn")):
        found = wiring.app.resource(target.address)
        if found is not None and found.type == CONSUMER:
            found = stream_of(wiring, found)
        if found is not None and found.type not in _BY_TYPE:
            wiring.unknown(mapping, "EventSourceArn", f"event sources of type {found.type} are not modelled")
        elif found is None and not target.literal:
            wiring.unknown(mapping, "EventSourceArn", target.why or _OUTSIDE)
        else:
            name = found.site_id if found is not None else target.literal or ""
            read = _BY_TYPE[found.type] if found is not None else _outside(wiring, mapping, target)
            yield read(_Read(wiring, mapping, found, name), target.conditions)


def _site(read: _Read) -> str:
    return read.found.site_id if read.found is not None else read.wiring.external(read.name)


def _queue(read: _Read, conditions: tuple[str, ...]) -> MappingSource:
    if read.found is None:
        read.wiring.unknown(read.mapping, "EventSourceArn", _OUTSIDE)
        tries = Tries(
            None, status=ValueStatus.UNKNOWN, setting="EventSourceArn", note=_OUTSIDE, backoff=None, layer=_ELSEWHERE
        )
        place = Place(read.mapping.address, "EventSourceArn")
    else:
        tries = receives(read.wiring, read.found)
        if tries.layer is not None:
            tries = replace(tries, layer=replace(tries.layer, to_lower=_FEEDS_LAMBDA))
        place = Place(read.found.address, "RedrivePolicy.maxReceiveCount")
    return MappingSource(_site(read), dict.fromkeys(CLASSES, tries), place, conditions, traced=True, competes=True)


def _stream(read: _Read, conditions: tuple[str, ...]) -> MappingSource:
    props = read.wiring.props(read.mapping)
    if read.found is not None:
        retention = retention_of(read.wiring, read.found)
    else:
        retention = DYNAMODB_RETENTION.value if _service(read.name) == "dynamodb" else None
    kept = props.exists("DestinationConfig", "OnFailure", "Destination")
    keeping = destination(read.wiring, read.mapping)
    whose = retained_by(read.found, read.wiring)
    tries = stream_tries(read.wiring, read.mapping, props, retention, kept=kept, keeping=keeping, retained=whose)
    return MappingSource(
        _site(read), tries, Place(read.mapping.address, "MaximumRetryAttempts"), conditions, discards=True
    )


def destination(wiring: Wiring, mapping: Resource) -> tuple[Put, ...]:
    """An on-failure destination for a mapping, to which its function may send."""
    called = function_of(wiring, mapping)
    if called is None:
        return ()
    return sent_by_role(wiring, mapping, "DestinationConfig.OnFailure.Destination", called, "Role")


def _kafka(read: _Read, conditions: tuple[str, ...]) -> MappingSource:
    site = topic_read(read.wiring, read.mapping, _site(read))
    tries = kafka_tries(read.wiring, read.mapping)
    return MappingSource(site, tries, Place(read.mapping.address, "MaximumRetryAttempts"), conditions, discards=True)


def _broker(read: _Read, conditions: tuple[str, ...]) -> MappingSource:
    tries = broker_tries(read.wiring, read.mapping)
    place = Place(read.mapping.address, "EventSourceArn")
    return MappingSource(_site(read), tries, place, conditions, competes=True)


def _documents(read: _Read, conditions: tuple[str, ...]) -> MappingSource:
    tries = document_tries(read.wiring, read.found)
    return MappingSource(_site(read), tries, Place(read.mapping.address, "EventSourceArn"), conditions)


_Reader = Callable[[_Read, tuple[str, ...]], MappingSource]
_BY_TYPE: Mapping[str, _Reader] = {
    QUEUE: _queue,
    BROKER: _broker,
    DOCUMENTS: _documents,
    **dict.fromkeys(STREAMS, _stream),
    **dict.fromkeys(CLUSTERS, _kafka),
}
_BY_SERVICE: Mapping[str, _Reader] = {
    "sqs": _queue,
    "kinesis": _stream,
    "dynamodb": _stream,
    "kafka": _kafka,
    "mq": _broker,
    "rds": _documents,
}
"""For sources in none of the templates: by the service in their ARN."""
_BY_SETTING: tuple[tuple[str, _Reader], ...] = (
    ("DocumentDBEventSourceConfig", _documents),
    ("Queues", _broker),
    ("Topics", _kafka),
    ("StartingPosition", _stream),
)
"""Otherwise by a setting that only mappings on such sources have."""


def _outside(wiring: Wiring, mapping: Resource, target: Target) -> _Reader:
    by_service = _BY_SERVICE.get(_service(target.literal or ""))
    props = wiring.props(mapping)
    return by_service or next((read for setting, read in _BY_SETTING if props.exists(setting)), _queue)


def _service(arn: str) -> str:
    """The service in an ARN; empty where `arn` is none.

    >>> _service("arn:${AWS::Partition}:kafka:eu-west-1:1:cluster/orders/0")
    'kafka'
    """
    fields = arn.replace("AWS::", "").split(":")
    return fields[2] if fields[0] == "arn" and len(fields) > 5 else ""
