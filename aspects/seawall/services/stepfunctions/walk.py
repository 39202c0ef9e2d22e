"""Walks through the states of a machine with what its definition tells of the data: counters, constants, error names.

A *station* is a state together with the values that it is entered with. Where a state can be entered with several, it
has several stations, so a counter that a Choice compares with a constant makes a way as long as the laps it allows. A
comparison whose outcome is not known leads both ways. Every run of the machine is a way through the stations; more
ways there may be.

Source: https://states-language.net/spec.html and
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html (read on 29 November 2026)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.template import Json

from . import jsonata, jsonpath
from .definition import Branch, State
from .errors import ANSWERED, ANY_OTHER, first_match
from .history import least_events
from .values import ANYTHING, NOTHING, OTHER, UNKNOWN, Fields, Missing, Value, literal, put_at

MOST_STATIONS = 2_000
"""Stations of one branch that are told apart where no Choice is decided by what is known of the data. Beyond it the
values are left out of account."""
MOST_COUNTED = 12_500
"""The same where one is: a state makes two entries of the 25,000 that the history of a Standard execution has."""
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


class Store(Struct, frozen=True):
    """What is known where a state is entered."""

    data: Value = UNKNOWN
    """The state's input."""
    variables: Fields = NOTHING
    elapsed: float = 0.0
    """Seconds waited since the machine started, at least; 0 where no clock ends it."""

    @property
    def key(self) -> str:
        """Tells two stores apart."""
        return repr((self.data, self.variables.known, self.elapsed))


class Station(Struct):
    """A state with the store that it is entered with, and the stations it leads to."""

    state: State
    store: Store
    events: int = 0
    """Entries of the history before it, at least, on the way that it was found by."""
    next: list[int] = field(default_factory=list)
    caught: dict[str, list[int]] = field(default_factory=dict)
    """By signal."""
    escapes: set[str] = field(default_factory=set)
    """Signals of which some error is caught by none."""
    out_of_time: bool = False
    """The clock of the machine ends it here."""
    stuck: bool = False
    """A Choice of which no rule holds, and that has no default."""


class Failures(Struct, frozen=True):
    """By state: its signals, each with the error names that it may bear."""

    names: Mapping[str, Mapping[str, frozenset[str]]]


class TaskAnswer(Struct, frozen=True):
    """What a call answers whose work may have failed without failing it."""

    failed: tuple[Value, ...]
    done: Value


