"""What cycles cost and when they have filled all that may run at once, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.cost import Cost, Saturation
from seawall.cost.wording import full, listed, said
from seawall.engine import report_of
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
    assert cost.saturation == Saturation(1_000, "", 5, 5 * (10 + 4 * 10 + 1 + 2 + 4))
    round_ = 5 * RUN + 4 * 0.000025 + 2 * 0.40 / 1_000_000
    assert cost.per_hour == pytest.approx(round_ * 1_000 * 3_600 / (5 * 10))


def test_reserved_concurrency_is_filled_sooner() -> None:
    saturation = cost_of("case-13-requeue", Task=16).saturation
    assert saturation is not None
    assert (saturation.at_once, saturation.site.rpartition("/")[2], saturation.rounds) == (16, "Task", 2)


def test_one_that_is_limited_has_a_price_in_all() -> None:
    """5 rounds make 1,365 events."""
    cost = cost_of("case-13-stated-laps")
    assert cost.per_event == pytest.approx(1_365 * (5 * RUN + 4 * 0.000025 + 2 * 0.40 / 1_000_000))
    assert (cost.per_hour, cost.saturation) == (None, None)


def test_in_words() -> None:
    cost = cost_of("case-13-requeue")
    assert said(cost).startswith("$14.83 an hour once 1,000 run at once (list prices in us-east-1, every run as long ")
    assert full(cost) == (
        "fills the 1,000 concurrent runs that an account has by default after 5 rounds, within 4 min 45 s at the latest"
    )
    assert said(Cost(None, (), per_hour=0.01)).startswith("$0.24 a day for each such event, until it is stopped (")
    assert said(Cost(None, ())) == ""
    assert said(Cost(57.2, ())).startswith("$57,200.00 for 1,000 such events (")
    assert said(Cost(57.2, (), by_round=True)).startswith("$57.20 for each such event (")
    assert all(line.startswith("of one round: ") for line in listed(cost_of("case-13-stated-laps")) if ": $" in line)
