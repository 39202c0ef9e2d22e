"""Amazon EventBridge rules: what they deliver to, and the failures they watch for.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-gateway-target.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.facts import Fact
from seawall.graph.model import CLASSES, Drop, Place, Site, Tries, Watch, When
from seawall.template import Item, Props, Resource

from ..conditions import under
from ..endpoints import answered
from ..keeping import WATCHED, sent_by_service
from ..registry import Arrival, hops, sites
from ..tries import retried
from ..wiring import Wiring
from .buses import RULE, enabled
from .passing import BODY_OF_TARGET, Passed, passed_on
from .patterns import sees_failed_executions
from .targets import Answer, Delivery, deliveries

_RETRIES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html"

RETRY_ATTEMPTS = Fact(185, _RETRIES, "2026-11-22")
"""Retries of a delivery, the first try not included. An HTTP status of 429 or 5xx, and no answer within 5 seconds, are
failed deliveries; whatever happens after a function or an execution was accepted is not."""
EVENT_AGE = Fact(86_400, _RETRIES, "2026-11-22")
"""Seconds for which EventBridge tries to deliver an event: 24 hours."""
_MACHINE = "AWS::StepFunctions::StateMachine"


@sites(RULE)
def rule(wiring: Wiring, resource: Resource) -> None:
    """A rule is a site that events pass; one that only keeps time is an entry."""
    props = wiring.props(resource)
    timed = props.exists("ScheduleExpression") and not props.exists("EventPattern")
    wiring.site(Site(resource.site_id, "schedule" if timed else "rule", Place(resource.address)))


@hops(RULE)
def targets(wiring: Wiring, resource: Resource) -> None:
    """A rule hands its events to each of its targets; what answers over HTTP is awaited."""
    if not enabled(wiring, resource):
        return
    for item in wiring.props(resource).items("Targets"):
        _target(wiring, resource, item)


def _target(wiring: Wiring, resource: Resource, item: Item) -> None:
    arn = item.props.at("Arn")
    dead_letters = item.props.at("DeadLetterConfig", "Arn")
    for found in deliveries(wiring, resource, arn.property, arn.value(), Arrival.ASYNC, item.props):
        awaits = found.answer is Answer.HTTP
        decides = item.props.at("RetryPolicy", "MaximumRetryAttempts") if awaits else arn
        wiring.hop(
            resource.site_id,
            found.site,
            "rule-target",
            Place(resource.address, decides.property),
            awaits=awaits,
            tries=_http_tries(wiring, resource, item.props.at("RetryPolicy")) if awaits else None,
            conditions=under(resource, item, found.target),
            **_passed(item.props, found),
        )
        if awaits and not dead_letters.exists():
            place = Place(resource.address, dead_letters.property)
            what = "EventBridge drops the event after its last try"
            puts = sent_by_service(wiring, resource, dead_letters.property, "events")
            fix = f"give the rule's target a dead-letter queue, {WATCHED}"
            wiring.drops.append(Drop(resource.site_id, place, what, fix, puts))
    for site, target in wiring.receivers(resource, dead_letters.property, dead_letters.value(), Arrival.ASYNC, "sqs"):
        wiring.hop(
            resource.site_id,
            site,
            "dead-letter",
            Place(resource.address, dead_letters.property),
            when=When.EXHAUSTED,
            conditions=under(resource, item, target),
        )


def _passed(section: Props, found: Delivery) -> Passed:
    """What the target finds of the event, and what a request to an API says besides."""
    passed = passed_on(section, found, BODY_OF_TARGET)
    return {**passed, "event": {**(passed["event"] or {}), **found.event}} if found.event else passed


def _http_tries(wiring: Wiring, resource: Resource, policy: Props) -> Mapping[str, Tries]:
    """Tries of an endpoint that answers 429, 5xx or too late."""
    retries = policy.integer("MaximumRetryAttempts", default=RETRY_ATTEMPTS.value)
    age = policy.integer("MaximumEventAgeInSeconds", default=EVENT_AGE.value).value
    return dict.fromkeys(CLASSES, retried(wiring, resource, retries, answered(retries.property), age))


@hops(RULE)
def failure_watch(wiring: Wiring, resource: Resource) -> None:
    """A rule on failed executions sees the machines fail that its pattern names, or all around it."""
    props = wiring.props(resource)
    if enabled(wiring, resource) and props.exists("Targets") and sees_failed_executions(props.at("EventPattern")):
        for machine in _watched(wiring, resource):
            if wiring.props(machine).text("StateMachineType", default="STANDARD").value == "STANDARD":
                wiring.watches.append(Watch(machine.site_id, resource.site_id))


def _watched(wiring: Wiring, rule: Resource) -> Iterator[Resource]:
    pattern = wiring.props(rule).at("EventPattern")
    if not pattern.exists("detail", "stateMachineArn"):
        home = wiring.template(rule)
        for machine in wiring.app.by_type.get(_MACHINE, ()):
            if (wiring.template(machine).region, wiring.template(machine).account) == (home.region, home.account):
                yield machine
        return
    for item in pattern.items("detail", "stateMachineArn"):
        for target in wiring.targets(rule, item.props.value(), "states"):
            found = wiring.app.resource(target.address)
            if found is not None and found.type == _MACHINE:
                yield found
