"""What every section looks at, and what a section is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

from msgspec import Struct

from seawall.engine import Report
from seawall.graph import Place

from ..entries import Entry, entries, shown_place
from ..format import Screen
from ..places import locate
from .elements import Safe


class ReportView(Struct, frozen=True, dict=True):
    """A report, ready to be shown."""

    report: Report
    screen: Screen

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every finding, the acknowledged ones last."""
        return entries(self.report)

    @property
    def open(self) -> Iterator[Entry]:
        """Findings that nobody has acknowledged, worst first."""
        return (entry for entry in self.entries if entry.accepted is None)

    @property
    def accepted(self) -> Iterator[Entry]:
        """Those that somebody has."""
        return (entry for entry in self.entries if entry.accepted is not None)

    @cached_property
    def rows(self) -> Mapping[str, str]:
        """Anchors of the rows about sites that do work."""
        sites = sorted(self.report.analysis.flow.sites.items())
        working = (name for name, site in sites if site.works)
        return {name: f"site-{number}" for number, name in enumerate(working, 1)}

    def kind(self, site: str) -> str:
        """What a site is; empty for a name that is none."""
        found = self.report.analysis.flow.sites.get(site)
        return found.kind if found else ""

    def file(self, place: Place | None) -> str:
        """``file:line`` of a place, in the code that made it where that is known; empty without a place."""
        return "" if place is None else shown_place(self.report.app, locate(self.report.app, place))


class Section(Struct, frozen=True):
    """One part of the page."""

    id: str
    title: str
    count: int
    body: Safe


Writer: TypeAlias = "Callable[[ReportView], Section | None]"
"""Writes a section; None where there is nothing to say."""
