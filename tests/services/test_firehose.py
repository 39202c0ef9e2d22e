"""Delivery streams: sources, transforming functions, destinations."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import When
from seawall.retries import analyse
from seawall.services import build

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, resource, shown, totals, whys
from .test_attempts_by_source import transform

BUCKET = resource("S3::Bucket")


def stream(**properties: Any) -> Raw:
    return resource("KinesisFirehose::DeliveryStream", **properties)


def test_a_failing_function_never_fails_the_stream(wire: Wire) -> None:
    found = hop(wire({"Fn": function(), "To": transform()}), "To", "Fn")
    assert (found.kind, found.awaits) == ("firehose-transform", True)
    assert totals(found) == {"error": 1, "timeout": 1, "throttle": 4, "fault": 4}, "1 + 3 by default"
    assert shown(found) == dict.fromkeys(shown(found)), "such records go to the bucket"


def test_a_count_that_cannot_be_resolved(wire: Wire) -> None:
    wiring = wire(
        {"Fn": function(), "To": transform(NumberOfRetries={"Ref": "Free"})}, Parameters={"Free": {"Type": "String"}}
    )
    assert hop(wiring, "To", "Fn").tries_for("fault").unknown
    (property_,) = whys(wiring)
    assert property_.endswith("Parameters.1.ParameterValue")


def test_processing_that_is_switched_off(wire: Wire) -> None:
    off = transform()
    off["Properties"]["ExtendedS3DestinationConfiguration"]["ProcessingConfiguration"]["Enabled"] = False
    assert not hops(wire({"Fn": function(), "To": off}), target="Fn")


def test_kinesis_source_is_read_on(wire: Wire) -> None:
    reading = stream(KinesisStreamSourceConfiguration={"KinesisStreamARN": arn("Stream")})
    found = hop(wire({"Stream": resource("Kinesis::Stream"), "To": reading}), "Stream", "To")
    assert (found.kind, found.awaits) == ("firehose-source", False)


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("S3DestinationConfiguration", {"BucketARN": arn("Bucket")}),
        ("ExtendedS3DestinationConfiguration", {"BucketARN": arn("Bucket")}),
        ("RedshiftDestinationConfiguration", {"S3Configuration": {"BucketARN": arn("Bucket")}}),
    ],
)
def test_the_bucket_is_written_to(wire: Wire, name: str, section: Raw) -> None:
    found = hop(wire({"Bucket": BUCKET, "To": stream(**{name: section})}), "To", "Bucket")
    assert (found.kind, found.awaits, found.when) == ("firehose-destination", False, When.ALWAYS)


def endpoint(**settings: Any) -> Raw:
    section = {
        "EndpointConfiguration": {"Url": "https://example.org/records"},
        "S3Configuration": {"BucketARN": arn("Bucket")},
        **settings,
    }
    return stream(HttpEndpointDestinationConfiguration=section)


def test_an_endpoint_is_tried_for_a_time(wire: Wire) -> None:
    wiring = wire({"Bucket": BUCKET, "To": endpoint(RetryOptions={"DurationInSeconds": 60})})
    found = hop(wiring, "To", "external:https://example.org/records")
    assert found.awaits
    assert totals(found) == everywhere(None), "how often within the time is not documented"
    assert (found.tries_for("error").limit, found.tries_for("error").unknown) == (60, True)
    assert hop(wiring, "To", "Bucket").when is When.EXHAUSTED, "what cannot be delivered"


def test_an_endpoint_that_is_tried_once(wire: Wire) -> None:
    wiring = wire({"Bucket": BUCKET, "To": endpoint(RetryOptions={"DurationInSeconds": 0})})
    assert totals(hop(wiring, "To", "external:https://example.org/records")) == everywhere(1)


@pytest.mark.parametrize(
    ("prefix", "comes_back"),
    [
        ({}, False),  # 2026/11/30/10/...
        ({"Prefix": "in/"}, True),
        ({"Prefix": "in/!{timestamp:yyyy}/"}, True),
        ({"Prefix": "!{timestamp:yyyy}/in/"}, True),  # what Firehose fills in is not known
        ({"Prefix": "out/"}, False),
        ({"Prefix": "out/!{timestamp:yyyy}/in/"}, False),
        ({"Prefix": "out/", "ErrorOutputPrefix": "in/bad/"}, True),
        ({"Prefix": {"Fn::ImportValue": "prefix"}}, True),
    ],
)
def test_objects_have_the_prefix_that_the_stream_writes(wire: Wire, prefix: Raw, comes_back: bool) -> None:
    """Objects below in/ wake a function that writes to the stream."""
    rules = [{"Name": "prefix", "Value": "in/"}]
    woken = {"Event": "s3:ObjectCreated:*", "Function": arn("Fn"), "Filter": {"S3Key": {"Rules": rules}}}
    allowed = {"Effect": "Allow", "Action": "firehose:PutRecord", "Resource": arn("To")}
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": [allowed]}}]
    store = {"BucketARN": arn("Bucket"), **prefix}
    resources = {
        "Bucket": resource("S3::Bucket", NotificationConfiguration={"LambdaConfigurations": [woken]}),
        "To": stream(ExtendedS3DestinationConfiguration=store),
        "Fn": function(Role=arn("Role"), Environment={"Variables": {"TO": {"Ref": "To"}}}),
        "Role": resource("IAM::Role", Policies=policies),
    }
    assert bool(analyse(build(wire(resources).app)).loops) is comes_back
