"""Exit codes, and the errors that lead to them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the command returns."""

    CLEAN = 0
    """Analysed, nothing at or above `--fail-on`."""
    FINDINGS = 1
    """Findings at or above `--fail-on`."""
    USAGE = 2
    """Wrong usage, or an input that cannot be read."""
    NOTHING = 3
    """No template found."""
    INTERRUPTED = 130
    """Ctrl-C, as shells report it."""


class UsageError(Exception):
    """Something the user can put right: the message says what and where."""


class NothingToAnalyseError(Exception):
    """No template was found; the message says what was looked for and where."""