class Walk:
    """The stations of one branch, the first of them where it starts."""

    def __init__(
        self,
        branch: Branch,
        failures: Failures,
        store: Store,
        context: Value,
        limit: float | None = None,
        history: int | None = None,
        answers: Mapping[str, TaskAnswer] | None = None,
    ) -> None:
        """`limit`: seconds after which the machine is ended; `history`: entries after which it is; `answers`: by state,
        of those whose signals hold such an answer.
        """
        self.branch = branch
        self._answers = answers or {}
        self._failures = failures
        self._context = context
        self._limit = limit
        self._history = history
        self._most = MOST_STATIONS
        self._texts = frozenset(_texts(branch))
        self._found: dict[tuple[str, str], int] = {}
        self.stations: list[Station] = []
        self.complete = True
        """False where there are more stations than are told apart, or than an execution comes to."""
        self.entered: dict[str, list[tuple[Store, ...]]] = {}
        """By Parallel or Map, for each station of it: what its branches, or each of its items, start with."""
        self._go(branch.start, store, 1)
        number = 0
        while number < len(self.stations) and self.complete:
            self._leave(self.stations[number])
            number += 1

    def _go(self, name: str, store: Store, events: int) -> int:
        """The station of a state and store, made where it is new; `events` are those before it."""
        key = (name, store.key)
        if key not in self._found:
            self._found[key] = len(self.stations)
            self.stations.append(Station(self.branch.states[name], store, events))
            self.complete &= len(self.stations) <= self._most
            self.complete &= self._history is None or events < self._history
        return self._found[key]

    def _leave(self, station: Station) -> None:
        state, store = station.state, station.store
        if state.type == "Wait" and self._limit is not None:
            store = replace(store, elapsed=store.elapsed + _seconds(state))
            if store.elapsed >= self._limit:
                station.out_of_time = True
                return
        if state.type == "Choice":
            self._choose(station)
            return
        if state.branches:
            self.entered.setdefault(state.name, []).append(tuple(self._inside(state, store)))
        answer = self._answers.get(state.name)
        after = self._after(state, store, UNKNOWN if answer is None else answer.done)
        for name in state.next:
            station.next.append(self._go(name, after, station.events + least_events(state)))
        for signal, names in self._failures.names.get(state.name, {}).items():
            self._fail(station, signal, names)

    # ---- what a state makes of its data

    def _scope(self, store: Store, root: Value) -> jsonpath.PathScope:
        return jsonpath.PathScope(root, store.variables, self._context)

    def _names(self, store: Store, **states: Value) -> Mapping[str, Value]:
        """The variables of a JSONata expression."""
        fields = {"input": store.data, "context": self._context, **states}
        return {**dict(store.variables.known), "states": Fields(tuple(sorted(fields.items())))}

    def _taken(self, state: State, store: Store) -> Value:
        """The effective input of a JSONPath state."""
        path = state.body.get("InputPath", "$")
        if path is None:
            return NOTHING
        return jsonpath.evaluate(path, self._scope(store, store.data)) if isinstance(path, str) else UNKNOWN

    def _inside(self, state: State, store: Store) -> Iterator[Store]:
        """What the branches of a Parallel, or the items of a Map, start with."""
        if state.type == "Map":
            yield from self._items(state, store)
            return
        if state.jsonata:
            given = state.body.get("Arguments")
            yield replace(store, data=store.data if given is None else jsonata.template(given, self._names(store)))
            return
        taken = self._taken(state, store)
        given = state.body.get("Parameters")
        yield replace(store, data=taken if given is None else jsonpath.template(given, self._scope(store, taken)))

    def _items(self, state: State, store: Store) -> Iterator[Store]:
        """Each item where the definition tells them, else one of which nothing is known but what a selector makes."""
        taken = store.data if state.jsonata else self._taken(state, store)
        if state.jsonata:
            items = jsonata.template(state.body["Items"], self._names(store)) if "Items" in state.body else taken
        else:
            path = state.body.get("ItemsPath", "$")
            items = jsonpath.evaluate(path, self._scope(store, taken)) if isinstance(path, str) else UNKNOWN
        told = isinstance(items, tuple) and "ItemReader" not in state.body and "ItemBatcher" not in state.body
        selector = state.body.get("ItemSelector", state.body.get("Parameters"))
        for index, item in enumerate(items if told and isinstance(items, tuple) else [UNKNOWN]):
            data: Value = item
            if selector is not None:
                one = Fields((("Index", index if told else UNKNOWN), ("Value", item)))
                context = Fields((("Map", Fields((("Item", one),), open=True)),), open=True)
                if state.jsonata:
                    data = jsonata.template(selector, self._names(store, context=context))
                else:
                    data = jsonpath.template(selector, jsonpath.PathScope(taken, store.variables, context))
            yield replace(store, data=_unless_missing(data), elapsed=0.0)

    def _after(self, state: State, store: Store, answer: Value = UNKNOWN) -> Store:
        """What the next state is entered with, where this one succeeds, and a task's call gives `answer`."""
        if state.jsonata:
            return self._after_jsonata(state, store, answer)
        taken = self._taken(state, store)
        works = state.type in ("Task", "Parallel", "Map")
        result = answer
        if not works:
            given = state.body.get("Parameters") if state.type == "Pass" else None
            result = taken if given is None else jsonpath.template(given, self._scope(store, taken))
            if state.type == "Pass" and "Result" in state.body:
                result = literal(state.body["Result"])
        assigned = self._assigned(state.body.get("Assign"), store, result)
        if works and "ResultSelector" in state.body:
            result = jsonpath.template(state.body["ResultSelector"], self._scope(store, answer))
        if works or state.type == "Pass":
            result = _placed(state.body.get("ResultPath", "$"), store.data if works else taken, result)
        path = state.body.get("OutputPath", "$")
        if path is None:
            result = NOTHING
        elif path != "$":
            result = jsonpath.evaluate(path, self._scope(store, result)) if isinstance(path, str) else UNKNOWN
        return replace(store, data=_unless_missing(result), variables=assigned)

    def _after_jsonata(self, state: State, store: Store, answer: Value) -> Store:
        works = state.type in ("Task", "Parallel", "Map")
        names = self._names(store, result=answer) if works else self._names(store)
        output: Value = answer if works else store.data
        if "Output" in state.body:
            output = jsonata.template(state.body["Output"], names)
        return replace(store, data=_unless_missing(output), variables=_set(store, state.body.get("Assign"), names))

    def _assigned(self, raw: Json, store: Store, root: Value) -> Fields:
        """Variables after a JSONPath `Assign`, in which `$` is `root`."""
        if not isinstance(raw, dict):
            return store.variables if raw is None else ANYTHING
        found = jsonpath.template(raw, self._scope(store, root))
        variables = store.variables
        for name, value in found.known if isinstance(found, Fields) else ():
            variables = variables.put(name, value)
        return variables

    # ---- ways on

    def _choose(self, station: Station) -> None:
        state, store = station.state, station.store
        surely = False
        for rule in state.rules:
            if rule.get("Next") not in state.next:
                continue
            found = self._holds(state, rule, store)
            if found is not None:
                self._most = MOST_COUNTED
            if found is not False:
                self._take(station, str(rule["Next"]), self._chosen(state, rule, store))
            if found:
                surely = True
                break
        default = state.body.get("Default")
        if not surely and default in state.next:
            self._take(station, str(default), self._after(state, store))
        station.next.sort(key=lambda number: state.next.index(self.stations[number].state.name))
        station.stuck = not station.next

    def _take(self, station: Station, name: str, store: Store) -> None:
        number = self._go(name, store, station.events + least_events(station.state))
        if number not in station.next:
            station.next.append(number)

    def _holds(self, state: State, rule: Mapping[str, Json], store: Store) -> bool | None:
        if state.jsonata:
            condition = rule.get("Condition")
            if isinstance(condition, bool):
                return condition
            text = jsonata.expression(condition)
            return None if text is None else jsonata.truth(jsonata.evaluate(text, self._names(store)))
        return jsonpath.holds(rule, self._scope(store, self._taken(state, store)))

    def _chosen(self, state: State, rule: Mapping[str, Json], store: Store) -> Store:
        """What follows a rule that holds: its own `Assign` and `Output` take the place of the state's."""
        if state.jsonata:
            names = self._names(store)
            output = jsonata.template(rule["Output"], names) if "Output" in rule else self._after(state, store).data
            return replace(store, data=_unless_missing(output), variables=_set(store, rule.get("Assign"), names))
        after = self._after(state, store)
        return replace(after, variables=self._assigned(rule.get("Assign"), store, self._taken(state, store)))

    def _fail(self, station: Station, signal: str, names: frozenset[str]) -> None:
        """Where each error of a signal leads."""
        state = station.state
        answer = self._answers.get(state.name) if ANSWERED in names else None
        if not state.catchers and not self._answers.get(state.name):
            return
        found = station.caught.setdefault(signal, [])
        events = station.events + least_events(state, names)
        for told in answer.failed if answer is not None else ():
            numbers = (self._go(name, self._after(state, station.store, told), events) for name in state.next)
            found += [number for number in numbers if number not in found]
        for name, value in self._errors(names - {ANSWERED}):
            index = first_match(state.catchers, name)
            if index is None:
                station.escapes.add(signal)
                continue
            following = state.catchers[index].next
            number = self._go(following, self._caught(state, index, station.store, value), events)
            if number not in found:
                found.append(number)

    def _errors(self, names: frozenset[str]) -> Iterator[tuple[str, Value]]:
        """Error names with what a Choice sees of them; all the same where no Choice compares a text."""
        if not self._texts:
            yield from ((name, UNKNOWN) for name in sorted(names))
            return
        for name in sorted(names):
            if name == ANY_OTHER:
                yield from (
                    (text, text) for text in sorted(self._texts - names) if not text.startswith(jsonpath.SERVICES)
                )
                yield name, OTHER
            else:
                yield name, UNKNOWN if ANY_OTHER in name else name

    def _caught(self, state: State, index: int, store: Store, error: Value) -> Store:
        """What a catcher hands on."""
        raw = [each for each in state.body.get("Catch") or [] if isinstance(each, dict)][index]
        shown = Fields((("Cause", UNKNOWN), ("Error", error)))
        if state.jsonata:
            names = self._names(store, errorOutput=shown)
            output = jsonata.template(raw["Output"], names) if "Output" in raw else shown
            return replace(store, data=_unless_missing(output), variables=_set(store, raw.get("Assign"), names))
        assigned = self._assigned(raw.get("Assign"), store, shown)
        return replace(store, data=_placed(raw.get("ResultPath", "$"), store.data, shown), variables=assigned)


