"""What a user can set."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

DEFAULT_MAX_ATTEMPTS = 10
DEFAULT_ROLLBACKS = 1
DEFAULT_PUSHES_PER_DAY = 10.0
DEFAULT_DAYS_BETWEEN_DEPLOYMENTS = 30
ENDANGERED_DAYS = 30
WINDOW_DAYS = 365
DEFAULT_VISIBILITY_FACTOR = 6.0
"""AWS asks for a visibility timeout of six times the function's timeout.
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, read 2026-11-22."""
DEFAULT_BLOCKED_GROUP_SECONDS = 900
"""15 minutes: the longest single run that Lambda allows, and what 5 receives of a 30 s function need with the
visibility timeout that AWS asks for (5 x 6 x 30 s). A group that waits longer stands still for more than slow work."""
LEAST_RECEIVES = 5
"""AWS asks for at least this `maxReceiveCount` on a queue that feeds Lambda, because throttled receives count.
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, read 2026-11-22."""


class Settings(Struct, frozen=True):
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
    pushes_per_day: float = DEFAULT_PUSHES_PER_DAY
    """Builds that a repository, or a family of tags that CI pushes, gets per day. Above 0."""
    days_between_deployments: int = DEFAULT_DAYS_BETWEEN_DEPLOYMENTS
    """Days for which one deployment of an image stays. At least 1."""
    images_per_push: int = 1
    """Manifests that one push leaves: an index, its platforms, attestations. At least 1."""
    endangered_days: int = ENDANGERED_DAYS
    """Days of window below which a lifecycle rule endangers an image in use. At least 1."""
    window_days: int = WINDOW_DAYS
    """Days of window from which nothing is said of a rule that counts images. At least 1."""
    ignored_in: tuple[tuple[str, frozenset[str]], ...] = ()
    """Rules to leave out in part of the app: each a pattern, as in a shell, of a template's path, a construct's
    path or a site, and the rules."""
    topics: frozenset[str] = frozenset()
    visibility_factor: float = DEFAULT_VISIBILITY_FACTOR
    """Timeouts of its function that a message must stay hidden for. At least 1."""
    blocked_group_seconds: int = DEFAULT_BLOCKED_GROUP_SECONDS
    """Seconds for which one failing message may hold up its FIFO group. At least 0."""
    least_receives: int = LEAST_RECEIVES
    """Receives below which throttling alone can use up a message's tries. At least 1."""

    unsuppressable: frozenset[str] = frozenset()
    """Rules whose findings no acknowledgement and no baseline accepts."""

    reads_code: bool = True
    """Whether functions' code is looked into. It is read as text; nothing of it is ever run."""
    code_left_out: tuple[str, ...] = ()
    """Patterns of paths, such as ``vendor/*``, whose code is not read."""

    docs_url: str = ""
    """Where the pages of the documentation are served: findings link to their rules' pages there. Empty: where the
    installed distribution says."""

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts must be at least 1, not {self.max_attempts}")
        if self.rollbacks < 0:
            raise ValueError(f"rollbacks must be at least 0, not {self.rollbacks}")
        if not 0 < self.pushes_per_day < inf:
            raise ValueError(f"pushes_per_day must be above 0, not {self.pushes_per_day}")
        for name in ("days_between_deployments", "images_per_push", "endangered_days", "window_days"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not 1 <= self.visibility_factor < inf:
            raise ValueError(f"visibility_factor must be at least 1, not {self.visibility_factor}")
        if self.blocked_group_seconds < 0:
            raise ValueError(f"blocked_group_seconds must be at least 0, not {self.blocked_group_seconds}")
        if self.least_receives < 1:
            raise ValueError(f"least_receives must be at least 1, not {self.least_receives}")
        not_chosen = self.unsuppressable - self.select if self.select else frozenset[str]()
        if left_out := sorted(self.unsuppressable & self.ignore | not_chosen):
            raise ValueError(f"{left_out[0]} is unsuppressable, so that it cannot be left out")

    def about(self, topic: str) -> bool:
        """Whether rules of a topic are to run; those of none belong to all.

        >>> Settings(topics=frozenset({"images"})).about("retries"), Settings().about("retries")
        (False, True)
        """
        return not topic or not self.topics or topic in self.topics

    def unrelaxed(self) -> Settings:
        """The same with each limit that lets more pass than by default at its default. What is said about the habits of
        builds and deployments corrects an assumption and is no limit.

        >>> relaxed = Settings(max_attempts=25, visibility_factor=8.0)
        >>> relaxed.unrelaxed() == Settings(visibility_factor=8.0), Settings(max_attempts=5).unrelaxed().max_attempts
        (True, 5)
        """
        usual = Settings()
        kept = {name: min(getattr(self, name), getattr(usual, name)) for name in _PASS_MORE_ABOVE}
        return replace(
            self, **kept, **{name: max(getattr(self, name), getattr(usual, name)) for name in _PASS_MORE_BELOW}
        )

    def by_key(self) -> dict[str, Any]:
        """What is set, by the keys of the settings file.

        >>> Settings(max_attempts=5).by_key()["max-attempts"]
        5
        """
        left_out = {pattern: sorted(rules) for pattern, rules in self.ignored_in}
        return {key: _plain(getattr(self, name)) for key, name in _FIELDS.items()} | {"per-path-ignores": left_out}


class StatedSettings(Struct, frozen=True):
    """Where the settings of a run come from, with those that make no figure."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """What is not part of `Settings`, such as ``fail-on``, by the keys of the settings file."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """By key: the file, the flag, or ``argument``; what is not among them has its default."""


_PASS_MORE_ABOVE = ("max_attempts", "blocked_group_seconds")
_PASS_MORE_BELOW = ("rollbacks", "endangered_days", "window_days", "visibility_factor", "least_receives")
"""Limits, by the direction in which they let more pass."""
_FIELDS = {
    "max-attempts": "max_attempts",
    "rollbacks": "rollbacks",
    "pushes-per-day": "pushes_per_day",
    "days-between-deployments": "days_between_deployments",
    "images-per-push": "images_per_push",
    "endangered-days": "endangered_days",
    "window-days": "window_days",
    "visibility-factor": "visibility_factor",
    "blocked-group-seconds": "blocked_group_seconds",
    "least-receives": "least_receives",
    "code": "reads_code",
    "code-left-out": "code_left_out",
    "select": "select",
    "ignore": "ignore",
    "unsuppressable": "unsuppressable",
}
"""Fields of `Settings` by the keys of the settings file."""


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value
