"""Functions: the asynchronous queue of each qualifier, failure plumbing, URLs, loop detection."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Bound, When

from .conftest import Raw, Wire, arn, function, hop, hops, join, queue, ref, resource, totals, whys


def topic_to(endpoint: Any) -> Raw:
    return resource("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": endpoint}])


def config(qualifier: Any = "$LATEST", **properties: Any) -> Raw:
    return resource("Lambda::EventInvokeConfig", FunctionName=ref("Fn"), Qualifier=qualifier, **properties)


def alias(name: str = "live") -> Raw:
    return resource("Lambda::Alias", FunctionName=ref("Fn"), FunctionVersion="1", Name=name)


ASYNC = {"Topic": topic_to(arn("Fn")), "Fn": function()}


@pytest.mark.parametrize(("settings", "tries"), [(None, 3), ({}, 3), ({"MaximumRetryAttempts": 0}, 1)])
def test_errors_are_counted_and_faults_age(wire: Wire, settings: Raw | None, tries: int) -> None:
    wiring = wire(ASYNC | ({} if settings is None else {"Config": config(**settings)}))
    found = hop(wiring, "Fn#async", "Fn")
    assert (found.kind, found.awaits) == ("asynchronous-invocation", True)
    assert totals(found) == {"error": tries, "timeout": tries, "throttle": None, "fault": None}
    assert found.tries_for("throttle").limit == 21_600
    assert found.tries_for("error").seconds(0) == {3: 180, 1: 0}[tries]


def test_event_age(wire: Wire) -> None:
    wiring = wire(ASYNC | {"Config": config(MaximumEventAgeInSeconds=60)})
    assert hop(wiring, "Fn#async", "Fn").tries_for("fault").limit == 60


def test_retries_that_only_the_deployment_knows(wire: Wire) -> None:
    wiring = wire(ASYNC | {"Config": config(MaximumRetryAttempts=ref("N"))}, Parameters={"N": {"Type": "Number"}})
    assert hop(wiring, "Fn#async", "Fn").tries_for("error").unknown
    assert "Config.MaximumRetryAttempts" in whys(wiring)


def test_the_config_of_another_qualifier_does_nothing(wire: Wire) -> None:
    wiring = wire(
        {"Fn": function(), "Live": alias(), "Topic": topic_to(ref("Live")), "Config": config(MaximumRetryAttempts=0)}
    )
    assert hop(wiring, "Topic", "Fn:live#async")
    assert hop(wiring, "Fn:live#async", "Fn").tries_for("error").total == 3


def test_the_config_of_the_alias_acts(wire: Wire) -> None:
    own = config("live", MaximumRetryAttempts=1)
    wiring = wire({"Fn": function(), "Live": alias(), "Topic": topic_to(ref("Live")), "Config": own})
    assert hop(wiring, "Fn:live#async", "Fn").tries_for("error").total == 2


def test_a_version_has_its_own_queue(wire: Wire) -> None:
    own = config({"Fn::GetAtt": ["One", "Version"]}, MaximumRetryAttempts=1)
    version = resource("Lambda::Version", FunctionName=ref("Fn"))
    wiring = wire({"Fn": function(), "One": version, "Topic": topic_to(ref("One")), "Config": own})
    assert hop(wiring, "Fn:version One#async", "Fn").tries_for("error").total == 2


def test_a_failed_durable_execution_is_not_retried(wire: Wire) -> None:
    durable = function(DurableConfig={"ExecutionTimeout": 3_600})
    wiring = wire(ASYNC | {"Fn": durable, "Config": config(MaximumRetryAttempts=2)})
    assert hop(wiring, "Fn#async", "Fn").tries_for("error").total == 1


def test_four_ends_of_an_asynchronous_event(wire: Wire) -> None:
    ends = {"OnFailure": {"Destination": arn("Failed")}, "OnSuccess": {"Destination": arn("Other")}}
    wiring = wire(
        {
            "Topic": topic_to(arn("Fn")),
            "Fn": function(DeadLetterConfig={"TargetArn": arn("Dead")}),
            "Other": function(),
            "Config": config(DestinationConfig=ends),
            "Dead": queue(),
            "Failed": queue(),
        }
    )
    assert hop(wiring, "Fn#async", "Dead").when is When.EXHAUSTED
    assert hop(wiring, "Fn#async", "Failed").when is When.EXHAUSTED
    onward = hop(wiring, "Fn#async", "Other#async")
    assert (onward.when, onward.awaits) == (When.ALWAYS, False), "another asynchronous invocation, with its own tries"
    assert "app/Fn#async" not in {drop.site for drop in wiring.drops}


def test_an_event_without_an_end_is_dropped(wire: Wire) -> None:
    assert [drop.site for drop in wire(ASYNC).drops] == ["app/Fn#async"]


def test_asynchronous_settings_do_not_apply_to_mappings(wire: Wire) -> None:
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Fn"))
    dead = function(DeadLetterConfig={"TargetArn": arn("Dead")})
    wiring = wire(
        {"Fn": dead, "Queue": queue(), "Dead": queue(), "Map": mapping, "Config": config(MaximumRetryAttempts=0)}
    )
    assert not hops(wiring, target="Dead")
    idle, own = wiring.idle
    assert (idle.site, idle.place.property) == ("app/Fn", "MaximumRetryAttempts")
    assert idle.what == "the event invoke config (MaximumRetryAttempts = 0)"
    assert (own.site, own.place.property) == ("app/Fn", "DeadLetterConfig.TargetArn")


@pytest.mark.parametrize(
    ("settings", "runs"),
    [
        ({}, 3),
        # Runs start at 0, 60 and 180 s.
        ({"MaximumEventAgeInSeconds": 60}, 2),
        ({"MaximumEventAgeInSeconds": 120}, 2),
        ({"MaximumEventAgeInSeconds": 179}, 2),
        ({"MaximumEventAgeInSeconds": 180}, 3),
        ({"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 1}, 2),
        ({"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}, 1),
    ],
)
def test_the_age_of_an_event_ends_its_tries(wire: Wire, settings: Raw, runs: int) -> None:
    tries = hop(wire(ASYNC | {"Config": config(**settings)}), "Fn#async", "Fn").tries_for("error")
    assert tries.total == runs
    set_tries = 1 + settings.get("MaximumRetryAttempts", 2)
    assert tries.bounded_by is (Bound.TIME if runs < set_tries else Bound.COUNT)


@pytest.mark.parametrize("principal", ["s3.amazonaws.com", "apigateway.amazonaws.com", "lambda.amazonaws.com"])
def test_settings_are_not_idle_if_something_may_invoke_asynchronously(wire: Wire, principal: str) -> None:
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Fn"))
    allowed = resource(
        "Lambda::Permission", Action="lambda:InvokeFunction", FunctionName=ref("Fn"), Principal=principal
    )
    wiring = wire(
        {
            "Fn": function(),
            "Queue": queue(),
            "Map": mapping,
            "May": allowed,
            "Config": config(MaximumRetryAttempts=0),
        }
    )
    assert bool(wiring.idle) is (principal == "apigateway.amazonaws.com" or principal == "lambda.amazonaws.com")


def test_a_function_nobody_calls_here_may_be_called_elsewhere(wire: Wire) -> None:
    assert not wire({"Fn": function(), "Config": config(MaximumRetryAttempts=0)}).idle


@pytest.mark.parametrize("called", [arn("Fn"), ref("Live"), join(arn("Fn"), ":live")])
def test_a_url_relays_and_never_retries(wire: Wire, called: Any) -> None:
    wiring = wire({"Fn": function(), "Live": alias(), "Url": resource("Lambda::Url", TargetFunctionArn=called)})
    found = hop(wiring, "Url", "Fn")
    assert (found.awaits, totals(found)) == (True, dict.fromkeys(totals(found), 1))


@pytest.mark.parametrize(
    ("setting", "limit"), [({}, 16), ({"RecursiveLoop": "Terminate"}, 16), ({"RecursiveLoop": "Allow"}, None)]
)
def test_loop_detection_can_be_turned_off(wire: Wire, setting: Raw, limit: int | None) -> None:
    assert wire({"Fn": function(**setting)}).sites["app/Fn"].recursion_limit == limit
