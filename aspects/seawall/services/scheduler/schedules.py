"""Amazon EventBridge Scheduler: schedules and what they call.

A schedule is done once its target's API has accepted the call. Its retry policy (185 retries over 24 hours where
nothing is set) covers that call only: whatever happens after a function or an execution was accepted is not retried
here, so it makes no layer.

Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html and, that functions are invoked
asynchronously, https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from seawall.graph.model import Place, Site, When
from seawall.template import Absent, Known, Props, Resource, Unknown, Value, render

from ..conditions import under
from ..ends import unheard
from ..eventbridge.targets import deliveries
from ..registry import Arrival, hops, sites
from ..sdk_calls import EACH, EITHER, SDK_CALLS, SdkCall
from ..wiring import Wiring

SCHEDULE = "AWS::Scheduler::Schedule"
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
        _universal(wiring, resource, universal["service"], universal["action"])
    else:
        for found in deliveries(wiring, resource, arn.property, arn.value(), Arrival.ASYNC):
            _hop(wiring, resource, found.site, arn.property, "schedule-target", under(resource, found.target))
    dead = props.at("Target", "DeadLetterConfig", "Arn")
    for site, queue in wiring.receivers(resource, dead.property, dead.value(), Arrival.ASYNC, "sqs"):
        place = Place(resource.address, dead.property)
        wiring.hop(resource.site_id, site, "dead-letter", place, when=When.EXHAUSTED, conditions=under(resource, queue))


def _universal(wiring: Wiring, resource: Resource, service: str, action: str) -> None:
    """Any action of any service, with its request in `Input`; it is called, and nothing of its work is awaited."""
    request = wiring.props(resource).at("Target", "Input")
    called, kind = SDK_CALLS.get((service, action)), f"{service}:{action}"
    if called is None:
        site = wiring.external(kind, "service")
        _hop(wiring, resource, site, "Target.Arn", kind, under(resource))
        return
    awaited = called.naming == "lambda" and request.text("InvocationType").value != "Event"
    arrival = Arrival.SYNC if awaited else Arrival.ASYNC
    for value in _named(request, called):
        for end in wiring.targets(resource, value, called.naming):
            at = wiring.arrive(end, arrival)
            if at is None and called.ends:
                at = wiring.external(kind, "service")
            if at is None:
                wiring.unknown(resource, request.property, unheard(wiring, end))
            else:
                _hop(wiring, resource, at, request.property, kind, under(resource, end))


def _named(request: Props, called: SdkCall) -> Iterator[Value]:
    """What a request names as its receivers."""
    for path in called.paths:
        first, *rest = path
        entries = [_at(item.props, rest[1:]) for item in request.items(first)] if EACH in path else [request.at(*path)]
        values = [entry.value() for entry in entries]
        given = [Known(called.absent) if isinstance(each, Absent) and called.absent else each for each in values]
        given = [each for each in given if not isinstance(each, Absent)]
        if given:
            yield from (each for index, each in enumerate(given) if each not in given[:index])
            return
    yield Unknown(f"its input names no {called.paths[0][-1]}")


def _at(section: Props, path: Sequence[str]) -> Props:
    for step in path:
        names = step.split(EITHER)
        section = section.at(next((name for name in names if section.exists(name)), names[0]))
    return section


def _hop(wiring: Wiring, resource: Resource, site: str, property_: str, kind: str, conditions: tuple[str, ...]) -> None:
    wiring.hop(resource.site_id, site, kind, Place(resource.address, property_), conditions=conditions)
