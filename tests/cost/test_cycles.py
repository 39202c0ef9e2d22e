"""What cycles cost and when they have filled all that may run at once, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.cost import Cost, CostItem, Saturation
from seawall.cost.cycles import QUICK, Pace, pace
from seawall.cost.wording import full, in_full, listed, said
from seawall.engine import report_of
from seawall.graph import FailureClass
from seawall.template import load, load_body

SCENARIOS = Path(__file__).parents[1] / "scenarios"
RUN = 0.20 / 1_000_000 + 10 * 128 / 1024 * 0.0000166667
"""A run of 10 s at 128 MB."""


def cost_of(name: str, **reserved: int) -> Cost:
    body: Any = json.loads((SCENARIOS / f"{name}.json").read_text())
    for logical_id, number in reserved.items():
        body["Resources"][logical_id]["Properties"]["ReservedConcurrentExecutions"] = number
    report = report_of(load_body(body) if reserved else load([SCENARIOS / f"{name}.json"]))
    (found,) = [each.cost for each in report.findings if each.rule == "retry-loop"]
    assert found is not None
    return found


def test_one_that_multiplies_fills_the_account_and_has_a_price_by_the_hour() -> None:
    """Case 13: 4 come back; 4^5 = 1,024. A round: the trigger's 10 s, four runs of 10 s and waits of 1, 2 and 4 s."""
    cost = cost_of("case-13-requeue")
    assert cost.per_event is None
    assert cost.saturation == Saturation(
        1_000,
        "",
        5,
        5 * (10 + 4 * 10 + 1 + 2 + 4),
        (
            "10 s case-13-requeue/Trigger",
            "4 x 10 s case-13-requeue/Task",
            "7 s of waits (1 + 2 + 4; IntervalSeconds, BackoffRate)",
        ),
    )
    round_ = 5 * RUN + 4 * 0.000025 + (4 + 1 + 1) * 0.40 / 1_000_000  # 4 sends, one receive and one delete
    assert cost.per_hour == pytest.approx(round_ * 1_000 * 3_600 / (5 * 10))


def test_reserved_concurrency_is_filled_sooner() -> None:
    saturation = cost_of("case-13-requeue", Task=16).saturation
    assert saturation is not None
    assert (saturation.at_once, saturation.site.rpartition("/")[2], saturation.rounds) == (16, "Task", 2)


def test_one_that_is_limited_has_a_price_in_all() -> None:
    """5 rounds make 1,365 events."""
    cost = cost_of("case-13-stated-laps")
    assert cost.per_event == pytest.approx(1_365 * (5 * RUN + 4 * 0.000025 + (1 + 1 + 1) * 0.40 / 1_000_000))
    assert (cost.per_hour, cost.saturation) == (None, None)


def test_one_that_would_make_millions_is_priced_by_the_hour() -> None:
    """5 come back, 16 times: 5^16 runs never run in a time that counts. A round: five runs of
    30 s, 5 sends and 5 receives: what is received again is not deleted.
    """
    cost = cost_of("case-26-sent-back")
    assert cost.per_event is None
    assert cost.saturation is not None
    assert (cost.saturation.at_once, cost.saturation.rounds) == (1_000, 5)
    run = 0.20 / 1_000_000 + 30 * 128 / 1024 * 0.0000166667
    round_ = 5 * run + 10 * 0.40 / 1_000_000
    assert cost.per_hour == pytest.approx(round_ * 1_000 * 3_600 / (5 * 30))


def test_a_price_below_a_dollar_is_no_argument() -> None:
    assert said(Cost(0.000999, ())) == ""
    assert said(Cost(0.001, ())).startswith("up to $1.00 for 1,000 such events in us-east-1")
    assert said(Cost(None, (), per_hour=0.99)) == ""
    assert said(Cost(0.99, (), alone=True)) == ""


