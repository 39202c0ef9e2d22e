"""Attempts of every site as a table, for a spreadsheet: what the findings are judged by."""

from __future__ import annotations

from collections import Counter
from typing import Any

from seawall.engine import Report
from seawall.graph import CLASSES, FailureClass

from .entries import Entry, entries
from .figures import site_of
from .format import Format, Screen
from .tables import Value, table

_COLUMNS = (
    "site", "kind", "stack", "entry", *(f"runs_{failure.value}" for failure in (*CLASSES, FailureClass.ABANDONED)),
    "at_once", "at_least", "at_most", "bounded_by",
    "factors_for", "factors", "layers", "give_up_seconds", "collateral_sites", "collateral_runs",
    "findings", "acknowledged", "gaps", "template", "logical_id", "construct_path",
)  # fmt: skip


def render(report: Report, _screen: Screen) -> str:
    """A row for each site. Runs are left empty where no count can be given; `at_least` says how many are certain,
    `at_most` which of them are upper bounds, `gaps` how many things are not understood that could touch the site.
    """
    found: dict[str, list[Entry]] = {}
    for entry in entries(report):
        found.setdefault(entry.finding.site, []).append(entry)
    touching = Counter(name for gap in report.gaps for name in gap.touches)
    sites = sorted(report.analysis.flow.sites.items())
    rows = (_row(report, site_of(report, site), found.get(name, []), touching[name]) for name, site in sites)
    return table(_COLUMNS, rows)


def _row(report: Report, site: dict[str, Any], found: list[Entry], gaps: int) -> tuple[Value, ...]:
    counts = site["attempts"]
    worst = counts[site["layers_for"]]
    template = report.app.templates.get(site["template"] or "")
    return (
        site["id"],
        site["kind"],
        template.stack_name if template else "",
        site["entry"],
        *(counts[failure.value]["max"] for failure in CLASSES),
        counts.get(FailureClass.ABANDONED.value, {}).get("max"),
        site.get("at_once"),
        worst.get("at_least"),
        "; ".join(failure for failure, count in counts.items() if count.get("at_most")),
        worst["bounded_by"],
        site["layers_for"],
        _factors(site),
        _layers(site),
        site["give_up_seconds"],
        sum(1 + other.get("more", 0) for other in site["collateral"]),
        max((other["runs"] for other in site["collateral"] if other["runs"] is not None), default=None),
        "; ".join(f"{entry.finding.severity.word} {entry.finding.rule}" for entry in found if not entry.accepted),
        "; ".join(f"{entry.finding.rule}: {entry.reason}" for entry in found if entry.accepted),
        gaps,
        site["template"],
        site["logical_id"],
        site["construct_path"],
    )


def _paths(site: dict[str, Any]) -> list[dict[str, Any]]:
    """Each way that the figure is the sum of."""
    return site.get("paths") or [site]


def _factors(site: dict[str, Any]) -> str:
    """``5 x 4``; where the figure is a sum of several ways, all of them: ``5 x 4 + 2``."""
    found: list[str] = []
    for path in _paths(site):
        copies = [str(each["copies"]) for each in path.get("copies", ())]
        tries = ["?" if layer["tries"] is None else str(layer["tries"]) for layer in path["layers"]]
        found.append(" x ".join([*copies, *tries]) or "1")
    rest = site.get("further_paths", {}).get("runs")
    return " + ".join([*found, *([str(rest)] if rest else [])])


def _layers(site: dict[str, Any]) -> str:
    said = (
        [
            *(f"{each['from']}: sends {each['copies']}" for each in path.get("copies", ())),
            *(f"{layer['at']}: {layer['note'] or layer['property']}" for layer in path["layers"]),
        ]
        for path in _paths(site)
    )
    return " + ".join("; ".join(path) for path in said if path)


FORMAT = Format("csv-attempts", "runs of every function, state and queue, for a spreadsheet", ".attempts.csv", render)
