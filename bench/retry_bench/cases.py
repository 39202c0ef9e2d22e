"""The data set: cases with their truth."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, convert

FILE = Path(__file__).with_name("cases.jsonl")
LIMIT = 10
"""Runs of one function or state for one event above which retries are too many, in this bench."""
OVER, ENDLESS, LOOP = "over", "endless", "loop"
HAZARDS = {
    ENDLESS: "no count bounds how often work is tried",
    OVER: f"one failing event can run something more than {LIMIT} times",
    LOOP: "work that is done or fails is sent back to where it came from",
}


class Runs(Struct, frozen=True):
    """How often something runs for one event that always fails in one way."""

    min: int
    max: int | None
    """None: no count bounds it."""
    bounded_by: str = "count"
    """`count`, `time` or `nothing`."""


class Case(Struct, frozen=True):
    """One small app."""

    id: str
    templates: dict[str, Any]
    """By file name."""
    runs: dict[str, dict[str, Runs]]
    """By logical id and failure class: as far as the label says. A state is ``machine#state``."""
    loops: int | None
    """How many loops of events there are; None: not labelled."""
    hazards: list[str]
    """What a tool has to warn of; empty: nothing of the kinds that the bench knows."""
    why: str = ""


@cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of the file."""
    lines = FILE.read_text("utf-8").splitlines()
    return tuple(convert(json.loads(line), Case) for line in lines if line)
