"""The apps that `python -m bench` generates have the figures worked out by hand, and cost what their size says."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.shapes import SHAPES, TEMPLATE_LIMIT, write_app
from seawall.engine import Report, report_of
from seawall.graph import FailureClass
from seawall.template import load
from tests.whole import WHOLE


def _report(folder: Path, shape: str, resources: int, limit: int = TEMPLATE_LIMIT) -> Report:
    write_app(folder, shape, resources, limit)
    return report_of(load([folder]))


def _attempts(report: Report, logical_id: str) -> int | None:
    (site,) = [site for site in report.analysis.flow.sites if site.endswith(f"/{logical_id}")]
    return report.analysis.attempts.of(site, FailureClass.ERROR).max


def test_each_stage_of_a_chain_hands_off_so_each_function_runs_as_often_as_its_queue_delivers(tmp_path: Path) -> None:
    report = _report(tmp_path, "chains", 1)
    assert [_attempts(report, f"U0Worker{stage}") for stage in range(10)] == [3] * 10
    assert len(report.analysis.flow.sites) == 10 * 2 + 1  # a queue and a function for each stage, and the dead letters
    assert len(report.analysis.flow.hops) == 10 + 10 + 9  # deliveries, dead letters, messages to the next stage
    assert not report.analysis.loops


def test_each_branch_of_a_fan_is_one_queue(tmp_path: Path) -> None:
    report = _report(tmp_path, "fans", 1)
    assert {_attempts(report, f"U0Worker{branch}") for branch in range(60)} == {4}
    assert len(report.analysis.flow.hops) == 60 * 3  # to the queue, to the function, to the dead letters


def test_a_ring_sends_back_one_event_for_each_run_of_its_last_function(tmp_path: Path) -> None:
    report = _report(tmp_path, "loops", 1)
    (loop,) = report.analysis.loops
    assert len(loop.sites) == 5 * 2
    assert loop.gain[FailureClass.ERROR].max == 3
    assert _attempts(report, "U0Worker0") == 3


def test_the_layers_around_a_task_multiply(tmp_path: Path) -> None:
    report = _report(tmp_path, "machines", 1)
    assert {_attempts(report, f"U0Worker{task}") for task in range(40)} == {3 * 2 * 3}
    assert len(report.findings[0].also) == 39  # one finding for all tasks: one change would mend them


@pytest.mark.parametrize("shape", SHAPES)
def test_templates_are_of_a_size_that_cloudformation_takes(tmp_path: Path, shape: str) -> None:
    written = write_app(tmp_path, shape, 1200)
    app = load([tmp_path])
    assert all(len(template.resources) <= 500 for template in app.templates.values())
    assert sum(1 for _ in app.resources()) == written >= 1200


SIZES = (1000, 6000) if WHOLE else (300, 1500)
"""Resources. `make bench-growth` measures exponents with more shapes, and larger."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without garbage collection, as the command runs: its cost depends on all that other tests left behind."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_no_faster_than_the_app(tmp_path: Path, shape: str) -> None:
    seconds: dict[int, float] = {}
    _report(tmp_path / "first", shape, 200)  # imports
    for resources in SIZES:
        folder = tmp_path / str(resources)
        started = time.process_time()
        _report(folder, shape, resources, limit=10**6)
        seconds[resources] = time.process_time() - started
    small, large = SIZES
    exponent = math.log(seconds[large] / seconds[small]) / math.log(large / small)
    assert exponent < 1.3
