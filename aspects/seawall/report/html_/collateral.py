"""Healthy sites that run again because another site fails, with the factors of each figure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import islice
from operator import add

from seawall.graph import FailureClass
from seawall.retries import Collateral, Count, EntryAttempts, Factor, Figure, Path
from seawall.retries.attempts import FailureCase
from seawall.retries.collateral import named_collateral
from seawall.retries.paths import MOST_PATHS
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
    found = {
        failing: again
        for failing in view.rows
        if failing not in view.merged and (again := analysis.collateral(failing, FailureClass.ERROR))
    }
    if not found:
        return None
    rows = [_row(view, failing, again) for failing, again in islice(found.items(), _MOST)]
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
        left_out(len(found) - _MOST, "place", "--format json has them all."),
    )
    return Section("collateral", "Healthy work that runs again", len(found), body)


def _row(view: ReportView, failing: str, again: tuple[Collateral, ...]) -> Safe:
    cases: dict[int, FailureCase] = {}
    groups: dict[tuple[str, str], list[tuple[str, int]]] = {}
    again = tuple(one for one in again if one.site not in view.merged)
    named = named_collateral(again, _ALIKE)
    for one, more in named[:_IN_ONE]:
        case = cases.get(id(one.event)) or one.event.case(failing, FailureClass.ERROR)
        cases[id(one.event)] = case
        runs = f"{'at most ' if one.at_most else ''}{count_word(one.runs)}"
        groups.setdefault((runs, _factors(one.event, case, one)), []).append((one.site, more))
    items = [
        tag(
            "li",
            tag("p", tag("b", f"{runs} runs"), " each of " if len(sites) > 1 else " of ", class_="figure"),
            tag("ul", (tag("li", site(view.names.short(each)), _more(more)) for each, more in sites), class_="chain"),
            tag("p", name(view.names.short(factors)), class_="factors") if factors else None,
        )
        for (runs, factors), sites in groups.items()
    ]
    left = len(again) - sum(1 + more for _, more in named[:_IN_ONE])
    rest = left_out(left, "place", "--format json has them.")
    return tag(
        "tr",
        tag("th", site(view.names.short(failing)), scope="row"),
        tag("td", tag("ul", items, class_="again-list"), rest),
    )


def _more(number: int) -> str:
    return f" and {number:,} more like it" if number else ""


def _factors(entry: EntryAttempts, case: FailureCase, one: Collateral) -> str:
    """How a figure comes about; empty where that is too long to be said."""
    paths = [Path(entry.entry, factors) for factors in islice(_ways(entry, case, one.site), MOST_PATHS + 1)]
    if not paths or len(paths) > MOST_PATHS or reduce(add, (path.count for path in paths)) != one.runs:
        return ""
    return derivation(Figure(one.site, FailureClass.ERROR, one.runs, tuple(paths)))


def _ways(entry: EntryAttempts, case: FailureCase, about: str) -> Iterator[tuple[Factor, ...]]:
    """The ways to a site in one case, each as its factors."""
    stack: list[tuple[str, tuple[Factor, ...]]] = [(about, ())]
    while stack:
        source, behind = stack.pop()
        if source == entry.entry:
            yield behind
        stack.extend((term.source, (*term.factors, *behind)) for term in case.terms(source) if term.base != Count(0))
