"""Amazon SNS: topics and their subscriptions.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sns-subscription.html
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.facts import Fact
from seawall.graph.guards import ALWAYS, Carries, FieldPath, Guard
from seawall.graph.layers import Put, fixed
from seawall.graph.model import CLASSES, Drop, Place, Site, Tries, When
from seawall.graph.patterns import UNREADABLE
from seawall.template import Props, Resource, Target

from ..conditions import under
from ..endpoints import answered, endpoints
from ..keeping import WATCHED, sent_by_service
from ..pattern_language import pattern
from ..registry import Arrival, hops, receiver, sites
from ..tries import retried
from ..wiring import Wiring

TOPIC = "AWS::SNS::Topic"
SUBSCRIPTION = "AWS::SNS::Subscription"
_RETRIES = "https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"

DELIVERIES = Fact(100_015, _RETRIES, "2026-11-22")
"""Attempts, over 23 days, to hand a message over to a queue or a function. Not configurable; delivery only: once the
message is accepted, SNS is done with it."""
HTTP_RETRIES = Fact(3, _RETRIES, "2026-11-22")
"""`numRetries` of an HTTP subscription, the first try not included."""
HTTP_DELAY = Fact(20, _RETRIES, "2026-11-22")
"""`minDelayTarget` and `maxDelayTarget`: seconds between tries of an HTTP subscription."""
_SCOPES: Mapping[str | None, FieldPath] = {"MessageAttributes": ("attributes",), "MessageBody": ("body",)}
"""`FilterPolicyScope`; the first is the default."""
_RAW: Carries = {("body",): ("body",), ("attributes",): ("messageAttributes",)}
"""What raw delivery leaves of a message. Otherwise the body is an envelope around text, into which no filter sees."""
_HTTP = ("http", "https")
_WRITTEN_IN = "move the subscription out of the topic, where AWS takes no more than Endpoint and Protocol of it"
"""What is to be done first with one that stands in the topic's own properties.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-sns-topic-subscription.html, read
2026-11-30
"""
_PEOPLE = ("email", "email-json", "sms", "application")
"""Protocols at whose end no code of an app runs."""


@sites(TOPIC)
def topic(wiring: Wiring, resource: Resource) -> None:
    """A topic is a site that events pass."""
    wiring.site(Site(resource.site_id, "topic", Place(resource.address)))


@receiver(TOPIC)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Messages arrive at the topic itself."""
    return resource.site_id


@hops(TOPIC)
def inline_subscriptions(wiring: Wiring, resource: Resource) -> None:
    """Subscriptions written into the topic."""
    for item in wiring.props(resource).items("Subscription"):
        _subscription(wiring, resource, item.props, resource.site_id, under(resource, item))


@hops(SUBSCRIPTION)
def subscription(wiring: Wiring, resource: Resource) -> None:
    """A subscription of its own."""
    props = wiring.props(resource)
    for target in wiring.targets(resource, props.value("TopicArn"), "sns"):
        site = wiring.arrive(target, Arrival.ASYNC)
        if site is None:
            wiring.unknown(resource, "TopicArn", target.why)
        else:
            _subscription(wiring, resource, props, site, under(resource, target))


def _subscription(wiring: Wiring, resource: Resource, section: Props, source: str, conditions: tuple[str, ...]) -> None:
    protocol = section.text("Protocol").value
    if protocol in _PEOPLE:
        return
    endpoint = section.at("Endpoint")
    assumption = "the message matches the subscription's filter policy" if section.exists("FilterPolicy") else ""
    guard = _filtered(section)
    if protocol in _HTTP:
        property_ = section.at("DeliveryPolicy", "healthyRetryPolicy", "numRetries").property
        for found in endpoints(wiring, resource, endpoint.property, endpoint.value(), "POST"):
            wiring.hop(
                source,
                found.site,
                "subscription",
                Place(resource.address, property_),
                awaits=True,
                tries=_http_tries(wiring, resource, section.at("DeliveryPolicy", "healthyRetryPolicy")),
                conditions=(*conditions, *found.target.conditions),
                assumption=assumption,
                guard=guard,
                event=found.event,
            )
            if not section.exists("RedrivePolicy", "deadLetterTargetArn"):
                place = Place(resource.address, section.at("RedrivePolicy").property)
                what = "SNS discards the message after its last try"
                fix, puts = f"give the subscription a dead-letter queue, {WATCHED}", tuple[Put, ...]()
                if resource.type == SUBSCRIPTION:
                    property_ = section.at("RedrivePolicy", "deadLetterTargetArn").property
                    puts = sent_by_service(wiring, resource, property_, "sns")
                else:
                    fix = f"{_WRITTEN_IN}, and {fix}"
                wiring.drops.append(Drop(source, place, what, fix, puts))
    else:
        for site, target in wiring.receivers(resource, endpoint.property, endpoint.value(), Arrival.ASYNC):
            wiring.hop(
                source,
                site,
                "subscription",
                Place(resource.address, endpoint.property),
                conditions=(*conditions, *target.conditions),
                assumption=assumption,
                traced=True,
                guard=guard,
                carries=_RAW if section.flag("RawMessageDelivery").value is True else {},
            )
    dead_letters = section.at("RedrivePolicy", "deadLetterTargetArn")
    for site, target in wiring.receivers(resource, dead_letters.property, dead_letters.value(), Arrival.ASYNC):
        wiring.hop(
            source,
            site,
            "redrive",
            Place(resource.address, dead_letters.property),
            when=When.EXHAUSTED,
            conditions=(*conditions, *target.conditions),
            traced=True,
            guard=guard,
            carries=_RAW if section.flag("RawMessageDelivery").value is True else {},
        )


def _filtered(section: Props) -> Guard:
    """The filter policy; its fields stand in the message's attributes, or in its body."""
    if not section.exists("FilterPolicy"):
        return ALWAYS
    scope = section.text("FilterPolicyScope", default="MessageAttributes").value
    if scope not in _SCOPES:
        return Guard(UNREADABLE)
    return Guard(pattern(section.at("FilterPolicy"), _SCOPES[scope]))


def _http_tries(wiring: Wiring, resource: Resource, policy: Props) -> Mapping[str, Tries]:
    """Tries of an endpoint that answers 429, 5xx or not at all."""
    retries = policy.integer("numRetries", default=HTTP_RETRIES.value)
    own = resource.type == SUBSCRIPTION
    layer = answered(retries.property) if own else fixed(f"{_WRITTEN_IN}: then numRetries can be set")
    backoff = None if retries.value is None else _backoff(policy, retries.value)
    return dict.fromkeys(CLASSES, retried(wiring, resource, retries, layer, backoff=backoff))


def _backoff(policy: Props, retries: int) -> float | None:
    """Seconds waited between the tries in all; None unless every delayed retry waits equally long."""
    least, most = (policy.number(name, default=HTTP_DELAY.value).value for name in ("minDelayTarget", "maxDelayTarget"))
    at_once = policy.integer("numNoDelayRetries", default=0).value
    if least is None or most is None or at_once is None or least != most:
        return None
    return least * max(0, retries - at_once)
