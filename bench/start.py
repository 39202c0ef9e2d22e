"""What a user waits for at least."""

from __future__ import annotations

import sys

from .aims import note
from .processes import ROOT, SEAWALL, least, ratio, table

SMALL = ROOT / "tests" / "scenarios" / "case-01-queue-function.json"
SAM = ROOT / "bench" / "small.sam.yaml"
RUNS = 15


def start() -> str:
    """The smallest of runs, beside an interpreter that does nothing. Here seconds count: they are what was promised."""
    nothing = least([sys.executable, "-c", "pass"], RUNS).seconds
    rows = []
    for name, command in (
        ("`python -c pass`", [sys.executable, "-c", "pass"]),
        ("`seawall --version`", [*SEAWALL, "--version"]),
        ("`seawall check` of one small file", [*SEAWALL, "check", "--fail-on", "never", str(SMALL)]),
        ("`seawall check` of one small SAM file", [*SEAWALL, "check", "--fail-on", "never", str(SAM)]),
    ):
        found = least(command, RUNS)
        if "SAM" in name:
            note("start with SAM", found.processor)
        elif "small" in name:
            note("start", found.processor)
        shown = [f"{found.seconds:.3f} s", f"{found.processor:.3f} s", f"{found.peak / 1e6:.0f} MB"]
        rows.append([name, *shown, ratio(found.seconds, nothing)])
    return table(("", "time", "processor time", "peak memory", "time / bare interpreter"), rows)
