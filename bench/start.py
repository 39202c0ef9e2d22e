"""What a user waits for at least."""

from __future__ import annotations

import sys

from .processes import ROOT, SEAWALL, measure, ratio, table

SMALL = ROOT / "tests" / "scenarios" / "case-01-queue-function.json"
RUNS = 15


def start() -> str:
    """The smallest of runs, beside an interpreter that does nothing. Here seconds count: they are what was promised."""
    nothing = measure([sys.executable, "-c", "pass"], RUNS).seconds
    rows = []
    for name, command in (
        ("`python -c pass`", [sys.executable, "-c", "pass"]),
        ("`seawall --version`", [*SEAWALL, "--version"]),
        ("`seawall check` of one small file", [*SEAWALL, "check", "--fail-on", "never", str(SMALL)]),
    ):
        found = measure(command, RUNS)
        rows.append([name, f"{found.seconds:.3f} s", ratio(found.seconds, nothing)])
    return table(("", "time", "/ bare interpreter"), rows)
