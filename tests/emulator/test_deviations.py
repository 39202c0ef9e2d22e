"""Where the emulator and the model differ, and why the model stands.

Each deviation is pinned: when a newer emulator no longer shows it, its line here fails, and the case can move to
`test_worked_cases.py`, or its stand-in can go.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.replay import ReplayOutcome

from .play import Play

DEVIATIONS = [
    pytest.param(
        Play("case-09-rule-function", "Worker", "error", 3, stand_ins=False),
        1,
        id="a rule calls its function directly; on AWS through its asynchronous queue",
    ),
    pytest.param(
        Play("case-12-dead-letter-consumer", "Worker", "error", 5, stand_ins=False),
        3,
        id="a redrive policy counts the receives on all queues; on AWS those on its own",
    ),
    pytest.param(
        Play("case-14b-nested-sync-own-error", "Task", "error", 4, errors=("PaymentDeclined",)),
        12,
        id="a .sync task shows the child's own error; on AWS States.TaskFailed",
    ),
    pytest.param(
        Play("case-16-task-invokes-async", "Task", "error", 3),
        1,
        id="a task ignores InvocationType Event and waits; on AWS it hands off",
    ),
]


@pytest.mark.parametrize(("play", "emulated"), DEVIATIONS)
def test_emulator_still_differs(play: Play, emulated: int, observe: Callable[[Play], ReplayOutcome]) -> None:
    outcome = observe(play)
    (row,) = (row for row in outcome.rows if row.key.site == outcome.experiment.site)
    assert (row.observed, row.predicted.count) == (emulated, play.runs)
    assert row.verdict == ("explained" if play.stand_ins else "differs")
