"""How often each site that does work runs at worst, by failure class, with the factors of every figure beside it."""

from __future__ import annotations

from seawall.graph import CLASSES, FailureClass
from seawall.graph.durations import in_words
from seawall.retries import Count, Figure
from seawall.retries.abandoned import Abandoned
from seawall.retries.wording import derivation
from seawall.words import some

from ..deliveries import class_words
from ..figures import EXPLAINED
from .elements import Safe, join, tag
from .parts import count_word, data_table, left_out, name, site
from .view import ReportView, Section

_MOST = 1500
"""Rows beyond which a page is slow to open."""

_FIGURES = (("place", ""), *((class_words(failure), "number") for failure in CLASSES))
_OUTLIVED = ((FailureClass.ABANDONED.value, "number"),)
_ENDS = (("ends by", ""), ("retries last (error)", "number"))


def section(view: ReportView) -> Section | None:
    """The table."""
    rows = view.rows
    if not rows:
        return None
    attempts, outlived = view.report.analysis.attempts, bool(view.report.analysis.abandoned)
    told = [about for about in rows if about not in view.merged]
    worst_first = sorted(
        told, key=lambda about: max(attempts.of(about, each).weight for each in EXPLAINED), reverse=True
    )
    head = (*_FIGURES, *(_OUTLIVED if outlived else ()), *_ENDS)
    shown = [_row(view, about, rows[about]) for about in worst_first[:_MOST]]
    body = join(
        tag(
            "p",
            "How often one event runs each function, state and machine, if every run of it fails in one way. ",
            "Abandoned: how often it is started while nobody waits any more for an earlier run. " if outlived else "",
            "Below each name stand the factors that make its figures.",
        ),
        tag("div", class_="tools", hidden=True, data_for="attempts-table"),
        data_table(
            "Runs at worst for one event, by kind of failure", head, shown,
            id="attempts-table", class_="attempts sortable",
        ),
        left_out(len(told) - _MOST, "place", "--format csv-attempts has them all."),
    )  # fmt: skip
    return Section("attempts", "Runs for one event", len(told), body)


def _row(view: ReportView, about: str, row: str) -> Safe:
    analysis = view.report.analysis
    figures = {failure: analysis.figure(about, failure) for failure in CLASSES}
    found = figures[FailureClass.ERROR]
    worst = max(figures.values(), key=lambda each: each.count.weight)
    kind = tag("span", view.kind(about), class_="kind")
    bound = max(each.count.bounded_by for each in figures.values()).word
    return tag(
        "tr",
        tag(
            "th",
            site(view.names.place(about)),
            " ",
            kind,
            _states(view, about),
            _factors(view, figures),
            _from(view, worst),
            scope="row",
        ),
        (_count(each.count, at_most=not analysis.attempts.exact(about, failure)) for failure, each in figures.items()),
        _outlived(analysis.abandoned.get(about)) if analysis.abandoned else None,
        tag("td", tag("span", bound, class_=f"bound by-{bound}"), class_="bound-cell"),
        _seconds(found.seconds),
        id=row,
    )


def _count(count: Count, *, at_most: bool) -> Safe:
    kind = "number" if count.value > 1 or not count.exact else "number once"
    value = count.value if at_most or not count.exact else None
    return tag("td", _at_most(at_most), count_word(count), class_=kind, data_v=value)


def _at_most(it_is: bool) -> Safe | None:
    """Before a figure that is an upper bound."""
    return tag("span", "at most ", class_="kind") if it_is else None


def _outlived(found: Abandoned | None) -> Safe:
    """Runs that are started while earlier ones go on; nothing where everybody waits long enough."""
    if found is None:
        return tag("td", "", class_="number once", data_v=0)
    at_once = tag("span", f"{found.at_once:,} at once", class_="kind")
    number = found.count.value if found.at_most or not found.count.exact else None
    return tag("td", _at_most(found.at_most), count_word(found.count), " ", at_once, class_="number", data_v=number)


def _seconds(seconds: float | None) -> Safe:
    if seconds is None:
        return tag("td", "unknown", class_="number give-up", data_v=-1)
    return tag("td", in_words(seconds) if seconds else "at once", class_="number give-up", data_v=round(seconds))


def _states(view: ReportView, about: str) -> Safe | None:
    """The states that call it and nothing else: their figures are the same."""
    states = [view.names.place(state) for state, called in view.merged.items() if called == about]
    return tag("span", name(f", called by {some(states, 3)}"), class_="kind calls") if states else None


def _from(view: ReportView, found: Figure) -> Safe | None:
    """Where the event comes in, unless it does so here."""
    entry = found.main.entry
    return (
        None if entry == found.site else tag("p", "for one event at ", site(view.names.place(entry)), class_="factors")
    )


def _factors(view: ReportView, figures: dict[FailureClass, Figure]) -> Safe | None:
    """How each figure comes about, classes of the same factors together; a single run has none."""
    said: dict[str, list[str]] = {}
    for failure, found in figures.items():
        if found.count != Count(1):
            said.setdefault(derivation(found), []).append(class_words(failure))
    if not said:
        return None
    items = [
        tag("li", tag("b", ", ".join(classes)), ": ", name(view.names.short(text))) for text, classes in said.items()
    ]
    return tag("ul", items, class_="factors")
