"""The text output of every scenario, as snapshots: a change of words is reviewed as words.

What is printed unless more is asked for, and what ``-v --what-if`` prints. `make snapshots` renews them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from seawall.engine import report_of, with_what_if
from seawall.report.format import Screen
from seawall.report.text import render
from seawall.template import load

SCENARIOS = sorted(Path(__file__).parent.glob("*.json"))


class _Text(SingleFileSnapshotExtension):
    """A file for each scenario, as it is printed."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_reads_as_it_did(file: Path, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert render(report_of(load([file.name])), Screen()) == snapshot(extension_class=_Text)


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_says_everything(file: Path, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    report = with_what_if(report_of(load([file.name])))
    assert render(report, Screen(width=120, verbose=True)) == snapshot(extension_class=_Text)
