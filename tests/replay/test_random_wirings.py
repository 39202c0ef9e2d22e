"""Random acyclic wirings on the emulator: what it counts is what the model predicts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from seawall.replay import Bounds, MiniStack, Replay, plan
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

from .wirings import Wiring, wirings

SIDE_BY_SIDE = 6
"""Wirings deployed together: a replay mostly waits for clocks."""
EXAMPLES = max(1, int(os.environ.get("SEAWALL_EXAMPLES", str(SIDE_BY_SIDE))) // SIDE_BY_SIDE)
NUMBERS: Iterator[int] = count()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(st.lists(wirings(), min_size=SIDE_BY_SIDE, max_size=SIDE_BY_SIDE))
def test_observed_is_predicted(emulator: MiniStack, drawn: list[Wiring]) -> None:
    with ThreadPoolExecutor(4) as pool:
        running = list(pool.map(lambda wiring: _started(emulator, wiring), drawn))
    for wiring, run in zip(drawn, running, strict=True):
        outcome = run.outcome(Bounds(seconds=60))
        note(json.dumps(wiring.template))
        counted = [(row.key, row.predicted.count, row.observed) for row in outcome.rows if row.verdict != "equal"]
        note(f"{wiring.fails} fails with {wiring.failure}: {counted}")
        assert [row for row in outcome.rows if row.verdict == "differs"] == []
        assert outcome.stopped_by == ""


def _started(emulator: MiniStack, wiring: Wiring) -> Replay:
    name = f"random-{next(NUMBERS)}"
    path = emulator.folder / f"{name}.json"
    path.write_text(json.dumps(wiring.template))
    app = load([path])
    run = Replay(emulator, plan(app, analyse(build(app)), wiring.fails, wiring.failure), emulator.folder, name)
    run.start()
    return run
