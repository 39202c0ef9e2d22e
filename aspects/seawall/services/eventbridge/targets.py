"""What EventBridge rules and pipes deliver to.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum

from msgspec import Struct

from seawall.graph.guards import Event
from seawall.template import Known, Props, Resource, Target, Value, named_by_symbols

from ..batch.jobs import DEFINITIONS, attempts_in, submit
from ..endpoints import note_request
from ..ends import unheard
from ..hosts import Answering
from ..registry import Arrival
from ..requests import meant, requested
from ..wiring import Wiring

API_DESTINATION = "AWS::Events::ApiDestination"


class Answer(Enum):
    """What the sender takes as the acknowledgement."""

    ACCEPTED = "the event was accepted"
    FUNCTION = "a function's outcome, where it is awaited"
    EXECUTION = "an execution's outcome, where it is awaited"
    HTTP = "the status of an HTTP response"


_ANSWERS: Mapping[str, Answer] = {
    "AWS::Lambda::Function": Answer.FUNCTION,
    "AWS::Lambda::Alias": Answer.FUNCTION,
    "AWS::Lambda::Version": Answer.FUNCTION,
    "AWS::StepFunctions::StateMachine": Answer.EXECUTION,
    "AWS::StepFunctions::StateMachineAlias": Answer.EXECUTION,
    "AWS::StepFunctions::StateMachineVersion": Answer.EXECUTION,
    "AWS::ApiGateway::RestApi": Answer.HTTP,
    "AWS::ApiGatewayV2::Api": Answer.HTTP,
    API_DESTINATION: Answer.HTTP,
}
_ANSWERS_BY_ARN: Mapping[str, Answer] = {
    ":function:": Answer.FUNCTION,
    ":stateMachine:": Answer.EXECUTION,
    ":execute-api:": Answer.HTTP,
    ":api-destination/": Answer.HTTP,
}
"""For targets that are not among the analysed resources."""


class Delivery(Struct, frozen=True):
    """One site that an event is delivered to."""

    site: str
    target: Target
    answer: Answer
    resource: Resource | None = None
    """What the site stands for, if it is analysed: through an alias, the machine behind it."""
    event: Event = {}
    """What a request to an API says on its way."""


def deliveries(
    wiring: Wiring,
    resource: Resource,
    property_: str,
    value: Value,
    arrival: Arrival,
    parameters: Props | None = None,
) -> Iterator[Delivery]:
    """Where `resource` delivers an event that it sends to the ARN `value`; what cannot be told is noted.

    `arrival` says how functions and state machines are invoked; everything else has one way only. A cluster or job
    queue is given with `parameters` that say what is to run there.
    """
    started = list(_started(wiring, resource, parameters)) if parameters is not None else []
    if started:
        yield from started
        return
    for target in wiring.targets(resource, value):
        found = wiring.app.resource(target.address)
        answer = _answer(found, target)
        site = wiring.arrive(target, arrival if answer is not Answer.ACCEPTED else Arrival.ASYNC)
        if site is None:
            wiring.unknown(resource, property_, unheard(wiring, target))
            continue
        place = wiring.sites[site].place
        event = (
            _request(wiring, site, found, meant(value, target)) if answer is Answer.HTTP and found is not None else {}
        )
        yield Delivery(site, target, answer, wiring.app.resource(place.address) if place else None, event)


def _request(wiring: Wiring, site: str, found: Resource, value: Value) -> Event:
    """What is sent to an API by its ARN: ``arn:aws:execute-api:Region:account:api/stage/POST/orders``."""
    named = _EXECUTE.search(named_by_symbols(value))
    if named is None:
        return {}
    api, stage, method, path = named["api"], named["stage"], named["method"], named["path"] or ""
    request = requested(Known(f"https://{api}.execute-api/{stage}{path}"), "" if "*" in method else method)
    if request is None:
        return {}
    note_request(wiring, site, Answering(found, request, written=request.written))
    return request.event


_EXECUTE = re.compile(r":execute-api:.*:(?P<api>[^:/]+)/(?P<stage>[^/]+)/(?P<method>[A-Z*]+)(?P<path>/.*)?$")


_RUN = {
    "EcsParameters": "TaskDefinitionArn",
    "EcsTaskParameters": "TaskDefinitionArn",
    "BatchParameters": "JobDefinition",
    "BatchJobParameters": "JobDefinition",
}
"""By section of a target's parameters: where it names what a cluster or job queue is to run."""


def _started(wiring: Wiring, resource: Resource, parameters: Props) -> Iterator[Delivery]:
    """Tasks and jobs that a target starts; a definition that is not analysed starts them outside."""
    for name, what in _RUN.items():
        section = parameters.at(name)
        kind = "ecs:task-definition" if what.startswith("Task") else "batch:job-definition"
        for target in wiring.targets(resource, section.value(what), kind):
            found = wiring.app.resource(target.address)
            if found is not None and found.type in DEFINITIONS:
                site = submit(wiring, found, f"{resource.site_id} ({section.property})", attempts_in(section))
            else:
                arrived = wiring.arrive(target, Arrival.ASYNC) if target.address else None
                site = arrived or wiring.external(target.literal or what, "service")
            yield Delivery(site, target, Answer.ACCEPTED, found)


def _answer(found: Resource | None, target: Target) -> Answer:
    if found is not None:
        return _ANSWERS.get(found.type, Answer.ACCEPTED)
    answers = (answer for mark, answer in _ANSWERS_BY_ARN.items() if mark in (target.literal or ""))
    return next(answers, Answer.ACCEPTED)
