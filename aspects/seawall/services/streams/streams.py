"""Amazon Kinesis streams and DynamoDB tables with a stream, and how their readers retry.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html and
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, log2

from seawall.graph.durations import in_words
from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, Offer, Put, RetryOwner, Sets
from seawall.graph.model import Bound, FailureClass, Place, Site, Tries
from seawall.template import Props, Resource, Target, ValueStatus

from ..registry import Arrival, hops, receiver, sites
from ..tries import untold
from ..wiring import Wiring

KINESIS = "AWS::Kinesis::Stream"
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
STREAMS = (KINESIS, *TABLES)
DESTINATION = "an on-failure destination"
"""What may receive the batches that a mapping gives up on."""
CONSUMER = "AWS::Kinesis::StreamConsumer"
"""A reader of a Kinesis stream with throughput of its own; mappings name it in place of the stream."""
_KINESIS_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-kinesis-stream.html"
_DYNAMODB_PAGE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"

KINESIS_RETENTION = Fact(24, _KINESIS_PAGE, "2026-11-22")
"""Hours that a Kinesis stream keeps a record."""
DYNAMODB_RETENTION = Fact(86_400, _DYNAMODB_PAGE, "2026-11-22")
"""Seconds that a DynamoDB stream keeps a record: 24 hours, not configurable."""
_MAPPING_PAGE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html"
)
STREAM_BATCH = Fact(100, _MAPPING_PAGE, "2026-11-22")
"""Records in a batch where nothing is set."""
MOST_RECORDS = Fact(10_000, _MAPPING_PAGE, "2026-11-29")
"""Records in the largest batch."""
UNLIMITED = -1
"""`MaximumRetryAttempts` and `MaximumRecordAgeInSeconds`: until the record expires. The default of both."""


@sites(KINESIS)
def stream(wiring: Wiring, resource: Resource) -> None:
    """A stream is a site where records wait."""
    wiring.site(Site(resource.site_id, "stream", Place(resource.address)))


@sites(*TABLES)
def table(wiring: Wiring, resource: Resource) -> None:
    """A table is a site where its stream's records wait."""
    wiring.site(Site(resource.site_id, "table", Place(resource.address)))


@hops(*TABLES)
def copied(wiring: Wiring, resource: Resource) -> None:
    """A table may write every change into a Kinesis stream."""
    props = wiring.props(resource)
    sections = [props.at("KinesisStreamSpecification")]
    sections += [item.props.at("KinesisStreamSpecification") for item in props.items("Replicas")]
    for section in sections:
        named = section.at("StreamArn")
        for site, target in wiring.receivers(resource, named.property, named.value(), Arrival.ASYNC, "kinesis"):
            place = Place(resource.address, named.property)
            wiring.hop(resource.site_id, site, "kinesis-destination", place, conditions=target.conditions)


