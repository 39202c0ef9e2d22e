"""Steps of durable functions: code that their SDK runs again when it raises, by the step's own retry strategy.

Sources: https://docs.aws.amazon.com/durable-execution/sdk-reference/error-handling/retries/ and
https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk-retries.html, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from seawall.template import SourceLine

from .values import NOTHING, External, FunctionValue, Lit, RecordValue, Value, plain

if TYPE_CHECKING:
    from .context import LexicalScope
    from .reader import Reader

DEFAULT_TRIES = 6
"""Tries of a step, a total, where its code gives it no strategy."""
HELPER_TRIES = 3
"""Tries of a strategy that `create_retry_strategy` makes where it is given no number."""
LINEAR_TRIES = 6
"""The same of `create_linear_retry_strategy`."""
_STRATEGY = ("retry_strategy", "retryStrategy")
_NUMBER = ("max_attempts", "maxAttempts")
_HELPERS = {
    "create_retry_strategy": HELPER_TRIES,
    "createRetryStrategy": HELPER_TRIES,
    "create_linear_retry_strategy": LINEAR_TRIES,
    "createLinearRetryStrategy": LINEAR_TRIES,
}
_FIRST = ("StepConfig", "RetryStrategyConfig")
"""Classes of which the strategy, or the number, is the first argument."""
_PRESETS = {"none": 1, "noRetry": 1, "default": DEFAULT_TRIES}


def step(reader: Reader, function: FunctionValue, config: Value, scope: LexicalScope, line: int) -> FunctionValue:
    """A step's function, tried as often as its strategy says; a strategy that is not followed is a gap."""
    tries = step_tries(config)
    at = SourceLine(scope.path, line)
    reader.step_tries.append((tries, at))
    if tries is None:
        reader.gap("a step has a retry strategy whose number of tries could not be read", scope, line)
        return function
    return replace(function, tries=function.tries * tries, tries_at=at) if tries > 1 else function


def config_in(values: Sequence[Value]) -> Value:
    """The configuration among what a step is called with."""
    found = (each for each in map(plain, values) if not isinstance(each, FunctionValue) and _given(each, _STRATEGY))
    return next(found, NOTHING)


def step_tries(config: Value) -> int | None:
    """Tries of a step, a total, by its configuration; None where that cannot be told."""
    strategy = _named(config, _STRATEGY)
    if strategy == NOTHING or (isinstance(strategy, Lit) and strategy.value is None):
        return DEFAULT_TRIES
    if not isinstance(strategy, External):
        return None
    before, _, last = strategy.path.rpartition(".")
    if last in _PRESETS and before.lower().endswith("retrypresets"):
        return _PRESETS[last]
    if last not in _HELPERS:
        return None
    given = strategy.named.get("config", strategy.arguments[0] if strategy.arguments else NOTHING)
    number = _named(plain(given), _NUMBER)
    if number == NOTHING:
        return _HELPERS[last]
    known = isinstance(number, Lit) and isinstance(number.value, int)
    return number.value if known and number.value >= 1 else None  # type: ignore[union-attr, operator, return-value]


def _given(value: Value, names: tuple[str, ...]) -> bool:
    return isinstance(value, (External, RecordValue)) and _named(value, names) != NOTHING


def _named(value: Value, names: tuple[str, ...]) -> Value:
    """What stands under one of the names; nothing where none of them is there."""
    value = plain(value)
    entries = value.named if isinstance(value, External) else value.entries if isinstance(value, RecordValue) else {}
    found = next((plain(entries[name]) for name in names if name in entries), None)
    if found is None and isinstance(value, External) and value.arguments and value.path.endswith(_FIRST):
        return plain(value.arguments[0])
    return NOTHING if found is None else found
