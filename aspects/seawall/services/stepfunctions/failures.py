"""How each task can fail: its signals, and the error names behind them.

A signal is a failure class, refined where the task's errors bear other names than a Lambda function's, because
retriers and catchers go by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seawall.graph.model import ANSWER, CLASSES, FailureClass
from seawall.template import Value

from .definition import MachineDefinition, State
from .errors import (
    ANSWERED,
    ANY_OTHER,
    HEARTBEAT_TIMEOUT,
    LAMBDA_ERRORS,
    TASK_FAILED,
    THRESHOLD,
    TIMEOUT,
    Catcher,
    Retrier,
    handler_names,
)
from .integrations import Integration

CHILD_FAILED = f"{FailureClass.ERROR}:{TASK_FAILED}"
TIMED_OUT = f"{FailureClass.TIMEOUT}:{TIMEOUT}"
GAVE_UP = f"{FailureClass.TIMEOUT}:limit"
"""The state's own `TimeoutSeconds` is over, heartbeats or not."""
MAP_FAILED = f"{FailureClass.ERROR}:{THRESHOLD}"

_KEYWORDS = {
    FailureClass.THROTTLE: ("Throttl", "TooManyRequests", "ThroughputExceeded", "LimitExceeded", "SlowDown"),
    FailureClass.FAULT: (
        "SdkClient",
        "ServiceException",
        "InternalServer",
        "InternalError",
        "Unavailable",
        "Http.Socket",
    ),
    FailureClass.TIMEOUT: ("TimedOut", "Timeout"),
}
_STATUS = re.compile(r"\.(429|5\d\d)$")
"""HTTP statuses in the names of errors: ``States.Http.StatusCode.503``, ``ApiGateway.429``."""


MOST_STATED = 50
"""Errors of Fail states that are told apart in one machine. Where there are more, each is taken for any error: as many
ways to end, times as many steps, would be the square of the machine.
"""


class ErrorNames:
    """Error names by signal, for one machine."""

    def __init__(self, definition: MachineDefinition) -> None:
        entries: list[Retrier | Catcher] = []
        for state in definition.states():
            entries += [*state.retriers, *state.catchers]
        self._handlers = handler_names(entries)
        self._mentioned = sorted({name for entry in entries for name in entry.errors})
        self._known: dict[str, frozenset[str]] = {}
        self.stated = frozenset(_stated(state) for state in definition.states() if state.type == "Fail")
        """Signals of the machine's Fail states."""

    def of(self, signal: str) -> frozenset[str]:
        """Every name that a failure with this signal can bear."""
        if signal not in self._known:
            self._known[signal] = self._of(signal)
        return self._known[signal]

    @property
    def blurred(self) -> bool:
        """Whether the Fail states give more errors than are told apart."""
        return len(self.stated) > MOST_STATED

    def of_failing(self, state: State) -> str:
        """The signal of a Fail state."""
        return FailureClass.ERROR if self.blurred else _stated(state)

    def _of(self, signal: str) -> frozenset[str]:
        failure, _, detail = signal.partition(":")
        if not detail:
            if failure == FailureClass.ERROR:
                return self._handlers | {ANY_OTHER}
            return frozenset(LAMBDA_ERRORS.value[FailureClass(failure)])
        if signal == GAVE_UP:
            return frozenset({TIMEOUT})
        if detail.startswith(ANSWER):
            beside = detail.removeprefix(ANSWER)
            return frozenset({ANSWERED}) | (self.of(f"{failure}:{beside}") if beside else frozenset())
        if detail.startswith("States.") or not detail.startswith("@"):
            return frozenset({detail, HEARTBEAT_TIMEOUT} if detail == TIMEOUT else {detail})
        prefix = f"{detail[1:]}."
        mentioned = frozenset(
            name for name in self._mentioned if name.lower().startswith(prefix.lower()) and _class(name) == failure
        )
        return mentioned | {f"{prefix}{ANY_OTHER}{failure}"}


def _class(name: str) -> FailureClass:
    status = _STATUS.search(name)
    if status:
        return FailureClass.FAULT if status[1].startswith("5") else FailureClass.THROTTLE
    for failure, words in _KEYWORDS.items():
        if any(word in name for word in words):
            return failure
    return FailureClass.ERROR


def signals(state: State, found: Integration | Value, *, heeded: bool = False) -> Mapping[str, str]:
    """By failure class of the callee (or of the call itself): the signal the task shows. `heeded`: the machine looks
    at an answer that tells of a failure.
    """
    if heeded and isinstance(found, Integration):
        own = dict(signals(state, found))
        for failure in _TOLD if found.service == "lambda" else CLASSES:
            beside = "" if failure in _TOLD else own[failure].partition(":")[2]
            own[failure] = f"{failure}:{ANSWER}{beside}"
        return own
    if not isinstance(found, Integration):
        return {failure: failure for failure in CLASSES}
    if found.service == "states" and found.pattern.startswith("sync"):
        return dict.fromkeys(CLASSES, CHILD_FAILED)
    if found.pattern == "waitForTaskToken" and found.service != "lambda":
        return dict.fromkeys(CLASSES, TIMED_OUT if times_out(state) else FailureClass.ERROR)
    if found.service == "lambda":
        return {failure: failure for failure in CLASSES}
    return {failure: f"{failure}:@{found.error_prefix}" for failure in CLASSES}


_TOLD = (FailureClass.ERROR, FailureClass.TIMEOUT)
"""What a function that is called through the SDK answers with; what was throttled or never ran is no answer."""


def times_out(state: State) -> bool:
    """Whether the state sets a time limit of its own."""
    limits = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
    return any(limit in state.body for limit in limits)


def _stated(state: State) -> str:
    """An error of the name that a Fail state gives; a name computed when it runs may be any."""
    name = state.body.get("Error")
    if not isinstance(name, str) or name.startswith("{%"):
        return FailureClass.ERROR
    return f"{FailureClass.ERROR}:{name}"
