"""Amazon MQ and DocumentDB as event sources."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Bound

from .conftest import Raw, Wire, arn, everywhere, function, hop, join, ref, resource, totals, whys


def mapping(source: Any, **settings: Any) -> Raw:
    return resource("Lambda::EventSourceMapping", FunctionName=ref("Fn"), EventSourceArn=source, **settings)


CLUSTER_ARN = join("arn:aws:rds:eu-west-1:1:cluster:", ref("Docs"))
DATABASE: dict[str, Any] = {"DocumentDBEventSourceConfig": {"DatabaseName": "shop"}, "StartingPosition": "LATEST"}
OUTSIDE = "arn:aws:mq:eu-west-1:1:broker:orders:b-1"


@pytest.mark.parametrize(("source", "site"), [(arn("Broker"), "Broker"), (OUTSIDE, f"external:{OUTSIDE}")])
def test_how_often_a_broker_delivers_stands_in_no_template(wire: Wire, source: Any, site: str) -> None:
    wiring = wire({"Broker": resource("AmazonMQ::Broker"), "Fn": function(), "Map": mapping(source, Queues=["orders"])})
    found = hop(wiring, site, "Fn")
    assert (found.awaits, found.traced, totals(found)) == (True, False, everywhere(None))
    assert all(found.tries_for(failure).unknown for failure in totals(found)), "so it carries no verdict"
    assert set(whys(wiring)) == {"Map.Queues"}


@pytest.mark.parametrize(
    ("group", "seconds"),
    [(None, 10_800), ({}, 10_800), ({"change_stream_log_retention_duration": "86400"}, 86_400)],
)
def test_changes_are_tried_while_they_are_kept(wire: Wire, group: Raw | None, seconds: int) -> None:
    named: dict[str, Any] = {} if group is None else {"DBClusterParameterGroupName": ref("Group")}
    parameters = resource("DocDB::DBClusterParameterGroup", Family="docdb5.0", Parameters=group or {})
    cluster = resource("DocDB::DBCluster", **named)
    read = mapping(CLUSTER_ARN, MaximumRetryAttempts=3, **DATABASE)  # which DocumentDB does not know
    found = hop(wire({"Docs": cluster, "Group": parameters, "Fn": function(), "Map": read}), "Docs", "Fn")
    assert totals(found) == everywhere(None)
    assert {found.tries_for(failure).limit for failure in totals(found)} == {seconds}
    assert found.tries_for("error").bounded_by is Bound.TIME


def test_a_database_from_outside_keeps_changes_for_an_unknown_time(wire: Wire) -> None:
    outside = "arn:aws:rds:eu-west-1:1:cluster:shop"
    found = hop(wire({"Fn": function(), "Map": mapping(outside, **DATABASE)}), f"external:{outside}", "Fn")
    assert found.tries_for("error").unknown
    assert found.tries_for("error").limit is None
