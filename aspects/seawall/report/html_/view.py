"""What every section looks at, and what a section is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

from msgspec import Struct

from seawall.engine import Report
from seawall.graph import CLASSES, Place
from seawall.retries import Analysis

from ..entries import Entry, entries, shown_place
from ..format import Screen
from ..names import Names
from ..places import locate
from .elements import Safe


class ReportView(Struct, frozen=True, dict=True):
    """A report, ready to be shown."""

    report: Report
    screen: Screen

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every finding, the acknowledged ones last."""
        return entries(self.report, self.names)

    @cached_property
    def names(self) -> Names:
        """Names as this page shows them."""
        return Names.of(self.report)

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
        working = [name for name, site in sites if site.works]
        told = {name: f"site-{number}" for number, name in enumerate((w for w in working if w not in self.merged), 1)}
        return {name: told[self.merged.get(name, name)] for name in working}

    @cached_property
    def merged(self) -> Mapping[str, str]:
        """States that do no more than call one function, whose figures are the same: they have no row of their own."""
        analysis = self.report.analysis
        found: dict[str, str] = {}
        for name, site in analysis.flow.sites.items():
            called = [hop.target for hop in analysis.flow.out_of(name) if hop.awaits] if site.inside else []
            if len(called) == 1 and analysis.flow.sites[called[0]].works and _alike(analysis, name, called[0]):
                found[name] = called[0]
        return {name: end for name, end in found.items() if end not in found}

    def kind(self, site: str) -> str:
        """What a site is; empty for a name that is none."""
        found = self.report.analysis.flow.sites.get(site)
        return found.kind.replace("-", " ") if found else ""

    def file(self, place: Place | None) -> str:
        """``file:line`` of a place, in the code that made it where that is known; empty without a place."""
        return "" if place is None else shown_place(self.report.app, locate(self.report.app, place))


def _alike(analysis: Analysis, one: str, other: str) -> bool:
    return all(analysis.attempts.of(one, each) == analysis.attempts.of(other, each) for each in CLASSES) and (
        one in analysis.abandoned
    ) == (other in analysis.abandoned)


class Section(Struct, frozen=True):
    """One part of the page."""

    id: str
    title: str
    count: int
    body: Safe


Writer: TypeAlias = "Callable[[ReportView], Section | None]"
"""Writes a section; None where there is nothing to say."""
