"""Runs Seawall over a folder of real templates and says what came of it: `python -m bench.corpus FOLDER`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .corpus_findings import section
from .corpus_layout import restore, units
from .corpus_page import page
from .corpus_processes import processes
from .corpus_tally import run
from .processes import ROOT

FINDINGS = ROOT / "docs" / "corpus-findings.csv"
_SEED = 4
"""Of the choice of files for whole processes: the same corpus gives the same page."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; 1 if there was a crash or a process that did not end as it should."""
    parser = argparse.ArgumentParser(prog="python -m bench.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds COLLECTION/REPOSITORY/FILE")
    parser.add_argument("--processes", type=int, default=60, metavar="N", help="apps to run as processes; %(default)s")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, too")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        tree = Path(made).resolve()
        restore(chosen.folder, tree)
        found = list(units(tree))
        if not found:
            parser.error(f"no templates in {chosen.folder}")
        outcomes = [run(unit, tree) for unit in found]
        sample = random.Random(_SEED).sample(found, min(chosen.processes, len(found)))  # noqa: S311 -- no secret
        ends, wrong = processes(sample) if sample else (Counter[tuple[str, int]](), [])
    text = page(outcomes, ends, wrong, section(FINDINGS))
    sys.stdout.write(text)
    if chosen.write:
        chosen.write.write_text(text, "utf-8")
    return 1 if wrong or any(each.crash for each in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
