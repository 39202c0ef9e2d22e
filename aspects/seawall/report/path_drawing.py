"""Draws a finding's path, hop by hop, with the running product beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import HopKind
from seawall.rules import Mark
from seawall.template import App

from .entries import HANDED_OFF, in_words, shown_place
from .format import Screen
from .places import Location, locate
from .styled_text import Line, say, wrap

_GAP = "  "
_PLAIN = frozenset({HopKind.STATE, HopKind.TASK})
"""How an event gets on where everybody knows."""
_ASSET = re.compile(r"\basset\.([0-9a-f]{8})[0-9a-f]{56}\b")
"""A folder of code that the CDK has put beside the templates: its name begins with enough to tell it."""
_STEPS = 4
"""Folders of a path beyond which only its end is said."""
_STEP = 3
"""Columns by which each station stands further in."""


class _Station(Struct, frozen=True):
    site: str
    tries: str
    running: str
    total: str
    """What `running` would be if it were said of every station."""
    note: str
    place: str
    handed_off: bool
    multiplies: bool


def draw(
    app: App, trace: Sequence[Mark], screen: Screen, margin: int = 2, beside: Location | None = None
) -> list[Line]:
    """The path as a tree with a line for each station, or one below the other where the screen is too narrow.

    `beside`: a place that is told near it; of places in the same file only the line is said.
    """
    if not trace:
        return []
    stations: list[_Station] = []
    unsure = False
    for mark in trace:
        unsure = (unsure and mark.awaits) or mark.tries is None
        stations.append(_station(app, mark, bool(stations), unsure, beside))
    if stations[-1].total and not stations[-1].running:
        stations[-1] = replace(stations[-1], running=stations[-1].total)
    for with_places in (True, False):
        rows = _tree(stations, screen, margin, with_places)
        if all(row.width <= screen.width for row in rows):
            return rows
    return _column(stations, screen, margin)


def _station(app: App, mark: Mark, led_to: bool, unsure: bool, beside: Location | None) -> _Station:
    handed_off = led_to and not mark.awaits
    note = mark.note or ("" if mark.hop in _PLAIN else in_words(mark.hop))
    if handed_off:
        note = ", ".join(part for part in (note, HANDED_OFF) if part)
    product = f"= {mark.running:,}" if mark.running is not None else "= ?" if unsure else ""
    once = mark.tries == 1
    first = mark.tries is not None and mark.running in (mark.tries, 1)
    counted = "" if not led_to or once else "? tries" if mark.tries is None else f"{mark.tries:,} tries"
    return _Station(
        site=mark.site,
        tries=counted if first or mark.tries is None or not counted else f"x {counted}",
        running=product if counted and not first and mark.running is not None else "",
        total=product if led_to and once and mark.awaits and mark.running != 1 else "",
        note=note,
        place=_place(app, locate(app, mark.place), beside) if mark.place is not None else "",
        handed_off=handed_off,
        multiplies=led_to and mark.tries != 1,
    )


def _place(app: App, at: Location, beside: Location | None) -> str:
    """The author's line where it is known, else the one in the template."""
    if beside is not None and at.file == beside.file and at.file_line is not None:
        return f":{at.file_line}"
    if at.source is None:
        return at.in_template
    folder, _, line = _ASSET.sub(r"asset.\1...", shown_place(app, at)).rpartition(":")
    steps = folder.split("/")
    return f".../{'/'.join(steps[-2:])}:{line}" if len(steps) > _STEPS else f"{folder}:{line}"


def _tree(stations: Sequence[_Station], screen: Screen, margin: int, with_places: bool) -> list[Line]:
    """A row for each station, each further in than the one before; places beside it or in a row below."""
    awaited, handed = ("└─ ", "└┄ ") if screen.drawing else ("+- ", "+- ")
    leads = [
        " " * (margin + _STEP * max(depth - 1, 0)) + ("" if not depth else handed if station.handed_off else awaited)
        for depth, station in enumerate(stations)
    ]
    names = [say(lead, (station.site, "bold")) for lead, station in zip(leads, stations, strict=True)]
    after_name = max(name.width for name in names)
    widths = [max(len(station.tries) for station in stations), max(len(station.running) for station in stations)]
    notes = [say(station.note) for station in stations]
    after_note = max(note.width for note in notes)
    rows: list[Line] = []
    for lead, name, note, station in zip(leads, names, notes, stations, strict=True):
        row = name.padded(after_name) + (say(_GAP, *_figures(station, widths), _GAP) if any(widths) else say(_GAP))
        row += note.padded(after_note) + say(_GAP, (station.place, "dim")) if with_places else note
        rows.append(row.stripped())
        if station.place and not with_places:
            rows.append(say(" " * len(lead), (station.place, "dim")))
    return rows


def _figures(station: _Station, widths: Sequence[int]) -> tuple[tuple[str, str], ...]:
    style = "bold cyan" if station.multiplies else "dim"
    between = " " if widths[0] and widths[1] else ""
    return (station.tries.ljust(widths[0]), style), (between, ""), (station.running.ljust(widths[1]), style)


def _column(stations: Sequence[_Station], screen: Screen, margin: int) -> list[Line]:
    """Stations below each other, with what leads from one to the next between them."""
    awaited, handed = ("│ ", "┊ ") if screen.drawing else ("| ", ": ")
    indent = " " * margin
    lines: list[Line] = []
    for station in stations:
        rail = indent + (handed if station.handed_off else awaited)
        style = "bold cyan" if station.multiplies else "dim"
        if lines:
            parts = [(f"{station.tries} {station.running}".strip(), style), (station.note, ""), (station.place, "dim")]
            told = [part for part in parts if part[0]]
            between = [each for part in told for each in (part, (_GAP, ""))][:-1]
            lines += wrap(say(*between), screen.width, rail, rail)
        lines += wrap(say((station.site, "bold")), screen.width, indent, indent + "  ")
        if len(lines) == 1 and station.place:
            lines += wrap(say((station.place, "dim")), screen.width, indent + "  ", indent + "  ")
    return lines
