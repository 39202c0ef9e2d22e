"""`excessive-retries`."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.rules import Severity

from .judging import ALL, body, found, judged, only, scenario

RULE = "excessive-retries"
QUEUE = "excessive-single-layer/Queue"


def test_fires_with_the_setting() -> None:
    finding = only(scenario("excessive-single-layer"), RULE)
    assert finding.message.splitlines() == [
        f"{QUEUE} alone runs excessive-single-layer/Worker 100 times for one event: maxReceiveCount = 100",
        "time to give up: about 1 h 40 min, run times not counted",
    ]
    assert (finding.attempts, finding.severity) == (100, Severity.WARNING)
    assert finding.place.property == "RedrivePolicy.maxReceiveCount"


@pytest.mark.parametrize("name", sorted(set(ALL) - {"excessive-single-layer"}))
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)


@pytest.mark.parametrize(("count", "fires"), [(10, False), (11, True)])
def test_the_limit_is_allowed(tmp_path: Path, count: int, fires: bool) -> None:
    template = body("excessive-single-layer")
    template["Resources"]["Queue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] = count
    assert bool(found(judged(tmp_path, template), RULE)) is fires


def test_a_state_that_retries_too_often(tmp_path: Path) -> None:
    template = body("case-07-two-retriers")
    finding = only(judged(tmp_path, template, max_attempts=7), RULE)
    assert finding.message.startswith("app/Machine#")
    assert "runs 8 times for one event: Retry " in finding.message
    assert "back-off and jitter" in finding.fix


def test_a_stream_is_told_of_its_shard(tmp_path: Path) -> None:
    template = body("case-11b-stream-bounded")
    (mapping,) = [each for each in template["Resources"].values() if each["Type"].endswith("EventSourceMapping")]
    mapping["Properties"]["MaximumRetryAttempts"] = 500
    finding = only(judged(tmp_path, template), RULE)
    assert finding.attempts == 501
    assert "no later record" in finding.fix
    assert "queue" not in finding.fix