def _set(store: Store, raw: Json, names: Mapping[str, Value]) -> Fields:
    """Variables after a JSONata `Assign`, all worked out with the old ones."""
    if not isinstance(raw, dict):
        return store.variables if raw is None else ANYTHING
    variables = store.variables
    for name, each in raw.items():
        variables = variables.put(name, _unless_missing(jsonata.template(each, names)))
    return variables


def _placed(path: Json, data: Value, result: Value) -> Value:
    """`result` in the state's data, where `ResultPath` puts it."""
    if path is None:
        return data
    names = jsonpath.steps(path) if isinstance(path, str) else None
    if names is None:
        return ANYTHING
    return put_at(data, names, result)


def _unless_missing(value: Value) -> Value:
    return UNKNOWN if isinstance(value, Missing) else value


def _seconds(state: State) -> float:
    """How long a Wait takes at least; 0 where the data says."""
    raw = state.body.get("Seconds")
    return float(raw) if isinstance(raw, (int, float)) and not isinstance(raw, bool) and raw > 0 else 0.0


def _texts(branch: Branch) -> Iterator[str]:
    """Texts that a Choice of a branch, or of those inside its states, compares with."""
    for each in branch.branches():
        for state in each.states.values():
            if state.type == "Choice":
                yield from _texts_in(state.body.get("Choices"), 20)


