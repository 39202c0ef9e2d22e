"""Topics and subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import When

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, join, queue, ref, resource, totals, whys

TOPIC = resource("SNS::Topic")


def subscription(protocol: str, endpoint: Any, **properties: Any) -> Raw:
    return resource("SNS::Subscription", TopicArn=ref("Topic"), Protocol=protocol, Endpoint=endpoint, **properties)


def test_queue_and_function_are_hand_offs(wire: Wire) -> None:
    wiring = wire(
        {
            "Topic": TOPIC,
            "Queue": queue(),
            "Fn": function(),
            "ToQueue": subscription("sqs", arn("Queue")),
            "ToFn": subscription("lambda", arn("Fn")),
        }
    )
    assert wiring.sites["app/Topic"].kind == "topic"
    for target in ("Queue", "Fn#async"):
        found = hop(wiring, "Topic", target)
        assert (found.kind, found.awaits, found.traced) == ("subscription", False, True)
        assert totals(found) == everywhere(1), "100,015 deliveries never multiply"
    assert not hops(wiring, "Topic", "Fn")
    assert not wiring.unknowns


def test_alias_and_inline_subscription(wire: Wire) -> None:
    inline = resource("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": ref("Live")}])
    alias = resource("Lambda::Alias", FunctionName=ref("Fn"), FunctionVersion="1", Name="live")
    wiring = wire({"Topic": inline, "Fn": function(), "Live": alias})
    found = hop(wiring, "Topic", "Fn:live#async")
    assert found.place.property == "Subscription.0.Endpoint"


@pytest.mark.parametrize(
    ("policy", "tries", "seconds"),
    [
        ({}, 4, 60.0),
        ({"numRetries": 10, "numNoDelayRetries": 4, "minDelayTarget": 5, "maxDelayTarget": 5}, 11, 30.0),
        ({"numRetries": "2", "minDelayTarget": 1, "maxDelayTarget": 60}, 3, None),
        ({"numRetries": 0}, 1, 0.0),
    ],
)
def test_http_is_awaited_and_retried(wire: Wire, policy: Raw, tries: int, seconds: float | None) -> None:
    delivery = {"DeliveryPolicy": {"healthyRetryPolicy": policy}} if policy else {}
    wiring = wire({"Topic": TOPIC, "Hook": subscription("https", "https://example.org/hook", **delivery)})
    found = hop(wiring, "Topic", "external:https://example.org/hook")
    assert found.awaits
    assert totals(found) == everywhere(tries)
    assert found.tries_for("error").seconds(0) == seconds
    assert found.place.property == "DeliveryPolicy.healthyRetryPolicy.numRetries"
    assert [drop.site for drop in wiring.drops] == ["app/Topic"]


def test_http_into_an_own_api(wire: Wire) -> None:
    url = join("https://", ref("Api"), ".execute-api.", ref("AWS::Region"), ".amazonaws.com/prod")
    wiring = wire({"Topic": TOPIC, "Api": resource("ApiGateway::RestApi"), "Hook": subscription("https", url)})
    assert totals(hop(wiring, "Topic", "Api")) == everywhere(4)


def test_retries_that_only_the_deployment_knows(wire: Wire) -> None:
    policy = {"healthyRetryPolicy": {"numRetries": ref("Retries")}}
    wiring = wire(
        {"Topic": TOPIC, "Hook": subscription("https", "https://example.org", DeliveryPolicy=policy)},
        Parameters={"Retries": {"Type": "Number"}},
    )
    found = hop(wiring, "Topic", "external:https://example.org")
    assert found.tries_for("fault").unknown
    assert "Hook.DeliveryPolicy.healthyRetryPolicy.numRetries" in whys(wiring)


def test_redrive_policy_is_taken_when_delivery_fails(wire: Wire) -> None:
    policy = {"deadLetterTargetArn": arn("Dead")}
    wiring = wire({"Topic": TOPIC, "Dead": queue(), "Hook": subscription("https", "https://x.y", RedrivePolicy=policy)})
    assert hop(wiring, "Topic", "Dead").when is When.EXHAUSTED
    assert not wiring.drops


def test_filter_policy_is_an_assumption(wire: Wire) -> None:
    to_queue = subscription("sqs", arn("Queue"), FilterPolicy={"kind": ["order"]})
    wiring = wire({"Topic": TOPIC, "Queue": queue(), "ToQueue": to_queue})
    assert "filter policy" in hop(wiring, "Topic", "Queue").assumption


@pytest.mark.parametrize("protocol", ["email", "email-json", "sms", "application"])
def test_people_are_no_sites(wire: Wire, protocol: str) -> None:
    wiring = wire({"Topic": TOPIC, "ToPeople": subscription(protocol, "somebody@example.org")})
    assert not wiring.hops
    assert not wiring.unknowns


def test_what_is_not_modelled_is_said(wire: Wire) -> None:
    other = resource("S3::AccessPoint")
    wiring = wire({"Topic": TOPIC, "Other": other, "ToOther": subscription("firehose", arn("Other"))})
    assert "ToOther.Endpoint" in whys(wiring)


def test_topic_from_outside(wire: Wire) -> None:
    outside = "arn:aws:sns:eu-west-1:111122223333:orders"
    to_queue = resource("SNS::Subscription", TopicArn=outside, Protocol="sqs", Endpoint=arn("Queue"))
    wiring = wire({"Queue": queue(), "ToQueue": to_queue})
    assert hop(wiring, f"external:{outside}", "Queue").kind == "subscription"


def test_conditions_of_resource_and_target(wire: Wire) -> None:
    endpoint = {"Fn::If": ["Blue", arn("Queue"), arn("Other")]}
    wiring = wire(
        {
            "Topic": TOPIC,
            "Queue": queue(),
            "Other": queue(),
            "To": subscription("sqs", endpoint) | {"Condition": "Prod"},
        },
        Conditions={"Blue": {"Fn::Equals": [ref("P"), "1"]}, "Prod": {"Fn::Equals": [ref("S"), "2"]}},
        Parameters={"P": {"Type": "String"}, "S": {"Type": "String"}},
    )
    assert hop(wiring, "Topic", "Queue").conditions == ("Prod", "Blue")
    assert hop(wiring, "Topic", "Other").conditions == ("Prod", "not Blue")


@pytest.mark.parametrize("own", [True, False])
def test_what_is_written_into_a_topic_cannot_have_a_dead_letter_queue(wire: Wire, own: bool) -> None:
    """CloudFormation takes Endpoint and Protocol of such a subscription, and refuses all else."""
    subscribed = {"Protocol": "https", "Endpoint": "https://example.com/in"}
    topic = resource("SNS::Topic", Subscription=[] if own else [subscribed])
    alone = {"S": resource("SNS::Subscription", TopicArn=ref("T"), **subscribed)} if own else {}
    wiring = wire({"T": topic, **alone})
    [drop] = wiring.drops
    assert bool(drop.puts) is own
    assert ("move the subscription out of the topic" in drop.fix) is not own
    layer = next(each for each in wiring.hops if each.source == "app/T").tries_for("fault").layer
    assert layer is not None
    assert (layer.drop is not None) is own
