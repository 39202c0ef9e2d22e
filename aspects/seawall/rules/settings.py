"""What a user can set."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_MAX_ATTEMPTS = 10
DEFAULT_ROLLBACKS = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds and the choice of rules.

    `select` names the only rules to run (empty: all), `ignore` those to leave out; `topics` names what they are to be
    about (empty: everything), `retries` or `images`.
    """

    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    """Runs of one site for one event above which layers are too many. At least 1."""
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    rollbacks: int = DEFAULT_ROLLBACKS
    """Earlier images that whatever runs an image must be able to go back to. At least 0."""
    topics: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts must be at least 1, not {self.max_attempts}")
        if self.rollbacks < 0:
            raise ValueError(f"rollbacks must be at least 0, not {self.rollbacks}")

    def about(self, topic: str) -> bool:
        """Whether rules of a topic are to run; those of none belong to all.

        >>> Settings(topics=frozenset({"images"})).about("retries"), Settings().about("retries")
        (False, True)
        """
        return not topic or not self.topics or topic in self.topics
