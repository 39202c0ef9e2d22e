"""Kafka: whose retries are counted, and where a batch goes that Lambda gives up on."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Bound, When

from .conftest import Raw, Wire, arn, function, hop, hops, queue, ref, resource, totals, whys

CLUSTER = resource("MSK::Cluster")
POLLERS: dict[str, Any] = {"ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 3}}
ALONE: dict[str, Any] = {
    "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": ["kafka.example.org:9092", "b:9092"]}}
}
COUNTED = {"error": 4, "timeout": 4, "throttle": None, "fault": None}


def mapping(**settings: Any) -> Raw:
    source: dict[str, Any] = {} if "SelfManagedEventSource" in settings else {"EventSourceArn": ref("Kafka")}
    return resource("Lambda::EventSourceMapping", FunctionName=ref("Fn"), Topics=["orders"], **source, **settings)


def to(destination: Any) -> Raw:
    return {"DestinationConfig": {"OnFailure": {"Destination": destination}}}


def read(wire: Wire, **settings: Any) -> Any:
    return wire({"Kafka": CLUSTER, "Fn": function(), "Map": mapping(**settings), "Dead": queue()})


@pytest.mark.parametrize("kind", ["Cluster", "ServerlessCluster"])
@pytest.mark.parametrize("pollers", [{}, POLLERS])
def test_without_settings_only_the_age_of_a_record_ends_it(wire: Wire, kind: str, pollers: Raw) -> None:
    template = {"Kafka": resource(f"MSK::{kind}"), "Fn": function(), "Map": mapping(**pollers)}
    wiring = wire(template)
    found = hop(wiring, "Kafka#orders", "Fn")
    assert (found.awaits, found.traced) == (True, False)
    assert totals(found) == dict.fromkeys(COUNTED, None)
    tries = found.tries_for("error")
    assert (tries.bounded_by, tries.limit, tries.unknown) == (Bound.TIME, None, False)
    assert not whys(wiring)
    assert not wiring.drops
    assert wiring.sites["app/Kafka#orders"].kind == "kafka-topic"


def test_provisioned_pollers_count_retries(wire: Wire) -> None:
    wiring = read(wire, MaximumRetryAttempts=3, **POLLERS)
    found = hop(wiring, "Kafka#orders", "Fn")
    assert totals(found) == COUNTED
    assert not found.tries_for("error").unknown
    assert [drop.site for drop in wiring.drops] == ["app/Kafka#orders"]


def test_the_age_that_is_set_bounds_the_rest(wire: Wire) -> None:
    found = hop(read(wire, MaximumRecordAgeInSeconds=3_600, **POLLERS), "Kafka#orders", "Fn")
    assert {found.tries_for(failure).limit for failure in COUNTED} == {3_600}


@pytest.mark.parametrize("unlimited", [{}, {"MaximumRetryAttempts": -1}])
@pytest.mark.parametrize("end", [arn("Dead"), "kafka://failed"])
def test_unlimited_retries_with_a_destination_are_ten(wire: Wire, unlimited: Raw, end: Any) -> None:
    found = hop(read(wire, **POLLERS, **unlimited, **to(end)), "Kafka#orders", "Fn")
    assert totals(found) == {"error": 11, "timeout": 11, "throttle": None, "fault": None}
    assert found.tries_for("error").note == "10 retries at most, with an on-failure destination"


def test_a_count_that_is_set_holds_with_a_destination(wire: Wire) -> None:
    assert (
        totals(hop(read(wire, MaximumRetryAttempts=3, **POLLERS, **to(arn("Dead"))), "Kafka#orders", "Fn")) == COUNTED
    )


@pytest.mark.parametrize(("settings", "least"), [({"MaximumRetryAttempts": 3}, 4), (to(arn("Dead")), 11)])
def test_without_pollers_no_page_says_that_a_count_acts(wire: Wire, settings: Raw, least: int) -> None:
    wiring = read(wire, **settings)
    tries = hop(wiring, "Kafka#orders", "Fn").tries_for("error")
    assert (tries.total, tries.unknown) == (least, True)
    assert set(whys(wiring)) == {"Map.ProvisionedPollerConfig"}


@pytest.mark.parametrize(
    ("end", "site"),
    [
        (arn("Dead"), "Dead"),
        (ref("Topic"), "Topic"),
        (arn("Bucket"), "Bucket"),
        ("kafka://failed", "Kafka#failed"),
    ],
)
def test_discarded_batches_are_sent_on(wire: Wire, end: Any, site: str) -> None:
    ends = {"Dead": queue(), "Topic": resource("SNS::Topic"), "Bucket": resource("S3::Bucket")}
    wiring = wire(ends | {"Kafka": CLUSTER, "Fn": function(), "Map": mapping(**POLLERS, **to(end))})
    found = hop(wiring, "Kafka#orders", site)
    assert (found.kind, found.when, found.awaits) == ("destination", When.EXHAUSTED, False)
    assert "DestinationConfig.OnFailure.Destination" in {put.property for put in found.instead}
    assert not wiring.drops


def test_a_failure_topic_may_be_read_again(wire: Wire) -> None:
    again = resource(
        "Lambda::EventSourceMapping", FunctionName=ref("Late"), EventSourceArn=ref("Kafka"), Topics=["failed"]
    )
    first = mapping(**POLLERS, **to("kafka://failed"))
    wiring = wire({"Kafka": CLUSTER, "Fn": function(), "Late": function(), "Map": first, "Again": again})
    assert hop(wiring, "Kafka#orders", "Kafka#failed")
    assert hop(wiring, "Kafka#failed", "Late")


def test_a_cluster_of_ones_own(wire: Wire) -> None:
    wiring = wire({"Fn": function(), "Map": mapping(MaximumRetryAttempts=3, **POLLERS, **ALONE)})
    found = hop(wiring, "external:kafka.example.org:9092#orders", "Fn")
    assert totals(found) == COUNTED
    assert not whys(wiring)


def test_a_cluster_in_none_of_the_templates(wire: Wire) -> None:
    outside = "arn:aws:kafka:eu-west-1:1:cluster/orders/0"
    settings: dict[str, Any] = {"EventSourceArn": outside, "MaximumRetryAttempts": 3, "Topics": ["orders"], **POLLERS}
    wiring = wire({"Fn": function(), "Map": resource("Lambda::EventSourceMapping", FunctionName=ref("Fn"), **settings)})
    assert totals(hop(wiring, f"external:{outside}#orders", "Fn")) == COUNTED


def test_a_self_managed_source_without_servers_is_said(wire: Wire) -> None:
    wiring = wire({"Fn": function(), "Map": mapping(SelfManagedEventSource={"Endpoints": {}})})
    assert not hops(wiring)
    assert set(whys(wiring)) == {"Map.SelfManagedEventSource"}


def test_what_is_sent_to_the_cluster_reaches_one_of_its_topics(wire: Wire) -> None:
    stated = {"seawall": {"sends_to": [{"to": ref("Kafka"), "when": "always"}]}}
    template = {"Kafka": CLUSTER, "Fn": function(), "Map": mapping(), "Sender": function() | {"Metadata": stated}}
    found = hop(wire(template), "Kafka", "Kafka#orders")
    assert (found.awaits, bool(found.guard.options)) == (False, True)
    del template["Sender"]
    assert not hops(wire(template), "Kafka"), "nobody writes, so the topic is where events come in"
