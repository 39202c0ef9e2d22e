"""Seawall installed as the action installs it, once for all tests that play the action."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .runner import INSTALL, ROOT, Run, play

Action = Callable[..., Run]
Git = Callable[..., str]


@pytest.fixture(scope="session")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner's directory for temporary files, with Seawall in it."""
    found = tmp_path_factory.mktemp("runner")
    done = play(ROOT, found, {}, environment={"PIP_NO_COMPILE": "1"}, only=INSTALL)
    assert not done.failed, done.log
    return found


@pytest.fixture(scope="session")
def action(temporary: Path) -> Action:
    """Plays the action in a folder: ``action(folder, path="cdk.out")``."""

    def run(workspace: Path, *, event: str = "push", environment: dict[str, str] | None = None, **inputs: str) -> Run:
        return play(workspace, temporary, inputs, event=event, environment=environment)

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Somebody's repository, outside ours."""
    found = tmp_path / "project"
    found.mkdir()
    git(found, "init", "--quiet")
    return found


def git(folder: Path, *arguments: str) -> str:
    """Git's output, whatever the settings of this machine are."""
    program = shutil.which("git")
    assert program
    settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run([program, *settings, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
