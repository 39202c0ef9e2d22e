"""What an output format is, what it is rendered for, and which formats there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType

from msgspec import Struct

from seawall.engine import Report
from seawall.rules.fail_on import FailOn


class BrokenFormatError(Exception):
    """A format is there and cannot be imported: the message names it and says why."""


class Screen(Struct, frozen=True):
    """What a report will be read on. The default is a pipe or a file: no colours, plain characters."""

    width: int = 100
    """Columns; prose and paths are wrapped to it."""
    terminal: bool = False
    """A person reads along, rather than a pipe, a file or a log."""
    color: bool = False
    drawing: bool = False
    """Lines and arrows can be drawn with more than ASCII."""
    verbose: bool = False
    """Say everything: every unknown setting, every skipped input, every site's figures."""
    quiet: bool = False
    """Say nothing but the open findings."""
    statistics: bool = False
    """Count the findings of each rule, rather than tell them."""
    fail_on: FailOn = FailOn.ERROR
    """From which severity on the run fails: formats with a verdict say it."""


class Format(Struct, frozen=True):
    """One output format. Each stands in a module of its own in this package, under the name ``FORMAT``."""

    name: str
    """What follows ``--format``."""
    summary: str
    """What it is for, in a few words."""
    suffix: str
    """Of a file that holds it, such as ``.json``."""
    render: Callable[[Report, Screen], str]
    """The whole report as text, with a newline at its end. The same report and screen give the same text."""


@cache
def all_formats() -> Mapping[str, Format]:
    """Every format of the package by name, each from its own file."""
    package = import_module(__package__ or "seawall.report")
    modules = []
    for found in iter_modules(package.__path__):
        with suppress(Exception):  # who asks for a format that cannot be imported is told why, nobody else
            modules.append(import_module(f"{package.__name__}.{found.name}"))
    formats = [module.FORMAT for module in modules if isinstance(getattr(module, "FORMAT", None), Format)]
    return MappingProxyType({found.name: found for found in sorted(formats, key=lambda found: found.name)})


def format_named(name: str) -> Format:
    """The format of that name; `KeyError` if there is none, `BrokenFormatError` if it cannot be imported.

    Looked for first in the file that bears its name (with an underscore behind it where a module of the standard
    library has that name too), so that a run loads no more formats than it writes.
    """
    stem = name.replace("-", "_")
    for module in (stem, f"{stem}_") if stem.isidentifier() else ():
        if find_spec(f"{__package__}.{module}"):
            found = getattr(_imported(module, name), "FORMAT", None)
            if isinstance(found, Format) and found.name == name:
                return found
    return all_formats()[name]


def _imported(module: str, name: str) -> ModuleType:
    try:
        return import_module(f"{__package__}.{module}")
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise BrokenFormatError(f"the format {name} cannot be loaded here ({reason}); install seawall again") from error
