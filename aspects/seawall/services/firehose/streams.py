"""Amazon Data Firehose: streams that deliver, the functions that transform what they deliver, and where it goes.

A function is called synchronously. Only a network timeout or Lambda's limit on invocations is retried; records whose
function failed otherwise go to the bucket as they are, so a failing function never makes the stream fail.

Sources: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html,
https://docs.aws.amazon.com/firehose/latest/dev/retry.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-kinesisfirehose-deliverystream.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seawall.graph.facts import Fact
from seawall.graph.guards import Event, Like, Scalar
from seawall.graph.layers import Layer, Offer, Sets, fixed
from seawall.graph.model import CLASSES, Bound, FailureClass, Place, Site, Tries, When
from seawall.template import Absent, Props, Resource, Target, ValueStatus, render

from ..conditions import under
from ..endpoints import endpoints
from ..ends import landings
from ..kafka.clusters import topic
from ..literals import CREATED
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring

DELIVERY_STREAM = "AWS::KinesisFirehose::DeliveryStream"

TRANSFORM_RETRIES = Fact(
    3, "https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html", "2026-11-22"
)
"""`NumberOfRetries` of a transforming function, the first try not included."""
_RETRIED = (FailureClass.THROTTLE, FailureClass.FAULT)
_HTTP = "HttpEndpointDestinationConfiguration"
_STORES: Mapping[str, tuple[tuple[tuple[str, ...], str, str], ...]] = {
    "S3DestinationConfiguration": ((("BucketARN",), "s3", "bucket"),),
    "ExtendedS3DestinationConfiguration": ((("BucketARN",), "s3", "bucket"),),
    "RedshiftDestinationConfiguration": ((("S3Configuration", "BucketARN"), "s3", "bucket"),),
    "AmazonopensearchserviceDestinationConfiguration": ((("DomainARN",), "es", "search-domain"),),
    "ElasticsearchDestinationConfiguration": ((("DomainARN",), "es", "search-domain"),),
    "AmazonOpenSearchServerlessDestinationConfiguration": ((("CollectionEndpoint",), "aoss", "search-domain"),),
}
"""By destination: where its receiver is named, what a bare name names, and the kind of site it is."""
_OUTSIDE = {
    "SplunkDestinationConfiguration": ("HECEndpoint",),
    "SnowflakeDestinationConfiguration": ("AccountUrl",),
    "IcebergDestinationConfiguration": ("CatalogConfiguration", "CatalogArn"),
}
_SOURCES = (("KinesisStreamSourceConfiguration", "KinesisStreamARN"), ("MSKSourceConfiguration", "MSKClusterARN"))


@sites(DELIVERY_STREAM)
def delivery_stream(wiring: Wiring, resource: Resource) -> None:
    """A delivery stream is a site where records wait."""
    wiring.site(Site(resource.site_id, "delivery-stream", Place(resource.address)))


@receiver(DELIVERY_STREAM)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Records arrive at the stream itself."""
    return resource.site_id


@hops(DELIVERY_STREAM)
def source(wiring: Wiring, resource: Resource) -> None:
    """What the stream reads. It reads on whatever becomes of a record, so nothing is read twice."""
    for section, name in _SOURCES:
        read = wiring.props(resource).at(section, name)
        topic_name = wiring.props(resource).value(section, "TopicName")
        for holder, target in wiring.receivers(resource, read.property, read.value(), Arrival.ASYNC, "kinesis"):
            site = holder if isinstance(topic_name, Absent) else topic(wiring, holder, render(topic_name))
            place = Place(resource.address, read.property)
            wiring.hop(site, resource.site_id, "firehose-source", place, conditions=under(resource, target))


@hops(DELIVERY_STREAM)
def destinations(wiring: Wiring, resource: Resource) -> None:
    """The functions on the way to each destination, the destination, and the bucket for what cannot be delivered."""
    props = wiring.props(resource)
    for name in (*_STORES, *_OUTSIDE, _HTTP):
        section = props.at(name)
        if not section.exists():
            continue
        _transforms(wiring, resource, section)
        for path, service, kind in _STORES.get(name, ()):
            keys = _written(section.at(*path[:-1])) if service == "s3" else None
            _store(wiring, resource, section.at(*path), service, kind, When.ALWAYS, keys)
        if name in _OUTSIDE:
            outside = section.at(*_OUTSIDE[name])
            _store(wiring, resource, outside, "", "endpoint", When.ALWAYS)
        if name == _HTTP:
            _endpoint(wiring, resource, section)
        backup = "S3BackupConfiguration" if section.exists("S3BackupConfiguration") else "S3Configuration"
        if name not in ("RedshiftDestinationConfiguration", "S3DestinationConfiguration") or "Backup" in backup:
            keys = _written(section.at(backup))
            _store(wiring, resource, section.at(backup, "BucketARN"), "s3", "bucket", When.EXHAUSTED, keys)


