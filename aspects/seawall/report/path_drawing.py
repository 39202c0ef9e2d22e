"""Draws a finding's path, hop by hop, with the running product beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import HopKind
from seawall.rules import Mark
from seawall.template import App
from seawall.words import plural

from .deliveries import ASYNCHRONOUS, DEAD_LETTERED, delivery_words
from .entries import HANDED_OFF, shown_place
from .format import Screen
from .places import Location, locate
from .styled_text import Line, columns, say, wrap

_GAP = "  "
_PLAIN = frozenset({HopKind.STATE, HopKind.TASK})
"""How an event gets on where everybody knows."""
_ASSET = re.compile(r"\basset\.([0-9a-f]{8})[0-9a-f]{56}\b")
"""A folder of code that the CDK has put beside the templates: its name begins with enough to tell it."""
_ROOM = 30
"""Columns that what leads to a station needs beside it."""
_MOST, _LAST = 40, 10
"""Stations that are drawn of one path, and how many of them are its last ones."""
_STEPS = 4
"""Folders of a path beyond which only its end is said."""


class _Station(Struct, frozen=True):
    site: str
    role: str
    """What stands behind its name."""
    before: str
    """What stands before its name."""
    tries: str
    running: str
    total: str
    """What `running` would be if it were said of every station."""
    note: str
    place: str
    handed_off: bool
    multiplies: bool

    @property
    def style(self) -> str:
        """Of its figures."""
        return "bold cyan" if self.multiplies else "dim"


def draw(
    app: App, trace: Sequence[Mark], screen: Screen, margin: int = 2, beside: Location | None = None
) -> list[Line]:
    """The path as a tree with a line for each station; where the screen is narrow, a station takes a second one.

    `beside`: a place that is told near it; of places in the same file only the line is said.
    """
    if not trace:
        return []
    stations = _drawn(app, trace, beside)
    for step in (3, 1):
        rows = _beside(stations, screen, margin, step)
        if rows:
            return rows
    return _below(stations, screen, margin)


def _drawn(app: App, trace: Sequence[Mark], beside: Location | None) -> list[_Station]:
    """The stations of a path; of a long one the first and the last."""
    stations: list[_Station] = []
    met: set[str] = set()
    left_out = len(trace) - _MOST
    unsure = False
    for number, mark in enumerate(trace):
        unsure = (unsure and mark.awaits) or mark.tries is None
        if left_out <= 0 or not _MOST - _LAST <= number < len(trace) - _LAST:
            back = "back to " if mark.site in met else ""
            stations.append(_station(app, mark, bool(number), unsure, beside, back))
        elif number == _MOST - _LAST:
            told = f"... {plural(left_out, 'more place')} (JSON has them all)"
            stations.append(_Station(told, "", "", "", "", "", "", "", handed_off=False, multiplies=False))
        met.add(mark.site)
    if stations[-1].total and not stations[-1].running:
        stations[-1] = replace(stations[-1], running=stations[-1].total)
    return stations


def _station(app: App, mark: Mark, led_to: bool, unsure: bool, beside: Location | None, before: str) -> _Station:
    handed_off = led_to and not mark.awaits
    note = mark.note or ("" if mark.hop in _PLAIN else delivery_words(mark.hop))
    if handed_off:
        note = (
            note
            if note.startswith(ASYNCHRONOUS) or mark.hop in DEAD_LETTERED
            else ", ".join(part for part in (note, HANDED_OFF) if part)
        )
    product = f"= {mark.running:,}" if mark.running is not None else "= ?" if unsure else ""
    once = mark.times == 1
    first = mark.tries is not None and mark.running in (mark.times, 1)
    counted = mark.counted if led_to else ""
    return _Station(
        site=mark.site,
        role=f" ({mark.role})" if mark.role and not before else "",
        before=before,
        tries=counted if first or mark.tries is None or not counted else f"x {counted}",
        running=product if counted and not first and mark.running is not None else "",
        total=product if led_to and once and mark.awaits and mark.running != 1 else "",
        note=note,
        place=_place(app, locate(app, mark.place), beside) if mark.place is not None else "",
        handed_off=handed_off,
        multiplies=led_to and mark.times != 1,
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


def _names(stations: Sequence[_Station], screen: Screen, margin: int, step: int) -> list[Line]:
    """The stations as a tree, each further in than the one before; the first part of each is what leads to it."""
    awaited, handed = ("└─ ", "└┄ ") if screen.drawing else ("+- ", "+- ")
    rows: list[Line] = []
    for depth, station in enumerate(stations):
        arrow = "" if not depth else handed if station.handed_off else awaited
        rows.append(
            say(
                " " * _indent(depth, screen, margin, step) + arrow, station.before, (station.site, "bold"), station.role
            )
        )
    return rows


def _indent(depth: int, screen: Screen, margin: int, step: int) -> int:
    """Columns before the arrow to a station; however deep it is, there is room for it."""
    return min(margin + step * max(depth - 1, 0), max(margin, screen.width - _ROOM))


def _beside(stations: Sequence[_Station], screen: Screen, margin: int, step: int) -> list[Line]:
    """A row for each station, with what leads to it beside it; nothing where there is no room for that."""
    names = _names(stations, screen, margin, step)
    after_name = max(name.width for name in names)
    widths = [max(len(station.tries) for station in stations), max(len(station.running) for station in stations)]
    after_note = max(columns(station.note) for station in stations)
    longest_place = max(columns(station.place) for station in stations)
    rows: list[Line] = []
    for name, station in zip(names, stations, strict=True):
        figures = say(_GAP, *_figures(station, widths), _GAP) if any(widths) else say(_GAP)
        row = name.padded(after_name) + figures
        room = screen.width - row.width
        note = say(station.note)
        if after_note + len(_GAP) + longest_place <= room:
            note = note.padded(after_note)
        elif room < _ROOM:
            return []
        told = note + say(_GAP if note.width else "", (station.place, "dim")) if station.place else note
        first, *more = wrap(told, room)
        if any(each.width > room for each in (first, *more)):
            return []
        rows += [(row + first).stripped(), *(say(" " * row.width) + each for each in more)]
    return rows


def _below(stations: Sequence[_Station], screen: Screen, margin: int) -> list[Line]:
    """The same with what leads to a station in lines of their own."""
    rows: list[Line] = []
    step = 3 if margin + 3 * len(stations) + _ROOM <= screen.width else 1
    for depth, (name, station) in enumerate(zip(_names(stations, screen, margin, step), stations, strict=True)):
        indent = " " * (_indent(depth, screen, margin, step) + (3 if depth else 2))
        figures = (" ".join(filter(None, (station.tries, station.running))), station.style)
        (arrow, _), *called = name.parts
        rows += wrap(Line(tuple(called)), screen.width, arrow, f"{indent}  ")
        told = [part for part in (figures, (station.note, ""), (station.place, "dim")) if part[0]]
        if told:
            parts = [each for part in told for each in (part, (_GAP, ""))][:-1]
            rows += wrap(say(*parts), screen.width, indent, indent)
    return rows


def _figures(station: _Station, widths: Sequence[int]) -> tuple[tuple[str, str], ...]:
    tries, running = station.tries.ljust(widths[0]), station.running.ljust(widths[1])
    return (tries, station.style), (" " if all(widths) else "", ""), (running, station.style)
