"""State machines as sites, their states as steps, and the hops that tasks make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seawall.template import Embedded, Resource, Target, Unknown, definition_body

from ..model import CLASSES, ONCE, Drop, FailureClass, IdleSetting, Place, Plan, Site, Step, Tries, When
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring
from . import failures
from .definition import Branch, Definition, State, parse
from .errors import Retrier, first_match, shadowed, tries
from .failures import CHILD_FAILED, MAP_FAILED, Names
from .integrations import Call, Integration, call, integration

MACHINE = "AWS::StepFunctions::StateMachine"
_WORKING = ("Task", "Parallel", "Map")
_FORMS = ("DefinitionString", "Definition", "DefinitionS3Location")


@dataclass(frozen=True)
class Machine:
    """A state machine's resource, read."""

    resource: Resource
    embedded: Embedded
    definition: Definition
    names: Names

    def id(self, state: State) -> str:
        """Site id of a state."""
        return f"{self.resource.site_id}#{state.name}"

    def place(self, state: State, part: str = "") -> Place:
        """A part of a state in the template."""
        form = next((name for name in _FORMS if name in self.resource.properties), _FORMS[0])
        return Place(self.resource.address, ".".join(filter(None, (form, state.path, part))))


def express(wiring: Wiring, resource: Resource) -> bool | None:
    """Whether a machine is an Express one; None where its type is unknown."""
    kind = wiring.props(resource).text("StateMachineType", default="STANDARD").value
    return None if kind is None else kind == "EXPRESS"


@receiver(MACHINE)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """An execution starts at the machine."""
    return resource.site_id


