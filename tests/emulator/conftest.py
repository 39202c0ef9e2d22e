"""One emulator per session; every play that was selected is under way before the first is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from seawall.replay import Bounds, MiniStack, Replay, ReplayOutcome

from .play import Play


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """On a free loopback port. A test that needs it fails if it cannot start."""
    with MiniStack(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def observe(request: pytest.FixtureRequest, emulator: MiniStack) -> Callable[[Play], ReplayOutcome]:
    """What a play counted. Mostly a play waits for clocks, so all selected run side by side."""
    selected = [getattr(item, "callspec", None) for item in request.session.items]
    plays = dict.fromkeys(one.params["play"] for one in selected if one and "play" in one.params)

    def started(play: Play) -> Replay:
        run = Replay(emulator, play.experiment, emulator.folder, play.name)
        run.start()
        return run

    with ThreadPoolExecutor(4) as pool:
        running = {play: pool.submit(started, play) for play in plays}
    return cache(lambda play: running[play].result().outcome(Bounds(seconds=90)))
