"""Laps that a machine counts before it sends an event back: a Choice that lets only so many through.

The count travels in the event, so what raises it is not in the machine; that it grows by one with each lap is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import ceil

from msgspec import Struct

from seawall.template import Json

from . import jsonata
from .definition import BEYOND, Branch, State
from .reading import Machine

_BELOW = re.compile(r"(\$states\.input(?:\.\w+)+)\s*(<=?)\s*(\d+(?:\.\d+)?)\s*$")


class LapLimit(Struct, frozen=True):
    """How often an event gets through, counted from 0, and where that is decided."""

    laps: int
    variable: str
    choice: State


def lap_limit(found: Machine, state: State) -> LapLimit | None:
    """The limit on every way to a state; None where there is none."""
    branch = next((each for each in _branches(found.definition.top) if each.states.get(state.name) is state), None)
    return None if branch is None else _limit(branch, state.name, frozenset())


def _branches(top: Branch) -> Iterator[Branch]:
    pending = [top]
    while pending:
        branch = pending.pop()
        yield branch
        for state in branch.states.values():
            pending.extend(state.branches)


def _limit(branch: Branch, name: str, behind: frozenset[str]) -> LapLimit | None:
    """The weakest limit of all ways that lead to `name`."""
    if name == branch.start or name in behind:
        return None
    limits = [
        _of_rule(branch, state, rule) or _limit(branch, state.name, behind | {name})
        for state, rule in _edges(branch, name)
    ]
    known = [limit for limit in limits if limit is not None]
    return max(known, key=lambda limit: limit.laps) if known and len(known) == len(limits) else None


def _edges(branch: Branch, name: str) -> Iterator[tuple[State, Mapping[str, Json]]]:
    """Ways into a state: the state before, and the rule where that is a Choice."""
    for state in branch.states.values():
        if state.type == "Choice":
            yield from ((state, rule) for rule in state.rules if rule.get("Next") == name)
            if state.body.get("Default") == name:
                yield state, {}
        elif name in state.next or any(catcher.next == name for catcher in state.catchers):
            yield state, {}


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
            return variable, below, float(most) if variable.startswith("$.") else None
    return "", False, None


def _is_set(branch: Branch, variable: str) -> bool:
    """Whether a Pass of the machine sets the variable to what no earlier lap has left."""
    return any(
        state.type == "Pass"
        and (variable + ".").startswith(f"{state.body.get('ResultPath')}.")
        and "States.MathAdd(" not in str(state.body.get("Parameters", ""))
        for state in branch.states.values()
    )
