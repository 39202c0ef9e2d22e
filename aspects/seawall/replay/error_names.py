"""Under which names a failing function fails, so that every retrier around it that can act does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seawall.graph import FailureClass
from seawall.services.stepfunctions.errors import LAMBDA_ERRORS, MAX_ATTEMPTS, Retrier, first_match, handler_names

from .experiment import Experiment

PLAIN = "HandlerFailed"
"""A name that no definition mentions."""


def error_names(experiment: Experiment, calling: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """One name for each run of one execution: of every retrier that can act, as many as it has retries.

    Each retrier keeps its own counter, so failures that bear other names in turn use up all of them.
    """
    found: list[tuple[str, ...]] = [_for(state, experiment.failure) for state in calling]
    return max(found, key=len, default=(_usual(experiment.failure),))


def _for(state: dict[str, Any], failure: FailureClass) -> tuple[str, ...]:
    retriers = [_retrier(raw) for raw in state.get("Retry") or ()]
    names = LAMBDA_ERRORS.value.get(failure) or (PLAIN, *sorted(handler_names(retriers)))
    used: dict[int, str] = {}
    for name in names:
        index = first_match(retriers, name)
        if index is not None:
            used.setdefault(index, name)
    turns = [used[index] for index in sorted(used) for _ in range(retriers[index].max_attempts or 0)]
    return (*turns, turns[-1] if turns else _usual(failure))


def _usual(failure: FailureClass) -> str:
    return LAMBDA_ERRORS.value.get(failure, (PLAIN,))[0]


def _retrier(raw: dict[str, Any]) -> Retrier:
    attempts = raw.get("MaxAttempts", MAX_ATTEMPTS.value)
    return Retrier(tuple(raw.get("ErrorEquals", ())), attempts if isinstance(attempts, int) else 0)
