"""What could not be told: settings that are not resolved, by cause, and files that were left out."""

from __future__ import annotations

from collections.abc import Sequence

from seawall.graph import Gap
from seawall.paths import below
from seawall.words import plural

from ..summary import Summary, affected
from .elements import Safe, join, tag
from .parts import code, folded, left_out, name, site
from .view import ReportView, Section

_MOST_CAUSES, _MOST_EACH, _MOST_FILES, _MOST_HOPS = 100, 100, 300, 300


def section(view: ReportView) -> Section | None:
    """Unknown settings: deliveries or figures may be missing on their account."""
    entries = view.report.gaps
    if not entries:
        return None
    by_cause: dict[str, list[Gap]] = {}
    for entry in entries:
        by_cause.setdefault(entry.why, []).append(entry)
    weight = view.report.weight
    causes = sorted(by_cause.items(), key=lambda pair: (-max(map(weight, pair[1])), -len(pair[1]), pair[0]))
    summary = Summary.of(view.report)
    read = f"{plural(summary.unknown, 'thing')} unknown, {affected(summary.touched, summary.sites)}."
    body = join(
        tag(
            "p",
            f"What is unknown makes no finding and no silent pass: deliveries or figures may be missing here. {read}",
        ),
        (_cause(view, why, found) for why, found in causes[:_MOST_CAUSES]),
        left_out(len(causes) - _MOST_CAUSES, "cause", "--format json has them all."),
    )
    return Section("unknown", "Unknown", len(entries), body)


def _cause(view: ReportView, why: str, found: Sequence[Gap]) -> Safe:
    items = [
        tag(
            "li",
            site(view.names.place(entry.site)),
            " ",
            code(entry.property),
            tag("span", name(view.file(entry.place)), class_="place"),
        )
        for entry in found[:_MOST_EACH]
    ]
    more = left_out(len(found) - _MOST_EACH, "setting", "--format json has them all.")
    return folded(join(tag("span", f"{len(found):,}", class_="count"), " ", name(why)), tag("ul", items), more)


def ruled_out(view: ReportView) -> Section | None:
    """Hops that were suggested and that no event can take, each with the reason."""
    hops = view.report.analysis.flow.ruled_out
    found = sorted(hops, key=lambda each: (each.source, each.target, each.kind, each.why))
    if not found:
        return None
    items = [
        tag("li", site(each.source), " -> ", site(each.target), " ", name(each.why), " ", code(each.kind))
        for each in found[:_MOST_HOPS]
    ]
    body = join(
        tag("p", "Role, environment or wiring suggest these deliveries, and no event can take them."),
        tag("ul", items, class_="plain"),
        left_out(len(found) - _MOST_HOPS, "delivery", "--format json has them all."),
    )
    return Section("ruled-out", "Ruled out", len(found), body)


def skipped(view: ReportView) -> Section | None:
    """Files that were not analysed, with the reason for each."""
    found = sorted(view.report.skipped, key=lambda entry: (entry.path, entry.why))
    if not found:
        return None
    items = [tag("li", code(below(entry.path)), " ", name(entry.why)) for entry in found[:_MOST_FILES]]
    more = left_out(len(found) - _MOST_FILES, "file", "--format json has them all.")
    return Section("skipped", "Skipped files", len(found), join(tag("ul", items, class_="plain"), more))
