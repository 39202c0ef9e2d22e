"""A finding in plain lines, for formats that have a place for text but no screen."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.rules import StopNow
from seawall.template import App

from .acknowledging import how_to_acknowledge
from .entries import Entry, shown_place
from .escape import clean
from .format import Screen
from .path_drawing import draw

WIDE = Screen(width=140)
"""Text of this kind is scrolled rather than wrapped."""


def told(app: App, entry: Entry) -> list[str]:
    """Where it is, the path that shows it, the facts, what to do; each line safe to print."""
    finding = entry.finding
    lines = [f"at {whereabouts(app, entry)}", *stop_lines(entry.stop_now)]
    if finding.trace:
        lines += ["", *drawn_path(app, entry), ""]
    lines += entry.facts
    lines += fix_lines(entry)
    lines += [f"side effect: {line}" for line in entry.shown.side_effects]
    if entry.accepted is None:
        accept = how_to_acknowledge(app, finding)
        lines += [f"acknowledge: {accept}"] if accept else []
    else:
        lines.append(f"acknowledged ({entry.accepted.by}): {entry.reason}")
    return [clean(line) for line in lines]


def stop_lines(stop: StopNow) -> Iterator[str]:
    """What to do at once, step by step, with the commands."""
    if stop.do:
        yield from (f"{stop.when}: {stop.do}", *stop.lines)


def fix_lines(entry: Entry) -> Iterator[str]:
    """What to do, a line for each step, with the lines to write below it."""
    for part in entry.parts:
        yield f"{part.label}: {part.said}"
        yield from part.notes
        for block in part.blocks:
            yield from ("", *([f"{block.heading}:"] if block.heading else []), *block.text.splitlines())
        if part.blocks:
            yield ""


def drawn_path(app: App, entry: Entry) -> list[str]:
    """The path, a line for each station."""
    return [line.plain.rstrip() for line in draw(app, entry.shown.trace, WIDE, margin=0, beside=entry.at)]


def whereabouts(app: App, entry: Entry) -> str:
    """The file and line, the site, and the setting."""
    return "  ".join(part for part in (shown_place(app, entry.at), entry.owner, entry.at.setting) if part)
