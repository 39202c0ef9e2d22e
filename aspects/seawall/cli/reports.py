"""Which reports a run writes: each a format and where it goes, from as many `--format` and `--output` as are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from seawall.report.format import Loaded, loaded_formats

from .exits import UsageError

FORMAT, OUTPUT = "--format", "--output"
STANDARD_OUTPUT = "-"

Given: TypeAlias = "Sequence[tuple[str, str]]"
"""The two options with their values, in the order typed."""


class Wanted(Struct, frozen=True):
    """One report."""

    format: str
    output: Path | None
    """None: standard output."""


class Suffixes(Struct, frozen=True):
    """How a file's name says the format of what it holds."""

    known: Mapping[str, str]
    """By format."""
    broken: Mapping[str, str] = {}
    """Formats whose suffixes are not known, because they cannot be loaded, with the reason."""

    @classmethod
    def of(cls, loaded: Loaded[Any]) -> Suffixes:
        """Those of formats as they were loaded."""
        return cls(loaded.suffixes, loaded.broken)

    def format(self, file: Path) -> str | None:
        """The format that `file` is to have; None: its name does not say. `UsageError` where that cannot be told."""
        fitting = [name for name, suffix in self.known.items() if file.name.lower().endswith(suffix)]
        found = max(fitting, key=lambda name: len(self.known[name])) if fitting else None
        whole = "".join(file.suffixes).lower()
        if self.broken and whole and whole != self.known.get(found or ""):
            broken = ", ".join(f"{name} ({why})" for name, why in self.broken.items())
            raise UsageError(
                f"{file}: which format its name asks for cannot be told, because this cannot be loaded here: {broken}; "
                f"say {FORMAT}, or install seawall again"
            )
        return found


def _of_check() -> Suffixes:
    return Suffixes.of(loaded_formats())


def wanted(
    given: Given, default: str | None = None, suffixes: Callable[[], Suffixes] = _of_check
) -> tuple[Wanted, ...]:
    """The reports that `given` asks for; a report of no stated format has that of its file's suffix, else `default`.

    `suffixes` of files are asked for only where a file's name has to say its format.

    As many outputs as formats: the first goes with the first, and so on. Otherwise each goes with its neighbour; a
    format without an output goes to standard output.
    """
    formats = [value for option, value in given if option == FORMAT]
    outputs = [value for option, value in given if option == OUTPUT]
    pairs = zip(formats, outputs, strict=True) if len(formats) == len(outputs) else _neighbours(given)
    reports = tuple(_report(name, output, default, suffixes) for name, output in pairs)
    reports = reports or (_report(None, None, default, suffixes),)
    _check(reports)
    return reports


def _neighbours(given: Given) -> Iterator[tuple[str | None, str | None]]:
    waiting: dict[str, str] = {}
    for option, value in given:
        if option in waiting or len(waiting) == 2:
            yield waiting.get(FORMAT), waiting.get(OUTPUT)
            waiting = {}
        waiting[option] = value
    if waiting:
        yield waiting.get(FORMAT), waiting.get(OUTPUT)


def _report(name: str | None, output: str | None, default: str | None, suffixes: Callable[[], Suffixes]) -> Wanted:
    file = None if output in (None, STANDARD_OUTPUT) else Path(str(output))
    if name is None and file is not None:
        name = suffixes().format(file)
    return Wanted(name or default or "text", file)


def _check(reports: Sequence[Wanted]) -> None:
    """What can be told to be wrong before anything is analysed."""
    printed = [report.format for report in reports if report.output is None]
    if len(printed) > 1:
        raise UsageError(
            f"{' and '.join(printed)} would all go to standard output; give each {FORMAT} but one an {OUTPUT} FILE"
        )
    files: set[Path] = set()
    for output in (report.output for report in reports):
        if output is None:
            continue
        if output.absolute() in files:
            raise UsageError(f"{output}: two reports would be written there")
        if not output.absolute().parent.is_dir():
            raise UsageError(f"{output}: cannot write the report: there is no directory {output.absolute().parent}")
        files.add(output.absolute())
