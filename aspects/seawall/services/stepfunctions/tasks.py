"""What tasks call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.guards import Event
from seawall.graph.model import FailureClass, Place
from seawall.template import Target, Unknown
from seawall.template.physical import NAMINGS
from seawall.words import some

from ..batch.jobs import DEFINITIONS, setting, submit
from ..endpoints import endpoints
from ..lambda_.functions import of_provider
from ..registry import Arrival
from ..s3.buckets import BUCKET, CDK_NOTIFICATIONS
from ..sdk_calls import SDK_CALLS, acted_on
from ..sqs.moves import MOVE_CALL, move
from ..wiring import Wiring
from ..work import JOB_QUEUE
from . import failures, jsonata
from .definition import State
from .described import described_job
from .integrations import HTTP, SERVICE, Integration, TaskCall, argument, unheard_of, written_results
from .integrations import calls as calls_of
from .reading import Machine

NEW_RUNS = ("glue:startJobRun", "codebuild:startBuild")
"""Calls of services that try again with a new run, while the state waits for the one that it started."""
_UNSETTLED = "the state sees the run fail that it waits for, although its service starts another one by itself"


def calls(wiring: Wiring, found: Machine, state: State) -> None:
    """The hop of a task to what its `Resource` names."""
    resource, site = found.resource, found.id(state)
    called = found.call(state)
    shown = failures.signals(state, called, heeded=id(state) in found.heeds)
    if isinstance(called, Integration):
        if (called.service, called.action) == MOVE_CALL:
            _moves(wiring, found, state)
        _not_followed(wiring, found, state, called)
        for made in calls_of(called, state, found.embedded, resource.address.template):
            _hop(wiring, found, state, made, shown, called.pattern)
        return
    if isinstance(called, Unknown):
        wiring.unknown(resource, found.place(state, "Resource").property, called.why)
        return
    property_ = found.place(state, "Resource").property
    for end, target in wiring.receivers(resource, property_, called, Arrival.SYNC, "lambda"):
        wiring.hop(
            site, end, "task", found.place(state, "Resource"), awaits=True, shows=shown, conditions=target.conditions
        )
        _limit_chosen(wiring, found, state)


def _limit_chosen(wiring: Wiring, found: Machine, state: State) -> None:
    """Note a time limit that only a run knows: whether it ends before the work does is not known."""
    name = "TimeoutSecondsPath" if "TimeoutSecondsPath" in state.body else "TimeoutSeconds"
    raw = state.body.get(name)
    if isinstance(raw, str) and (name != "TimeoutSeconds" or jsonata.expression(raw)):
        why = f"how long it waits is chosen when the state runs ({raw})"
        wiring.unknown(found.resource, found.place(state, name).property, why)


def results(wiring: Wiring, found: Machine, state: State) -> None:
    """The hops of a Map to where it writes the results of its items."""
    for made in written_results(state, found.embedded, found.resource.address.template):
        _hop(wiring, found, state, made, {}, "")


def _not_followed(wiring: Wiring, found: Machine, state: State, called: Integration) -> None:
    """Note a call that is none that is known, or that something of the app may act on without being named."""
    property_ = found.place(state, "Resource").property
    if unheard_of(called):
        why = f"{called.service}:{called.action} is no integration that is known: what it sends is not followed"
        wiring.unknown(found.resource, property_, why)
    acting = [each for kind in acted_on(called.service, called.action) for each in wiring.app.by_type.get(kind, ())]
    if acting and (called.service, called.action) not in SDK_CALLS:
        reached = some([each.site_id for each in acting])
        why = f"{reached} may act on {called.service}:{called.action}, which does not name what it reaches"
        wiring.unknown(found.resource, property_, why)


def _moves(wiring: Wiring, found: Machine, state: State) -> None:
    """A task that puts dead letters back."""
    where, source = argument(state, found.embedded, "SourceArn")
    _, destination = argument(state, found.embedded, "DestinationArn")
    move(wiring, found.resource, f"{found.place(state).property.split('.')[0]}.{where}", source, destination)


def _hop(wiring: Wiring, found: Machine, state: State, made: TaskCall, shown: Mapping[str, str], pattern: str) -> None:
    place = Place(found.resource.address, f"{found.place(state).property.split('.')[0]}.{made.parameter}")
    waits_for_token = pattern == "waitForTaskToken" and failures.times_out(state)
    awaits = made.arrival is Arrival.SYNC or waits_for_token
    shows: Mapping[str, str | None] = shown
    if awaits and not made.fails_with_callee and not waits_for_token and id(state) not in found.heeds:
        shows = {failure: _api_failure(failure, signal) for failure, signal in shown.items()}
    limit = None if awaits else found.sent_back.get(id(state))
    for end, conditions, event in _ends(wiring, found, state, made, place.property):
        if awaits and wiring.sites[end].works:
            _limit_chosen(wiring, found, state)
        unsettled = awaits and made.kind in NEW_RUNS and wiring.sites[end].kind == JOB_QUEUE
        counted = "" if limit is None else f"what is sent counts its rounds in {limit.variable}"
        wiring.hop(
            found.id(state),
            end,
            made.kind,
            place,
            awaits=awaits,
            shows=shows,
            conditions=conditions,
            event=event or made.event,
            copies=made.copies,
            laps=None if limit is None else limit.laps,
            assumption=_UNSETTLED if unsettled else counted,
            unread=unsettled,
        )


def _ends(
    wiring: Wiring, found: Machine, state: State, made: TaskCall, property_: str
) -> Iterator[tuple[str, tuple[str, ...], Event]]:
    """Sites that a call reaches, with what a request over HTTP says; work that the called service does by itself is no
    unknown.
    """
    if made.naming == SERVICE:
        called = found.call(state)
        job = described_job(wiring, found, state, called) if isinstance(called, Integration) else None
        yield job or wiring.external(made.kind, SERVICE), (), {}
    elif made.naming == HTTP:
        for each in endpoints(wiring, found.resource, property_, made.target, made.method, made.path):
            yield each.site, each.target.conditions, each.event
    elif made.ends:
        for target in wiring.targets(found.resource, made.target, made.naming):
            if isinstance(made.target, Unknown) and _may_be_ours(wiring, made.naming):
                wiring.unknown(found.resource, property_, made.target.why)
            own = _job(wiring, found, state, target) or (
                wiring.arrive(target, made.arrival) if target.address else None
            )
            yield own or wiring.external(made.kind, SERVICE), target.conditions, {}
    else:
        for site, target in wiring.receivers(found.resource, property_, made.target, made.arrival, made.naming):
            yield site, target.conditions, {}


def _may_be_ours(wiring: Wiring, naming: str) -> bool:
    """Whether the app has what a call may mean that does not say on what: of buckets, one that tells of its objects."""
    types = [name for name, each in NAMINGS.items() if each.of(naming)]
    ours = (resource for name in types for resource in wiring.app.by_type.get(name, ()))
    return any(each.type != BUCKET or each.properties.get("NotificationConfiguration") for each in ours) or (
        naming == "s3" and CDK_NOTIFICATIONS in wiring.app.by_type
    )


def _job(wiring: Wiring, found: Machine, state: State, target: Target) -> str | None:
    """The site where a job waits that a task submits; the task may say how often it is tried."""
    definition = wiring.app.resource(target.address)
    if definition is None or definition.type not in DEFINITIONS:
        return None
    where, value = argument(state, found.embedded, "RetryStrategy", "Attempts")
    return submit(wiring, definition, found.id(state), setting(value, where))


def _api_failure(failure: str, signal: str) -> str | None:
    """An SDK call fails with the API only: what the callee's own code raises arrives as a successful answer."""
    return signal if failure in (FailureClass.THROTTLE, FailureClass.FAULT) else None


def is_provider_waiter(wiring: Wiring, found: Machine) -> bool:
    """Whether CDK's custom-resource provider made the machine to poll until its resource is complete."""
    tasks = [state for state in found.definition.states() if state.type == "Task"]
    return bool(tasks) and all(_calls_framework(wiring, found, state) for state in tasks)


def _calls_framework(wiring: Wiring, found: Machine, state: State) -> bool:
    value = found.call(state)
    if isinstance(value, Integration):
        value = next(calls_of(value, state, found.embedded, found.resource.address.template)).target
    targets = wiring.targets(found.resource, value, "lambda")
    called = [wiring.app.resource(target.address) for target in targets]
    return all(resource is not None and of_provider(wiring, resource) for resource in called)
