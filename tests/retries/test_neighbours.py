"""Messages that run again because they share a batch with one that fails."""

from __future__ import annotations

import json
from pathlib import Path

from seawall.retries import analyse
from seawall.retries.neighbours import Neighbours
from seawall.services import build
from seawall.template import load

from . import wirings as w


def test_nine_others_run_as_often_as_the_batch(tmp_path: Path) -> None:
    """Ten to a batch, 5 receives: F fails, and nine run with it 5 times."""
    resources = {"Q": w.queue(5), "Dead": w.queue(), "F": w.function(), "E": w.reads("Q", "F", BatchSize=10)}
    (tmp_path / "app.json").write_text(json.dumps(w.template(resources)), "utf-8")
    (found,) = analyse(build(load([tmp_path / "app.json"]))).neighbours("app/F")
    assert (found.site, found.runs.max, found.others) == ("app/F", 5, 9)
    assert isinstance(found, Neighbours)