def _texts_in(raw: Json, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(raw, list):
        for each in raw:
            yield from _texts_in(each, depth - 1)
    elif isinstance(raw, dict):
        for key, each in raw.items():
            if key in ("StringEquals", "StringMatches") and isinstance(each, str):
                yield each
            elif key == "Condition" and isinstance(each, str):
                yield from (found[1] or found[2] or "" for found in _QUOTED.finditer(each))
            else:
                yield from _texts_in(each, depth - 1)


def walks(branch: Branch) -> bool:
    """Whether data can decide anything in a branch: it has a Choice, or a way back."""
    return any(state.type == "Choice" for state in branch.states.values()) or _comes_back(branch)


def walks_inside(branch: Branch) -> bool:
    """Whether data can decide something in a Parallel or Map of a branch, so that it matters what that starts with: a
    Map has as many items as its data says.
    """
    inner = [each for state in branch.states.values() for each in state.branches]
    maps = any(state.type == "Map" for state in branch.states.values())
    return maps or any(walks(each) or walks_inside(each) for each in inner)


def _comes_back(branch: Branch) -> bool:
    """Whether some state can come after itself."""
    leads = {
        name: [*state.next, *(catcher.next for catcher in state.catchers)] for name, state in branch.states.items()
    }
    done: set[str] = set()
    for start in leads:
        path: list[tuple[str, Iterator[str]]] = [(start, iter(leads[start]))] if start not in done else []
        on_path = {start}
        while path:
            name, rest = path[-1]
            following = next(rest, None)
            if following is None:
                done.add(name)
                on_path.discard(name)
                path.pop()
            elif following in on_path:
                return True
            elif following not in done:
                on_path.add(following)
                path.append((following, iter(leads[following])))
    return False


def union(stores: Sequence[Store]) -> Store:
    """One store for all of several: what they agree on."""
    if not stores:
        return Store()
    first = stores[0]
    return first if all(each.key == first.key for each in stores) else Store(UNKNOWN, ANYTHING)
