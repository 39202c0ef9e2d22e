"""Every test runs in a directory of its own, which is the root of a repository and has no settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "SEAWALL_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def scenario(directory: Path) -> Callable[[str], str]:
    """Copies a template of that name into the current directory."""

    def copy(name: str) -> str:
        shutil.copy(SCENARIOS / f"{name}.json", directory)
        return f"{name}.json"

    return copy


ERROR = "case-02-queue-without-redrive"
"""A template with a finding of severity error."""
WARNING = "gap-handoff-no-sink"
"""A template with warnings only."""
CLEAN = "case-01-queue-function"
"""A template with nothing to find."""
