"""`WebhookPipeline` in all its forms on the emulator, every function of it failing in turn."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import aws_cdk as cdk
import pytest

from seawall.replay import Bounds, MiniStack, Replay, ReplayOutcome, plan
from seawall.retries import analyse
from seawall.services import build
from seawall.template import load
from tests.constructs.conftest import FORMS

SITES = [
    ("Function", "Worker"),
    ("Groups", "Worker"),
    ("Awaited", "Charging"),
    ("Awaited", "Saving"),
    ("Standard", "Worker"),
    ("ExpressOwner", "Worker"),
    ("Taken", "Worker"),
]
FAILURES = ("error", "timeout", "fault") if "SEAWALL_EXAMPLES" in os.environ else ("error",)
CASES = [(form, site, failure) for form, site in SITES for failure in FAILURES]
FIVE = 5
"""Receives that the queue of a pipeline gives a message unless told otherwise: `max_attempts`."""

Observe = Callable[[str, str, str], ReplayOutcome]


@pytest.fixture(scope="module")
def observe(emulator: MiniStack, tmp_path_factory: pytest.TempPathFactory) -> Observe:
    """What was counted; all cases run side by side."""
    outdir = tmp_path_factory.mktemp("pipelines")
    context = {"aws:cdk:enable-path-metadata": True}
    app = cdk.App(outdir=str(outdir), context=context, builtin_cloud_formation_validation=False)
    for name, form in FORMS.items():
        form(cdk.Stack(app, name))
    app.synth()
    with ThreadPoolExecutor(4) as pool:
        running = {case: pool.submit(_started, emulator, outdir, *case) for case in CASES}
    return cache(lambda *case: running[case].result().outcome(Bounds(seconds=90)))


def _started(emulator: MiniStack, outdir: Path, form: str, site: str, failure: str) -> Replay:
    app = load([outdir / f"{form}.template.json"])
    experiment = plan(app, analyse(build(app)), site, failure)
    run = Replay(emulator, experiment, emulator.folder, f"{form}-{site}-{failure}".lower())
    run.start()
    return run


@pytest.mark.parametrize(("form", "site", "failure"), CASES)
def test_observed_is_predicted(form: str, site: str, failure: str, observe: Observe) -> None:
    outcome = observe(form, site, failure)
    assert [row for row in outcome.rows if row.verdict not in ("equal", "open")] == []
    assert [row for row in outcome.rows if row.verdict == "open" and not row.why] == []
    assert outcome.stopped_by == ""


@pytest.mark.parametrize("failure", FAILURES)
def test_the_queue_gives_five_receives_and_a_dead_letter(failure: str, observe: Observe) -> None:
    counted = {
        (row.kind, row.key.what.value): row.observed
        for row in observe("Function", "Worker", failure).rows
        if "DeadLetter" not in row.key.site
    }
    assert counted["function", "runs"] == counted["queue", "receives"] == FIVE
    assert counted["queue", "dead letters"] == 1


def test_a_healthy_step_runs_again_with_the_failing_one(observe: Observe) -> None:
    runs = {
        row.key.site.rpartition("/")[2]: row.observed
        for row in observe("Awaited", "Saving", "error").rows
        if row.kind == "function"
    }
    assert runs == {"Charging": FIVE, "Saving": FIVE}
