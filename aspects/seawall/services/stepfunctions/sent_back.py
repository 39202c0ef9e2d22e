"""Laps that a machine counts before it sends an event back: a Choice that lets only so many through.

The count travels in the event. Where the machine itself adds to it, it grows; where it passes the event on as it came,
it does not; what else raises it is not in the machine.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from seawall.template import Json

from . import jsonata
from .definition import BEYOND, Branch, MachineDefinition, State

_FIXED = ("$$.Execution.Input.", "$states.context.Execution.Input.")
"""What an execution was started with: no state changes it."""
_INPUTS = ("$.", "$$.Execution.Input.")
_STARTED = ("$$.Execution.Input", "$states.context.Execution.Input", "States.JsonToString($$.Execution.Input)")
_WHOLE = (*_STARTED, "$", "States.JsonToString($)", "$states.input", "$string($states.input)")
"""An event as it came, which is sent on."""
_WRITES = ("Pass", "Task", "Parallel", "Map")
_GIVEN = ("Parameters", "Arguments", "ResultSelector", "Output", "Assign")
_RULES = frozenset({"Retry", "Catch", "Choices"})
_ADDS = re.compile(r"States\.MathAdd\(\s*(\$[^,()]*),\s*(?:[1-9]\d*|\$[^()]*)\s*\)")
"""Adding a number, or what is not known to be none."""
_BELOW = re.compile(r"(\$states\.(?:input|context\.Execution\.Input)(?:\.\w+)+)\s*(<=?)\s*(\d+(?:\.\d+)?)\s*$")


class LapLimit(Struct, frozen=True):
    """How often an event gets through, counted from 0, and where that is decided."""

    laps: int
    variable: str
    choice: State
    grows: bool | None = None
    """Whether the count that is sent back is higher; None: the machine does not tell."""


def limits(definition: MachineDefinition) -> dict[int, LapLimit]:
    """By `id` of a state that no way leads to without a limit: the weakest of those on its ways."""
    found: dict[int, LapLimit] = {}
    for branch in definition.top.branches():
        for name, limit in _in_branch(branch).items():
            state = branch.states.get(name)
            if state is not None and not _is_set_by(state.body, _leaf(limit.variable)):
                grows = _grows(branch, state, limit.variable)
                unsure = grows is False and branch is not definition.top
                found[id(state)] = replace(limit, grows=None if unsure else grows)
    return found


def _in_branch(branch: Branch) -> dict[str, LapLimit]:
    limited: list[tuple[LapLimit, str]] = []
    free: dict[str, list[str]] = {}
    for state in branch.states.values():
        for rule, following in _ways_on(state):
            limit = _of_rule(branch, state, rule)
            if limit is None:
                free.setdefault(state.name, []).append(following)
            else:
                limited.append((limit, following))
    if not limited:
        return {}
    settled = set(_reached(branch.start, free, ()))
    found: dict[str, LapLimit] = {}
    for limit, following in sorted(limited, key=lambda pair: -pair[0].laps):  # the weakest first
        anew = _reached(following, free, settled)
        settled.update(anew)
        found |= dict.fromkeys(anew, limit)
    return found


def _reached(start: str, ways: Mapping[str, Sequence[str]], but: Container[str]) -> list[str]:
    """The names that some ways lead to from one on, which is among them; not beyond any of `but`."""
    found: dict[str, None] = {}
    pending = [start]
    while pending:
        name = pending.pop()
        if name not in found and name not in but:
            found[name] = None
            pending += ways.get(name, ())
    return list(found)


def _ways_on(state: State) -> Iterator[tuple[Mapping[str, Json], str]]:
    """The states that may follow, each with the rule that leads there where it is one of a Choice."""
    if state.type != "Choice":
        yield from (({}, name) for name in (*state.next, *(catcher.next for catcher in state.catchers)))
        return
    yield from ((rule, str(rule.get("Next"))) for rule in state.rules)
    yield {}, str(state.body.get("Default"))


def _of_rule(branch: Branch, choice: State, rule: Mapping[str, Json]) -> LapLimit | None:
    """What one rule lets through; the least of those that must hold together."""
    if isinstance(rule.get("And"), list):
        inner = (_of_rule(branch, choice, each) for each in rule["And"] if isinstance(each, dict))
        return min((limit for limit in inner if limit is not None), key=lambda limit: limit.laps, default=None)
    variable, below, most = _compared(rule)
    if most is None or _is_set(branch, variable):
        return None
    return LapLimit(max(0, ceil(most) if below else int(most) + 1), variable, choice)


def _compared(rule: Mapping[str, Json]) -> tuple[str, bool, float | None]:
    """A path of the input, whether it must be below a number or may be it, and the number."""
    text = jsonata.expression(rule.get("Condition"))
    found = _BELOW.match(text.strip()) if text else None
    if found:
        return found[1], found[2] == "<", min(float(found[3]), BEYOND)
    variable = rule.get("Variable")
    for name, below in (("NumericLessThan", True), ("NumericLessThanEquals", False)):
        most = rule.get(name)
        if isinstance(most, (int, float)) and not isinstance(most, bool) and isinstance(variable, str):
            most = max(-BEYOND, min(most, BEYOND))
            return variable, below, float(most) if variable.startswith(_INPUTS) else None
    return "", False, None


def _is_set(branch: Branch, variable: str) -> bool:
    """Whether a Pass sets the variable to what no earlier lap has left; one that only a missing count leads to does
    not.
    """
    return any(
        _sets(state, variable) and not _only_where_missing(branch, state, variable)
        for state in branch.states.values()
        if state.type == "Pass"
    )


def _sets(state: State, variable: str) -> bool:
    if variable.startswith(_FIXED):
        return False
    path, given = _result_path(state), _written(state)
    if given is None or path is None or _ADDS.search(str(given)):
        return False
    if path != "$":
        return f"{variable}.".startswith(f"{path}.")
    return _is_set_by(given, _leaf(variable))


def _is_set_by(written: Json, leaf: str) -> bool:
    """Whether a number that the definition gives stands under the name of the count."""
    if isinstance(written, dict):
        number = written.get(leaf)
        fixed = isinstance(number, (int, float)) and not isinstance(number, bool)
        return fixed or any(_is_set_by(each, leaf) for key, each in written.items() if key not in _RULES)
    return isinstance(written, list) and any(_is_set_by(each, leaf) for each in written)


def _only_where_missing(branch: Branch, state: State, variable: str) -> bool:
    before = [each for each in branch.states.values() if state.name in {name for _, name in _ways_on(each)}]
    asked = (any(_asks_for(rule, variable) for rule in each.rules) for each in before)
    return state.name != branch.start and bool(before) and all(asked)


def _asks_for(rule: Json, variable: str) -> bool:
    """Whether a rule looks whether the count is there."""
    if isinstance(rule, list):
        return any(_asks_for(each, variable) for each in rule)
    if not isinstance(rule, dict):
        return False
    asks = "IsPresent" in rule and f"{variable}.".startswith(f"{rule.get('Variable')}.")
    return asks or any(_asks_for(each, variable) for each in rule.values() if isinstance(each, (dict, list)))


def _grows(branch: Branch, sender: State, variable: str) -> bool | None:
    """Whether what `sender` sends holds a higher count than what came; None where that is not known."""
    onward = {state.name: [name for _, name in _ways_on(state)] for state in branch.states.values()}
    back: dict[str, list[str]] = {}
    for name, following in onward.items():
        for each in following:
            back.setdefault(each, []).append(name)
    before = set(_reached(sender.name, back, ())) & set(_reached(branch.start, onward, ()))
    way = [branch.states[name] for name in before if name in branch.states]
    if any(_raises(state, variable) for state in way):
        return True
    sent = _sent(sender)
    anew = variable.startswith(_FIXED) and any(text in _STARTED for _, text in sent)
    passed_on = any(text in _WHOLE for _, text in sent) or (_leaf(variable), variable) in sent
    kept = anew or (passed_on and all(_leaves(state, variable) for state in way if state is not sender))
    return False if kept else None


def _raises(state: State, variable: str) -> bool:
    """Whether a state adds to the count."""
    texts = [str(state.body.get(name, "")) for name in _GIVEN]
    if state.jsonata:
        return any("+" in text and _leaf(variable) in text for text in texts)
    return any(_leaf(added[1].strip()) == _leaf(variable) for text in texts for added in _ADDS.finditer(text))


def _leaves(state: State, variable: str) -> bool:
    """Whether the count is behind a state what it was before it."""
    paths = [state.body.get("InputPath", "$"), state.body.get("OutputPath", "$")]
    if any(path != "$" for path in paths) or "Output" in state.body:
        return False
    caught = [each.get("ResultPath", "$") for each in state.body.get("Catch") or () if isinstance(each, dict)]
    written = [path for path in (_result_path(state), *caught) if path is not None]
    return not any(path == "$" or f"{variable}.".startswith(f"{path}.") for path in written)


def _sent(sender: State) -> list[tuple[str, str]]:
    """The texts of a request, by name, as paths or expressions."""
    found: list[tuple[str, Json]] = []
    pending: list[Json] = [sender.body.get("Parameters"), sender.body.get("Arguments")]
    while pending:
        each = pending.pop()
        found += each.items() if isinstance(each, dict) else ()
        pending += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    texts = ((key, jsonata.expression(text) or text) for key, text in found if isinstance(text, str))
    return [(key.removesuffix(".$"), text.strip()) for key, text in texts]


def _result_path(state: State) -> str | None:
    """Where a state writes what it makes; None where it writes nothing."""
    if state.type not in _WRITES or (state.type == "Pass" and _written(state) is None):
        return None
    path = state.body.get("ResultPath", "$")
    return path if path is None else str(path)


def _written(state: State) -> Json:
    return next((state.body[name] for name in ("Output", "Result", "Parameters") if name in state.body), None)


def _leaf(variable: str) -> str:
    return variable.rpartition(".")[2]
