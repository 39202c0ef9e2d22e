"""Everything beside everything: real and generated templates, our formats and the other programs, whole processes.

`BENCH_CORPUS=FOLDER` names a folder of real templates; without it those of `tests/scenarios` stand in, which are small.
The others are installed into `build/peers` by `make bench`; one that is not there is left out, and said.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .aims import note
from .processes import JSON_LOAD, ROOT, SEAWALL, Measured, measure, table
from .reading import readable
from .shapes import SHAPES

PEERS = ROOT / "build" / "peers" / "bin"
FORMATS = ("text", "json", "html", "sarif")
MOST = int(os.environ.get("BENCH_MOST", "100"))
"""Templates of one kind at most: the slowest program takes a second for each."""
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
GENERATED = 100
"""Resources of one generated app in hundreds."""
_VALIDATE = (
    "import sys\nfrom cloudformation_validate import CompositeEngine\nengine = CompositeEngine()\n"
    "for path in sys.argv[1:]:\n    try: print(len(engine.validate_template(path).diagnostics))\n"
    "    except Exception as error: print(type(error).__name__)"
)
HEAD = ("", "processor time", "/ `json.load`", "/ Seawall's text", "peak memory")
Command = Callable[[Sequence[str]], Sequence[str]]


def peers() -> str:
    """A table for each set of templates."""
    with tempfile.TemporaryDirectory() as folder:
        sets = [*_real(), *_generated(Path(folder))]
        return "\n\n".join(_set(name, paths) for name, paths in sets if paths)


def _set(name: str, paths: Sequence[Path]) -> str:
    files = [str(path) for path in paths]
    size = sum(path.stat().st_size for path in paths)
    text = measure(_seawall("text")(files), RUNS)
    readable = all(path.suffix == ".json" for path in paths)
    bare = measure([*JSON_LOAD, *files], RUNS) if readable else None
    rows = [_row("`json.load`", bare, bare, text)] if bare is not None else []
    rows.append(_row("Seawall, text", text, bare, text))
    for kind in FORMATS[1:]:
        found = measure(_seawall(kind)(files), RUNS)
        rows.append(_row(f"Seawall, {kind}", found, bare, text))
        if not name.startswith("generated"):
            note("formats", found.processor / text.processor)
    rows += [_row("Seawall, text, `--no-code`", measure([*_seawall("text")(files), "--no-code"], RUNS), bare, text)]
    missing = []
    for peer, command in _PEERS.items():
        made = command(files)
        if Path(made[0]).exists():
            rows.append(_row(peer, measure(made, 1, exits=range(256)), bare, text))
        else:
            missing.append(peer)
    lines = [f"### {name}: {len(paths):,} templates, {size / 1e6:,.1f} MB", table(HEAD, rows)]
    if missing:
        lines.append(f"Not installed, so not measured: {', '.join(missing)}.")
    return "\n\n".join(lines)


def _row(name: str, found: Measured | None, bare: Measured | None, text: Measured) -> list[str]:
    if found is None:
        return [name, "", "", "", ""]
    over = f"{found.processor / bare.processor:,.1f}" if bare is not None else ""
    beside = f"{found.processor / text.processor:,.2f}"
    return [name, f"{found.processor:,.2f} s", over, beside, f"{found.peak / 1e6:,.0f} MB"]


def _seawall(kind: str) -> Command:
    return lambda files: [*SEAWALL, "check", "--fail-on", "never", "--format", kind, "--output", os.devnull, *files]


_PEERS: dict[str, Command] = {
    "cloudformation-validate": lambda files: [str(PEERS / "python"), "-c", _VALIDATE, *files],
    "cfn-lint": lambda files: [str(PEERS / "cfn-lint"), *files],
    "checkov": lambda files: [
        str(PEERS / "checkov"), "--compact", "--quiet", "--skip-download", "--framework", "cloudformation",
        *(part for path in files for part in ("-f", path)),
    ],
}  # fmt: skip


def _real() -> Iterator[tuple[str, list[Path]]]:
    given = os.environ.get("BENCH_CORPUS")
    folder = Path(given) if given else ROOT / "tests" / "scenarios"
    whose = "real" if given else "our scenarios'"
    plain, sam, yaml = [], [], []
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".json", ".yaml", ".yml") or not path.is_file():
            continue
        text = path.read_text("utf-8", "replace")
        if "Resources" not in text or not readable(path):
            continue
        group = sam if "AWS::Serverless" in text else plain if path.suffix == ".json" else yaml
        group.append(path)
    yield f"JSON, {whose}", _spread(plain)
    yield f"YAML, {whose}", _spread(yaml)
    yield f"SAM, {whose}", _spread(sam)
    yield "one SAM template", sam[:1]


def _spread(paths: list[Path]) -> list[Path]:
    """Some of all, from first to last."""
    step = max(1, -(-len(paths) // MOST))
    return paths[::step]


def _generated(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    for shape, make in SHAPES.items():
        paths: list[Path] = []
        resources = 0
        while resources < GENERATED * 10:
            path = folder / f"{shape}{len(paths):03}.template.json"
            made = make(f"U{len(paths)}")
            resources += len(made)
            path.write_text(json.dumps({"Resources": made}, indent=1), "utf-8")
            paths.append(path)
        yield f"generated {shape}", paths


def main() -> None:
    """Print the tables."""
    sys.stdout.write(peers() + "\n")


if __name__ == "__main__":
    main()
