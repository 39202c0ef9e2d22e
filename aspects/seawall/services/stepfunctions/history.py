"""The history of a Standard execution, which ends it when it is full.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html and
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html (read on 30 November 2026). An
Express execution has no such limit. Events are counted so that there are never fewer: what is said to fit always does.
"""

from __future__ import annotations

from collections.abc import Iterable

from seawall.graph.facts import Fact

from .definition import State
from .errors import first_match

HISTORY = Fact(25_000, "https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html", "2026-11-30")
"""Entries of the history of a Standard execution: "If the event number 25,000 isn't ExecutionSucceeded, the
ExecutionFailed event is logged and the state machine execution fails"."""
ATTEMPT_EVENTS = Fact(
    2, "https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html", "2026-11-30"
)
"""Entries that one try of a task makes, at least: `TaskScheduled` and `TaskStartFailed`; three where its code runs."""
STATE_EVENTS = Fact(
    2, "https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html", "2026-11-30"
)
"""Entries that a state makes, at least: it is entered and left. A Fail state is entered only."""
MOST_TRIES = (HISTORY.value - 2) // ATTEMPT_EVENTS.value
"""Tries of one task that fit into a history, beside the start of the execution and that of the state."""


def least_events(state: State, names: Iterable[str] | None = None) -> int:
    """Entries that one visit of a state makes at least; `names`: it fails with one of these errors.

    A state leaves by an error only when the retrier which takes that one is exhausted.
    """
    if state.type == "Fail":
        return 1
    if state.type != "Task":
        return STATE_EVENTS.value
    tries = 1
    if names is not None and state.retriers:
        indices = [first_match(state.retriers, name) for name in names]
        each = [1 if index is None else 1 + (state.retriers[index].max_attempts or 0) for index in indices]
        tries = min(each, default=1)
    return STATE_EVENTS.value + ATTEMPT_EVENTS.value * tries
