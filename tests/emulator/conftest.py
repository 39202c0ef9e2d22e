"""One emulator per session; every play that was selected is under way before the first is read."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .ministack import MiniStack
from .play import Play
from .replay import Counts, Replay, upload_stub


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """MiniStack on a free loopback port. A test that needs it fails if it cannot start."""
    with MiniStack(tmp_path_factory.mktemp("ministack")) as running:
        upload_stub(running)
        yield running


@pytest.fixture(scope="session")
def observe(request: pytest.FixtureRequest, emulator: MiniStack) -> Callable[[Play], Counts]:
    """What a play counted. Mostly a play waits for clocks, so all selected run side by side."""
    selected = [getattr(item, "callspec", None) for item in request.session.items]
    plays = dict.fromkeys(one.params["play"] for one in selected if one and "play" in one.params)
    with ThreadPoolExecutor(4) as pool:
        started = {play: pool.submit(Replay, emulator, play, emulator.folder) for play in plays}
    return lambda play: started[play].result().counts()
