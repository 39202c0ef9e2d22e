"""What a user can set."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_MAX_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds and the choice of rules.

    `select` names the only rules to run (empty: all), `ignore` those to leave out.
    """

    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    """Runs of one site for one event above which layers are too many. At least 1."""
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts must be at least 1, not {self.max_attempts}")
