"""A template played on the emulator that all tests here share."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from seawall.replay import Bounds, MiniStack, Replay, ReplayOutcome, plan
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

_NUMBERS = count()


def play(emulator: MiniStack, template: dict[str, Any], fails: str, **chosen: Any) -> tuple[ReplayOutcome, str]:
    """What came of it, and what was said before; `chosen` as `plan` takes it."""
    name = f"played-{next(_NUMBERS)}"
    (emulator.folder / name).mkdir()
    path = emulator.folder / name / "app.json"
    path.write_text(json.dumps(template))
    app = load([path])
    run = Replay(emulator, plan(app, analyse(build(app)), fails, **chosen), emulator.folder, name)
    return run.outcome(Bounds(seconds=60)), "\n".join(run.notes)


def counts(outcome: ReplayOutcome) -> dict[tuple[str, str], tuple[int | None, int | None]]:
    """Both answers by site and question."""
    return {(row.key.site, row.key.what.value): (row.predicted.count, row.observed) for row in outcome.rows}
