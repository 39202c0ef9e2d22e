"""Regular expressions that are compiled when they are first used: of those that modules name, a run needs some."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

_OURS = ("seawall.", "yaml.")
"""Whose patterns wait: code that asks a pattern for nothing but what it has."""
_HAS = (
    *("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"),
    *("flags", "groupindex", "groups", "pattern"),
)


class LatePattern:
    """Stands for a pattern, and has all of it from the first use on."""

    def __init__(self, made: Callable[[], re.Pattern[Any]]) -> None:
        self._made = made

    def __getattr__(self, name: str) -> Any:
        """What the pattern has; this is called once for all of it."""
        pattern = self._made()
        self.__dict__.update((each, getattr(pattern, each)) for each in _HAS)
        return getattr(pattern, name)


def let_patterns_wait() -> None:
    """From now on, in this process: patterns that a module makes while it is loaded wait until they are used."""
    compiled = re.compile

    def late(pattern: Any, flags: int = 0) -> Any:
        frame = sys._getframe(1)
        loading = frame.f_code.co_name == "<module>" or frame.f_locals.get("__module__")
        if loading and str(frame.f_globals.get("__name__")).startswith(_OURS):
            return LatePattern(lambda: compiled(pattern, flags))
        return compiled(pattern, flags)

    re.compile = late
