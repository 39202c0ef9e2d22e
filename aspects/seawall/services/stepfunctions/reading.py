"""State machines read from their templates: the definition, its states, and how each can fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.facts import Fact
from seawall.graph.model import FailureClass, GapKind, Place
from seawall.template import Embedded, Reference, Resource, Unknown, Value, definition_body
from seawall.template.asl import is_own_file
from seawall.template.definition_files import LOCATIONS

from ..lambda_.functions import INIT, function_at, timeout_of
from ..wiring import Wiring
from . import failures
from .definition import Branch, MachineDefinition, State, parse
from .errors import ANSWERED, first_match
from .failures import MAP_FAILED, ErrorNames
from .history import HISTORY
from .integrations import ITSELF, Integration, integration
from .integrations import calls as calls_of
from .sent_back import LapLimit, limits
from .shape import Shape
from .values import MISSING, UNKNOWN, Fields
from .walk import Failures, Store, TaskAnswer, Walk

WORKING = ("Task", "Parallel", "Map")
"""States that do work or hold states that do."""
EXPRESS_LIMIT = Fact(
    300, "https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html", "2026-11-29"
)
"""Seconds that an execution of an Express machine may take."""
ANSWERS: Mapping[tuple[str, str], TaskAnswer] = {
    ("sfn", "startSyncExecution"): TaskAnswer(
        tuple(Fields((("Status", status),), open=True) for status in ("FAILED", "TIMED_OUT")),
        Fields((("Status", "SUCCEEDED"),), open=True),
    ),
    ("lambda", "invoke"): TaskAnswer(
        (Fields((("FunctionError", "Unhandled"),), open=True),),
        Fields((("FunctionError", MISSING),), open=True),
    ),
}
"""By service and action: what calls answer whose work may have failed.

Sources (2026-11-30): https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html and
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""
_FORMS = ("DefinitionString", "Definition", *LOCATIONS)


class Machine(Struct, frozen=True, dict=True):
    """A state machine's resource, read."""

    resource: Resource
    embedded: Embedded
    definition: MachineDefinition
    names: ErrorNames
    limit: float | None = None
    """Seconds after which an execution is ended; None where nothing, or nothing known, does."""
    express: bool = False
    """An Express machine, or one that may be."""
    outlasting: frozenset[int] = frozenset()
    """By `id`: states whose own time limit is so long that the function which they call has ended before."""
    heeds: frozenset[int] = frozenset()
    """By `id`: states whose answer may tell of a failure, and that come again where it does and only there."""

    @cached_property
    def memo(self) -> dict[tuple[int, str], frozenset[str]]:
        """By `id` of a state: its signals, and the names behind each."""
        return {}

    @cached_property
    def entered(self) -> dict[str, Sequence[tuple[Store, ...]]]:
        """By container, for each way in: what its branches, or its items, start with, as far as was found."""
        return {}

    @cached_property
    def sent_back(self) -> dict[int, LapLimit]:
        """By `id` of a state that only counted ways lead to: how often an event gets there."""
        return limits(self.definition)

    @cached_property
    def _calls(self) -> dict[int, Integration | Value]:
        return {}

    def call(self, task: State) -> Integration | Value:
        """What a task calls."""
        if id(task) not in self._calls:
            self._calls[id(task)] = integration(task, self.embedded)
        return self._calls[id(task)]

    @cached_property
    def form(self) -> str:
        """The property that holds the definition."""
        return next((name for name in _FORMS if name in self.resource.properties), _FORMS[0])

    def id(self, state: State) -> str:
        """Site id of a state."""
        return f"{self.resource.site_id}#{state.name}"

    def place(self, state: State, part: str = "") -> Place:
        """A part of a state in the template."""
        return Place(self.resource.address, ".".join(filter(None, (self.form, state.path, part))))


def read(wiring: Wiring, resource: Resource) -> Machine | None:
    """The machine that `resource` declares; None, and noted as unknown, where its definition cannot be read."""
    reading = wiring.app.reading

    def parsed() -> tuple[Machine | None, Mapping[str, None]]:
        before, reading.needs = reading.needs, {}
        found, asked = _parsed(wiring, resource), reading.needs
        reading.needs = before
        return found, asked

    found, asked = wiring.once(("state machine", resource.address), parsed)
    reading.needs.update(asked)
    return found


