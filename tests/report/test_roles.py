"""Long names are said in the first line and on the path; after that, what has one is called by what it is."""

from __future__ import annotations

from typing import Any

from seawall.engine import Report, report_of
from seawall.report.entries import Entry, entries
from seawall.report.format import Screen
from seawall.report.names import Names
from seawall.report.roles import LONG
from seawall.report.text import render
from seawall.template import load_body

QUEUE, WORKER, DEAD = "OrdersThatWereNotYetCharged", "ChargeTheCustomerOfTheOrder", "OrdersThatCouldNotBeCharged"


def checked(**properties: Any) -> Report:
    resources = {
        QUEUE: {"Type": "AWS::SQS::Queue", "Properties": properties},
        WORKER: {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 5}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": [QUEUE, "Arn"]},
                "FunctionName": {"Ref": WORKER},
                "BatchSize": 1,
            },
        },
    }
    dead = {DEAD: {"Type": "AWS::SQS::Queue"}} if properties else {}
    return report_of(load_body({"Resources": {**resources, **dead}}))


def only(report: Report, names: Names | None = None) -> Entry:
    (found,) = entries(report, names or Names.of(report))
    return found


def test_a_long_name_is_said_once() -> None:
    report = checked()
    entry = only(report)
    assert f"run {WORKER} 11,520 times: {QUEUE} has no maxReceiveCount" in entry.headline
    assert entry.fix.startswith("give the queue a dead-letter queue with maxReceiveCount 5 or more")
    assert [mark.role for mark in entry.shown.trace] == ["the queue", "the function"]
    drawn = render(report, Screen(width=100)).splitlines()
    assert f"  {QUEUE} (the queue)" in drawn
    assert any(line.startswith(f"  +- {WORKER} (the function)") for line in drawn)


def test_what_a_finding_speaks_of_twice_keeps_its_name() -> None:
    """The dead-letter queue is a queue as well."""
    policy = {"maxReceiveCount": 50, "deadLetterTargetArn": {"Fn::GetAtt": [DEAD, "Arn"]}}
    entry = only(checked(RedrivePolicy=policy))
    assert f"on {QUEUE}" in entry.fix
    assert [mark.role for mark in entry.shown.trace] == ["", "the function"]


def test_programs_get_whole_names() -> None:
    report = checked()
    (found,) = entries(report)
    assert QUEUE in found.fix
    assert all(not mark.role for mark in found.shown.trace)
    assert min(map(len, (QUEUE, WORKER, DEAD))) > LONG
