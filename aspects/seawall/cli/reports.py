"""Which reports a run writes: each a format and where it goes, from as many `--format` and `--output` as are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from seawall.report.format import all_formats

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


def wanted(given: Given, default: str | None = None, suffixes: Mapping[str, str] | None = None) -> tuple[Wanted, ...]:
    """The reports that `given` asks for; a report of no stated format has that of its file's suffix, else `default`.

    `suffixes` of files by format: those of `check` unless others are given.

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


def _report(name: str | None, output: str | None, default: str | None, suffixes: Mapping[str, str] | None) -> Wanted:
    file = None if output in (None, STANDARD_OUTPUT) else Path(str(output))
    return Wanted(name or (_by_suffix(file, suffixes) if file else None) or default or "text", file)


def _by_suffix(file: Path, suffixes: Mapping[str, str] | None) -> str | None:
    known = suffixes or {found.name: found.suffix for found in all_formats().values()}
    fitting = [name for name, suffix in known.items() if file.name.lower().endswith(suffix)]
    return max(fitting, key=lambda name: len(known[name])) if fitting else None


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