def test_in_words() -> None:
    """An hour of 1,000 runs at once of 10 s each are 360,000 runs: 72,000 rounds of five."""
    cost = cost_of("case-13-requeue")
    assert said(cost) == (
        "about $15 an hour in us-east-1 while 1,000 run at once: Lambda $7.57 (360,000 runs of 128 MB that last their "
        "10 s) + Step Functions $7.20 (288,000 state transitions) + SQS $0.17 (432,000 requests); shorter runs cost "
        "more"
    )
    assert in_full(cost) == (
        "$14.94 an hour while 1,000 run at once = "
        "$7.50 for 360,000 runs (5 a round: 1 case-13-requeue/Trigger + 4 case-13-requeue/Task) x 10 s (Timeout) x "
        "128 MB (MemorySize, AWS's default) "
        "+ $7.20 for 288,000 state transitions "
        "+ $0.17 for 432,000 SQS requests (288,000 sends + 72,000 receives + 72,000 deletes) "
        "+ $0.07 for 360,000 Lambda requests "
        "(list prices in us-east-1: $0.40 a million SQS requests, $0.20 a million Lambda requests, "
        "$0.0000166667 a Lambda GB-second, $25 a million state transitions)"
    )
    name = "case-13-requeue"
    assert full(cost, 4) == (
        (
            "within 5 rounds of at most 57 s, 4 min 45 s in all (4^5 = 1,024), all 1,000 concurrent runs of an "
            "account (AWS's default) are taken, and others are throttled"
        ),
        (
            f"a round of 57 s at most: 10 s {name}/Trigger + 4 x 10 s {name}/Task + 7 s of waits (1 + 2 + 4; "
            "IntervalSeconds, BackoffRate)"
        ),
    )
    assert said(Cost(None, (), per_hour=7.0)) == (
        "about $7.00 an hour in us-east-1 for each such event, until it is stopped"
    )
    assert said(Cost(None, ())) == ""
    assert said(Cost(57.2, ())) == "up to $57,200 for 1,000 such events in us-east-1"
    assert said(Cost(57.2, (), alone=True)) == "about $57 for one such event in us-east-1"
    assert listed(cost)[0] == f"price in full: {in_full(cost)}"
    assert listed(Cost(None, (CostItem("A", "SQS request", 3, 0.0000004),), by_round=True)) == [
        "of one round: 3 SQS requests of A: $0.0000012"
    ]


def paced(body: Any) -> Pace:
    report = report_of(load_body(body))
    (loop,) = report.analysis.loops
    found = pace(report.analysis, loop, FailureClass.ERROR)
    assert found is not None
    return found


def test_the_ordinary_case_has_a_pace_of_its_own() -> None:
    """Case 13: of an error one comes back, after 10 s of the trigger and 10 s of the task: 86,400 / 20 = 4,320."""
    found = paced(json.loads((SCENARIOS / "case-13-requeue.json").read_text()))
    assert (found.lasts.seconds, found.runs, found.rounds_a_day) == (20, 2, 4_320)
    assert found.per_day == pytest.approx(4_320 * (2 * RUN + 0.000025 + (1 + 1 + 1) * 0.40 / 1_000_000))
    short = 0.20 / 1_000_000 + QUICK * 128 / 1024 * 0.0000166667  # 86,400 / (2 x 0.2 s) = 216,000 rounds
    assert found.quick is not None
    assert found.quick.runs_a_day == 2 * 216_000
    assert found.quick.per_day == pytest.approx(216_000 * (2 * short + 0.000025 + (1 + 1 + 1) * 0.40 / 1_000_000))


def test_of_two_branches_that_send_back_the_longer_one_is_told_and_the_other_does_not_run() -> None:
    """10 s of the trigger and 40 s of the slower task: 86,400 / 50 = 1,728, with two runs each."""
    body: Any = json.loads((SCENARIOS / "case-13-requeue.json").read_text())
    resources = body["Resources"]
    resources["Slow"] = json.loads(json.dumps(resources["Task"]))
    resources["Slow"]["Properties"]["Timeout"] = 40

    def task(name: str) -> Any:
        function = {"FunctionName": f"${{{name}}}", "Payload.$": "$"}
        return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": function, "End": True}

    slow = {"Variable": "$.kind", "StringEquals": "slow", "Next": "Slow"}
    states = {"Kind": {"Type": "Choice", "Choices": [slow], "Default": "Quick"}, "Slow": task("Slow")}
    definition = {"StartAt": "Kind", "States": {**states, "Quick": task("Task")}}
    arns = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("Slow", "Task")}
    resources["Machine"]["Properties"]["DefinitionString"] = json.dumps(definition)
    resources["Machine"]["Properties"]["DefinitionSubstitutions"] = arns
    found = paced(body)
    assert (found.lasts.seconds, found.runs, found.rounds_a_day) == (50, 2, 1_728)
