"""Where outcomes of asynchronous invocations go."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import When

from .conftest import Raw, Wire, arn, function, hop, hops, join, queue, ref, resource
from .figures import analysed, attempts

DEFAULT_ARN = join("arn:aws:events:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":event-bus/default")
BUS = resource("Events::EventBus", Name="results")


def sending(destination: Any, side: str = "OnFailure") -> dict[str, Raw]:
    return {
        "Topic": resource("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}]),
        "Fn": function(),
        "Config": resource(
            "Lambda::EventInvokeConfig",
            FunctionName=ref("Fn"),
            Qualifier="$LATEST",
            DestinationConfig={side: {"Destination": destination}},
        ),
    }


@pytest.mark.parametrize(
    ("end", "site"),
    [
        (arn("Queue"), "Queue"),
        (ref("Events"), "Events"),
        (arn("Other"), "Other#async"),
        (arn("Bucket"), "Bucket"),
        ("arn:aws:sqs:eu-west-1:1:q", "external:arn:aws:sqs:eu-west-1:1:q"),
    ],
)
@pytest.mark.parametrize(("side", "when"), [("OnFailure", When.EXHAUSTED), ("OnSuccess", When.ALWAYS)])
def test_ends(wire: Wire, end: Any, site: str, side: str, when: When) -> None:
    ends = {"Queue": queue(), "Events": resource("SNS::Topic"), "Other": function(), "Bucket": resource("S3::Bucket")}
    wiring = wire(ends | sending(end, side))
    found = hop(wiring, "Fn#async", site)
    assert (found.kind, found.when, found.awaits) == ("destination", when, False)
    assert found.traced is not site.startswith("external:"), "loop detection sees SQS, SNS, S3 and Lambda"
    assert ("app/Fn#async" in {drop.site for drop in wiring.drops}) is (side == "OnSuccess")


def rule(bus: Any = None, **pattern: Any) -> Raw:
    named = {"EventBusName": bus} if bus else {}
    return resource("Events::Rule", EventPattern={k.replace("_", "-"): v for k, v in pattern.items()}, **named)


FAILED = "Lambda Function Invocation Result - Failure"


@pytest.mark.parametrize("own", [True, False])
def test_only_rules_that_match_a_result_receive_it(wire: Wire, own: bool) -> None:
    bus = ref("Bus") if own else None
    rules = {
        "Source": rule(bus, source=["lambda"]),
        "Failure": rule(bus, source=["lambda"], detail_type=[FAILED]),
        "Ends": rule(bus, detail_type=[{"suffix": "Failure"}]),
        "Success": rule(bus, detail_type=["Lambda Function Invocation Result - Success"]),
        "Shop": rule(bus, source=["shop"]),
        "Wild": rule(bus, source=[{"wildcard": "lam*"}]),
        "Elsewhere": rule(None if own else ref("Bus"), source=["lambda"]),
    }
    wiring = wire({"Bus": BUS, **rules, **sending(arn("Bus") if own else DEFAULT_ARN)})
    found = {each.target.removeprefix("app/"): each for each in hops(wiring, "Fn#async") if not each.awaits}
    assert set(found) == {"Source", "Failure", "Ends", "Wild"}
    assert {each.when for each in found.values()} == {When.EXHAUSTED}
    assert not any(each.traced for each in found.values()), "loop detection does not see EventBridge"
    assert {name for name, each in found.items() if each.assumption} == {"Wild"}
    assert not [site for site in wiring.sites if site.startswith("external:")]
    assert "app/Fn#async" not in {drop.site for drop in wiring.drops}


def test_a_success_matches_other_rules(wire: Wire) -> None:
    rules = {"Failure": rule(detail_type=[FAILED]), "Success": rule(detail_type=[{"suffix": "- Success"}])}
    wiring = wire(rules | sending(DEFAULT_ARN, "OnSuccess"))
    assert [each.target for each in hops(wiring, "Fn#async") if not each.awaits] == ["app/Success"]


@pytest.mark.parametrize("side", ["OnSuccess", "OnFailure"])
def test_a_ring_of_destinations_goes_round_whoever_begins_it(wire: Wire, side: str) -> None:
    def config(of: str, to: str) -> Raw:
        ends = {side: {"Destination": arn(to)}}
        return resource("Lambda::EventInvokeConfig", FunctionName=ref(of), Qualifier="$LATEST", DestinationConfig=ends)

    ring = {"F": function(), "G": function(), "A": config("F", "G"), "B": config("G", "F")}
    (loop,) = analysed(wire, ring).loops
    assert loop.stopped_by == "lambda-detection"
    row = {**ring, "H": function(), "B": config("G", "H")}
    assert not analysed(wire, row).loops
    assert not [each for each in wire(row).sites if each.endswith("#async")]


@pytest.mark.parametrize("side", ["OnSuccess", "OnFailure"])
def test_a_ring_over_aliases_is_one_where_both_configs_are_theirs(wire: Wire, side: str) -> None:
    """A config of `live` acts on what is sent to `live`: G's config on `live` takes what F's sends there, and back."""

    def config(of: str, to: Any, qualifier: str) -> Raw:
        ends = {side: {"Destination": to}}
        return resource("Lambda::EventInvokeConfig", FunctionName=ref(of), Qualifier=qualifier, DestinationConfig=ends)

    def alias(of: str) -> Raw:
        return resource("Lambda::Alias", FunctionName=ref(of), FunctionVersion="1", Name="live")

    parts = {"F": function(), "G": function(), "FL": alias("F"), "GL": alias("G")}
    ring = {**parts, "A": config("F", ref("GL"), "live"), "B": config("G", ref("FL"), "live")}
    (loop,) = analysed(wire, ring).loops
    assert loop.stopped_by == "lambda-detection"
    written = {"Fn::Sub": "${F.Arn}:live"}
    assert len(analysed(wire, {**ring, "B": config("G", written, "live")}).loops) == 1
    assert (
        len(analysed(wire, {**ring, "A": config("F", ref("GL"), "$LATEST"), "B": config("G", arn("F"), "live")}).loops)
        == 1
    )
    assert not analysed(wire, {**ring, "B": config("G", arn("F"), "live")}).loops
    assert not analysed(wire, {**ring, "B": config("G", ref("FL"), "$LATEST")}).loops


def test_nothing_is_sent_on_success_while_every_run_fails(wire: Wire) -> None:
    """3 asynchronous runs; the queue that successes go to, which the function reads as well, gets none of them."""
    config = resource(
        "Lambda::EventInvokeConfig",
        FunctionName=ref("Fn"),
        Qualifier="$LATEST",
        DestinationConfig={"OnSuccess": {"Destination": arn("Done")}},
    )
    resources = {
        "Fn": function(),
        "Config": config,
        "Topic": resource("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}]),
        "Done": queue(2),
        "Dead": queue(),
        "Reads": resource("Lambda::EventSourceMapping", EventSourceArn=arn("Done"), FunctionName=ref("Fn")),
    }
    assert attempts(wire, resources, "Fn")[:2] == (3, 3)
