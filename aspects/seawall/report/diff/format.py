"""What a format of a comparison is, and which there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from msgspec import Struct

from seawall.diff.limits import Limits
from seawall.diff.model import Comparison

from ..format import Screen


class DiffFormat(Struct, frozen=True):
    """One format. Each stands in a module of its own in this package, under the name ``FORMAT``."""

    name: str
    suffix: str
    """Of a file that holds it, such as ``.json``."""
    render: Callable[[Comparison, Limits, Screen], str]
    """The whole comparison as text, with a newline at its end."""


@cache
def diff_formats() -> Mapping[str, DiffFormat]:
    """Every format of the package by name."""
    package = import_module(__package__ or "seawall.report.diff")
    modules = [import_module(f"{package.__name__}.{found.name}") for found in iter_modules(package.__path__)]
    formats = [module.FORMAT for module in modules if isinstance(getattr(module, "FORMAT", None), DiffFormat)]
    return MappingProxyType({found.name: found for found in sorted(formats, key=lambda found: found.name)})
