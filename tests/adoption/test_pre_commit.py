"""The hooks, through pre-commit itself: it clones this project and installs it into an environment of its own.

What Seawall depends on is lent to that environment, so that nothing is downloaded: that all of it is asked for is what
`test_action.py` shows.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import git
from .runner import ROOT
from .snippets import configured

SCENARIOS = ROOT / "tests" / "scenarios"
STACKED, CLEAN = SCENARIOS / "case-04-pipe-to-express.json", SCENARIOS / "case-01-queue-function.json"
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
NEEDED = ("aspects", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".pre-commit-hooks.yaml")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps what it installs."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project as a repository with one commit: what is on the disk, committed or not."""
    found = tmp_path_factory.mktemp("published")
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, found / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, found / name)
    git(found, "init", "--quiet")
    git(found, "add", "--all")
    git(found, "commit", "--quiet", "--message", "Release")
    return found


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages that the tests run with, but for Seawall."""
    found = tmp_path_factory.mktemp("lent")
    for package in Path(pytest.__file__).parents[1].iterdir():
        if package.suffix != ".pth" and "seawall" not in package.name:
            (found / package.name).symlink_to(package)
    return found


Ran = Callable[[Path, int], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def ran(published: Path, home: Path, lent: Path) -> Ran:
    return partial(_ran, published, home, lent)


def _ran(published: Path, home: Path, lent: Path, project: Path, number: int) -> subprocess.CompletedProcess[str]:
    """Adopt the recipe of the page and run it on all files."""
    config = configured("pre-commit", number)
    for repository in config["repos"]:
        if repository["repo"] == "local":
            for hook in repository["hooks"]:
                assert hook["entry"].startswith("npx aws-cdk@2 synth")
                hook["entry"] = "true"  # cdk.out is there already
        else:
            repository |= {"repo": str(published), "rev": git(published, "rev-parse", "HEAD")}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    git(project, "add", "--all", "--force")
    # An environment of ours would be inherited by git in the clone of pre-commit's own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTEST"))}
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"],
        cwd=project,
        env=environment
        | {
            "PRE_COMMIT_HOME": str(home),
            "PIP_NO_COMPILE": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # which says that there is none
            "PIP_NO_INDEX": "1",
            "PYTHONPATH": str(lent),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_templates_of_a_commit(project: Path, ran: Ran) -> None:
    shutil.copy(CLEAN, project / "template.json")
    passed = ran(project, 0)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert re.search(r"^seawall \(templates\)\.+Passed$", passed.stdout, re.MULTILINE)

    shutil.copy(STACKED, project / "order.template.json")
    failed = ran(project, 0)
    assert failed.returncode == 1
    assert re.search(r"^seawall \(templates\)\.+Failed$", failed.stdout, re.MULTILINE)
    assert "- exit code: 1" in failed.stdout
    assert "error[stacked-retries]" in failed.stdout


def test_a_synthesized_app_with_further_arguments(project: Path, ran: Ran) -> None:
    (project / "cdk.out").mkdir()
    shutil.copy(STACKED, project / "cdk.out" / "Shop.template.json")
    passed = ran(project, 1)  # the recipe allows 20 attempts, and there are 20
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert len(re.findall(r"\.Passed$", passed.stdout, re.MULTILINE)) == 2
    text = STACKED.read_text().replace('"maxReceiveCount": 5', '"maxReceiveCount": 6')
    (project / "cdk.out" / "Shop.template.json").write_text(text)
    failed = ran(project, 1)
    assert failed.returncode == 1
    assert "24 times" in " ".join(failed.stdout.split())


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("template.yaml", True),
        ("sam/template.yml", True),
        ("infra/order.template.json", True),
        ("order-template.json", True),
        ("order.template", True),
        ("statemachine/order.asl.json", True),
        ("cloudformation/network/vpc.yaml", True),
        ("cfn/queue.json", True),
        ("charts/shop/templates/deployment.yaml", False),
        ("docker-stack.yml", False),
        ("package.json", False),
        ("template.py", False),
        ("templates.json", False),
    ],
)
def test_which_files_are_taken_for_templates(path: str, taken: bool) -> None:
    (hook,) = (hook for hook in HOOKS if hook["id"] == "seawall")
    assert bool(re.search(hook["files"], path)) is taken
