"""What an output format is, what it is rendered for, and which formats there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from seawall.engine import Report
from seawall.package_data import modules_in
from seawall.rules.choices import chosen
from seawall.rules.fail_on import FailOn


class BrokenFormatError(ValueError):
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


class NamedFormat(Protocol):
    """What formats of anything have."""

    @property
    def name(self) -> str:
        """What follows ``--format``."""

    @property
    def suffix(self) -> str:
        """Of a file that holds it."""


Kind = TypeVar("Kind", bound=NamedFormat)


class Loaded(Struct, Generic[Kind], frozen=True):
    """What the modules of a package gave."""

    formats: Mapping[str, Kind]
    """Every format that can be imported, by name."""
    broken: Mapping[str, str]
    """Modules that cannot be, by the name that their format has, with the reason. Their suffixes are not known."""

    @property
    def suffixes(self) -> Mapping[str, str]:
        """Of files, by name of the format."""
        return {name: found.suffix for name, found in self.formats.items()}


def loaded(package: str, kind: type[Kind]) -> Loaded[Kind]:
    """Every format of a package, each from its own file: what a module holds under the name ``FORMAT``."""
    formats: list[Kind] = []
    broken: dict[str, str] = {}
    for name, _ in modules_in(import_module(package).__path__):
        try:
            held = getattr(import_module(f"{package}.{name}"), "FORMAT", None)
        except Exception as error:
            broken[name.removesuffix("_").replace("_", "-")] = _reason(error)
        else:
            formats += [held] if isinstance(held, kind) else []
    by_name = {found.name: found for found in sorted(formats, key=lambda found: found.name)}
    return Loaded(MappingProxyType(by_name), MappingProxyType(broken))


def named(name: str, package: str, kind: type[Kind], every: Callable[[], Loaded[Kind]]) -> Kind:
    """The format of that name in a package; `KeyError` if there is none, `BrokenFormatError` if it cannot be imported.

    Looked for first in the file that bears its name (with an underscore behind it where a module of the standard
    library has that name too), so that a run loads no more formats than it writes.
    """
    stem = name.replace("-", "_")
    for module in (stem, f"{stem}_") if stem.isidentifier() else ():
        if find_spec(f"{package}.{module}"):
            try:
                found = getattr(import_module(f"{package}.{module}"), "FORMAT", None)
            except Exception as error:
                raise BrokenFormatError(
                    f"the format {name} cannot be loaded here ({_reason(error)}); install seawall again"
                ) from error
            if isinstance(found, kind) and found.name == name:
                return found
    return every().formats[name]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


_PACKAGE = __package__ or "seawall.report"


@cache
def loaded_formats() -> Loaded[Format]:
    """What this package holds, and what of it cannot be loaded."""
    return loaded(_PACKAGE, Format)


def all_formats() -> Mapping[str, Format]:
    """Every format that can be loaded, by name."""
    return loaded_formats().formats


def format_named(name: str) -> Format:
    """The format of that name; `KeyError` if there is none, `BrokenFormatError` if it cannot be imported."""
    return named(name, _PACKAGE, Format, loaded_formats)


def known_format(name: str) -> str:
    """`name`, if it is that of a format that can be loaded; `ValueError` says what is wrong with it."""
    try:
        return format_named(name).name
    except KeyError:
        return chosen(name, all_formats(), "format")
