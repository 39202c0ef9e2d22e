"""Messages that run again because they share a batch with one that fails."""

from __future__ import annotations

from pathlib import Path

from seawall.retries.neighbours import Neighbours

from . import wirings as w
from .test_wirings import read


def test_nine_others_run_as_often_as_the_batch(tmp_path: Path) -> None:
    """Ten to a batch, 5 receives: F fails, and nine run with it 5 times."""
    resources = {"Q": w.queue(5), "Dead": w.queue(), "F": w.function(), "E": w.reads("Q", "F", BatchSize=10)}
    (found,) = read(tmp_path, resources).neighbours("app/F")
    assert (found.site, found.runs.max, found.others) == ("app/F", 5, 9)
    assert isinstance(found, Neighbours)
