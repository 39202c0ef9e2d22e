"""Templates of the usual size: `seawall check` beside cfn-lint and beside only parsing the same files."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from shutil import which

from .aims import note
from .processes import JSON_LOAD, ROOT, SEAWALL, measure, ratio, table
from .shapes import SHAPES

MOST = 1000
HEAD = (
    "templates",
    "resources",
    "seawall / json.load",
    "cfn-lint / seawall",
    "memory of seawall / input",
    "memory of cfn-lint / seawall",
)


def templates(most: int = MOST) -> str:
    """The table for 1, 100, ... templates; with `BENCH_TEMPLATES`, of the JSON templates in that folder."""
    given = os.environ.get("BENCH_TEMPLATES")
    with tempfile.TemporaryDirectory() as folder:
        paths = list(islice(_found(Path(given)) if given else _made(Path(folder), most), most))
        counts = sorted({min(count, len(paths)) for count in (1, 100, 1000, most) if count <= most})
        return table(HEAD, [_row(paths[:count]) for count in counts])


def _row(paths: list[Path]) -> list[str]:
    files = [str(path) for path in paths]
    runs = 5 if len(paths) < 10 else 3 if len(paths) < 500 else 1
    bare = measure([*JSON_LOAD, *files], runs)
    ours = measure([*SEAWALL, "check", "--fail-on", "never", *files], runs)
    size = sum(path.stat().st_size for path in paths)
    resources = sum(len(json.loads(path.read_text("utf-8")).get("Resources", {})) for path in paths)
    if len(paths) == 1:
        note("load of one", ours.processor / bare.processor)
    theirs, more = "not installed", ""
    lint = which("cfn-lint", path=os.pathsep.join([str(ROOT / "build" / "peers" / "bin"), str(ROOT / ".venv" / "bin")]))
    if lint:
        other = measure([lint, *files], 1 if len(paths) > 10 else runs, exits=range(16))
        if len(paths) in (1, 100):
            note("lint of one" if len(paths) == 1 else "lint of a hundred", other.processor / ours.processor)
        theirs, more = ratio(other.processor, ours.processor), ratio(other.peak, ours.peak)
    row = [f"{len(paths):,}", f"{resources:,}", ratio(ours.processor, bare.processor), theirs, ratio(ours.peak, size)]
    return [*row, more]


def _made(folder: Path, most: int) -> Iterator[Path]:
    """One unit in each template, of every shape in turn: 26 to 243 resources."""
    makers = list(SHAPES.values())
    for number in range(most):
        path = folder / f"made{number:04}.template.json"
        made = {"Resources": makers[number % len(makers)](f"U{number}")}
        path.write_text(json.dumps(made, indent=1), "utf-8")
        yield path


def _found(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.json")):
        if '"Resources"' in path.read_text("utf-8", "replace"):
            yield path
