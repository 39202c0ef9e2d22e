"""What a format of a comparison is, and which there are: loaded as those of a report are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from msgspec import Struct

from seawall.diff.limits import Limits
from seawall.diff.model import Comparison

from ..format import Loaded, Screen, loaded, named


class DiffFormat(Struct, frozen=True):
    """One format. Each stands in a module of its own in this package, under the name ``FORMAT``."""

    name: str
    suffix: str
    """Of a file that holds it, such as ``.json``."""
    render: Callable[[Comparison, Limits, Screen], str]
    """The whole comparison as text, with a newline at its end."""


_PACKAGE = __package__ or "seawall.report.diff"


@cache
def diff_formats() -> Loaded[DiffFormat]:
    """What this package holds, and what of it cannot be loaded."""
    return loaded(_PACKAGE, DiffFormat)


def diff_format_named(name: str) -> DiffFormat:
    """The format of that name; `KeyError` if there is none, `BrokenFormatError` if it cannot be imported."""
    return named(name, _PACKAGE, DiffFormat, diff_formats)
