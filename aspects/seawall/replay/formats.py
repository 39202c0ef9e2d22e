"""How an outcome is told: to a terminal, to a program, on a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from seawall._version import __version__
from seawall.report.format import Screen
from seawall.report.styled_text import Line, painted, say, wrap

from .counts import Row
from .page import page
from .running import ReplayOutcome
from .sparkline import counts, sparkline
from .words import by_lap, headline, observed, predicted, result

_STYLES = {"equal": "green", "within": "green", "differs": "bold red", "explained": "yellow", "open": "dim"}
_SIGNS = {"equal": "=", "within": "≤", "differs": "≠", "explained": "~", "open": " "}
_ASCII = {"≠": "!", "≤": "<"}
_HEAD = ("site", "what", "predicted", "observed", "")


def text(outcome: ReplayOutcome, screen: Screen) -> str:
    """For people: what was observed beside what was predicted, and the curve."""
    lines = [*wrap(say((headline(outcome), "bold")), screen.width), say("")]
    cells = [_cells(row, screen) for row in outcome.rows]
    widths = [max(len(cell[index]) for cell in (_HEAD, *cells)) for index in range(4)]
    for cell, style in (
        (_HEAD, "dim"),
        *((one, _STYLES[row.verdict]) for one, row in zip(cells, outcome.rows, strict=True)),
    ):
        name, what = cell[0].ljust(widths[0]), cell[1].ljust(widths[1])
        numbers = f"{cell[2].rjust(widths[2])}  {cell[3].rjust(widths[3])}"
        lines.append(say(f"  {name}  {what}  ", (f"{numbers} {cell[4]}".rstrip(), style)))
    reasons = dict.fromkeys(row.why for row in outcome.rows if row.why)
    lines += [line for why in reasons for line in wrap(say((why, "dim")), screen.width, "  - ", "    ")]
    for told in by_lap(outcome):
        lines += wrap(say((told, "")), screen.width, "  ", "    ")
    lines.append(say(""))
    lines += _curves(outcome, screen)
    lines += wrap(say((result(outcome), "bold")), screen.width)
    return painted(lines, screen.color)


def _cells(row: Row, screen: Screen) -> tuple[str, ...]:
    sign = _SIGNS[row.verdict]
    sign = sign if screen.drawing else _ASCII.get(sign, sign)
    return row.key.site, row.key.what.value, predicted(row), observed(row), sign


def _curves(outcome: ReplayOutcome, screen: Screen) -> list[Line]:
    names = list(dict.fromkeys(name for _, name in outcome.moments))
    end = max((at for at, _ in outcome.moments), default=0.0)
    if not names or end <= 0:
        return []
    label = max(map(len, names))
    room = max(20, min(60, screen.width - label - 6))
    lines = [say((f"runs over {end:.1f} s", "dim"))]
    for name in names:
        numbers = counts([at for at, each in outcome.moments if each == name], end, room)
        lines.append(say(f"  {name.ljust(label)}  ", (sparkline(numbers, screen.drawing), "cyan")))
    return [*lines, say("")]


def as_json(outcome: ReplayOutcome, _screen: Screen) -> str:
    """For programs."""
    experiment = outcome.experiment
    document = {
        "schema": "seawall.replay/1",
        "tool": {"name": "seawall", "version": __version__},
        "experiment": {
            "site": experiment.site,
            "failure": experiment.failure.value,
            "entry": experiment.entry,
            "events": experiment.events,
            "laps": list(experiment.laps) if experiment.returns else None,
        },
        "seconds": round(outcome.seconds, 3),
        "stopped_by": outcome.stopped_by or None,
        "differs": outcome.differs,
        "notes": list(outcome.notes),
        "counts": [
            {
                "site": row.key.site,
                "kind": row.kind,
                "what": row.key.what.value,
                "predicted": _predicted(row),
                "observed": row.observed,
                "verdict": row.verdict,
                "why": row.why or None,
                "laps": row.laps if row.endless else None,
            }
            for row in outcome.rows
        ],
        "by_lap": [
            {"site": lap.site, "lap": lap.lap, "predicted": lap.predicted, "observed": lap.observed}
            for lap in outcome.laps
        ],
        "runs": [{"at": round(at, 3), "site": name} for at, name in outcome.moments],
    }
    return json.dumps(document, indent=2) + "\n"


def _predicted(row: Row) -> Mapping[str, object]:
    given = row.predicted
    found: dict[str, object] = {"max": given.count, "bounded_by": given.bounded_by.word}
    if given.least is not None:
        found["min"] = given.least
    if given.lap is not None:
        found["lap"] = given.lap
    return found


FORMATS: Mapping[str, Callable[[ReplayOutcome, Screen], str]] = {"text": text, "json": as_json, "html": page}
"""By what follows ``--format``."""
