"""Event source mappings: what they read, and what is theirs to retry."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import When

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, join, queue, ref, resource, shown, totals, whys

STREAM = resource("Kinesis::Stream")
TABLE = resource("DynamoDB::Table", StreamSpecification={"StreamViewType": "NEW_IMAGE"})
TABLE_STREAM = {"Fn::GetAtt": ["Table", "StreamArn"]}


def mapping(source: Any, name: Any = None, **properties: Any) -> Raw:
    return resource("Lambda::EventSourceMapping", EventSourceArn=source, FunctionName=name or ref("Fn"), **properties)


def test_the_mapping_awaits_its_function(wire: Wire) -> None:
    found = hop(wire({"Queue": queue(), "Fn": function(), "Map": mapping(arn("Queue"))}), "Queue", "Fn")
    assert (found.kind, found.awaits, found.traced) == ("event-source-mapping", True, True)
    assert shown(found) == {failure: failure for failure in shown(found)}


def test_retry_settings_do_not_apply_to_queues(wire: Wire) -> None:
    settings = {"MaximumRetryAttempts": 2, "MaximumRecordAgeInSeconds": 60, "BisectBatchOnFunctionError": True}
    template = {"Dead": queue(), "Queue": queue(5), "Fn": function(), "Map": mapping(arn("Queue"), **settings)}
    assert totals(hop(wire(template), "Queue", "Fn")) == everywhere(5)


@pytest.mark.parametrize(("enabled", "found"), [(False, 0), (True, 1), ("false", 0)])
def test_a_disabled_mapping_delivers_nothing(wire: Wire, enabled: Any, found: int) -> None:
    wiring = wire({"Queue": queue(), "Fn": function(), "Map": mapping(arn("Queue"), Enabled=enabled)})
    assert len(hops(wiring, "Queue", "Fn")) == found


def test_through_an_alias_the_function_runs(wire: Wire) -> None:
    alias = resource("Lambda::Alias", FunctionName=ref("Fn"), FunctionVersion="1", Name="live")
    parts = {"Fn::Select": [6, {"Fn::Split": [":", ref("Live")]}]}
    wiring = wire(
        {"Queue": queue(), "Fn": function(), "Live": alias, "Map": mapping(arn("Queue"), join(parts, ":live"))}
    )
    assert hop(wiring, "Queue", "Fn")


@pytest.mark.parametrize(("source", "settings"), [("Stream", {}), ("Table", {"MaximumRecordAgeInSeconds": 3_600})])
def test_streams_try_until_the_record_is_too_old(wire: Wire, source: str, settings: Raw) -> None:
    value = arn("Stream") if source == "Stream" else TABLE_STREAM
    wiring = wire({"Stream": STREAM, "Table": TABLE, "Fn": function(), "Map": mapping(value, **settings)})
    found = hop(wiring, source, "Fn")
    assert totals(found) == everywhere(None)
    assert found.tries_for("error").limit == settings.get("MaximumRecordAgeInSeconds", 86_400)
    assert not found.traced, "loop detection does not see streams"
    assert not wiring.drops


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (1, 2), (3, 4), (-1, None)])
def test_the_count_bounds_errors_and_timeouts_only(wire: Wire, retries: int, tries: int | None) -> None:
    wiring = wire({"Table": TABLE, "Fn": function(), "Map": mapping(TABLE_STREAM, MaximumRetryAttempts=retries)})
    assert totals(hop(wiring, "Table", "Fn")) == {"error": tries, "timeout": tries, "throttle": None, "fault": None}


@pytest.mark.parametrize(
    ("settings", "tries"),
    [
        # The whole batch, one half after another down to the record alone, which is tried 1 + 2 times in all.
        ({"BatchSize": 4}, 1 + 2 + 2),
        ({"BatchSize": 1}, 1 + 2),
        ({"BatchSize": 5}, 1 + 2 + 3),
        ({}, 1 + 2 + 7),
        ({"BatchSize": ref("Size")}, 1 + 2 + 14),
        ({"BatchSize": 4, "BisectBatchOnFunctionError": False}, 1 + 2),
    ],
)
def test_halving_a_batch_uses_up_no_retries(wire: Wire, settings: Raw, tries: int) -> None:
    settings = {"MaximumRetryAttempts": 2, "BisectBatchOnFunctionError": True, **settings}
    wiring = wire(
        {"Table": TABLE, "Fn": function(), "Map": mapping(TABLE_STREAM, **settings)},
        Parameters={"Size": {"Type": "Number"}},
    )
    assert totals(hop(wiring, "Table", "Fn")) == {"error": tries, "timeout": tries, "throttle": None, "fault": None}


def test_an_age_that_only_the_deployment_knows_is_no_number(wire: Wire) -> None:
    retries = {"Retries": {"Type": "Number"}}
    wiring = wire(
        {"Table": TABLE, "Fn": function(), "Map": mapping(TABLE_STREAM, MaximumRetryAttempts=ref("Retries"))},
        Parameters=retries,
    )
    assert hop(wiring, "Table", "Fn").tries_for("error").unknown
    assert "Map.MaximumRetryAttempts" in whys(wiring)


def test_discarded_batches_go_to_the_destination_or_are_lost(wire: Wire) -> None:
    end = {"OnFailure": {"Destination": arn("Dead")}}
    template = {"Table": TABLE, "Dead": queue(), "Fn": function()}
    kept = wire(template | {"Map": mapping(TABLE_STREAM, MaximumRetryAttempts=3, DestinationConfig=end)})
    assert hop(kept, "Table", "Dead").when is When.EXHAUSTED
    assert not kept.drops
    lost = wire(template | {"Map": mapping(TABLE_STREAM, MaximumRetryAttempts=3)})
    assert [drop.site for drop in lost.drops] == ["app/Table"]


def test_a_queue_from_outside_has_unknown_tries(wire: Wire) -> None:
    outside = "arn:aws:sqs:eu-west-1:111122223333:orders"
    wiring = wire({"Fn": function(), "Map": mapping(outside)})
    found = hop(wiring, f"external:{outside}", "Fn")
    assert found.awaits
    assert found.tries_for("error").unknown, "never taken for a queue without a redrive policy"
    assert "Map.EventSourceArn" in whys(wiring)


@pytest.mark.parametrize(
    "source", ["arn:aws:kinesis:eu-west-1:1:stream/orders", "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026"]
)
def test_a_stream_from_outside_is_retried_as_the_mapping_says(wire: Wire, source: str) -> None:
    wiring = wire({"Fn": function(), "Map": mapping(source, MaximumRetryAttempts=3)})
    found = hop(wiring, f"external:{source}", "Fn")
    assert totals(found) == {"error": 4, "timeout": 4, "throttle": None, "fault": None}
    assert found.tries_for("fault").limit == (86_400 if "dynamodb" in source else None)
    assert not whys(wiring), "the mapping says all that counts"


def test_a_source_that_only_a_parameter_names_is_told_by_the_settings(wire: Wire) -> None:
    named = {"Fn::Sub": "${Where}/stream"}
    wiring = wire(
        {"Fn": function(), "Map": mapping(named, StartingPosition="LATEST", MaximumRetryAttempts=1)},
        Parameters={"Where": {"Type": "String", "Default": "orders"}},
    )
    assert hop(wiring, "external:orders/stream", "Fn").tries_for("error").total == 2


def test_a_consumer_reads_its_stream(wire: Wire) -> None:
    consumer = resource("Kinesis::StreamConsumer", StreamARN=arn("Stream"), ConsumerName="fast")
    read = {"Fn::GetAtt": ["Fast", "ConsumerARN"]}
    wiring = wire({"Stream": STREAM, "Fast": consumer, "Fn": function(), "Map": mapping(read, MaximumRetryAttempts=2)})
    assert hop(wiring, "Stream", "Fn").tries_for("error").total == 3


@pytest.mark.parametrize("settings", [{"TumblingWindowInSeconds": 60}, {"ParallelizationFactor": 10}])
def test_windows_and_parallel_batches_change_no_tries(wire: Wire, settings: Raw) -> None:
    read = mapping(TABLE_STREAM, MaximumRetryAttempts=3, **settings)
    assert hop(wire({"Table": TABLE, "Fn": function(), "Map": read}), "Table", "Fn").tries_for("error").total == 4


def test_pollers_change_no_receives(wire: Wire) -> None:
    read = mapping(arn("Queue"), ProvisionedPollerConfig={"MinimumPollers": 2, "MaximumPollers": 200})
    wiring = wire({"Dead": queue(), "Queue": queue(5), "Fn": function(), "Map": read})
    assert totals(hop(wiring, "Queue", "Fn")) == everywhere(5)


@pytest.mark.parametrize("source", ["Queue", "Table"])
def test_a_filter_is_an_assumption(wire: Wire, source: str) -> None:
    filters = {"Filters": [{"Pattern": '{"body": {"kind": ["order"]}}'}]}
    read = mapping(arn("Queue") if source == "Queue" else TABLE_STREAM, FilterCriteria=filters)
    wiring = wire({"Queue": queue(), "Table": TABLE, "Fn": function(), "Map": read})
    assert hop(wiring, source, "Fn").assumption == "the record matches the mapping's filter"


def test_sources_that_are_not_modelled_are_said(wire: Wire) -> None:
    none = resource("Lambda::EventSourceMapping", FunctionName=ref("Fn"))
    wiring = wire({"Fn": function(), "None": none, "Role": resource("IAM::Role"), "Odd": mapping(arn("Role"))})
    assert not wiring.hops
    assert set(whys(wiring)) == {"None.EventSourceArn", "Odd.EventSourceArn"}
