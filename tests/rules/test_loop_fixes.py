"""How a loop is opened: one change of its own cycle, and what comes before it so that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.engine import report_of
from seawall.rules import Finding
from seawall.template import load
from tests.rules.judging import scenario

APPS = Path(__file__).parents[1] / "remedies" / "apps"
RULE = "retry-loop"


def loops(name: str) -> dict[str, Finding]:
    report = report_of(load([APPS / f"{name}.yaml"]))
    return {one.site.rpartition("/")[2]: one for one in report.findings if one.rule == RULE}


def places(finding: Finding) -> set[tuple[str, str]]:
    edits = [edit for change in finding.changes for edit in change.edits]
    return {(edit.place.address.logical_id, edit.place.property) for edit in edits}


def test_loops_that_share_a_site_are_each_opened_on_their_own_cycle() -> None:
    """`Failed` is read as a dead-letter queue; `Hopeless` is written to and read by the same function."""
    found = loops("dead-letters-sent-back")
    assert found["Failed"].fix.text.startswith(
        "stop dead-letters-sent-back/Sorter from reading the dead-letter queue dead-letters-sent-back/Failed"
    )
    assert places(found["Failed"]) == {("SorterDeadLetter", "")}
    assert (
        "If so, first add a dead-letter queue with maxReceiveCount 5 to dead-letters-sent-back/Hopeless; then let "
        "dead-letters-sent-back/Sorter raise the error instead of sending it back to dead-letters-sent-back/Hopeless"
    ) in found["Hopeless"].fix.text
    assert {name for name, _ in places(found["Hopeless"])} == {"Hopeless", "HopelessDeadLetters", "Sorter"}


@pytest.mark.parametrize("name", ["started-and-forgotten"])
def test_what_fails_in_a_machine_that_nobody_waits_for_is_caught_there(name: str) -> None:
    """Raising alone would lose the event: `Starter` is done long before `Charge` fails."""
    (finding,) = loops(name).values()
    assert f"Catch it in {name}/Payment" in finding.fix.text
    assert "without a consumer" in finding.fix.text


def test_where_a_queue_delivers_it_says_where_the_event_ends() -> None:
    report = scenario("case-26-sent-back")
    (finding,) = [one for one in report.findings if one.rule == RULE]
    told = finding.fix.text.replace("case-26-sent-back/", "")
    assert "Queue then tries it again and in the end moves it to Dead, which should have no consumer" in told
