"""The emulator runs the worked cases: what it counts is what the model predicts, at every site that it tells of.

Faults and throttles are played by name: the stub runs, and what the state machine sees is the error that AWS would
show. Cases 4, 9, 12, 15 and 17 use a stand-in (`seawall/replay/relays.py`). Not carried: case 2, which takes four days;
case 11, whose MaximumRetryAttempts the emulator ignores; and what `test_deviations.py` lists.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.replay import ReplayOutcome, What

from .play import Play

Observe = Callable[[Play], ReplayOutcome]

PLAYS = [
    Play("case-01-queue-function", "Worker", "error", 3),
    Play("case-01-queue-function", "Worker", "timeout", 3),
    Play("case-01-queue-function", "Worker", "fault", 3),
    Play("case-03-handoff-to-machine", "Task", "error", 4),
    Play("case-03-handoff-to-machine", "Trigger", "error", 5),
    Play("case-04-pipe-to-express", "Task", "error", 20),
    Play("case-05-service-faults-only", "Task", "error", 1),
    Play("case-05-service-faults-only", "Task", "timeout", 1),
    Play("case-05-service-faults-only", "Task", "fault", 4),
    Play("case-05-service-faults-only", "Task", "throttle", 4),
    Play("case-06-cdk-lambda-invoke", "Task79114B6B", "error", 1),
    Play("case-06-cdk-lambda-invoke", "Task79114B6B", "timeout", 1),
    Play("case-06-cdk-lambda-invoke", "Task79114B6B", "fault", 7),
    Play("case-06-cdk-lambda-invoke", "Task79114B6B", "throttle", 1),
    Play("case-07-two-retriers", "Task", "error", 8),
    Play("case-07-two-retriers", "Task", "timeout", 6),
    Play("case-07-two-retriers", "Task", "fault", 6),
    Play("case-07-two-retriers", "Task", "throttle", 6),
    Play("case-08-parallel-around-task", "Task", "error", 24),
    Play("case-09-rule-function", "Worker", "error", 3),
    Play("case-10-topic-queue-function", "Worker", "error", 4),
    Play("case-12-dead-letter-consumer", "Worker", "error", 5),
    Play("case-13-requeue", "Task", "error", 6, laps=5),
    Play("case-13-requeue", "Task", "fault", 4 + 16 + 64, laps=2),
    Play("case-14-nested-sync", "Task", "error", 12),
    Play("case-14b-nested-sync-own-error", "Task", "error", 4),
    Play("case-15-collateral", "Save", "error", 20),
    Play("case-15-collateral", "Charge", "error", 5),
    Play("case-17-caught-failure", "Task", "error", 4),
    Play("case-22-counted-laps", "Task", "error", 100),
]


def name(play: Play) -> str:
    return play.name


@pytest.mark.parametrize("play", PLAYS, ids=name)
def test_counts_are_those_predicted(play: Play, observe: Observe) -> None:
    outcome = observe(play)
    wrong = [row for row in outcome.rows if row.verdict not in ("equal", "open")]
    silent = [row for row in outcome.rows if row.verdict == "open" and not row.why]
    (runs,) = (row.observed for row in outcome.rows if row.key.site == outcome.experiment.site)
    assert (runs, wrong, silent, outcome.stopped_by) == (play.runs, [], [], "")


def test_healthy_neighbour_runs_again(observe: Observe) -> None:
    (play,) = (play for play in PLAYS if play.fails == "Save")
    charge = [row.observed for row in observe(play).rows if row.key.site.endswith("/Charge")]
    assert charge == [5]


def test_one_message_becomes_four_per_lap(observe: Observe) -> None:
    (play,) = (play for play in PLAYS if play.laps == 2)
    outcome = observe(play)
    trigger = [outcome.by_lap.get(("case-13-requeue/Trigger", lap), 0) for lap in range(4)]
    (messages,) = (
        row.observed
        for row in outcome.rows
        if row.key.site == "case-13-requeue/Queue" and row.key.what is What.MESSAGES
    )
    assert (trigger, messages) == ([1, 4, 16, 0], 21)
