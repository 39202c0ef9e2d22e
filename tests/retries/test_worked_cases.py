"""The worked cases of the model, each read from a real template."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.graph import CLASSES, Evidence, FailureClass
from seawall.retries import Analysis, analyse
from seawall.services import build
from seawall.template import load

SCENARIOS = Path(__file__).parent.parent / "scenarios"
AGE = "age"

# file, site, attempts for error, timeout, fault, throttle (the columns of the model's table)
CASES = [
    ("case-01-queue-function", "Worker", (3, 3, 3, 3)),
    ("case-03-handoff-to-machine", "Task", (4, 4, 4, 4)),
    ("case-03-handoff-to-machine", "Trigger", (5, 5, 5, 5)),
    ("case-04-pipe-to-express", "Task", (20, 20, 20, 20)),
    ("case-05-service-faults-only", "Task", (1, 1, 4, 4)),
    ("case-06-cdk-lambda-invoke", "Task", (1, 1, 7, 1)),
    ("case-07-two-retriers", "Task", (8, 6, 6, 6)),
    ("case-08-parallel-around-task", "Task", (24, 24, 24, 24)),
    ("case-09-rule-function", "Worker", (3, 3, AGE, AGE)),
    ("case-10-topic-queue-function", "Worker", (4, 4, 4, 4)),
    ("case-11-stream-unbounded", "Worker", (AGE, AGE, AGE, AGE)),
    ("case-11b-stream-bounded", "Worker", (4, 4, AGE, AGE)),
    ("case-12-dead-letter-consumer", "Worker", (5, 5, 5, 5)),
    ("case-14-nested-sync", "Task", (12, 12, 12, 12)),
    ("case-14b-nested-sync-own-error", "Task", (4, 4, 4, 4)),
    ("case-15-collateral", "Save", (20, 20, 20, 20)),
    ("case-16-task-invokes-async", "Task", (3, 3, AGE, AGE)),
    ("case-17-caught-failure", "Task", (4, 4, 4, 4)),
    ("case-22-counted-laps", "Task", (100, 100, 100, 100)),
    ("case-26-sent-back", "Worker", (1, 5, 5, 5)),
]


def analysed(name: str) -> Analysis:
    return analyse(build(load([SCENARIOS / f"{name}.json"])))


def site(analysis: Analysis, logical_id: str) -> str:
    (found,) = (
        each.id
        for each in analysis.flow.sites.values()
        if each.kind == "function" and each.place and each.place.address.logical_id.startswith(logical_id)
    )
    return found


@pytest.mark.parametrize(("name", "logical_id", "expected"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_attempts(name: str, logical_id: str, expected: tuple[int | str, ...]) -> None:
    analysis = analysed(name)
    worker = site(analysis, logical_id)
    classes = (FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT, FailureClass.THROTTLE)
    counts = [analysis.attempts.of(worker, failure) for failure in classes]
    shown = [AGE if count.max is None and count.bounded_by.word == "time" else count.max for count in counts]
    assert tuple(shown) == expected
    assert all(count.bounded_by.word == "count" for count in counts if count.max is not None)


def test_case_2_counts_time_divided_by_delay_and_says_so() -> None:
    analysis = analysed("case-02-queue-without-redrive")
    for failure in CLASSES:
        count = analysis.attempts.of(site(analysis, "Worker"), failure)
        assert (count.max, count.bounded_by.word) == (11_520, "time")


def test_case_11_is_bounded_by_the_age_of_the_record() -> None:
    analysis = analysed("case-11-stream-unbounded")
    assert analysis.figure(site(analysis, "Worker"), FailureClass.ERROR).seconds == 24 * 3600


def test_case_13_gain() -> None:
    """The code that sends back was read: a throttled run does not come to it."""
    (loop,) = analysed("case-13-requeue").loops
    assert {failure: gain.max for failure, gain in loop.gain.items()} == {
        FailureClass.ERROR: 1,
        FailureClass.TIMEOUT: 1,
        FailureClass.THROTTLE: 0,
        FailureClass.FAULT: 4,
    }
    assert loop.start.endswith("/Queue")
    assert (loop.stopped_by, loop.laps) == ("nothing", None)
    assert loop.total(FailureClass.FAULT) is None


def test_case_13_with_stated_laps() -> None:
    (loop,) = analysed("case-13-stated-laps").loops
    total = loop.total(FailureClass.FAULT)
    assert total is not None
    assert total.max == 1 + 4 + 16 + 64 + 256 + 1024 == 1365
    assert loop.stopped_by == "stated"
    assert loop.total(FailureClass.ERROR) is not None


def test_case_15_collateral() -> None:
    analysis = analysed("case-15-collateral")
    again = {
        each.site.rpartition("/")[2]: each.runs.max
        for each in analysis.collateral(site(analysis, "Save"), FailureClass.ERROR)
    }
    assert again == {"Machine#Charge": 5, "Charge": 5}


def test_case_26_gain_of_code_that_sends_back_and_returns() -> None:
    """An error is always sent back, instead of failing; a timeout or fault may come before that or, at worst, behind it
    each of the five times; a throttled run does not come to it."""
    analysis = analysed("case-26-sent-back")
    (loop,) = analysis.loops
    shown = {str(failure): (loop.gain_min[failure].max, gain.max) for failure, gain in loop.gain.items()}
    assert shown == {"error": (1, 1), "timeout": (0, 5), "throttle": (0, 0), "fault": (0, 5)}
    back = next(hop for hop in analysis.flow.hops if hop.evidence is Evidence.READ)
    assert back.at is not None
    assert back.at.file.endswith("case-26-sent-back.json")


def test_figures_can_be_multiplied_by_hand() -> None:
    """Every figure is the sum of its paths, and every path the product of its factors."""
    for name, *_ in CASES:
        analysis = analysed(name)
        for each in analysis.flow.sites:
            for failure in CLASSES:
                found = analysis.figure(each, failure)
                assert sum(path.count.value for path in found.paths) + found.rest == found.count.value
