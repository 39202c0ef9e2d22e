"""Conditions on counters that an event carries: what limits how often it is sent round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import syntax as s
from .context import Around, LexicalScope
from .values import Added, CounterBound, FromEvent, JsonText, Lit, RecordValue, Value, inside, plain

if TYPE_CHECKING:
    from .reader import Reader

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
MOST_LAPS = 100_000


def bounds_of(
    reader: Reader, test: s.Expr, scope: LexicalScope, around: Around, holds: bool
) -> tuple[CounterBound, ...]:
    """What a test says of counters where it holds, or where it does not."""
    match test:
        case s.Not(of):
            return bounds_of(reader, of, scope, around, not holds)
        case s.Conjunction(parts) if holds:
            return tuple(each for part in parts for each in bounds_of(reader, part, scope, around, True))
        case s.Disjunction(parts) if not holds:
            return tuple(each for part in parts for each in bounds_of(reader, part, scope, around, False))
        case s.ComparisonExpression(left, sign, right) if sign in _OPPOSITE:
            from .expressions import evaluate

            one, other = plain(evaluate(reader, left, scope, around)), plain(evaluate(reader, right, scope, around))
            found = _bound(one, sign, other) or _bound(other, _MIRRORED[sign], one)
            if found is not None:
                return (found if holds else CounterBound(found.of, found.offset, _OPPOSITE[found.sign], found.limit),)
    return ()


def _bound(counter: Value, sign: str, limit: Value) -> CounterBound | None:
    if not isinstance(limit, Lit) or isinstance(limit.value, bool) or not isinstance(limit.value, (int, float)):
        return None
    if isinstance(counter, FromEvent):
        return CounterBound(counter, 0, sign, limit.value)
    return CounterBound(counter.of, counter.by, sign, limit.value) if isinstance(counter, Added) else None


def laps(bounds: Iterable[CounterBound], request: Value) -> int | None:
    """How often an event is sent round at most under `bounds`, if what is sent carries the counter, grown.

    None: without a limit. A counter that was not set begins at the default that the code gives it, else at 0.
    """
    steps = {each.of.path: each.by for each in _carried(request) if each.by > 0}
    found: list[int] = []
    for path, step in steps.items():
        own = [each for each in bounds if each.of.path == path]
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
