"""The emulator runs the worked cases; the runs it counts are the runs the model predicts.

A fault and a throttle are played by name: the stub runs, and what the state machine sees is the
error that AWS would show. Cases 4, 12, 15 and 17 use a stand-in (`stand_ins.py`). Case 9 begins
at the function's asynchronous queue, where the rule's part ends. Not carried: case 2, which takes
four days; case 11, whose MaximumRetryAttempts the emulator ignores; and what `test_deviations.py`
lists.
"""

from collections.abc import Callable

import pytest

from .play import Call, Play
from .prediction import predicted_collateral, predicted_gain, predicted_runs
from .replay import SCENARIOS, Counts

Observe = Callable[[Play], Counts]

STARTS = (Call("Trigger", "start-execution", "STATE_MACHINE_ARN"),)
REQUEUES = (*STARTS, Call("Task", "send-message", "QUEUE_URL", when="failure"))
ALTERNATING = ("ErrorA", "Other", "ErrorB", "Other")

PLAYS = [
    Play("case-01-queue-function", "Queue", "Worker"),
    Play("case-01-queue-function", "Queue", "Worker", "timeout"),
    Play("case-01-queue-function", "Queue", "Worker", "fault"),
    Play("case-03-handoff-to-machine", "Queue", "Task", calls=STARTS),
    Play("case-03-handoff-to-machine", "Queue", "Trigger"),
    Play("case-04-pipe-to-express", "Queue", "Task"),
    Play("case-05-service-faults-only", "Queue", "Task", calls=STARTS),
    Play("case-05-service-faults-only", "Queue", "Task", "timeout", calls=STARTS),
    Play("case-05-service-faults-only", "Queue", "Task", "fault", calls=STARTS),
    Play("case-05-service-faults-only", "Queue", "Task", "throttle", calls=STARTS),
    Play("case-06-cdk-lambda-invoke", "Machine6FC8AE80", "Task79114B6B"),
    Play("case-06-cdk-lambda-invoke", "Machine6FC8AE80", "Task79114B6B", "timeout"),
    Play("case-06-cdk-lambda-invoke", "Machine6FC8AE80", "Task79114B6B", "fault"),
    Play("case-06-cdk-lambda-invoke", "Machine6FC8AE80", "Task79114B6B", "throttle"),
    Play("case-07-two-retriers", "Machine", "Task", errors=ALTERNATING),
    Play("case-07-two-retriers", "Machine", "Task", "timeout"),
    Play("case-07-two-retriers", "Machine", "Task", "fault"),
    Play("case-07-two-retriers", "Machine", "Task", "throttle"),
    Play("case-08-parallel-around-task", "Machine", "Task"),
    Play("case-09-rule-function", "Worker", "Worker", settle=1.5),
    Play("case-10-topic-queue-function", "Topic", "Worker"),
    Play("case-12-dead-letter-consumer", "Queue", "Worker"),
    Play("case-14-nested-sync", "Parent", "Task"),
    Play("case-15-collateral", "Queue", "Save"),
    Play("case-15-collateral", "Queue", "Charge"),
    Play("case-17-caught-failure", "Queue", "Task"),
]
LOOPS = [
    Play("case-13-requeue", "Queue", "Task", calls=REQUEUES, laps=5),
    Play("case-13-requeue", "Queue", "Task", "fault", calls=REQUEUES, laps=3),
]


def name(play: Play) -> str:
    return play.name


@pytest.mark.parametrize("play", PLAYS, ids=name)
def test_failing_site_runs_as_often_as_predicted(play: Play, observe: Observe) -> None:
    template = SCENARIOS / f"{play.template}.json"
    observed = observe(play).runs(play.fails)
    assert observed == predicted_runs(template, play.fails, play.failure)


@pytest.mark.parametrize("play", [play for play in PLAYS if play.fails == "Save"], ids=name)
def test_healthy_neighbour_runs_as_often_as_predicted(play: Play, observe: Observe) -> None:
    template = SCENARIOS / f"{play.template}.json"
    observed = observe(play).runs("Charge")
    assert observed == predicted_collateral(template, play.fails, "Charge")


@pytest.mark.parametrize("play", LOOPS, ids=name)
def test_one_message_becomes_gain_to_the_lap(play: Play, observe: Observe) -> None:
    gain = predicted_gain(SCENARIOS / f"{play.template}.json", play.failure)
    by_lap = observe(play).runs_by_lap
    messages = [by_lap["Trigger", lap] for lap in range(play.laps + 2)]
    assert messages == [gain**lap for lap in range(play.laps + 1)] + [0]
