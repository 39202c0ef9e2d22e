"""What is different between two apps."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from seawall.baseline.difference import Difference, Direction
from seawall.engine import Report
from seawall.graph import FailureClass, Gap
from seawall.retries import Count, Factor, Figure, Loop
from seawall.rules import Finding


class DiffStatus(StrEnum):
    """What became of a site, a loop, an image or a finding."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


class Factors(Struct, frozen=True):
    """How the largest way to a site changed: its figure and layers before and now, and which of them differ."""

    before: Figure
    now: Figure
    said: str
    """Names the factors that changed, and what that makes of the figure."""

    @property
    def sides(self) -> tuple[tuple[Factor, ...], tuple[Factor, ...]]:
        """The layers before and now."""
        return self.before.main.layers, self.now.main.layers


class SiteChange(Struct, frozen=True):
    """A site whose attempts differ."""

    site: str
    fate: DiffStatus
    works: bool
    """Code or an execution of the author's runs here."""
    before: Mapping[FailureClass, Count]
    """Empty for a site that is gained."""
    now: Mapping[FailureClass, Count]
    entries: tuple[str, str]
    """Where the event of the worst figure comes in, before and now; empty where the site is not there."""
    changes: Mapping[FailureClass, Difference]
    factors: Factors | None = None

    @property
    def direction(self) -> Direction:
        """As bad as the worst class; a throttled run costs nothing, so that class does not count."""
        found = [each.direction for name, each in self.changes.items() if name is not FailureClass.THROTTLE]
        order = (Direction.WORSE, Direction.UNCLEAR, Direction.BETTER)
        return next((direction for direction in order if direction in found), Direction.SAME)


class LoopChange(Struct, frozen=True):
    """A loop that is gained, lost, or multiplies otherwise."""

    start: str
    fate: DiffStatus
    before: Loop | None
    now: Loop | None
    change: Difference


class ImageChange(Struct, frozen=True):
    """An image in use whose verdict differs."""

    consumer: str
    repository: str
    fate: DiffStatus
    before: str | None
    """The verdict."""
    now: str | None
    why: str
    change: Difference


class FindingChange(Struct, frozen=True):
    """An open finding that is gained, lost, or not what it was."""

    finding: Finding
    fate: DiffStatus
    fingerprint: str
    change: Difference
    accepted: str | None = None
    """Of one that is lost: why it is accepted now, where that is so."""


class GapChange(Struct, frozen=True):
    """Something not understood, which was not there before or is not there any more."""

    gap: Gap
    fate: DiffStatus


class Comparison(Struct, frozen=True):
    """Two reports, and all that is different between them."""

    before: Report
    now: Report
    common: int
    """Sites that are in both."""
    sites: tuple[SiteChange, ...]
    loops: tuple[LoopChange, ...]
    images: tuple[ImageChange, ...]
    findings: tuple[FindingChange, ...]
    gaps: tuple[GapChange, ...] = ()
    """Open gaps that are gained or lost, those that touch a site first."""

    @property
    def same(self) -> bool:
        """Nothing is different."""
        return not (self.sites or self.loops or self.images or self.findings or self.gaps)

    def of(self, direction: Direction) -> tuple[SiteChange, ...]:
        """Sites that went that way, those in both only, at which work is done."""
        return tuple(each for each in self.sites if each.works and each.direction is direction)
