"""How long JSON templates take to read, beside `json.load` of the same files: in one process, its processor time."""

from __future__ import annotations

import gc
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from seawall.template import InputError, load

from .aims import note
from .processes import ROOT, table
from .templates import _found, _made

ROUNDS = 7


def reading() -> str:
    """Real templates, where `BENCH_CORPUS` names some, and generated ones."""
    given = os.environ.get("BENCH_CORPUS")
    with tempfile.TemporaryDirectory() as folder:
        sets = [("generated", list(_made(Path(folder), 300)))]
        real = Path(given) if given else ROOT / "tests" / "scenarios"
        sets.insert(0, ("real" if given else "our scenarios", [path for path in _found(real) if readable(path)]))
        return table(
            ("JSON templates", "files", "MB", "`json.load`", "read and linked", "ratio"),
            [_row(name, paths) for name, paths in sets],
        )


def readable(path: Path) -> bool:
    """Whether a file is a template."""
    try:
        load([path])
    except InputError:
        return False
    return True


def _row(name: str, paths: list[Path]) -> list[str]:
    def parse() -> None:
        for path in paths:
            with path.open(encoding="utf-8") as file:
                json.load(file)

    bare, ours = _least(parse), _least(lambda: load(paths))
    size = sum(path.stat().st_size for path in paths) / 1e6
    if name != "generated":
        note("reading", ours / bare)
    shown = (f"{bare * 1000:,.0f} ms", f"{ours * 1000:,.0f} ms", f"{ours / bare:.1f}")
    return [name, f"{len(paths):,}", f"{size:,.1f}", *shown]


def _least(work: Callable[[], object]) -> float:
    """The smallest processor time of several rounds, without the search for cycles, as in the command."""
    gc.disable()
    try:
        taken = []
        for _ in range(ROUNDS):
            started = time.process_time()
            work()
            taken.append(time.process_time() - started)
        return min(taken)
    finally:
        gc.enable()
