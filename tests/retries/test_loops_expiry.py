"""Messages that only redrive policies lead round: standard queues keep the time of the first send, FIFO ones do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.graph import FailureClass
from seawall.retries import Loop

from . import wirings as w
from .test_wirings import read
from .wirings import Json, arn

FIFO: Json = {"FifoQueue": True}
FOURTEEN: Json = {"MessageRetentionPeriod": 1_209_600}


def ring(first: Json, second: Json, **more: Json) -> Json:
    """Q (3) -> F, D (2) -> G, each the other's dead-letter queue."""
    return {
        "Q": w.queue(3, "D", **first),
        "D": w.queue(2, "Q", **second),
        "F": w.function(),
        "G": w.function(),
        "EQ": w.reads("Q", "F"),
        "ED": w.reads("D", "G"),
        **more,
    }


def found(tmp_path: Path, resources: Json) -> Loop:
    (loop,) = read(tmp_path, resources).loops
    return loop


@pytest.mark.parametrize(
    ("first", "second", "expires"),
    [
        ({}, {}, 345_600),
        ({}, FOURTEEN, 1_209_600),  # the longest that either keeps it
        (FIFO, FIFO, None),  # the time is new at each move
    ],
)
def test_what_ends_a_ring_of_dead_letters(tmp_path: Path, first: Json, second: Json, expires: float | None) -> None:
    loop = found(tmp_path, ring(first, second))
    assert loop.expires == expires
    assert {loop.gain[each].max for each in FailureClass if each in loop.gain} == {1}
    assert {loop.gain_min[each].max for each in loop.gain_min} == {1}


def test_what_a_pipe_sends_again_is_a_new_message(tmp_path: Path) -> None:
    """Q (3) -> F; its dead letters go back by a pipe: sent anew, so that no age ends it."""
    pipe = w.resource("Pipes::Pipe", RoleArn=arn("Role"), Source=arn("D"), Target=arn("Q"))
    resources = {"Q": w.queue(3, "D"), "D": w.queue(), "F": w.function(), "EQ": w.reads("Q", "F"), "Pipe": pipe}
    loop = found(tmp_path, resources)
    assert (loop.expires, loop.gain_min[FailureClass.ERROR].max) == (None, 1)
