"""Where the emulator and the model differ, and why the model stands.

Each deviation is pinned: when a newer emulator no longer shows it, its line here fails, and the
case can move to `test_worked_cases.py`, or its stand-in can go.
"""

from collections.abc import Callable

import pytest

from .play import Play
from .prediction import predicted_runs
from .replay import SCENARIOS, Counts

DEVIATIONS = [
    pytest.param(
        Play("case-09-rule-function", "Rule", "Worker", settle=1.5),
        1,
        id="a rule calls its function directly; on AWS through its asynchronous queue",
    ),
    pytest.param(
        Play("case-12-dead-letter-consumer", "Queue", "Worker", stand_ins=False),
        3,
        id="a redrive policy counts the receives on all queues; on AWS those on its own",
    ),
    pytest.param(
        Play("case-14b-nested-sync-own-error", "Parent", "Task", errors=("PaymentDeclined",)),
        12,
        id="a .sync task shows the child's own error; on AWS States.TaskFailed",
    ),
    pytest.param(
        Play("case-16-task-invokes-async", "Machine", "Task"),
        1,
        id="a task ignores InvocationType Event and waits; on AWS it hands off",
    ),
]


@pytest.mark.parametrize(("play", "emulated"), DEVIATIONS)
def test_emulator_still_differs(play: Play, emulated: int, observe: Callable[[Play], Counts]) -> None:
    observed = observe(play).runs(play.fails)
    predicted = predicted_runs(SCENARIOS / f"{play.template}.json", play.fails, play.failure)
    assert observed == emulated != predicted
