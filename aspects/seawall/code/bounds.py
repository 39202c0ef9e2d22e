"""Conditions on counters that an event carries: what limits how often it is sent round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from . import syntax as s
from .context import Around, LexicalScope
from .values import (
    Added,
    Bound,
    CounterBound,
    FromEvent,
    JsonText,
    Lit,
    OneOf,
    RecordValue,
    Value,
    Variable,
    inside,
    plain,
)

if TYPE_CHECKING:
    from .reader import Reader

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
MOST_LAPS = 100_000


def bounds_of(
    reader: Reader, test: s.Expr, scope: LexicalScope, around: Around, holds: bool
) -> tuple[tuple[Bound, ...], bool]:
    """What a test says of counters and of the environment where it holds, or where it does not; whether that is all."""
    match test:
        case s.Not(of):
            return bounds_of(reader, of, scope, around, not holds)
        case s.Conjunction(parts) | s.Disjunction(parts) if holds is isinstance(test, s.Conjunction):
            several = [bounds_of(reader, part, scope, around, holds) for part in parts]
            return tuple(each for found, _ in several for each in found), all(whole for _, whole in several)
    found = _bounds_of(reader, test, scope, around, holds)
    return found, bool(found)


def _bounds_of(reader: Reader, test: s.Expr, scope: LexicalScope, around: Around, holds: bool) -> tuple[Bound, ...]:
    match test:
        case s.ComparisonExpression(left, sign, right) if sign in _OPPOSITE:
            from .expressions import MIRRORED, evaluate

            one, other = plain(evaluate(reader, left, scope, around)), plain(evaluate(reader, right, scope, around))
            found = _bound(one, sign, other) or _bound(other, MIRRORED[sign], one)
            if found is not None:
                return (found if holds else replace(found, sign=_OPPOSITE[found.sign]),)
    if not _asks_only(test):
        return ()
    from .expressions import asked_of, evaluate

    asked = asked_of(evaluate(reader, test, scope, around))
    return () if asked is None else (asked if holds else asked.negated,)


_PLAIN = frozenset(
    ("get", "lower", "upper", "strip", "startswith", "endswith", "split", "includes", "startsWith", "endsWith",
     "toLowerCase", "toUpperCase", "trim", "loads", "parse", "int", "str", "bool", "len", "Number", "String")
)  # fmt: skip
"""Functions and methods that give the same for the same event."""
_COUNTED = "ApproximateReceiveCount"
"""What is another one each time that a message comes.
Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, read 2026-11-30."""


def of_event_only(test: s.Expr, scope: LexicalScope) -> bool:
    """Whether a test has the same answer in every run for one event: it asks nothing but the event and constants."""

    def asks(node: s.Expr) -> bool:
        match node:
            case s.Const(value):
                return value != _COUNTED
            case s.Name(name):
                held = scope.find(name)
                return name in _PLAIN or (held is not None and isinstance(plain(held), FromEvent))
            case s.Attr(of, name):
                return name != _COUNTED and (asks(of) or of in (s.Name("json"), s.Name("JSON")))
            case s.Index(of, key):
                return asks(of) and asks(key)
            case s.Not(of):
                return asks(of)
            case s.ComparisonExpression(left, _, right):
                return asks(left) and asks(right)
            case s.Conjunction(parts) | s.Disjunction(parts) | s.Items(parts):
                return all(map(asks, parts))
            case s.CallExpression(function=s.Name(name), arguments=arguments):
                return name in _PLAIN and all(map(asks, arguments))
            case s.CallExpression(function=s.Attr(of, name), arguments=arguments):
                return name in _PLAIN and asks(s.Attr(of, name)) and all(map(asks, arguments))
        return False

    return asks(test)


_ASKING = frozenset(("get", "getenv", "lower", "upper", "strip", "toLowerCase", "toUpperCase", "trim", "int", "bool"))


def _asks_only(test: s.Expr) -> bool:
    """Whether a test can be evaluated again: it calls nothing but what reads the environment."""
    match test:
        case s.Name() | s.Const():
            return True
        case s.Attr(of) | s.Not(of):
            return _asks_only(of)
        case s.Index(of, key):
            return _asks_only(of) and _asks_only(key)
        case s.Items(items):
            return all(map(_asks_only, items))
        case s.ComparisonExpression(left, _, right):
            return _asks_only(left) and _asks_only(right)
        case s.CallExpression(function=s.Attr(of, name), arguments=arguments):
            return name in _ASKING and _asks_only(of) and all(map(_asks_only, arguments))
        case s.CallExpression(function=s.Name(name), arguments=arguments):
            return name in _ASKING and all(map(_asks_only, arguments))
    return False


def _bound(counter: Value, sign: str, limit: Value) -> CounterBound | None:
    counter = _counter(counter)
    if isinstance(limit, Variable) and not limit.path:
        default = limit.default if isinstance(limit.default, Lit) else Lit(0)
        found = _bound(counter, sign, default if _number(default) or default.value == 0 else Lit(0))
        return None if found is None else replace(found, limit_in=limit)
    if not isinstance(limit, Lit) or isinstance(limit.value, bool) or not isinstance(limit.value, (int, float)):
        return None
    if isinstance(counter, FromEvent):
        return CounterBound(counter, 0, sign, limit.value)
    return CounterBound(counter.of, counter.by, sign, limit.value) if isinstance(counter, Added) else None


def _counter(value: Value) -> Value:
    """A counter that may also be a constant: that is what it begins with."""
    if not isinstance(value, OneOf):
        return value
    counters = [each for each in value.options if isinstance(each, (FromEvent, Added))]
    starts = [each for each in value.options if isinstance(each, Lit)]
    if len(counters) != 1 or len(starts) != 1 or len(value.options) != 2:
        return value
    [counter], start = counters, starts[0].value
    if isinstance(counter, FromEvent):
        return replace(counter, default=starts[0]) if counter.default is None else counter
    if counter.of.default is not None or isinstance(start, bool) or not isinstance(start, (int, float)):
        return counter
    return Added(replace(counter.of, default=Lit(start - counter.by)), counter.by)


def laps(bounds: Iterable[Bound], request: Value) -> int | None:
    """How often an event is sent round at most under `bounds`, if what is sent carries the counter, grown.

    None: without a limit. A counter that was not set begins at the default that the code gives it, else at 0.
    """
    steps = {each.of.path: each.by for each in _carried(request) if each.by > 0}
    counters = [each for each in bounds if isinstance(each, CounterBound)]
    found: list[int] = []
    for path, step in steps.items():
        own = [each for each in counters if each.of.path == path]
        if any(each.sign in ("<", "<=", "==") for each in own):
            start = next((_number(each.of.default) for each in own if each.of.default is not None), 0.0)
            found.append(_counted(own, start, step))
    return min(found, default=None)


def _counted(bounds: list[CounterBound], start: float, step: float) -> int:
    last = max(each.limit - each.offset for each in bounds if each.sign in ("<", "<=", "=="))
    count = laps = 0
    while start + count * step <= last and count < MOST_LAPS:
        laps += all(each.admits(start + count * step) for each in bounds)
        count += 1
    return laps


def _number(value: Value | None) -> float:
    return float(value.value) if isinstance(value, Lit) and isinstance(value.value, (int, float)) else 0.0


def _carried(request: Value) -> Iterable[Added]:
    for value in inside(request, 12):
        if isinstance(value, Added):
            yield value
        elif isinstance(value, (RecordValue, JsonText)):
            continue
