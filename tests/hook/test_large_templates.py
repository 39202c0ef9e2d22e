"""Templates at the limit, and some that mean harm: an answer in time, within the memory that the function has."""

from __future__ import annotations

import time

import pytest

from bench.gate_templates import HOSTILE, LIMIT, largest
from seawall.hook.handling import LONGEST, answer

from . import events
from .events import LambdaContext


def test_one_megabyte_is_judged() -> None:
    """500 resources: 100 queues of five receives each, in chains that hand off."""
    text = largest()
    assert len(text) > 0.9 * LIMIT
    found = answer(events.of_stack(), LambdaContext(), events.payload(text))
    assert found["hookStatus"] == "SUCCESS"
    assert "nothing found" in found["message"]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_means_harm_is_answered_in_time(name: str) -> None:
    """Judged, or said not to be: never a hang, never an instance that dies."""
    text = HOSTILE[name]()
    assert len(text) <= LIMIT
    started = time.monotonic()
    found = answer(events.of_stack(), LambdaContext(4, 512), events.payload(text))
    assert time.monotonic() - started < LONGEST
    assert found["message"].startswith("Seawall")


def test_what_is_left_out_is_said() -> None:
    found = answer(events.of_stack(), LambdaContext(), events.payload(HOSTILE["loops for 10^6 resources"]()))
    assert "Left out: " in found["message"]


def test_a_template_that_takes_all_memory_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.hook.judging.report_of", lambda *_: [bytearray(50_000_000) for _ in range(1000)])
    found = answer(events.of_stack(), LambdaContext(20, 700), events.payload({"Resources": events.queue(3)}))
    assert found["hookStatus"] == "SUCCESS"
    assert "memory" in found["message"]
