"""What holds of every run, whatever it is given: `holds` runs the real command and says what does not."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree

from seawall.cli import main
from seawall.report.format import all_formats

ANSWERS = frozenset({0, 1, 2, 3})
_DOCUMENTS = frozenset({"json", "sarif", "gitlab"})
_CONTROL = {code for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t\r"}


class BrokenError(AssertionError):
    """The contract does not hold; the message holds the traceback, if there was one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended and what it said."""

    code: int
    out: str
    err: str


def run(*arguments: str) -> Outcome:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with patch.dict(os.environ, SEAWALL_DEBUG="1"), redirect_stdout(out), redirect_stderr(err), _unchanged():
        code = main(arguments)
    return Outcome(int(code), out.getvalue(), err.getvalue())


def holds(paths: Sequence[Path], *options: str, named: Sequence[Path] | None = None) -> Outcome:
    """Check `paths` once; `BrokenError` if the answer is none. With exit 2, one of `named` must be in the message."""
    outcome = run("check", *map(str, paths), "--color", "never", *options)
    if outcome.code not in ANSWERS:
        raise BrokenError(f"exit {outcome.code}\n{outcome.err}")
    if "Traceback" in outcome.err or "internal error" in outcome.err:
        raise BrokenError(outcome.err)
    if outcome.code == 2 and not any(str(path) in outcome.err for path in named or paths):
        raise BrokenError(f"the message names no file: {outcome.err}")
    if (outcome.code == 2) != bool(outcome.err) and "--output" not in options and outcome.code != 3:
        raise BrokenError(f"exit {outcome.code}, but this on standard error: {outcome.err!r}")
    _printable("standard error", outcome.err)
    return outcome


def holds_in_every_format(paths: Sequence[Path], reports: Path, named: Sequence[Path] | None = None) -> Outcome:
    """As `holds`, with a report of every format in the folder `reports`, each well-formed."""
    files = {name: reports / f"report.{name}" for name in all_formats()}
    options = [each for name, file in files.items() for each in ("--format", name, "--output", str(file))]
    for file in files.values():
        file.unlink(missing_ok=True)
    outcome = holds(paths, "--verbose", *options, named=named)
    if outcome.code in (0, 1):
        for name, file in files.items():
            _well_formed(name, file.read_bytes().decode("utf-8"))
    return outcome


def _well_formed(name: str, text: str) -> None:
    _printable(name, text)
    try:
        if name in _DOCUMENTS:
            json.loads(text, parse_constant=_refused)
        elif name == "junit":
            ElementTree.fromstring(text)  # noqa: S314 - written a moment ago
    except (ValueError, ElementTree.ParseError) as error:
        raise BrokenError(f"the {name} report is not well-formed: {error}") from error


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _printable(what: str, text: str) -> None:
    found = {f"U+{ord(each):04X}" for each in set(text) if ord(each) in _CONTROL}
    if found:
        raise BrokenError(f"{what} holds {', '.join(sorted(found))}")


@contextmanager
def _unchanged() -> Iterator[None]:
    """What a run may not leave behind in the process."""
    limit, folder = sys.getrecursionlimit(), os.getcwd()
    yield
    if (limit, folder) != (sys.getrecursionlimit(), os.getcwd()):
        raise BrokenError("the run changed the process")
