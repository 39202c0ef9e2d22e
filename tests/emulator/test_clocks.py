"""Clocks on the emulator: visibility, retention, delay and age shortened by one factor, and each of the runs counted.

Every answer was worked out by hand. Times lie half an interval apart, so that an emulator's own delays decide nothing.
What is random is played at length by `make oracle`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from seawall.replay import Bounds, MiniStack, Replay, ReplayOutcome, plan
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load

Raw = dict[str, Any]
MINUTE = 60
SIDE_BY_SIDE = 4
EXAMPLES = int(os.environ.get("SEAWALL_EXAMPLES", "0")) // SIDE_BY_SIDE
NUMBERS: Iterator[int] = count()


def resource(kind: str, **properties: Any) -> Raw:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


def queue(receives: int | None, visible: float, kept: float, dead: str = "Dead", **more: Any) -> Raw:
    """Times in minutes."""
    policy = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": receives}
    redrive = {"RedrivePolicy": policy} if receives else {}
    times = {"VisibilityTimeout": round(visible * MINUTE), "MessageRetentionPeriod": round(kept * MINUTE)}
    return resource("SQS::Queue", **times, **redrive, **more)


def reads(source: str, function: str = "Worker") -> Raw:
    mapping = {"EventSourceArn": arn(source), "FunctionName": {"Ref": function}, "BatchSize": 1}
    return resource("Lambda::EventSourceMapping", **mapping)


WORKER = resource("Lambda::Function", Handler="index.handler", Runtime="python3.13", Timeout=5)
ASYNCHRONOUS = resource(
    "Lambda::EventInvokeConfig",
    FunctionName={"Ref": "Worker"},
    Qualifier="$LATEST",
    MaximumRetryAttempts=2,
    MaximumEventAgeInSeconds=150,
)
TASK = {
    "Type": "Task",
    "Resource": arn("Worker"),
    "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
    "End": True,
}


def pipe(target: Any, **parameters: Any) -> Raw:
    source = {"SqsQueueParameters": {"BatchSize": 1}}
    return resource(
        "Pipes::Pipe", Source=arn("Queue"), SourceParameters=source, Target=target, TargetParameters=parameters
    )


FIFO: Raw = {"FifoQueue": True}
DEAD = resource("SQS::Queue", MessageRetentionPeriod=1_209_600)
WIRINGS: dict[str, tuple[Raw, int]] = {
    # At 0, 30 and 60 min of 75: then the message is gone, and the dead-letter queue gets nothing.
    "retention": ({"Queue": queue(10, 30, 75), "Dead": DEAD, "Mapping": reads("Queue")}, 3),
    # At 0 and 30 min; moved at 60 with its age, received once more, and gone at 85.
    "a dead-letter queue inherits the age": (
        {
            "Queue": queue(2, 30, 5_760),
            "Dead": queue(None, 30, 85),
            "Mapping": reads("Queue"),
            "DeadMapping": reads("Dead"),
        },
        3,
    ),
    # At 0 and 30 min; moved at 60 with a new age, received at 0, 30 and 60 min of 75.
    "a FIFO dead-letter queue starts again": (
        {
            "Queue": queue(2, 30, 5_760, **FIFO),
            "Dead": queue(None, 30, 75, **FIFO),
            "Mapping": reads("Queue"),
            "DeadMapping": reads("Dead"),
        },
        5,
    ),
    # At 15, 30 and 45 min of 55; without the delay it would be four times.
    "a FIFO queue's delay": (
        {
            "Queue": queue(10, 15, 55, **FIFO, DelaySeconds=900),
            "Dead": resource("SQS::Queue", **FIFO),
            "Mapping": reads("Queue"),
        },
        3,
    ),
    # At 0 and 60 s; the third run would be due at 180 s of 150.
    "an age behind a pipe": (
        {
            "Queue": queue(5, 30, 5_760),
            "Dead": DEAD,
            "Pipe": pipe(arn("Worker"), LambdaFunctionParameters={"InvocationType": "FIRE_AND_FORGET"}),
            "Config": ASYNCHRONOUS,
        },
        2,
    ),
    # Three receives, in each of which the task is tried twice.
    "retention in front of a machine": (
        {
            "Queue": queue(5, 30, 75),
            "Dead": DEAD,
            "Pipe": pipe({"Ref": "Machine"}, StepFunctionStateMachineParameters={"InvocationType": "REQUEST_RESPONSE"}),
            "Machine": resource(
                "StepFunctions::StateMachine",
                StateMachineType="EXPRESS",
                Definition={"StartAt": "Try", "States": {"Try": TASK}},
            ),
        },
        6,
    ),
}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """One that waits a second, and then two, where AWS waits one minute and two."""
    with MiniStack(tmp_path_factory.mktemp("clocks"), asynchronous_wait=1.0) as running:
        yield running


@pytest.fixture(scope="module")
def observe(emulator: MiniStack) -> Callable[[str], ReplayOutcome]:
    """What a wiring counted: all are under way side by side, as they mostly wait."""
    running = _started(emulator, [resources for resources, _ in WIRINGS.values()])
    by_name = dict(zip(WIRINGS, running, strict=True))
    return cache(lambda name: by_name[name].outcome(Bounds(seconds=90, settle=1.0)))


def _started(emulator: MiniStack, wirings: list[Raw]) -> list[Replay]:
    def start(resources: Raw) -> Replay:
        name = f"clock-{next(NUMBERS)}"
        path = Path(emulator.folder) / f"{name}.json"
        path.write_text(json.dumps({"Resources": {"Worker": WORKER, **resources}}))
        app = load([path])
        run = Replay(emulator, plan(app, analyse(build(app)), "Worker"), emulator.folder, name, speed=4_000)
        run.start()
        return run

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(start, wirings))


@pytest.mark.parametrize("name", WIRINGS)
def test_observed_is_what_fits_into_the_time(name: str, observe: Callable[[str], ReplayOutcome]) -> None:
    outcome = observe(name)
    (worker,) = (row for row in outcome.rows if row.key.site.endswith("/Worker"))
    assert (worker.predicted.count, worker.observed, worker.verdict) == (WIRINGS[name][1], WIRINGS[name][1], "equal")
    assert [row for row in outcome.rows if row.verdict not in ("equal", "open")] == []
    assert outcome.stopped_by == ""


@st.composite
def wirings(draw: st.DrawFn) -> Raw:
    """A queue whose time, or whose count, ends its receives, read by the function or through a machine."""
    visible = draw(st.sampled_from([10, 30, 60]))
    fits = draw(st.integers(1, 4))
    receives = draw(st.integers(1, 5))
    fifo: Raw = FIFO if draw(st.booleans()) else {}
    made: Raw = {"Queue": queue(receives, visible, (fits - 0.5) * visible, **fifo), "Dead": DEAD}
    if fifo:
        made["Dead"] = resource("SQS::Queue", **fifo)
    kind = draw(st.sampled_from(["mapping", "pipe", "handed off"]))
    if kind == "mapping":
        return made | {"Mapping": reads("Queue")}
    machine = WIRINGS["retention in front of a machine"][0]
    if kind == "pipe":
        return made | {"Pipe": machine["Pipe"], "Machine": machine["Machine"]}
    return made | {"Pipe": WIRINGS["an age behind a pipe"][0]["Pipe"], "Config": ASYNCHRONOUS}


@pytest.mark.skipif(not EXAMPLES, reason="make oracle plays it")
@settings(
    max_examples=max(1, EXAMPLES),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(st.lists(wirings(), min_size=SIDE_BY_SIDE, max_size=SIDE_BY_SIDE))
def test_observed_lies_within_what_is_predicted(emulator: MiniStack, drawn: list[Raw]) -> None:
    for resources, run in zip(drawn, _started(emulator, drawn), strict=True):
        outcome = run.outcome(Bounds(seconds=90, settle=1.0))
        note(json.dumps(resources))
        (worker,) = (row for row in outcome.rows if row.key.site.endswith("/Worker"))
        note(f"predicted {worker.predicted}, observed {worker.observed}")
        assert worker.observed is not None
        assert worker.predicted.count is not None
        assert (worker.predicted.least or 1) <= worker.observed <= worker.predicted.count
        assert [row for row in outcome.rows if row.verdict == "differs"] == []
        assert outcome.stopped_by == ""
