"""Paths as people read them: deliveries in words, and a state and the function that it calls as one place."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from seawall.report.deliveries import told_path
from seawall.report.names import Names

from .building import TRACE, report


def test_a_state_that_only_calls_a_function_is_one_place_with_it(tmp_path: Path) -> None:
    made = report(tmp_path)
    path = told_path(made.analysis.flow, Names.of(made), TRACE)
    assert [(mark.site, mark.tries, mark.running) for mark in path] == [
        ("Queue", 1, None),
        ("Pipe", 5, 5),
        ("Machine", 1, 5),
        ("Charge", 4, 20),
    ]
    assert path[-1].note == TRACE[-2].note


def test_it_stays_apart_where_more_is_to_be_said_of_either(tmp_path: Path) -> None:
    made = report(tmp_path)
    names, flow = Names.of(made), made.analysis.flow
    for last in (replace(TRACE[-1], tries=3), replace(TRACE[-1], awaits=False)):
        assert [mark.site for mark in told_path(flow, names, (*TRACE[:-1], last))][-2:] == [
            "Charge in Machine",
            "Charge",
        ]
    assert [mark.site for mark in told_path(flow, names, TRACE[:-1])][-1] == "Charge in Machine"