@receiver(*STREAMS)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Records arrive at the stream or table itself."""
    return resource.site_id


def stream_of(wiring: Wiring, consumer: Resource) -> Resource | None:
    """The stream that a consumer reads."""
    for target in wiring.targets(consumer, wiring.props(consumer).value("StreamARN"), "kinesis"):
        found = wiring.app.resource(target.address)
        if found is not None and found.type == KINESIS:
            return found
    return None


def gives_up(section: Props) -> bool:
    """Whether a count ends the tries of a batch, so that it is discarded."""
    retries = section.integer("MaximumRetryAttempts", default=UNLIMITED)
    return retries.value is not None and retries.value >= 0


def retention_of(wiring: Wiring, source: Resource) -> int | None:
    """Seconds that the stream keeps a record; None where that is unknown."""
    if source.type in TABLES:
        return DYNAMODB_RETENTION.value
    hours = wiring.props(source).integer("RetentionPeriodHours", default=KINESIS_RETENTION.value).value
    return None if hours is None else hours * 3_600


def retained_by(source: Resource | None, wiring: Wiring) -> str:
    """Who decides how long the stream keeps a record; empty where that is not known."""
    if source is None:
        return ""
    if source.type in TABLES:
        return "AWS's fixed limit"
    return wiring.props(source).integer("RetentionPeriodHours", default=KINESIS_RETENTION.value).whose


def _splits(section: Props) -> int:
    """How often a batch that keeps failing is halved until one record is left; halving is no retry.

    Where the size is unknown it is the largest that there is.
    """
    halved = section.flag("BisectBatchOnFunctionError").value
    if halved is False and not section.exists("OnPartialBatchItemFailure"):
        return 0
    size = section.integer("BatchSize", default=STREAM_BATCH.value).value
    return ceil(log2(max(1, MOST_RECORDS.value if size is None else size)))


def stream_tries(
    wiring: Wiring,
    resource: Resource,
    section: Props,
    retention: int | None,
    sink: str = DESTINATION,
    kept: bool = False,
    keeping: tuple[Put, ...] = (),
    retained: str = "",
) -> Mapping[str, Tries]:
    """Tries of a record as a mapping or pipe sets them in `section`: retries count errors, age bounds everything.

    `sink` is what may receive the batches that it gives up on; `kept` says that it has one, `keeping` gives it one;
    `retained` is who decides on the retention.
    """
    age = section.integer("MaximumRecordAgeInSeconds", default=UNLIMITED)
    retries = section.integer("MaximumRetryAttempts", default=UNLIMITED)
    bounds = [bound for bound in (retention, age.value) if bound is not None and bound != UNLIMITED]
    limit = min(bounds, default=None)
    until = f"until the record is {in_words(limit)} old" if limit else "until the record expires"
    status = retries.status if retries.value == UNLIMITED else ValueStatus.KNOWN
    layer = _layer(retries.status is ValueStatus.DEFAULT, sink, kept or retries.value != UNLIMITED, keeping)
    whose = "MaximumRecordAgeInSeconds" if limit is not None and limit == age.value else retained
    by_age = Tries(
        None,
        Bound.TIME,
        status,
        retries.property,
        until,
        limit=float(limit) if limit else None,
        limit_set=whose,
        layer=layer,
    )
    if retries.value is None:
        counted = untold(wiring, resource, retries, layer)
    elif retries.value == UNLIMITED:
        counted = by_age
    else:
        note = f"MaximumRetryAttempts = {retries.value}"
        splits = _splits(section)
        total = 1 + retries.value + splits
        if splits:
            note += f" + the first try + {splits} runs while its batch is halved = {total}"
        counted = Tries(
            total,
            Bound.COUNT,
            ValueStatus.KNOWN,
            retries.property,
            note,
            backoff=None,
            layer=layer,
            beside=splits,
            value=retries.value,
        )
    return {
        FailureClass.ERROR: counted,
        FailureClass.TIMEOUT: counted,
        FailureClass.THROTTLE: by_age,
        FailureClass.FAULT: by_age,
    }


METADATA = (
    "a queue gets the place of the failed records, not the records: read them from the stream before they expire, "
    "or send them to a bucket, which gets all of them"
)
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, read 2026-11-30."""


def _layer(default: bool, sink: str, kept: bool, keeping: tuple[Put, ...]) -> Layer:
    """What an author may set where a stream is read."""
    also = "" if kept else f" and {sink}"
    return Layer(
        RetryOwner.STREAM,
        keeps=True,
        limit=Offer(
            f"set MaximumRetryAttempts {{retries}}{also} where",
            "{source} is read",
            Sets.RETRIES,
            new=f"{{retries}}{also}",
            classes=frozenset({FailureClass.ERROR, FailureClass.TIMEOUT}),
            also=() if kept else keeping,
        ),
        uncounted=f"{'no MaximumRetryAttempts is set' if default else 'MaximumRetryAttempts is -1'} "
        f"on the {'mapping' if sink == DESTINATION else 'pipe'} that reads {{source}}",
        then="until then this reader takes no later record of the shard",
        to_bound=f"set MaximumRetryAttempts and {sink} where {{source}} is read",
        bound_note=METADATA if sink == DESTINATION else "",
        to_lower=TO_LOWER,
    )


TO_LOWER = "until the batch is given up, no later record behind it is read"
