"""Healthy sites that run again because another site fails, with the factors of each figure."""

from __future__ import annotations

from functools import reduce
from operator import add

from seawall.graph import FailureClass
from seawall.retries import Collateral, Figure
from seawall.retries.collateral import named_collateral
from seawall.retries.paths import MOST_PATHS, CasePaths, FirstPaths
from seawall.retries.wording import derivation

from .elements import Safe, join, tag
from .parts import count_word, data_table, left_out, name, site
from .view import ReportView, Section

_MOST = 300
_IN_ONE = 60
_ALIKE = 6


def section(view: ReportView) -> Section | None:
    """A row for each place whose failure makes others run."""
    analysis = view.report.analysis
    found, rows = 0, list[Safe]()
    for failing in view.rows:
        again = analysis.collateral(failing, FailureClass.ERROR) if failing not in view.merged else ()
        if again:
            found += 1
            if len(rows) < _MOST:  # while what was worked out of its failure is at hand
                rows.append(_row(view, failing, again))
    if not found:
        return None
    body = join(
        tag(
            "p", "Work that is done again although it succeeded, because something beside or behind it raises an error."
        ),
        data_table(
            "What works and runs again all the same",
            (("when this fails", ""), ("these run again", "")),
            rows,
            class_="collateral",
        ),
        left_out(found - _MOST, "place", "--format json has them all."),
    )
    return Section("collateral", "Healthy work that runs again", found, body)


def _row(view: ReportView, failing: str, again: tuple[Collateral, ...]) -> Safe:
    ways: dict[int, CasePaths] = {}
    groups: dict[tuple[str, str], list[tuple[str, int]]] = {}
    again = tuple(one for one in again if one.site not in view.merged)
    named = named_collateral(again, _ALIKE)
    for one, more in named[:_IN_ONE]:
        if id(one.event) not in ways:
            ways[id(one.event)] = CasePaths(one.event, one.event.case(failing, FailureClass.ERROR))
        runs = f"{'at most ' if one.at_most else ''}{count_word(one.runs)}"
        groups.setdefault((runs, _factors(ways[id(one.event)].of(one.site), one)), []).append((one.site, more))
    items = [
        tag(
            "li",
            tag("p", tag("b", f"{runs} runs"), " each of " if len(sites) > 1 else " of ", class_="figure"),
            tag("ul", (tag("li", site(view.names.place(each)), _more(more)) for each, more in sites), class_="chain"),
            tag("p", name(view.names.short(factors)), class_="factors") if factors else None,
        )
        for (runs, factors), sites in groups.items()
    ]
    left = len(again) - sum(1 + more for _, more in named[:_IN_ONE])
    rest = left_out(left, "place", "--format json has them.")
    return tag(
        "tr",
        tag("th", site(view.names.place(failing)), scope="row"),
        tag("td", tag("ul", items, class_="again-list"), rest),
    )


def _more(number: int) -> str:
    return f" and {number:,} more like it" if number else ""


def _factors(ways: FirstPaths, one: Collateral) -> str:
    """How a figure comes about; empty where that is too long to be said."""
    if not ways.first or ways.number > MOST_PATHS or reduce(add, (path.count for path in ways.first)) != one.runs:
        return ""
    return derivation(Figure(one.site, FailureClass.ERROR, one.runs, ways.first))
