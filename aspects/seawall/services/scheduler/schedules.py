"""Amazon EventBridge Scheduler: schedules and what they call.

A schedule is done once its target's API has accepted the call. Its retry policy (185 retries over 24 hours where
nothing is set) covers that call only: whatever happens after a function or an execution was accepted is not retried
here, so it makes no layer. Only a universal target that invokes a function for an answer has its throttles and Lambda's
own errors tried again.

Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html and, that functions are invoked
asynchronously, https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

import re

from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, Offer, Sets
from seawall.graph.model import Place, Site, Tries, When
from seawall.template import Resource, render

from ..conditions import under
from ..eventbridge.targets import deliveries
from ..registry import Arrival, hops, sites
from ..tries import retried
from ..wiring import Wiring
from .requests import request_hops

SCHEDULE = "AWS::Scheduler::Schedule"
_RETRIES = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-scheduler-schedule-retrypolicy.html"
)
RETRY_ATTEMPTS = Fact(185, _RETRIES, "2026-11-30")
"""Retries of a call, the first try not included, where nothing is set; 0 to 185."""
EVENT_AGE = Fact(86_400, _RETRIES, "2026-11-30")
"""Seconds after which the retries stop, whatever their count; 60 to 86,400 can be set."""
_UNIVERSAL = re.compile(r":scheduler:::aws-sdk:(?P<service>[^:]+):(?P<action>[^:]+)$")


@sites(SCHEDULE)
def schedule(wiring: Wiring, resource: Resource) -> None:
    """A schedule is an entry: it keeps time."""
    wiring.site(Site(resource.site_id, "schedule", Place(resource.address)))


@hops(SCHEDULE)
def target(wiring: Wiring, resource: Resource) -> None:
    """A schedule hands off to its target, and what it cannot deliver to its dead-letter queue."""
    props = wiring.props(resource)
    if props.text("State", default="ENABLED").value == "DISABLED":
        return
    arn = props.at("Target", "Arn")
    universal = _UNIVERSAL.search(render(arn.value()))
    if universal:
        request = props.at("Target", "Input")
        again = _tries(wiring, resource) if universal["service"] == "lambda" else None
        request_hops(wiring, resource, universal["service"], universal["action"], request, again)
    else:
        for found in deliveries(wiring, resource, arn.property, arn.value(), Arrival.ASYNC, props.at("Target")):
            place = Place(resource.address, arn.property)
            conditions = under(resource, found.target)
            wiring.hop(resource.site_id, found.site, "schedule-target", place, conditions=conditions)
    dead = props.at("Target", "DeadLetterConfig", "Arn")
    for site, queue in wiring.receivers(resource, dead.property, dead.value(), Arrival.ASYNC, "sqs"):
        place = Place(resource.address, dead.property)
        wiring.hop(resource.site_id, site, "dead-letter", place, when=When.EXHAUSTED, conditions=under(resource, queue))


def _tries(wiring: Wiring, resource: Resource) -> Tries:
    """Tries of a call that the target's API refuses."""
    policy = wiring.props(resource).at("Target", "RetryPolicy")
    retries = policy.integer("MaximumRetryAttempts", default=RETRY_ATTEMPTS.value)
    age = policy.integer("MaximumEventAgeInSeconds", default=EVENT_AGE.value).value
    lower = Offer("set MaximumRetryAttempts {retries} on", "{source}", Sets.RETRIES, retries.property)
    return retried(wiring, resource, retries, Layer(limit=lower, drop=lower), age)
