"""The wheel, built once, and environments that it is installed into."""

from __future__ import annotations

from pathlib import Path

import pytest

from .installed import Environment, built, installed


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Seawall from its wheel, with the CDK."""
    return installed(wheel, tmp_path_factory.mktemp("installed") / "venv")
