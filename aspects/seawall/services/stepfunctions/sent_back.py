"""Laps that a machine counts before it sends an event back: a Choice that lets only so many through.

The count travels in the event, so what raises it is not in the machine; that it grows by one with each lap is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from math import ceil

from msgspec import Struct

from seawall.template import Json

from . import jsonata
from .definition import BEYOND, Branch, MachineDefinition, State

_INPUTS = ("$.", "$$.Execution.Input.")
_BELOW = re.compile(r"(\$states\.(?:input|context\.Execution\.Input)(?:\.\w+)+)\s*(<=?)\s*(\d+(?:\.\d+)?)\s*$")


class LapLimit(Struct, frozen=True):
    """How often an event gets through, counted from 0, and where that is decided."""

    laps: int
    variable: str
    choice: State


def limits(definition: MachineDefinition) -> dict[int, LapLimit]:
    """By `id` of a state that no way leads to without a limit: the weakest of those on its ways."""
    found: dict[int, LapLimit] = {}
    pending = [definition.top]
    while pending:
        branch = pending.pop()
        found |= {id(branch.states[name]): limit for name, limit in _in_branch(branch).items() if name in branch.states}
        pending += (inner for state in branch.states.values() for inner in state.branches)
    return found


def _in_branch(branch: Branch) -> dict[str, LapLimit]:
    limited: list[tuple[LapLimit, str]] = []
    free: dict[str, list[str]] = {}
    passes = [state for state in branch.states.values() if state.type == "Pass"]
    for state in branch.states.values():
        for rule, following in _ways_on(state):
            limit = _of_rule(passes, state, rule)
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


def _of_rule(passes: Sequence[State], choice: State, rule: Mapping[str, Json]) -> LapLimit | None:
    """What one rule lets through; the least of those that must hold together."""
    if isinstance(rule.get("And"), list):
        inner = (_of_rule(passes, choice, each) for each in rule["And"] if isinstance(each, dict))
        return min((limit for limit in inner if limit is not None), key=lambda limit: limit.laps, default=None)
    variable, below, most = _compared(rule)
    if most is None or _is_set(passes, variable):
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


def _is_set(passes: Sequence[State], variable: str) -> bool:
    """Whether a Pass of the machine sets the variable to what no earlier lap has left."""
    return any(
        (variable + ".").startswith(f"{state.body.get('ResultPath')}.")
        and "States.MathAdd(" not in str(state.body.get("Parameters", ""))
        for state in passes
    )
