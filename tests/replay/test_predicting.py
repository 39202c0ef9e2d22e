"""What a replay predicts, against figures worked out by hand; nothing is deployed."""

from __future__ import annotations

from pathlib import Path

from seawall.graph import Bound
from seawall.replay import What, plan
from seawall.replay.predicting import predict
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

SCENARIOS = Path(__file__).parents[1] / "scenarios"


def figures(
    template: str, site: str, failure: str, events: int = 1, laps: int = 2
) -> dict[tuple[str, str], int | None]:
    app = load([SCENARIOS / f"{template}.json"])
    found = predict(plan(app, analyse(build(app)), site, failure, events, laps)).counts
    return {(key.site.partition("/")[2], key.what.value): answer.count for key, answer in found.items()}


def test_dead_letters_add_receive_by_receive() -> None:
    # 3 receives of the queue, then 2 of its dead-letter queue, which has a last queue behind it
    assert figures("case-12-dead-letter-consumer", "Worker", "error") == {
        ("Queue", "messages"): 1,
        ("Queue", "receives"): 3,
        ("Queue", "dead letters"): 1,
        ("DeadLetters", "messages"): 1,
        ("DeadLetters", "receives"): 2,
        ("DeadLetters", "dead letters"): 1,
        ("Worker", "runs"): 5,
        ("LastQueue", "messages"): 1,
        ("LastQueue", "receives"): 0,
    }


def test_laps_add_up_as_powers_of_the_gain() -> None:
    # gain 4, 3 laps, 2 events: 2 x (1 + 4 + 16 + 64) = 170 messages, and four runs of the task for each
    found = figures("case-13-requeue", "Task", "fault", events=2, laps=3)
    assert found["Queue", "messages"] == found["Trigger", "runs"] == found["Machine", "executions"] == 170
    assert found["Task", "runs"] == found["Machine#Charge", "state runs"] == 680


def test_no_lap_is_one_pass() -> None:
    assert figures("case-13-requeue", "Task", "fault", laps=0)["Task", "runs"] == 4


def test_what_comes_before_and_after_the_failing_step() -> None:
    # 5 receives; Charge works once in each of 5 executions, Save is tried 1 + 3 times in each
    found = figures("case-15-collateral", "Save", "error")
    assert (found["Charge", "runs"], found["Save", "runs"], found["Machine", "executions"]) == (5, 20, 5)
    # Charge fails, so nothing comes to Save
    assert figures("case-15-collateral", "Charge", "error")["Save", "runs"] == 0


def test_a_hand_off_keeps_the_failure_from_the_queue() -> None:
    found = figures("case-03-handoff-to-machine", "Task", "error")
    assert (found["Queue", "receives"], found["Queue", "dead letters"], found["Task", "runs"]) == (1, 0, 4)
    # the trigger fails after it has started its execution: each of its 5 runs starts one
    assert figures("case-03-handoff-to-machine", "Trigger", "error")["Machine", "executions"] == 5


def test_what_time_bounds_stays_so() -> None:
    app = load([SCENARIOS / "case-02-queue-without-redrive.json"])
    found = predict(plan(app, analyse(build(app)), "Worker", "error")).counts
    (runs,) = (answer for key, answer in found.items() if key.what is What.RUNS)
    assert (runs.count, runs.bounded_by) == (11_520, Bound.TIME)
