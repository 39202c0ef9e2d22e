"""One emulator for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seawall.replay import MiniStack


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """On a free loopback port. A test that needs it fails if it cannot start."""
    with MiniStack(tmp_path_factory.mktemp("emulator")) as running:
        yield running
