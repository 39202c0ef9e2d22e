"""What is counted, observed or predicted: the same questions with the same names."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seawall.graph import Bound


class What(StrEnum):
    """What happens at a site."""

    RUNS = "runs"
    """Of a function."""
    EXECUTIONS = "executions"
    """Of a state machine."""
    STATE_RUNS = "state runs"
    """Of a state that works: its first try and its retries."""
    MESSAGES = "messages"
    """Put into a queue, dead letters included."""
    RECEIVES = "receives"
    """Of a queue's messages."""
    DEAD_LETTERS = "dead letters"
    """That left a queue for its dead-letter queue."""


class Key(Struct, frozen=True, order=True):
    """One question."""

    site: str
    what: What


class Predicted(Struct, frozen=True):
    """The model's answer."""

    count: int | None
    """None where the model gives no count."""
    bounded_by: Bound = Bound.COUNT
    lap: int | None = None
    """The count of one lap, where laps go on without end."""
    least: int | None = None
    """The low end, where the figure has two."""


class Row(Struct, frozen=True):
    """Both answers."""

    key: Key
    kind: str
    """Of the site."""
    predicted: Predicted
    observed: int | None
    """None where the emulator does not tell."""
    why: str = ""
    """Why there is no comparison, or which named limit makes the difference."""
    laps: int | None = None
    """Laps that were played until the replay was stopped, where they have no end and can be told."""
    timed: bool = False
    """The clock that bounds the prediction runs in the replay, too."""
    hurried: bool = False
    """Some clock runs in the replay, so that fewer may be counted where the emulator is slow."""

    @property
    def endless(self) -> bool:
        """Whether the model says that it goes on for as long as anybody watches."""
        return self.predicted.count is None and self.predicted.bounded_by is Bound.NOTHING

    @property
    def exceeded(self) -> bool:
        """Whether more was counted than predicted, which no longer wait would mend."""
        most = self.predicted.count
        return self.verdict == "differs" and (most is None or (self.observed or 0) > most)

    @property
    def verdict(self) -> str:
        """`equal`, `within` two ends or a time, `differs`, `explained`, or `open` where one side gives no number."""
        if self.observed is None:
            return "open"
        if self.endless:
            return self._per_lap(self.observed)
        most = self.predicted.count
        if most is None or (self.predicted.bounded_by is not Bound.COUNT and not self.timed):
            return "open"
        if self.observed == most:
            return "equal"
        least = self.predicted.least
        if self.hurried:  # what comes late may be gone before it moves, but something ran
            least = 0 if self.key.what in (What.MESSAGES, What.DEAD_LETTERS) else min(most, 1)
        if least is not None and least <= self.observed < most:
            return "within"
        return "explained" if self.why else "differs"

    def _per_lap(self, observed: int) -> str:
        """The last lap may have been under way when the replay was stopped, or the next one begun."""
        if self.laps is None or self.predicted.lap is None:
            return "open"
        if (self.laps - 1) * self.predicted.lap <= observed <= (self.laps + 1) * self.predicted.lap:
            return "equal"
        return "explained" if self.why else "differs"


class LapRuns(Struct, frozen=True):
    """Runs of one function on one lap of the events that its code sends back."""

    site: str
    lap: int
    predicted: int | None
    observed: int

    @property
    def differs(self) -> bool:
        """Whether they were counted otherwise."""
        return self.predicted is not None and self.predicted != self.observed
