"""Subscribers of a Custom Event Bus: each delivers to one target, and some wait for it.

With `REQUEST_RESPONSE` a function or an Express execution that fails is a failed delivery, so the subscriber's retries
multiply with those of the target. With `EVENT` the target's own queue takes over, as behind a rule of the classic bus,
which can only hand off. Whatever other targets do after they accepted an event is not seen.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-retry.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-target-lambda.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-eventsv2-subscriber.html,
read 2026-11-29
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, Offer, Sets
from seawall.graph.model import CLASSES, Drop, FailureClass, Place, Site, Tries, When
from seawall.graph.polling import Polling
from seawall.template import Props, Resource, Setting, ValueStatus, render

from ..conditions import under
from ..eventbridge.targets import Answer, Delivery, deliveries
from ..registry import Arrival, hops, sites
from ..scheduler.requests import request_hops
from ..stepfunctions.machine import express
from ..tries import retried
from ..wiring import Wiring
from .buses import NAMING

SUBSCRIBER = "AWS::EventsV2::Subscriber"
_RETRY = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-retry.html"
_TEMPLATE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-eventsv2-subscriber-"

RETRY_ATTEMPTS = Fact(5, _RETRY, "2026-11-29")
"""Retries of a delivery, the first try not included; 0 to 185 can be set."""
EVENT_AGE = Fact(300, _RETRY, "2026-11-29")
"""Seconds after which the retries of an event stop, whatever their count; 60 to 86,400 can be set."""
INVOCATION_TIMEOUT = Fact(
    30, "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-target-lambda.html", "2026-11-29"
)
"""Seconds that a subscriber waits for a call: 1 to 30 can be set, as a text or a JSONata expression."""
BATCH = Fact(10, f"{_TEMPLATE}batchconfiguration.html", "2026-11-29")
"""Events in a batch for a function or a state machine, where nothing is set; at most 100."""
_LAYER = Layer(
    limit=Offer("set MaxRetryAttempts {retries} on", "{source}", Sets.RETRIES),
    drop=Offer("set MaxRetryAttempts 0 on", "{source}", Sets.RETRIES),
    to_lower="lower MaxRetryAttempts, or use InvocationType EVENT, which does not wait",
)
_PARAMETERS = {Answer.FUNCTION: "LambdaParameters", Answer.EXECUTION: "StepFunctionsParameters"}
_UNIVERSAL = re.compile(r":events:::aws-sdk:(?P<service>[^:]+):(?P<action>[^:]+)$")
_UNSET = "what a subscriber without an InvocationType does is not documented; it may wait for its target"
_WAITS = "the subscriber waits for its target (InvocationType is not set, and its default is not documented)"
_NOT_AWAITED = "Standard machines can only be started, not awaited"


@sites(SUBSCRIBER)
def subscriber(wiring: Wiring, resource: Resource) -> None:
    """A subscriber is a site that events pass."""
    wiring.site(Site(resource.site_id, "subscriber", Place(resource.address)))


@hops(SUBSCRIBER)
def delivers(wiring: Wiring, resource: Resource) -> None:
    """From the bus through the subscriber to its one target, and to where lost events go."""
    props = wiring.props(resource)
    if props.text("State", default="RUNNING").value == "STOPPED":
        return
    filtered = props.exists("FilterConfiguration", "Filters")
    for site, target in wiring.receivers(resource, "EventBusArn", props.value("EventBusArn"), Arrival.ASYNC, NAMING):
        wiring.hop(
            site,
            resource.site_id,
            "bus-subscription",
            Place(resource.address, "FilterConfiguration" if filtered else "EventBusArn"),
            conditions=under(resource, target),
            assumption="the event matches the subscriber's filters" if filtered else "",
        )
    section = props.at("InvokeConfiguration")
    universal = _UNIVERSAL.search(render(section.value("TargetArn")))
    if universal:
        request = section.at("UniversalTargetParameters", "Input")
        again = _tries(wiring, resource)[FailureClass.FAULT] if universal["service"] == "lambda" else None
        request_hops(wiring, resource, universal["service"], universal["action"], request, again)
    else:
        _to_target(wiring, resource, section)
    _lost(wiring, resource, props.at("OnFailureConfiguration", "Arn"))


def _to_target(wiring: Wiring, resource: Resource, section: Props) -> None:
    arn = section.at("TargetArn")
    kind = section.text("LambdaParameters", "InvocationType").value
    arrival = Arrival.ASYNC if kind == "EVENT" else Arrival.SYNC
    for found in deliveries(wiring, resource, arn.property, arn.value(), arrival):
        awaits, assumption = _awaits(wiring, resource, section, found)
        if awaits and found.answer in _PARAMETERS:
            wiring.pollings.append(_polling(wiring, resource, found))
        wiring.hop(
            resource.site_id,
            found.site,
            "subscriber-target",
            Place(resource.address, "RetryPolicy.MaxRetryAttempts" if awaits else arn.property),
            awaits=awaits,
            tries=_tries(wiring, resource) if awaits else None,
            shows=None if found.answer is Answer.FUNCTION else dict.fromkeys(CLASSES, FailureClass.ERROR),
            conditions=under(resource, found.target),
            assumption=assumption,
            unread=assumption == _WAITS,
        )


def _polling(wiring: Wiring, resource: Resource, found: Delivery) -> Polling:
    """The batches that a subscriber delivers; a function may always name the events that failed."""
    props = wiring.props(resource)
    kind = props.text("Type", default="UNORDERED")
    return Polling(
        resource.site_id,
        found.site,
        Place(resource.address),
        pipe=True,
        queue=None,
        called=(),
        batch=props.integer("BatchConfiguration", "MaxBatchSize", default=BATCH.value),
        window=props.integer("BatchConfiguration", "MaxBatchWindowInSeconds", default=0),
        partial=Setting(found.answer is Answer.FUNCTION, ValueStatus.DEFAULT, "InvokeConfiguration.TargetArn"),
        bisects=Setting(False, ValueStatus.DEFAULT, "BatchConfiguration"),
        at_once=Setting(
            None, ValueStatus.UNKNOWN, "BatchConfiguration", "a subscriber decides itself how much it runs"
        ),
        in_order=Setting(None if kind.value is None else kind.value == "FIFO", kind.status, "Type", kind.why),
    )


def _awaits(wiring: Wiring, resource: Resource, section: Props, found: Delivery) -> tuple[bool, str]:
    """Whether the subscriber sees its target fail, and what has to be assumed to say so."""
    parameters = _PARAMETERS.get(found.answer)
    if parameters is None:
        return found.answer is Answer.HTTP, ""
    invocation = section.text(parameters, "InvocationType")
    if invocation.value == "EVENT":
        return False, ""
    standard = found.answer is Answer.EXECUTION and found.resource and express(wiring, found.resource) is False
    if standard:
        if invocation.value is not None:
            wiring.unknown(resource, invocation.property, _NOT_AWAITED)
        return False, ""
    if invocation.value is None:
        wiring.unknown(resource, invocation.property, invocation.why or _UNSET)
        return True, _WAITS
    return True, ""


def _tries(wiring: Wiring, resource: Resource) -> Mapping[str, Tries]:
    policy = wiring.props(resource).at("RetryPolicy")
    retries = policy.integer("MaxRetryAttempts", default=RETRY_ATTEMPTS.value)
    age = policy.integer("MaxEventAgeInSeconds", default=EVENT_AGE.value).value
    return dict.fromkeys(CLASSES, retried(wiring, resource, retries, _LAYER, age))


def _lost(wiring: Wiring, resource: Resource, dead: Props) -> None:
    if not dead.exists():
        what = "the bus drops the event after its last try"
        place = Place(resource.address, dead.property)
        wiring.drops.append(Drop(resource.site_id, place, what, "set an OnFailureConfiguration on the subscriber"))
    for site, target in wiring.receivers(resource, dead.property, dead.value(), Arrival.ASYNC, "sqs"):
        place = Place(resource.address, dead.property)
        conditions = under(resource, target)
        wiring.hop(resource.site_id, site, "dead-letter", place, when=When.EXHAUSTED, conditions=conditions)
