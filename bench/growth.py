"""Apps of 1,000 to a million resources: how time and memory grow with them."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

from .aims import note
from .processes import SEAWALL, Measured, measure, ratio, table
from .shapes import SHAPES, write_app

LARGEST = 100_000
HEAD = (
    "shape",
    "resources",
    "templates",
    "exponent",
    "time / that of 1,000",
    "memory / input",
    "time of one file / many",
)


def growth(largest: int = LARGEST) -> str:
    """One row per shape and size. Exponents are those of processor time, the start of the process taken off."""
    with tempfile.TemporaryDirectory() as folder:
        start = _check(_nothing(Path(folder))).processor
        rows = [row for shape in SHAPES for row in _rows(Path(folder), shape, largest, start)]
    return table(HEAD, rows)


def _rows(folder: Path, shape: str, largest: int, start: float) -> list[list[str]]:
    rows: list[list[str]] = []
    taken: list[tuple[int, float]] = []
    size = 1000
    while size <= largest:
        many, one = folder / f"{shape}{size}", folder / f"{shape}{size}-one"
        resources = write_app(many, shape, size)
        write_app(one, shape, size, limit=2 * size + 1000)
        files = list(many.iterdir())
        found = _check(many, 3 if size < 100_000 else 1)
        whole = _check(one, 3 if size < 100_000 else 1)
        taken.append((resources, found.processor - start))
        bytes_ = sum(path.stat().st_size for path in files)
        for path in (*files, *one.iterdir()):
            path.unlink()
        if size >= 10_000:
            note("memory", found.peak / bytes_)
        rows.append(
            [
                shape,
                f"{resources:,}",
                f"{len(files):,}",
                _exponent(*taken[-2:]) if len(taken) > 1 else "",
                ratio(taken[-1][1], taken[0][1]),
                ratio(found.peak, bytes_),
                ratio(whole.processor, found.processor),
            ]
        )
        size *= 10
    if len(taken) > 1:
        note("growth", _slope(taken[0], taken[-1]))
        rows.append([f"{shape} over all", "", "", _exponent(taken[0], taken[-1]), "", "", ""])
    return rows


def _exponent(smaller: tuple[int, float], larger: tuple[int, float]) -> str:
    return f"{_slope(smaller, larger):.2f}"


def _slope(smaller: tuple[int, float], larger: tuple[int, float]) -> float:
    return math.log(larger[1] / smaller[1]) / math.log(larger[0] / smaller[0])


def _nothing(folder: Path) -> Path:
    path = folder / "nothing.json"
    path.write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}', "utf-8")
    return path


def _check(path: Path, runs: int = 5) -> Measured:
    return measure([*SEAWALL, "check", "--fail-on", "never", str(path)], runs)
