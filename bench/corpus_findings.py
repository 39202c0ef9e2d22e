"""The findings that a person read: a file kept with the docs, and the section made of it."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from .processes import table

VERDICTS = ("true", "false-fixed", "debatable")
COLUMNS = ("template", "rule", "site", "verdict", "reason")


def section(path: Path) -> str:
    """A tally by rule, and the list; `ValueError` where the file is not as it should be."""
    if not path.exists():
        return "None has been read yet."
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ValueError(f"{path.name}: its columns are not {', '.join(COLUMNS)}")
    for number, row in enumerate(rows, 2):
        if row["verdict"] not in VERDICTS:
            raise ValueError(f"{path.name}, row {number}: {row['verdict']!r} is none of {', '.join(VERDICTS)}")
    tally = Counter((row["rule"], row["verdict"]) for row in rows)
    lines = [
        [f"`{rule}`", *(f"{tally[rule, verdict]:,}" for verdict in VERDICTS)]
        for rule in sorted({row["rule"] for row in rows})
    ]
    total = ["**all**", *(f"{sum(row['verdict'] == verdict for row in rows):,}" for verdict in VERDICTS)]
    each = "\n".join(
        f"| {' | '.join(_cell(row[name]) for name in ('rule', 'verdict', 'template', 'site', 'reason'))} |"
        for row in sorted(rows, key=lambda row: (row["rule"], row["template"], row["site"]))
    )
    listed = f"| rule | verdict | template | site | reason |\n| --- | --- | --- | --- | --- |\n{each}"
    return f"{len(rows):,} findings.\n\n{table(('rule', *VERDICTS), [*lines, total])}\n\n{listed}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
