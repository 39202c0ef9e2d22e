"""Where tests are: found from the name of what they test.

The tests of `seawall/a/b.py`, or of the folder `seawall/a/b`, are `tests/a/test_b.py` or `tests/a/test_b_<what>.py`, or
stand in `tests/a/b`. What concerns a whole room has one of the names below; folders that mirror no room are listed.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LIBRARY = TESTS.parent / "aspects" / "seawall"

NO_ROOM = {
    "adoption": "recipes, hooks and pages as people use them",
    "app": "the reference app of this repository",
    "bench": "the corpus and the shapes that are timed",
    "emulator": "worked cases beside an emulator that nobody here wrote",
    "journeys": "the installed wheel",
    "robustness": "input that nobody meant",
    "scenarios": "the whole text of every scenario",
}
WHOLE_ROOM = {
    "anything",
    "cases",
    "census",
    "clean",
    "enumeration",
    "fixtures",
    "formats",
    "hand",
    "import",
    "large",
    "layers",
    "messages",
    "missing",
    "moves",
    "never",
    "nonsense",
    "random",
    "same",
    "statements",
    "surfaces",
    "synthesized",
    "vectors",
    "wirings",
    "words",
    "worked",
}
"""First words of tests that are about all of a room: it holds for anything, every layer, every message, ..."""
PARTS = {
    "cdk": {"repairs"},
    "code": set[str](),
    "constructs": {"machines", "tutorial"},
    "graph": {"graph"},
    "images": {"grid", "language", "promises", "safety", "time", "ways"},
    "replay": {"command", "laps", "loops", "retry", "telling", "webhook"},
    "report": {"abandoned", "code", "drawings"},
    "retries": {"caught", "events", "lambda", "less", "only", "plans", "stated", "ways"},
    "rules": {"budget", "image"},
    "services": {
        "attempts",
        "brokers",
        "clocks",
        "custom",
        "event",
        "hiding",
        "invocations",
        "jobs",
        "state",
        "tries",
        "wide",
        "worlds",
        "code",
    },
    "services/images": {"ecr"},
    "template": {"unreadable", "yaml"},
}
"""First words of tests of several modules of a room together. Not to grow: give a new test its module's name."""


def _mirrored() -> list[Path]:
    found = (path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))
    return sorted(path for path in found if path.parts[0] not in NO_ROOM and len(path.parts) > 1)


def _names(folder: Path) -> set[str]:
    """Modules and folders that tests in `folder` may be about."""
    here = LIBRARY / folder
    if not here.is_dir():  # a file's tests may have a folder of their own
        return set()
    inside = {each.stem.strip("_") for each in here.iterdir() if each.suffix == ".py" or each.is_dir()}
    top = {each.stem for each in LIBRARY.glob("*.py")}
    return inside | top | WHOLE_ROOM | PARTS.get(folder.as_posix(), set())


@pytest.mark.parametrize("path", _mirrored(), ids=str)
def test_its_name_says_what_it_tests(path: Path) -> None:
    words = path.stem.removeprefix("test_").split("_")
    said = {"_".join(words[:end]) for end in range(1, len(words) + 1)}
    assert said & _names(path.parent), "name it after the module that it tests"


def test_every_rule_service_and_format_is_tested_under_its_name() -> None:
    """By a file of its name; what is tested with others is said there."""
    everywhere = "\n".join(path.read_text("utf-8") for path in TESTS.rglob("*.py"))
    rules = [path.stem for path in (LIBRARY / "rules").glob("*.py") if "\nRULE = " in path.read_text("utf-8")]
    assert [name for name in rules if name.replace("_", "-") not in everywhere] == []


def test_folders_that_mirror_nothing_are_those_listed() -> None:
    folders = {each.name for each in TESTS.iterdir() if each.is_dir() and not each.name.startswith(("_", "."))}
    assert {name for name in folders if not (LIBRARY / name).exists()} == set(NO_ROOM)


def test_the_types_of_all_that_we_import_of_the_cdk_are_read() -> None:
    """`mypy` reads those that pyproject.toml names: what is not named there would be checked as anything."""
    settings = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    named = {
        name for each in settings["overrides"] for name in each["module"] if each.get("follow_imports") == "normal"
    }
    files = [
        each
        for folder in ("aspects", "ci", "fuzz", "stacks", "tests")
        for each in (TESTS.parent / folder).rglob("*.py")
    ]
    imported: set[str] = set()
    for path in (TESTS.parent / "app.py", *files):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "aws_cdk" in text and "journeys/red" not in path.as_posix() else ():
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module == "aws_cdk":
                imported |= {f"aws_cdk.{alias.name}" for alias in node.names if alias.name[0].islower()}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    assert {name for name in imported if name.split(".")[0] == "aws_cdk"} <= named
