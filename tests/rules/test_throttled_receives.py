"""`throttled-receives`: few receives, and more runs asked for than reserved."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.rules import Confidence, Severity

from .judging import ALL, Raw, found, judged, only, scenario
from .reading import UNKNOWN, app, mapped, mapping, piped, redrive, resource

RULE = "throttled-receives"
TEN = {"ReservedConcurrentExecutions": 10}


def most(number: object) -> Raw:
    return {"ScalingConfig": {"MaximumConcurrency": number}}


def pollers(**settings: object) -> Raw:
    return {"ProvisionedPollerConfig": settings}


@pytest.mark.parametrize(
    ("queue", "worker", "settings", "fires"),
    [
        (redrive(3), TEN, {}, True),
        (redrive(4), TEN, {}, True),
        (redrive(5), TEN, {}, False),
        ({}, TEN, {}, False),  # no redrive policy: throttled messages stay
        (redrive(3), {}, {}, False),  # nothing reserved
        (redrive(3), {"ReservedConcurrentExecutions": 0}, {}, True),
        (redrive(3), {"ReservedConcurrentExecutions": 1_249}, {}, True),
        (redrive(3), {"ReservedConcurrentExecutions": 1_250}, {}, False),  # a mapping asks for no more
        (redrive(3), TEN, most(10), False),
        (redrive(3), TEN, most(11), True),
        (redrive(3), TEN, pollers(MaximumPollers=2), True),  # 2 x 10
        (redrive(3), {"ReservedConcurrentExecutions": 20}, pollers(MaximumPollers=2), False),
        (redrive(3), {"ReservedConcurrentExecutions": 1_999}, pollers(MinimumPollers=2), True),  # 200 x 10 by default
        (redrive(3), {"ReservedConcurrentExecutions": 2_000}, pollers(MinimumPollers=2), False),
        (redrive(UNKNOWN), TEN, {}, False),
        (redrive(3), {"ReservedConcurrentExecutions": UNKNOWN}, {}, False),
        (redrive(3), TEN, most(UNKNOWN), False),
        (redrive(3), TEN, pollers(MaximumPollers=UNKNOWN), False),
        (redrive(3), TEN, {"Enabled": False}, False),
    ],
)
def test_fires(tmp_path: Path, queue: Raw, worker: Raw, settings: Raw, fires: bool) -> None:
    assert len(found(judged(tmp_path, mapped(queue, worker, **settings)), RULE)) == fires


def test_says_the_numbers_and_how_to_mend_it(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, mapped(redrive(3), TEN)), RULE)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert finding.place.property == "RedrivePolicy.maxReceiveCount"
    assert finding.message.splitlines() == [
        "3 throttled receives move a message of app/Queue to its dead-letter queue, and its code never ran",
        "app/Worker may run 10 at once (ReservedConcurrentExecutions)",
        "its queues ask for up to 1,250: 1,250 (app/Queue: no MaximumConcurrency)",
    ]
    assert finding.fix.text == (
        "1. set MaximumConcurrency 10 or less where app/Worker reads app/Queue; 2. set maxReceiveCount 5 or more on "
        "app/Queue"
    )


@pytest.mark.parametrize(("second", "fires"), [(5, False), (6, True)])
def test_the_queues_of_a_function_ask_together(tmp_path: Path, second: int, fires: bool) -> None:
    template = app(
        Queue=resource("SQS::Queue", **redrive(3)),
        Other=resource("SQS::Queue", **redrive(2)),
        Worker=resource("Lambda::Function", **TEN),
        Mapping=mapping(**most(5)),
        Second=mapping("Other", **most(second)),
    )
    messages = [(one.site, one.also, one.message) for one in found(judged(tmp_path, template), RULE)]
    assert len(messages) == fires
    for site, also, message in messages:
        assert (site, also) == ("app/Other", ("app/Queue",)), "the one with the fewest receives"
        assert "ask for up to 11: 5 (app/Queue: MaximumConcurrency) + 6 (app/Other: MaximumConcurrency)" in message


def test_a_queue_with_enough_receives_asks_too_but_is_not_reported(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue", **redrive(3)),
        Other=resource("SQS::Queue", **redrive(5)),
        Worker=resource("Lambda::Function", **TEN),
        Mapping=mapping(**most(8)),
        Second=mapping("Other", **most(8)),
    )
    finding = only(judged(tmp_path, template), RULE)
    assert (finding.site, finding.also) == ("app/Queue", ())


def test_one_reserved_run_leaves_no_room_for_a_maximum(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, mapped(redrive(3), {"ReservedConcurrentExecutions": 1})), RULE)
    assert finding.fix.text == (
        "1. set maxReceiveCount 5 or more on app/Queue; 2. reserve 5 or more for app/Worker, "
        "and set MaximumConcurrency to match"
    )


def test_fifo_groups_bound_the_runs_at_once(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, mapped({"FifoQueue": True, **redrive(3)}, TEN)), RULE)
    assert finding.confidence is Confidence.MEDIUM
    assert "assumes more than 10 message groups are active at once" in finding.message


def test_a_pipe_does_not_count_its_throttles(tmp_path: Path) -> None:
    assert not found(judged(tmp_path, piped(redrive(3), to=resource("Lambda::Function", **TEN))), RULE)


def test_the_least_receives_can_be_set(tmp_path: Path) -> None:
    template = mapped(redrive(3), TEN)
    assert not found(judged(tmp_path, template, least_receives=3), RULE)
    assert "set maxReceiveCount 4 or more" in only(judged(tmp_path, template, least_receives=4), RULE).fix.text


@pytest.mark.parametrize("name", ALL)
def test_scenarios_reserve_nothing(name: str) -> None:
    assert not found(scenario(name), RULE)
