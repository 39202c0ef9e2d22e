"""The wheel, built once, and environments that it is installed into.

By itself, as a part of `make test`, one environment beside the packages that the tests run with: nothing is downloaded.
`make journeys` sets SEAWALL_JOURNEYS: then each extra is installed from the index into an environment of its own, with
every Python that is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .installed import Environment, built, fresh, installed, works

WHOLE = bool(os.environ.get("SEAWALL_JOURNEYS"))
PYTHONS = [name for name in ("python3.11", "python3.12", "python3.13", "python3.14") if works(name)]
EXTRAS = ("", "cdk", "replay")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, or the one in the folder that SEAWALL_WHEEL names."""
    given = os.environ.get("SEAWALL_WHEEL")
    if given:
        (found,) = Path(given).absolute().glob("*.whl")
        return found
    return built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session", params=PYTHONS if WHOLE else [""])
def environments(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Environment]:
    """Seawall from its wheel, with the extra that is asked for."""
    made: dict[str, Environment] = {}

    def environment(extra: str) -> Environment:
        key = extra if WHOLE else "shared"
        if key not in made:
            folder = tmp_path_factory.mktemp("installed") / "venv"
            made[key] = fresh(wheel, folder, extra, request.param) if WHOLE else installed(wheel, folder)
        return made[key]

    return environment


@pytest.fixture
def bare(environments: Callable[[str], Environment]) -> Environment:
    """Without an extra."""
    return environments("")


@pytest.fixture(scope="session")
def environment(environments: Callable[[str], Environment]) -> Environment:
    """With the CDK."""
    return environments("cdk")


@pytest.fixture
def replaying(environments: Callable[[str], Environment]) -> Environment:
    """With the emulator."""
    return environments("replay")
