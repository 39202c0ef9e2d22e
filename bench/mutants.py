"""Mutants: small defects put into the code one at a time by mutmut, and which of them the tests notice.

mutmut wants the package under `src` and its settings in `pyproject.toml`, so the run takes place in a copy of its own
below `build/mutants`. `docs/mutants.md` keeps the score of each room and every mutant that lives, with what is written
behind it there by hand: why it may live. A run of some rooms leaves the others, and these words, as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "mutants.md"
THRESHOLD = 85.0
"""Percent of the mutants of a room that its tests must kill."""
COPIED = ("tests", "stacks", "app.py", "README.md", "CHANGELOG.md", "docs", "action.yml", "cdk.json", "fuzz", "bench")


@dataclass(frozen=True)
class Room:
    """What is mutated together, and which tests have to notice."""

    name: str
    only: tuple[str, ...]
    """Patterns of files, below the package."""
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()
    """Tests that read the sources of the room, where they would see the mutants."""


_IMAGES = tuple(
    f"tests/images/test_{name}.py" for name in ("language", "vectors", "simulation", "ledger", "ways", "time", "repair")
)
ROOMS = (
    Room(
        "retries",
        ("retries/*",),
        ("tests/retries", "tests/graph", "tests/rules", "tests/cost", "tests/services/test_attempts_by_source.py"),
    ),
    Room("images/evaluate", ("images/evaluate.py", "images/ledger.py"), _IMAGES),
    Room("images/simulation", ("images/matching.py", "images/simulation.py"), _IMAGES),
    Room("services", ("services/*",), ("tests/services",), ("tests/services/test_census.py",)),
)


@dataclass(frozen=True)
class Score:
    """How a room came off."""

    room: str
    killed: int
    survived: int
    other: int
    """Mutants that no test reaches, that time out or that crash: the first live, the others are noticed."""
    living: tuple[str, ...]
    sample: int = 0
    """How many mutants were asked for, drawn by chance; 0: all that the room has."""

    @property
    def percent(self) -> float:
        """Mutants that were noticed, of all."""
        total = self.killed + self.survived
        return 100 * self.killed / total if total else 100.0


def main() -> int:
    """Run the rooms that are named, all by default; 1 where a score is below the threshold."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("rooms", nargs="*", help=f"of {', '.join(room.name for room in ROOMS)}; or files of a room")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sample", type=int, default=0, help="only so many mutants of each room, drawn by chance")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--write", action="store_true", help=f"put the scores into {PAGE.relative_to(ROOT)}")
    given = parser.parse_args()
    scores = [measured(room, given.jobs, given.sample, given.seed) for room in _chosen(given.rooms)]
    for score in scores:
        print(f"{score.room}: {score.percent:.1f} % of {score.killed + score.survived:,} mutants were noticed")
    if given.write:
        PAGE.write_text(page(scores, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return int(any(score.percent < given.threshold for score in scores))


def _chosen(names: list[str]) -> list[Room]:
    if not names:
        return list(ROOMS)
    found = []
    for name in names:
        whole = [room for room in ROOMS if room.name == name]
        around = [room for room in ROOMS if name.startswith(room.name.partition("/")[0] + "/")]
        if not (whole or around):
            sys.exit(f"no room is called {name}")
        found.append(whole[0] if whole else replace(around[0], name=name, only=(f"{name.removesuffix('.py')}.py",)))
    return found


def measured(room: Room, jobs: int, sample: int = 0, seed: int = 0) -> Score:
    """Mutate one room in a copy and run its tests against every mutant, or against a sample."""
    folder = ROOT / "build" / "mutants" / room.name.replace("/", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    skipped = shutil.ignore_patterns("__pycache__", "*.pyc", ".hypothesis")
    shutil.copytree(ROOT / "aspects" / "seawall", folder / "src" / "seawall", ignore=skipped)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skipped)
        elif source.exists():
            shutil.copy(source, folder / name)
    (folder / "pyproject.toml").write_text(_settings(room), encoding="utf-8")
    program = [sys.executable, "-m", "mutmut"]
    # Hypothesis draws the same each time, and little: a mutant is judged, not the dice.
    fixed = {name: value for name, value in os.environ.items() if name != "SEAWALL_RANDOM"} | {"SEAWALL_EXAMPLES": "50"}
    chosen = _drawn(folder, fixed, sample, seed) if sample else []
    subprocess.run([*program, "run", "--max-children", str(jobs), *chosen], cwd=folder, env=fixed, check=False)
    subprocess.run([*program, "export-cicd-stats"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    counts = json.loads((folder / "mutants" / "mutmut-cicd-stats.json").read_text())
    listed = subprocess.run([*program, "results"], cwd=folder, check=True, capture_output=True, text=True).stdout
    living = re.findall(r"^\s*(\S+): (?:survived|no tests)", listed, re.MULTILINE)
    noticed = counts["killed"] + counts.get("timeout", 0) + counts.get("segfault", 0) + counts.get("suspicious", 0)
    lives = counts["survived"] + counts.get("no_tests", 0)
    return Score(room.name, noticed, lives, counts["total"] - noticed - lives, tuple(living), sample)


def _drawn(folder: Path, environment: dict[str, str], sample: int, seed: int) -> list[str]:
    """Names of mutants of the copy, drawn by chance."""
    none = [sys.executable, "-m", "mutmut", "run", "nothing_of_that_name"]
    subprocess.run(none, cwd=folder, env=environment, check=False)  # makes them, and learns which test reaches which
    names = sorted(
        name
        for file in (folder / "mutants").rglob("*.meta")
        for name in json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    )
    return Random(seed).sample(names, min(sample, len(names)))  # noqa: S311


def _settings(room: Room) -> str:
    """Settings of mutmut and pytest for the copy."""
    only = ", ".join(json.dumps(f"src/seawall/{pattern}") for pattern in room.only)
    tests = ", ".join(map(json.dumps, room.tests))
    copied = ", ".join(json.dumps(name) for name in COPIED if name != "tests")
    without = "".join(f', "--ignore={test}"' for test in room.without)
    return f"""\
[tool.mutmut]
source_paths = ["src"]
only_mutate = [{only}]
also_copy = [{copied}]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-x", "-q", "-m", "not slow"{without}]
pytest_add_cli_args_test_selection = [{tests}]

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
pythonpath = ["."]
timeout = 600
markers = ["slow: takes long"]
"""


_ROW = re.compile(
    r"^\| (?P<room>[a-z_/]+) \| (?P<all>[0-9,]+) \| (?P<killed>[0-9,]+) \| [0-9.]+ % \|"
    r"(?: (?P<sample>all|[0-9,]+) \|)?$",
    re.MULTILINE,
)
_LIVING = re.compile(r"^\* `(?P<name>[^`]+)`(?P<why>.*)$", re.MULTILINE)
_HEADING = "## What lives in "


def read(text: str) -> tuple[dict[str, Score], dict[str, str]]:
    """The scores that a page holds, by room, and what is written behind each mutant on it."""
    living: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    for part in text.split(_HEADING)[1:]:
        room, _, below = part.partition("\n")
        found = {each["name"]: each["why"] for each in _LIVING.finditer(below)}
        living[room.strip()] = tuple(found)
        words.update(found)
    scores = {}
    for row in _ROW.finditer(text):
        every, killed = (int(row[name].replace(",", "")) for name in ("all", "killed"))
        sample = 0 if row["sample"] in (None, "all") else int(row["sample"].replace(",", ""))
        scores[row["room"]] = Score(row["room"], killed, every - killed, 0, living.get(row["room"], ()), sample)
    return scores, words


def page(scores: list[Score], before: str = "") -> str:
    """The page with the rooms that were run put into what it said before."""
    kept, words = read(before)
    lines = [
        "# Mutants",
        "",
        "`make mutants` puts one small defect after another into the rooms that make the figures (mutmut), and runs",
        f"their tests. A room is held to {THRESHOLD:g} %: as many of its mutants have to be noticed.",
        "The last column says how many mutants were drawn by chance (`--sample`); `all`: the whole room was tried.",
        "",
        "| room | mutants | noticed | score | drawn by chance |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    every = sorted({**kept, **{each.room: each for each in scores}}.values(), key=lambda each: each.room)
    lines += [
        f"| {each.room} | {each.killed + each.survived:,} | {each.killed:,} | {each.percent:.1f} % "
        f"| {f'{each.sample:,}' if each.sample else 'all'} |"
        for each in every
    ]
    for each in every:
        if each.living:
            listed = (f"* `{name}`{words.get(name, '')}" for name in each.living)
            lines += ["", f"{_HEADING}{each.room}", "", *listed]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
