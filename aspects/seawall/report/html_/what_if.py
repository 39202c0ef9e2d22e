"""What-if: for each finding the smallest sets of changes that mend it, with every property and figure they change."""

from __future__ import annotations

from seawall.remedies.what_if import Proposal, WhatIfOutcome
from seawall.rules import Finding

from ..what_if import edits, figures, ranked, reached
from .elements import Safe, join, tag
from .parts import code, left_out, name, site
from .verdict import anchor
from .view import ReportView, Section

_MOST, _MOST_EDITS = 100, 40


def section(view: ReportView) -> Section | None:
    """A card for each finding; None where nobody asked, or nothing can be changed."""
    found = view.report.what_if
    if not found:
        return None
    body = join(
        tag("p", "Each set of changes was made in the model and everything was counted again."),
        (_card(view, *each) for each in found[:_MOST]),
        left_out(len(found) - _MOST, "finding", "--format json has them all."),
    )
    return Section("what-if", "What if", len(found), body)


def _card(view: ReportView, finding: Finding, proposal: Proposal) -> Safe:
    entry = next((each for each in view.entries if each.finding is finding), None)
    link = tag("p", tag("a", "The finding", href=f"#{anchor(entry)}")) if entry else None
    return tag(
        "article",
        tag("h3", finding.rule, " at ", site(view.names.short(finding.site))),
        tag("p", name(view.names.short(reached(proposal)))),
        (_outcome(view, rank, outcome) for rank, outcome in ranked(proposal)),
        link,
        class_="card",
    )


def _outcome(view: ReportView, rank: str, outcome: WhatIfOutcome) -> Safe:
    changes = [
        tag(
            "li",
            name(view.names.short(change.said)),
            tag("ul", _edits([view.names.short(line) for line in edits(view.report, change)]), class_="plain"),
        )
        for change in outcome.changes
    ]
    told = tag("ul", (tag("li", name(view.names.short(line))) for line in figures(outcome)), class_="plain")
    return join(
        tag("h4", rank.rstrip("."), ": ", name(view.names.short("; ".join(figures(outcome)[:1])))),
        tag("ul", changes),
        told,
    )


def _edits(lines: list[str]) -> Safe:
    more = len(lines) - _MOST_EDITS
    return join(
        (tag("li", code(line)) for line in lines[:_MOST_EDITS]),
        tag("li", f"and {more:,} more, in --format json") if more > 0 else None,
    )