@receiver("AWS::StepFunctions::StateMachineAlias", "AWS::StepFunctions::StateMachineVersion")
def arrives_by_alias(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Through an alias or version, an execution of its machine starts."""
    props = wiring.props(resource)
    names = [props.value("StateMachineRevisionArn"), props.value("StateMachineArn")]
    names += [item.props.value("StateMachineVersionArn") for item in props.items("RoutingConfiguration")]
    for value in names:
        for behind in wiring.targets(resource, value):
            site = wiring.arrive(behind, arrival)
            if site is not None:
                return site
    return None


@sites(MACHINE)
def machine(wiring: Wiring, resource: Resource) -> None:
    """A machine is a site with a plan; its tasks, Parallels and Maps are sites inside it."""
    found = _read(wiring, resource)
    place = Place(resource.address)
    if found is None:
        wiring.site(Site(resource.site_id, "state-machine", place, works=True))
        return
    provider = _is_provider_waiter(wiring, found)
    plan = _plan(found, [found.definition.top])
    wiring.site(Site(resource.site_id, "state-machine", place, plan=plan, works=True, framework=provider))
    for state, inside in _nested(found):
        own = _plan(found, state.branches, MAP_FAILED if state.distributed else None) if state.branches else None
        wiring.site(Site(found.id(state), "state", found.place(state), inside, own, works=True, framework=provider))


@hops(MACHINE)
def states(wiring: Wiring, resource: Resource) -> None:
    """Every working state hangs on its container, and calls what its `Resource` names."""
    found = _read(wiring, resource)
    if found is None:
        return
    for state, inside in _nested(found):
        wiring.hop(
            inside,
            found.id(state),
            "state",
            found.place(state, "Retry"),
            awaits=True,
            when=When.FAILURE if state.name in _only_after_failure(found, inside) else When.ALWAYS,
            tries=_own_tries(found, state),
        )
        _idle_retriers(wiring, found, state)
        if state.type == "Task":
            _task(wiring, found, state)
    if not _all_caught(found, found.definition.top):
        what = "the execution fails and nothing that the app declares sees it"
        fix = "catch the failure and send the event to a queue, or set an alarm on ExecutionsFailed"
        wiring.drops.append(Drop(resource.site_id, Place(resource.address), what, fix))


def _read(wiring: Wiring, resource: Resource) -> Machine | None:
    def read() -> Machine | None:
        body = definition_body(wiring.app, resource)
        if isinstance(body, Unknown):
            wiring.unknown(resource, "DefinitionString", body.why)
            return None
        definition = parse(body)
        found = Machine(resource, body, definition, Names(definition))
        for path, why in definition.problems:
            wiring.unknown(resource, f"DefinitionString.{path}", why)
        return found

    return wiring.once(("state machine", resource.address), read)


def _nested(found: Machine) -> Iterator[tuple[State, str]]:
    """Working states with the id of the container that each stands in, outer ones first."""
    pending = [(found.definition.top, found.resource.site_id)]
    while pending:
        branch, inside = pending.pop(0)
        for state in branch.states.values():
            if state.type in _WORKING:
                yield state, inside
                pending.extend((inner, found.id(state)) for inner in state.branches)


def _plan(found: Machine, branches: Sequence[Branch], fails_as: str | None = None) -> Plan:
    prefix = f"{found.resource.site_id}#"
    steps = {prefix + state.name: _step(found, state) for branch in branches for state in branch.states.values()}
    return Plan(tuple(prefix + branch.start for branch in branches if branch.states), steps, fails_as)


def _step(found: Machine, state: State) -> Step:
    prefix = f"{found.resource.site_id}#"
    caught: dict[str, tuple[str, ...]] = {}
    escapes: set[str] = set()
    for signal in sorted(_signals(found, state)):
        nexts, uncaught = _caught(found, state, signal)
        caught[signal] = tuple(prefix + name for name in nexts)
        if uncaught:
            escapes.add(signal)
    catches = any(caught.values())
    return Step(
        prefix + state.name,
        tuple(prefix + name for name in state.next),
        caught if catches else {},
        frozenset(escapes) if catches else None,
        failures.stated_failure(state) if state.type == "Fail" else None,
        state.type == "Choice",
    )


def _caught(found: Machine, state: State, signal: str) -> tuple[tuple[str, ...], bool]:
    """Where catchers lead for a signal, and whether some error of it is caught by none."""
    matched = [first_match(state.catchers, name) for name in sorted(_names(found, state, signal))]
    nexts = dict.fromkeys(state.catchers[index].next for index in matched if index is not None)
    return tuple(nexts), None in matched


def _names(found: Machine, state: State, signal: str) -> frozenset[str]:
    """Every error name under which `state` can fail with a signal: of a container, those that leave its states."""
    if state.branches and not state.distributed:
        inner = (inside for branch in state.branches for inside in branch.states.values())
        leaving = (_leaving(found, inside, signal) for inside in inner if signal in _signals(found, inside))
        return frozenset[str]().union(*leaving)
    names = found.names.of(signal)
    if signal == FailureClass.TIMEOUT and failures.times_out(state):
        names |= found.names.of(failures.TIMED_OUT)
    return names


def _leaving(found: Machine, state: State, signal: str) -> frozenset[str]:
    return frozenset(name for name in _names(found, state, signal) if first_match(state.catchers, name) is None)


def _signals(found: Machine, state: State) -> frozenset[str]:
    """Every signal that `state` can fail with."""
    if state.type == "Task":
        return frozenset(failures.signals(state, integration(state, found.embedded)).values())
    if state.type == "Fail":
        return frozenset({failures.stated_failure(state)})
    if state.distributed:
        return frozenset({MAP_FAILED})
    inner: frozenset[str] = frozenset()
    for branch in state.branches:
        for inside in branch.states.values():
            inner |= _signals(found, inside)
    return inner


def _own_tries(found: Machine, state: State) -> Mapping[str, Tries]:
    property_ = f"{state.path}.Retry"
    by_signal = {
        signal: tries(state.retriers, sorted(_names(found, state, signal)), property_)
        for signal in sorted(_signals(found, state))
    }
    refined = {signal: ONCE for signal in by_signal if signal not in CLASSES}  # or its class would speak for it
    return refined | {signal: counted for signal, counted in by_signal.items() if counted is not None}


def _only_after_failure(found: Machine, inside: str) -> frozenset[str]:
    """States of a container that only a catch leads to."""
    branches = [found.definition.top]
    if inside != found.resource.site_id:
        branches = [
            branch for state in found.definition.states() if found.id(state) == inside for branch in state.branches
        ]
    return frozenset(name for branch in branches for name in set(branch.states) - _led_to(branch, [branch.start]))


def _all_caught(found: Machine, branch: Branch) -> bool:
    """Whether every failure on an ordinary way through a branch meets a catcher on its way out."""
    after_catch = _led_to(branch, [catcher.next for state in branch.states.values() for catcher in state.catchers])
    for state in map(branch.states.__getitem__, _led_to(branch, [branch.start])):
        if state.type in _WORKING:
            open_ends = [signal for signal in _signals(found, state) if _caught(found, state, signal)[1]]
            inner_caught = state.type != "Task" and all(_all_caught(found, inner) for inner in state.branches)
            if open_ends and not inner_caught:
                return False
        elif state.type == "Fail" and state.name not in after_catch:
            return False
    return True


def _led_to(branch: Branch, starts: list[str]) -> frozenset[str]:
    """States that `starts` lead to when nothing fails, themselves included."""
    pending = list(starts)
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in branch.states and name not in seen:
            seen.add(name)
            pending.extend(branch.states[name].next)
    return frozenset(seen)


def _task(wiring: Wiring, found: Machine, state: State) -> None:
    resource, site = found.resource, found.id(state)
    called = integration(state, found.embedded)
    shown = failures.signals(state, called)
    if isinstance(called, Integration):
        made = call(called, state, found.embedded)
        if made is not None:
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


def _hop(wiring: Wiring, found: Machine, state: State, made: Call, shown: Mapping[str, str], pattern: str) -> None:
    place = Place(found.resource.address, f"{found.place(state).property.split('.')[0]}.{made.parameter}")
    waits_for_token = pattern == "waitForTaskToken" and failures.times_out(state)
    awaits = made.arrival is Arrival.SYNC or waits_for_token
    shows: Mapping[str, str | None] = shown
    if awaits and not made.fails_with_callee and not waits_for_token:
        shows = {failure: _api_failure(failure, signal) for failure, signal in shown.items()}
    for end, target in wiring.receivers(found.resource, place.property, made.target, made.arrival, made.naming):
        wiring.hop(found.id(state), end, made.kind, place, awaits=awaits, shows=shows, conditions=target.conditions)


def _api_failure(failure: str, signal: str) -> str | None:
    """An SDK call fails with the API only: what the callee's own code raises arrives as a successful answer."""
    return signal if failure in (FailureClass.THROTTLE, FailureClass.FAULT) else None


def _idle_retriers(wiring: Wiring, found: Machine, state: State) -> None:
    site = found.id(state)
    taken = shadowed(state.retriers)
    for index, before in taken:
        errors, earlier = ", ".join(state.retriers[index].errors), ", ".join(state.retriers[before].errors)
        what = f"retrier {index + 1} ({errors})"
        why = f"retrier {before + 1} ({earlier}) stands before it and takes every error it names"
        wiring.idle.append(IdleSetting(site, found.place(state, f"Retry.{index}"), what, why))
    called = integration(state, found.embedded) if state.type == "Task" else None
    if not isinstance(called, Integration) or CHILD_FAILED not in failures.signals(state, called).values():
        return
    for index, retrier in enumerate(state.retriers):
        if retrier.errors and all(map(_own_error_of_child, retrier.errors)) and index not in dict(taken):
            what = f"retrier {index + 1} ({', '.join(retrier.errors)})"
            why = "a child execution that fails arrives as States.TaskFailed, whatever error it failed with"
            wiring.idle.append(IdleSetting(site, found.place(state, f"Retry.{index}"), what, why))


def _own_error_of_child(name: str) -> bool:
    return not name.startswith(("States.", "StepFunctions.", "Sfn."))


def _is_provider_waiter(wiring: Wiring, found: Machine) -> bool:
    """Whether CDK's custom-resource provider made the machine to poll until its resource is complete."""
    tasks = [state for state in found.definition.states() if state.type == "Task"]
    return bool(tasks) and all(_calls_framework(wiring, found, state) for state in tasks)


def _calls_framework(wiring: Wiring, found: Machine, state: State) -> bool:
    value = integration(state, found.embedded)
    if isinstance(value, Integration):
        made = call(value, state, found.embedded)
        value = made.target if made else Unknown("")
    for target in wiring.targets(found.resource, value, "lambda"):
        resource = wiring.app.resource(target.address) if target.address else None
        if resource is None:
            return False
        handler = wiring.props(resource).text("Handler").value if resource.type == "AWS::Lambda::Function" else None
        if not (handler or "").startswith("framework."):
            return False
    return True


__all__ = ["MACHINE", "Retrier", "express"]
