"""Gaps as the formats show them that list each: open ones first, what matters most at the top, then accepted ones."""

from __future__ import annotations

from hashlib import sha256

from msgspec import Struct

from seawall.engine import Report
from seawall.graph import Gap
from seawall.graph.gaps import advice
from seawall.rules import GAP, Acknowledgement
from seawall.template import App

from .entries import shown_path
from .places import Location, locate

UNKNOWN = "unknown"
"""What stands where a finding has its severity."""


class GapEntry(Struct, frozen=True):
    """One gap, with what a format needs to show it."""

    gap: Gap
    at: Location | None
    """None where it stands in no template."""
    weight: int
    """2 on a path with retries, 1 where it touches a site, else 0."""
    accepted: Acknowledgement | None = None

    @property
    def headline(self) -> str:
        """What is not understood, in one line."""
        return f"{self.gap.property}: {self.gap.why}" if self.gap.property else self.gap.why

    @property
    def reason(self) -> str:
        """Why it is accepted; empty while it is open."""
        return "" if self.accepted is None else self.accepted.reason or "no reason given"

    @property
    def facts(self) -> tuple[str, ...]:
        """What figures it could touch, and what can be done, in words."""
        touched = self.gap.touches
        return (
            f"could touch: {', '.join(touched)}" if touched else "can touch no figure",
            f"to do: {advice(self.gap)}",
        )

    @property
    def fingerprint(self) -> str:
        """The same in another run as long as it is the same gap."""
        return sha256("\0".join((GAP, *self.gap.key())).encode("utf-8", "surrogatepass")).hexdigest()[:24]

    def file(self, app: App) -> str:
        """The file that it stands in; the first template where it stands in none."""
        if self.at is None:
            return next((each.path for each in app.templates.values()), "")
        return shown_path(app, self.at)


def gap_entries(report: Report) -> tuple[GapEntry, ...]:
    """Every gap of `report` in its order, the accepted ones last."""
    every = [*((gap, None) for gap in report.gaps), *((each.gap, each.by) for each in report.accepted_gaps)]
    return tuple(
        GapEntry(gap, None if gap.place is None else locate(report.app, gap.place), report.weight(gap), by)
        for gap, by in every
    )
