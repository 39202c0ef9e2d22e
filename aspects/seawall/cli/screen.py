"""What the command writes to: how wide it is, and whether it shows colours and lines."""

from __future__ import annotations

import os
from typing import TextIO

from seawall.report.format import Screen

_DRAWN = "└─┄│┊"
_NARROWEST = 20
_PIPE_WIDTH = 100


def screen_of(stream: TextIO, color: str, verbose: bool = False) -> Screen:
    """The screen behind `stream`; `color` is what `--color` says."""
    terminal = _is_terminal(stream)
    painted = color == "always" or (color == "auto" and _wants_color(terminal))
    return Screen(
        width=max(_NARROWEST, _width_of_terminal() if terminal else _width_of_pipe()),
        terminal=terminal,
        color=painted,
        drawing=(terminal or painted) and _can_encode(stream, _DRAWN),
        verbose=verbose,
    )


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # a stand-in for a stream, or one that is closed
        return False


def _wants_color(terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")


def _width_of_terminal() -> int:
    from shutil import get_terminal_size

    return get_terminal_size((_PIPE_WIDTH, 24)).columns


def _width_of_pipe() -> int:
    """A pipe has no width; whoever sets ``COLUMNS`` asks for one."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else _PIPE_WIDTH


def _can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
