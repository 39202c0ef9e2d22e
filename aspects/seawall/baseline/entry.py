"""What a baseline knows: findings that were there when it was written, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from .difference import Difference
from .measure import Measure

DROP = "run `seawall baseline` to drop them"
"""What to do about entries that have gone."""


class BaselineEntry(Struct, frozen=True):
    """One entry of a baseline."""

    fingerprint: str
    rule: str
    site: str
    """What people read: a construct path, or template and logical id."""
    file: str
    """The template's key."""
    measure: Measure
    reason: str = ""

    @property
    def name(self) -> str:
        """The rule and the place, as people read them."""
        return f"{self.rule} at {self.site}"

    @property
    def order(self) -> tuple[str, str, str]:
        """By what a reviewer looks for."""
        return (self.site, self.rule, self.fingerprint)


class Baseline(Struct, frozen=True, dict=True):
    """The findings that were there when it was written."""

    entries: tuple[BaselineEntry, ...] = ()
    name: str = "the baseline"
    """The file, as it is shown."""
    gaps: frozenset[tuple[str, str, str]] = frozenset()
    """Gaps that were there, each as site, property and why."""

    @cached_property
    def by_fingerprint(self) -> Mapping[str, BaselineEntry]:
        """Each entry."""
        return {known.fingerprint: known for known in self.entries}


class Gone(Struct, frozen=True):
    """An entry that matches no open finding any more."""

    known: BaselineEntry
    why: str

    @property
    def line(self) -> tuple[str, str]:
        """Which finding, and why."""
        return self.known.name, self.why


class Changed(Struct, frozen=True):
    """An entry whose finding is there and is not what it was."""

    known: BaselineEntry
    fingerprint: str
    """Of the finding as it is now."""
    change: Difference

    @property
    def line(self) -> tuple[str, str]:
        """Which finding, and from what to what."""
        return self.known.name, self.change.said


class BaselineComparison(Struct, frozen=True):
    """What a baseline said about a report."""

    name: str
    covered: int
    """Findings that it keeps from failing the run."""
    worse: tuple[Changed, ...]
    better: tuple[Changed, ...]
    unclear: tuple[Changed, ...]
    """Those of which it cannot be told, because a figure was not known or is not."""
    gone: tuple[Gone, ...]
    gaps: frozenset[tuple[str, str, str]] = frozenset()
    """Gaps that it accepts, each as site, property and why."""
