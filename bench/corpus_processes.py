"""`seawall check` as a process of its own, in every output format: what a user runs and gets."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import xml.etree.ElementTree as Xml
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from seawall.report.format import all_formats

from .corpus_layout import Unit
from .processes import ROOT, SEAWALL

_ALLOWED = (0, 1, 2, 3)
_PARSERS: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("json", "sarif", "gitlab"), json.loads),
    "junit": Xml.fromstring,
    **dict.fromkeys(("csv", "csv-attempts"), lambda text: list(csv.reader(io.StringIO(text), strict=True))),
}


def processes(units: Sequence[Unit]) -> tuple[Counter[tuple[str, int]], list[str]]:
    """How runs on each of `units` ended, by format and exit code; and everything about them that is wrong."""
    ends: Counter[tuple[str, int]] = Counter()
    wrong: list[str] = []
    for unit in units:
        codes = set()
        for name in all_formats():
            done = subprocess.run(
                [*SEAWALL, "check", "--format", name, str(unit.path)],
                cwd=ROOT,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                capture_output=True,
                check=False,
            )
            ends[name, done.returncode] += 1
            codes.add(done.returncode)
            fault = _fault(name, done)
            if fault:
                wrong.append(f"{unit.name}, {name}: {fault}")
        if len(codes) > 1:
            wrong.append(f"{unit.name}: exit codes differ between formats: {sorted(codes)}")
    return ends, wrong


def _fault(name: str, done: subprocess.CompletedProcess[bytes]) -> str:
    said, text = done.stderr.decode("utf-8", "replace"), done.stdout.decode("utf-8", "replace")
    if done.returncode not in _ALLOWED:
        return f"exit code {done.returncode}"
    if "internal error" in said or "Traceback" in said:
        return next(line for line in said.splitlines() if "rror" in line)
    if done.returncode > 1:
        return "" if said.startswith("seawall: error: ") and not text else "no message of its own"
    try:
        _PARSERS.get(name, str)(text)
    except (ValueError, Xml.ParseError, csv.Error) as error:
        return f"cannot be parsed: {error}"
    return "" if text.endswith("\n") or name == "github" else "does not end in a newline"
