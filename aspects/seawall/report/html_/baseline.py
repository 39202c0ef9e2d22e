"""What became of findings that were known before: got worse, better, or are gone."""

from __future__ import annotations

from collections.abc import Sequence

from seawall.baseline.entry import DROP

from .elements import Safe, join, tag
from .parts import code, left_out, name
from .view import ReportView, Section

_MOST = 300


def section(view: ReportView) -> Section | None:
    """Entries of the baseline that are not what they were; None where no baseline was given."""
    settled = view.report.baseline
    if settled is None:
        return None
    groups = (
        ("Got worse", [one.line for one in settled.worse]),
        ("Cannot be compared", [one.line for one in settled.unclear]),
        ("Got better", [one.line for one in settled.better]),
        (f"Gone: {DROP.replace('`', '')}", [one.line for one in settled.gone]),
    )
    body = join(
        tag("p", code(settled.name), f" covers {settled.covered:,} of the findings; they stand below as acknowledged."),
        (_group(title, found) for title, found in groups if found),
    )
    return Section("baseline", "Baseline", sum(len(found) for _, found in groups), body)


def _group(title: str, found: Sequence[tuple[str, str]]) -> Safe:
    items = [tag("li", code(what), " ", name(said)) for what, said in found[:_MOST]]
    more = left_out(len(found) - _MOST, "line", "--format json has them all.")
    return join(tag("h3", name(title)), tag("ul", items, class_="plain"), more)
