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

    @property
    def endless(self) -> bool:
        """Whether the model says that it goes on for as long as anybody watches."""
        return self.predicted.count is None and self.predicted.bounded_by is Bound.NOTHING

    @property
    def exceeded(self) -> bool:
        """Whether more was counted than predicted, which no longer wait would mend."""
        return self.verdict == "differs" and (self.observed or 0) > (self.predicted.count or 0)

    @property
    def verdict(self) -> str:
        """`equal`, `differs`, `explained`, or `open` where one side gives no number."""
        if self.predicted.count is None or self.observed is None or self.predicted.bounded_by is not Bound.COUNT:
            return "open"
        if self.predicted.count == self.observed:
            return "equal"
        return "explained" if self.why else "differs"