def _parsed(wiring: Wiring, resource: Resource) -> Machine | None:
    def note(property_: str, why: str, what: GapKind | None = None) -> None:
        if not wiring.app.reading.undecided:  # else whoever reads the machine itself does so again for each side
            wiring.unknown(resource, property_, why, what=what)

    wiring.props(resource).value("DefinitionSubstitutions")  # noted where nothing resolves it
    body = definition_body(wiring.app, resource)
    if isinstance(body, Unknown):
        form = next((name for name in _FORMS if name in resource.properties), _FORMS[0])
        kind = GapKind.FILE if form in LOCATIONS else GapKind.RESOURCE
        note(form, body.why, kind)
        return None
    body = replace(
        body,
        values={**body.values, ITSELF: Reference(resource.address)},
        alone=is_own_file(wiring.template(resource).body),
    )
    definition = parse(body)
    express = wiring.props(resource).text("StateMachineType", default="STANDARD").value != "STANDARD"
    limit = _limit(wiring, resource, body)
    found = Machine(resource, body, definition, ErrorNames(definition), limit, express)
    found = replace(found, outlasting=frozenset(map(id, outlasting(wiring, found))))
    found = replace(found, heeds=frozenset(map(id, _heeding(found))))
    wrong = dict(definition.problems)
    for path, why in (*definition.problems, *((at, why) for at, why in Shape(body).problems() if at not in wrong)):
        note(".".join(filter(None, (found.form, path))), why)
    for key in dict.fromkeys(body.repeated):
        why = f"{key} stands twice in one object of the definition: which of the two counts is not known"
        note(found.form, why)
    if found.names.blurred:
        many = f"its Fail states give {len(found.names.stated):,} errors, too many to tell apart"
        note("DefinitionString", f"{many}: each is taken for any error")
    return found


def _limit(wiring: Wiring, resource: Resource, body: Embedded) -> float | None:
    """Seconds that an execution may take: 5 minutes of an Express one, and what the definition sets."""
    kind = wiring.props(resource).text("StateMachineType", default="STANDARD").value
    stated = body.document.get("TimeoutSeconds") if isinstance(body.document, dict) else None
    limits = [float(EXPRESS_LIMIT.value)] if kind == "EXPRESS" else []
    if isinstance(stated, (int, float)) and not isinstance(stated, bool) and stated > 0:
        limits.append(float(stated))
    return min(limits, default=None)


def outlasting(wiring: Wiring, found: Machine) -> Iterator[State]:
    """Tasks that set a time limit, and call functions whose own one, and the start of their environment, end before."""
    for state in found.definition.states():
        limit = state.body.get("TimeoutSeconds")
        if state.type != "Task" or "HeartbeatSeconds" in state.body or not isinstance(limit, (int, float)):
            continue
        called = found.call(state)
        if isinstance(called, Integration):
            if (called.service, called.action, called.pattern) != ("lambda", "invoke", ""):
                continue
            called = next(calls_of(called, state, found.embedded, found.resource.address.template)).target
        resources = [wiring.app.resource(each.address) for each in wiring.targets(found.resource, called, "lambda")]
        functions = [function_at(wiring, each) if each is not None else None for each in resources]
        ends = [timeout_of(wiring, each) if each is not None else None for each in functions]
        if ends and all(end is not None and end + INIT.value <= limit for end in ends):
            yield state


def walk_of(found: Machine, branch: Branch, store: Store, limit: float | None = None) -> Walk:
    """The ways through a branch, which is entered with what is known of its data."""
    answers = {
        state.name: answer
        for state in branch.states.values()
        if id(state) in found.heeds and (answer := _answer(found, state)) is not None
    }
    names = {
        state.name: {signal: names_of(found, state, signal) for signal in sorted(signals_of(found, state))}
        for state in branch.states.values()
        if state.catchers or state.name in answers
    }
    return Walk(branch, Failures(names), store, UNKNOWN, limit, None if found.express else HISTORY.value, answers)


def _answer(found: Machine, state: State) -> TaskAnswer | None:
    """What a task's call answers, where that may tell of work that has failed."""
    called = found.call(state) if state.type == "Task" else None
    return ANSWERS.get((called.service, called.action)) if isinstance(called, Integration) and called.sdk else None


