"""What is to be played: a scenario, where the event goes in, and what fails in which way."""

from dataclasses import dataclass
from typing import Literal

ERROR_NAMES = {
    "error": "HandlerFailed",
    "fault": "Lambda.ServiceException",
    "throttle": "Lambda.TooManyRequestsException",
}


@dataclass(frozen=True)
class Call:
    """What a function's code does with the resource held by one of its variables."""

    function: str
    action: Literal["send-message", "start-execution", "start-sync-execution", "pass-on"]
    variable: str
    when: Literal["always", "failure"] = "always"


@dataclass(frozen=True)
class Play:
    """One scenario, one event at `entry`, one function that fails on every run.

    An error, a fault or a throttle shows to the caller as one of the names in `errors`, in that
    order, the last one for ever after; a timeout is a real one. A function that sends messages
    stops doing so at lap `laps`: loops need an end. Without `stand_ins` the emulator gets the
    wiring exactly as the template has it.
    """

    template: str
    entry: str
    fails: str
    failure: Literal["error", "timeout", "fault", "throttle"] = "error"
    errors: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    laps: int = 0
    stand_ins: bool = True
    settle: float = 0.4

    @property
    def name(self) -> str:
        """Good as a stack name and as a test's id."""
        parts = [self.template, "from", self.entry, self.fails, self.failure]
        return "-".join(parts if self.stand_ins else [*parts, "as-is"])

    @property
    def error_names(self) -> tuple[str, ...]:
        """What the failing function raises; nothing when it hangs instead."""
        if self.failure == "timeout":
            return ()
        return self.errors or (ERROR_NAMES[self.failure],)
