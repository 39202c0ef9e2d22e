"""`seawall baseline`: write the present findings to a file that is reviewed, and that `check` lets pass."""

from __future__ import annotations

import argparse
from pathlib import Path

from seawall.baseline.entry import Baseline
from seawall.baseline.file import FILE, read, written
from seawall.baseline.update import pruned, renewed
from seawall.engine import report_of
from seawall.paths import below
from seawall.words import plural

from .exits import Exit, UsageError
from .output import complain, emit, save
from .preparing import app_of, given, preferences
from .reports import STANDARD_OUTPUT


def baseline(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    chosen = preferences(arguments)
    printed = arguments.output == STANDARD_OUTPUT
    file = Path(arguments.output) if arguments.output and not printed else chosen.baseline or Path(FILE)
    earlier = read(file) if arguments.prune or file.exists() else Baseline()
    report = report_of(app_of(arguments.paths, "baseline", given(arguments)), chosen.settings)
    reason = " ".join((arguments.reason or "").split())
    if arguments.prune and reason:
        raise UsageError("--reason is for new entries, and --prune adds none")
    made = pruned(report, earlier) if arguments.prune else renewed(report, earlier, reason)
    present = frozenset(gap.key() for gap in report.gaps if gap.touches)
    gaps = present & earlier.gaps if arguments.prune else present
    text = written(made.entries, gaps)
    if printed:
        emit(text)
    else:
        save(file, text)
    name = "the baseline" if printed else below(str(file))
    also = f" and {plural(len(gaps), 'gap')}" if gaps else ""
    complain(f"{plural(len(made.entries), 'finding')}{also} in {name}{made.said}")
    return Exit.CLEAN
