"""Conditions in code that the template settles: what an environment variable is compared with, limits that it holds.

A parameter without `AllowedValues` may have any value at a deployment, whatever its default: what is compared with it
stays open. Where the template leaves several values to choose from, each is read in its own world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from seawall.code.values import Bound, CounterBound, Lit, Value, Variable, VariableTest, plain
from seawall.template import Json, Resource, ValueStatus

from ..wiring import Wiring

Scalar: TypeAlias = "str | int | float | bool | None"


class Settled(Struct, frozen=True):
    """What conditions come to under the template's values."""

    counters: tuple[CounterBound, ...]
    """With the limits that the environment holds."""
    refused: VariableTest | None = None
    """One that does not hold, so that nothing behind them is done."""
    open: bool = False
    """One of them is not settled by the template."""


def settled(wiring: Wiring, resource: Resource, bounds: Iterable[Bound]) -> Settled:
    """`bounds` of a function's code, under the environment that the template gives it."""
    counters: list[CounterBound] = []
    left_open = False
    for each in bounds:
        if isinstance(each, CounterBound):
            limited = _limited(wiring, resource, each)
            left_open |= limited is None
            counters += [limited] if limited is not None else []
            continue
        holds = _holds(wiring, resource, each)
        if holds is False:
            return Settled(tuple(counters), each)
        left_open |= holds is None
    return Settled(tuple(counters), None, left_open)


def told(test: VariableTest) -> str:
    """A test for a reader.

    >>> from seawall.code.values import Variable
    >>> told(VariableTest(Variable("STAGE"), "==", "prod")), told(VariableTest(Variable("STAGE"), "set"))
    ('STAGE is prod', 'STAGE is set')
    """
    if test.sign in ("set", "unset"):
        return f"{test.of.name} is {'' if test.sign == 'set' else 'not '}set"
    values = test.other if isinstance(test.other, tuple) else (test.other,)
    shown = " or ".join(str(each) for each in values)
    word = {"==": "is", "in": "is", "!=": "is not", "not in": "is not"}.get(test.sign, f"is {test.sign}")
    return f"{test.of.name} {word} {shown}"


def _limited(wiring: Wiring, resource: Resource, bound: CounterBound) -> CounterBound | None:
    """The bound with its limit as the template sets it; None where that is not known."""
    variable = bound.limit_in
    if variable is None:
        return bound
    found = wiring.props(resource).number("Environment", "Variables", variable.name)
    if found.status is ValueStatus.UNKNOWN or (found.value is None and variable.default is None):
        return None
    return bound if found.value is None else replace(bound, limit=found.value)


def _holds(wiring: Wiring, resource: Resource, test: VariableTest) -> bool | None:
    found = _held(wiring, resource, test.of)
    return None if found is None else _compared(found.value, test)


def text_of(wiring: Wiring, resource: Resource, value: Value) -> str | None:
    """A text that the code holds, or that the template's environment gives it; None where only a run tells."""
    value = plain(value)
    found = _held(wiring, resource, value) if isinstance(value, Variable) and not value.changed else value
    return str(found.value) if isinstance(found, Lit) and found.value is not None else None


def _held(wiring: Wiring, resource: Resource, variable: Variable) -> Lit | None:
    """What an environment variable holds, which is nothing where it is not set; None where that is not known."""
    section = wiring.props(resource).at("Environment", "Variables", variable.name, *variable.path)
    if _open(wiring, resource, section.raw()):
        return None
    found = section.text()
    if found.status is ValueStatus.UNKNOWN:
        return None
    if found.value is None and variable.default is not None:
        default = plain(variable.default)
        return default if isinstance(default, Lit) else None
    return Lit(found.value)


def _open(wiring: Wiring, resource: Resource, raw: Json) -> bool:
    """Whether a value hangs on a parameter that may have any value."""
    parameters = wiring.template(resource).body.get("Parameters")
    declared = parameters if isinstance(parameters, dict) else {}
    for name in _referred(raw):
        parameter = declared.get(name)
        if isinstance(parameter, dict) and not parameter.get("AllowedValues"):
            return True
    return False


def _referred(raw: Json) -> Iterator[str]:
    """Names that a value refers to, in whatever way."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::Sub":
                text = value[0] if isinstance(value, list) and value else value
                yield from (part.partition("}")[0] for part in str(text).split("${")[1:])
            yield from _referred(value)
    elif isinstance(raw, list):
        for each in raw:
            yield from _referred(each)


def _compared(value: Scalar, test: VariableTest) -> bool | None:
    if test.sign in ("set", "unset"):
        return bool(value) is (test.sign == "set")
    several = test.other if isinstance(test.other, tuple) else (test.other,)
    if test.sign in ("==", "!=", "in", "not in"):
        equal = [_equal(value, each, test.of.changed) for each in several]
        found = True if True in equal else None if None in equal else False
        return found if found is None or test.sign in ("==", "in") else not found
    one, other = _number(value), _number(several[0])
    if one is None or other is None:
        return None
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[test.sign]


def _equal(value: Scalar, other: Scalar, changed: bool) -> bool | None:
    """Whether they are equal; None where the code changes the text in a way that may matter."""
    if value is None or other is None:
        return value is other
    one, two = str(value), str(other)
    if one == two or (_number(value) is not None and _number(value) == _number(other)):
        return True
    if not changed:
        return False
    return None if one.strip().casefold() == two.strip().casefold() or two.casefold() in one.casefold() else False


def _number(value: Scalar) -> float | None:
    try:
        return float(value) if value is not None and not isinstance(value, bool) else None
    except ValueError:
        return None