def _transforms(wiring: Wiring, resource: Resource, section: Props) -> None:
    if section.flag("ProcessingConfiguration", "Enabled", default=True).value is False:
        return
    for item in section.items("ProcessingConfiguration", "Processors"):
        given = {
            parameter.props.text("ParameterName").value: parameter.props.at("ParameterValue")
            for parameter in item.props.items("Parameters")
        }
        function = given.get("LambdaArn")
        if function is None:
            continue
        tries = _tries(wiring, resource, given.get("NumberOfRetries"))
        for site, target in wiring.receivers(resource, function.property, function.value(), Arrival.SYNC, "lambda"):
            wiring.hop(
                resource.site_id,
                site,
                "firehose-transform",
                Place(resource.address, function.property),
                awaits=True,
                tries=dict.fromkeys(_RETRIED, tries),
                shows=dict.fromkeys(CLASSES),
                conditions=under(resource, item, target),
            )


_TRANSFORM = Layer(
    drop=Offer(
        "set NumberOfRetries {retries} on the transformation by",
        "{target}",
        Sets.OTHER,
        new="NumberOfRetries {retries}",
    ),
)
_BY_DURATION = fixed("RetryOptions.DurationInSeconds ends these tries, and no count does")


def _tries(wiring: Wiring, resource: Resource, retries: Props | None) -> Tries:
    total, status, setting = TRANSFORM_RETRIES.value, ValueStatus.DEFAULT, "NumberOfRetries"
    if retries is not None:
        given = retries.integer()
        if given.value is None:
            wiring.unknown(resource, retries.property, given.why)
            return Tries(
                None, status=ValueStatus.UNKNOWN, setting=setting, note=given.why, backoff=None, layer=_TRANSFORM
            )
        total, status = given.value, ValueStatus.KNOWN
    note = f"NumberOfRetries = {total}" + (" by default" if status is ValueStatus.DEFAULT else "")
    return Tries(1 + total, Bound.COUNT, status, setting, note, backoff=None, layer=_TRANSFORM, value=total)


def _endpoint(wiring: Wiring, resource: Resource, section: Props) -> None:
    """An HTTP endpoint's answer is awaited; it is tried again for a duration, in steps that are not documented."""
    url = section.at("EndpointConfiguration", "Url")
    duration = section.integer("RetryOptions", "DurationInSeconds")
    limit = None if duration.value is None else float(duration.value)
    note = "retried for RetryOptions.DurationInSeconds, how often is not documented"
    again = Tries(
        None, Bound.TIME, ValueStatus.UNKNOWN, duration.property, note, backoff=None, limit=limit, layer=_BY_DURATION
    )
    for found in endpoints(wiring, resource, url.property, url.value(), "POST"):
        wiring.hop(
            resource.site_id,
            found.site,
            "firehose-destination",
            Place(resource.address, duration.property),
            awaits=True,
            tries=dict.fromkeys(CLASSES, Tries(1) if duration.value == 0 else again),
            shows=dict.fromkeys(CLASSES),
            conditions=under(resource, found.target),
            event=found.event,
        )


def _written(section: Props) -> Event:
    """What is known of the objects that are written to a bucket: a prefix for them, and one for what could not be
    delivered, with parts that Firehose fills in; where none is set, and behind one that names no time, stands the time.
    """
    keys: set[Scalar] = set()
    for name in ("Prefix", "ErrorOutputPrefix"):
        if name == "Prefix" or section.exists(name):
            prefix = section.text(name, default="").value
            keys.add(
                Like(("", "") if prefix is None else (*_FILLED_IN.split(prefix), "") if prefix else (_CENTURY, ""))
            )
    return {("eventName",): frozenset((CREATED,)), ("key",): frozenset(keys)}


_FILLED_IN = re.compile(r"!\{[^}]*\}")
_CENTURY = "20"
"""What a key begins with where no prefix is set: ``YYYY/MM/dd/HH/``.

Source: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html, read 2026-11-30
"""


def _store(
    wiring: Wiring,
    resource: Resource,
    named: Props,
    service: str,
    kind: str,
    when: When,
    event: Event | None = None,
) -> None:
    for site, target in landings(wiring, resource, named.property, named.value(), Arrival.ASYNC, service, kind):
        wiring.hop(
            resource.site_id,
            site,
            "firehose-destination",
            Place(resource.address, named.property),
            when=when,
            conditions=under(resource, target),
            event=event,
        )
