"""Findings that say the same of several places are told once, and every place is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from seawall.report.alike import grouped, way
from seawall.report.entries import entries
from seawall.report.format import Screen
from seawall.report.json_ import render as as_json
from seawall.report.text import render
from seawall.rules import Finding, Fix, Mark, Severity

from .building import finding, report


def same(name: str, **changed: Any) -> Finding:
    made = replace(
        finding(),
        site=name,
        headline=f"one failing event can run {name} 5 times",
        facts=(f"then {name} is silently lost",),
        fix=Fix.of(f"give {name} a dead-letter queue"),
        trace=(Mark("Queue", 1), Mark(name, 5, "maxReceiveCount = 5", running=5)),
    )
    return replace(made, **changed)


@pytest.fixture(autouse=True)
def in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


NAMES = ("Bill", "Mail", "Ship", "Stock")


def test_what_is_said_of_three_places_is_said_once() -> None:
    found = report(Path(), [same(name) for name in NAMES])
    (alike,) = grouped(entries(found))
    assert [each.finding.site for each in (alike.first, *alike.others)] == list(NAMES)
    text = render(found, Screen())
    assert text.count("error[stacked-retries]") == 1
    assert "= the same holds for 3 more, with the same fix on each (-v shows it):\n    Queue -> Mail" in text
    assert all(f"Queue -> {name}" in text for name in NAMES[1:])
    assert "Check failed: 4 errors." in text


def test_two_are_told_in_full_and_with_v_all_are() -> None:
    two = report(Path(), [same(name) for name in NAMES[:2]])
    assert [each.others for each in grouped(entries(two))] == [(), ()]
    text = render(report(Path(), [same(name) for name in NAMES]), Screen(verbose=True))
    assert text.count("error[stacked-retries]") == len(NAMES)


def test_another_number_another_severity_and_another_fix_stand_alone() -> None:
    others = [
        same("Audit", attempts=99),
        same("Print", severity=Severity.WARNING),
        same("Store", fix=Fix.of("lower maxReceiveCount")),
        same("Track", trace=(Mark("Queue", 1), Mark("Track", 7, "maxReceiveCount = 7", running=7))),
    ]
    found = grouped(entries(report(Path(), [*(same(name) for name in NAMES), *others])))
    assert sorted(each.first.finding.site for each in found) == ["Audit", "Bill", "Print", "Store", "Track"]


def test_a_name_within_another_is_no_difference() -> None:
    found = grouped(entries(report(Path(), [same(name) for name in ("Bill", "Billing", "BillingRun")])))
    assert len(found) == 1


def test_many_are_counted() -> None:
    text = render(report(Path(), [same(f"Worker{number}") for number in range(21)]), Screen())
    assert "the same holds for 20 more" in text
    assert "\n    and 10 more\n" in text


def test_programs_get_each_of_them() -> None:
    assert as_json(report(Path(), [same(name) for name in NAMES]), Screen()).count('"rule": "stacked-retries"') >= 4


def test_the_way_of_a_finding_without_a_path_is_its_place() -> None:
    assert way(replace(finding(), trace=())) == finding().site


def test_functions_that_are_invoked_asynchronously_are_told_once() -> None:
    """Their queues have a name that begins alike and ends with the function's."""

    def of(name: str) -> Finding:
        queue = f"{name} (asynchronous)"
        return same(
            queue,
            headline=f"if {name} fails 3 times, Lambda drops the event",
            fix=Fix.of(f"set it on {name}"),
            facts=(),
        )

    report_ = report(Path(), [of(name) for name in ("OneLambda", "TwoLambda", "ThreeLambda")])
    (group,) = grouped(list(entries(report_)))
    assert len(group.others) == 2