def _heeding(found: Machine) -> Iterator[State]:
    """States whose answer decides whether they come again: retries written by hand. One that comes again whatever its
    answer says goes on to something else.
    """
    for branch in found.definition.top.branches():
        if not any(state.type == "Choice" for state in branch.states.values()):
            continue
        asking = [state for state in branch.states.values() if state.next and _answer(found, state) is not None]
        if asking:
            walk = walk_of(replace(found, heeds=frozenset(map(id, asking))), branch, Store())
            yield from (state for state in asking if walk.complete and _comes_again(walk, state))


def _comes_again(walk: Walk, state: State) -> bool:
    """Whether a state comes again after an answer that tells of a failure, and after no other one."""
    own = [station for station in walk.stations if station.state is state]
    failed = (number for each in own for numbers in each.caught.values() for number in numbers)
    done = (number for each in own for number in each.next)
    return _leads_to(walk, failed, state) and not _leads_to(walk, done, state)


def _leads_to(walk: Walk, starts: Iterable[int], state: State) -> bool:
    pending, seen = list(starts), set[int]()
    while pending:
        number = pending.pop()
        if number not in seen:
            seen.add(number)
            if walk.stations[number].state is state:
                return True
            pending += walk.stations[number].next
    return False


def nested(found: Machine) -> Iterator[tuple[State, str]]:
    """Working states with the id of the container that each stands in, outer ones first."""
    pending = [(found.definition.top, found.resource.site_id)]
    while pending:
        branch, inside = pending.pop(0)
        for state in branch.states.values():
            if state.type in WORKING:
                yield state, inside
                pending.extend((inner, found.id(state)) for inner in state.branches)


def catches_of(found: Machine, state: State, signal: str) -> tuple[tuple[str, ...], bool]:
    """Where catchers lead for a signal, and whether some error of it is caught by none."""
    names = names_of(found, state, signal)
    answered = state.next if ANSWERED in names else ()
    if not state.catchers:
        return answered, bool(names - {ANSWERED})
    matched = [first_match(state.catchers, name) for name in sorted(names - {ANSWERED})]
    nexts = dict.fromkeys((*answered, *(state.catchers[index].next for index in matched if index is not None)))
    return tuple(nexts), None in matched


def names_of(found: Machine, state: State, signal: str) -> frozenset[str]:
    """Every error name under which `state` can fail with a signal: of a container, those that leave its states."""
    if (id(state), signal) not in found.memo:
        found.memo[id(state), signal] = _names(found, state, signal)
    return found.memo[id(state), signal]


def _names(found: Machine, state: State, signal: str) -> frozenset[str]:
    if state.branches and not state.distributed:
        inner = (inside for branch in state.branches for inside in branch.states.values())
        leaving = (_leaving(found, inside, signal) for inside in inner if signal in signals_of(found, inside))
        return frozenset[str]().union(*leaving)
    names = found.names.of(signal)
    if signal == FailureClass.TIMEOUT and failures.times_out(state) and id(state) not in found.outlasting:
        names |= found.names.of(failures.TIMED_OUT)
    return names


def _leaving(found: Machine, state: State, signal: str) -> frozenset[str]:
    names = names_of(found, state, signal) - {ANSWERED}
    return frozenset(name for name in names if first_match(state.catchers, name) is None)


def signals_of(found: Machine, state: State) -> frozenset[str]:
    """Every signal that `state` can fail with."""
    if (id(state), "") not in found.memo:
        found.memo[id(state), ""] = _signals(found, state)
    return found.memo[id(state), ""]


def _signals(found: Machine, state: State) -> frozenset[str]:
    if state.type == "Task":
        own = {failures.GAVE_UP} if "TimeoutSeconds" in state.body else set[str]()
        shown = failures.signals(state, found.call(state), heeded=id(state) in found.heeds)
        return frozenset(shown.values()) | own
    if state.type == "Fail":
        return frozenset({found.names.of_failing(state)})
    if state.distributed:
        return frozenset() if state.tolerates_all else frozenset({MAP_FAILED})
    inner: frozenset[str] = frozenset()
    for branch in state.branches:
        for inside in branch.states.values():
            inner |= signals_of(found, inside)
    return inner
