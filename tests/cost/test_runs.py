"""Prices of one failing event, worked out by hand from list prices of us-east-1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from seawall.cost import Cost, CostItem
from seawall.cost.model import dollars
from seawall.cost.runs import event_cost
from seawall.cost.wording import in_full, said
from seawall.engine import Report, report_of
from seawall.graph import FailureClass
from seawall.rules import Finding
from seawall.template import load, load_body

SCENARIOS = Path(__file__).parents[1] / "scenarios"
MILLION = 1_000_000
SECOND = 0.0000166667
"""US dollars for a gigabyte-second of a function on x86."""


def scenario(name: str) -> Report:
    return report_of(load([SCENARIOS / f"{name}.json"]))


def only(report: Report, rule: str) -> Finding:
    (found,) = [each for each in report.findings if each.rule == rule]
    return found


def test_a_queue_that_feeds_a_function() -> None:
    """Case 2: 11,520 receives and one send; as many runs of 5 s at 128 MB."""
    cost = only(scenario("case-02-queue-without-redrive"), "unbounded-retry").cost
    assert cost is not None
    requests, runs = 11_521 * 0.40 / MILLION, 11_520 * (0.20 / MILLION + 5 * 128 / 1024 * SECOND)
    assert cost.per_event == pytest.approx(requests + runs)
    assert cost.not_priced == ()
    assert "a run lasts 5 s at 128 MB (case-02-queue-without-redrive/Worker)" in cost.assumptions


def test_a_pipe_in_front_of_an_express_machine() -> None:
    """Case 4: 5 requests of the pipe, 5 executions that wait for 20 runs of 10 s and 1 + 2 + 4 s between their tries,
    6 + 1 requests of queues.
    """
    cost = only(scenario("case-04-pipe-to-express"), "stacked-retries").cost
    assert cost is not None
    functions = 20 * (0.20 / MILLION + 10 * 128 / 1024 * SECOND)
    executions = 5 * 1.00 / MILLION + (20 * 10 + 5 * (1 + 2 + 4)) * 64 / 1024 * 0.00001667
    assert cost.per_event == pytest.approx(functions + executions + 5 * 0.40 / MILLION + 7 * 0.40 / MILLION)


def test_what_each_part_of_a_price_is_made_of_is_said() -> None:
    """Case 2: $120.00 + $4.61 + $2.30 = $126.91 for 1,000 events."""
    cost = only(scenario("case-02-queue-without-redrive"), "unbounded-retry").cost
    assert cost is not None
    assert said(cost) == (
        "$6.91 to $127 for 1,000 such events in us-east-1: Lambda $2.30 to $122.30 (11,520,000 runs of 128 MB that "
        "fail at once, or last their 5 s) + SQS $4.61 (11,521,000 requests)"
    )
    assert in_full(cost) == (
        "$126.91 for 1,000 such events = "
        "$120.00 for 11,520,000 runs x 5 s (Timeout) x 128 MB (MemorySize, AWS's default) "
        "+ $4.61 for 11,521,000 SQS requests (1,000 sends + 11,520,000 receives) "
        "+ $2.30 for 11,520,000 Lambda requests "
        "(list prices in us-east-1: $0.40 a million SQS requests, $0.20 a million Lambda requests, "
        "$0.0000166667 a Lambda GB-second)"
    )


def test_functions_with_other_settings_are_told_apart() -> None:
    items = (
        CostItem("Trigger", "Lambda GB-second", 10 * 0.125, SECOND, 1, "10 s (Timeout) x 128 MB (MemorySize)"),
        CostItem("Task", "Lambda GB-second", 4 * 60 * 1.0, SECOND, 4, "60 s (Timeout) x 1,024 MB (MemorySize)"),
    )
    cost = Cost(sum(one.amount for one in items), items)
    assert said(cost) == "up to $4.02 for 1,000 such events in us-east-1 (5,000 runs that last as long as they may)"
    assert in_full(cost) == (
        "$4.02 for 1,000 such events = "
        "$4.00 for 4,000 runs of Task x 60 s (Timeout) x 1,024 MB (MemorySize) "
        "+ $0.02 for 1,000 runs of Trigger x 10 s (Timeout) x 128 MB (MemorySize) "
        "(list prices in us-east-1: $0.0000166667 a Lambda GB-second)"
    )


@pytest.mark.parametrize(
    ("amount", "shown"), [(9.994, "$9.99"), (10.0, "$10"), (12.5, "$12"), (432.69, "$433"), (51234.5, "$51,234")]
)
def test_cents_are_told_below_ten_dollars_alone(amount: float, shown: str) -> None:
    assert said(Cost(amount / 1_000, ())) == f"up to {shown} for 1,000 such events in us-east-1"


def test_an_express_execution_is_charged_for_its_waits() -> None:
    """5 executions of 4 runs of 10 s and 7 s of waits are 47 s each; a text below a dollar is not shown."""
    cost = only(scenario("case-04-pipe-to-express"), "stacked-retries").cost
    assert cost is not None
    (timed,) = [one for one in cost.items if one.unit == "Express GB-second"]
    assert (timed.times, timed.each) == (5, "47 s x 64 MB, 7 s of each are waits")
    assert said(cost) == ""


def test_transitions_of_a_standard_machine() -> None:
    """Case 8: a Parallel that runs 4 times, a task that runs 24 times; a run of 10 s each."""
    report = scenario("case-08-parallel-around-task")
    cost = only(report, "stacked-retries").cost
    assert cost is not None
    transitions = {one.site.rpartition("/")[2]: one.quantity for one in cost.items if one.unit == "state transition"}
    assert transitions == {"Machine#Order": 4, "Machine#Charge": 24}
    assert cost.per_event == pytest.approx(28 * 0.000025 + 24 * (0.20 / MILLION + 10 * 128 / 1024 * SECOND))


def test_a_record_that_is_tried_until_it_expires_runs_without_a_pause() -> None:
    """Case 11: a day at 128 MB, in runs of 10 s."""
    cost = only(scenario("case-11-stream-unbounded"), "unbounded-retry").cost
    assert cost is not None
    assert cost.per_event == pytest.approx(86_400 * 128 / 1024 * SECOND + 8_640 * 0.20 / MILLION)


def test_waits_are_paid_for_however_short_the_runs_are() -> None:
    """Case 4, 40 times: 200 executions that wait 7 s each are 200 x 7 x 64 MB = 87.5 GB-seconds, runs or none. With the
    200 requests that is $0.0017 of an Express machine; functions that fail at once take their 800 requests.
    """
    cost = only(scenario("case-04-pipe-to-express"), "stacked-retries").cost
    assert cost is not None
    many = replace(
        cost,
        per_event=40 * (cost.per_event or 0),
        items=tuple(
            replace(one, quantity=40 * one.quantity, times=40 * one.times, waits=40 * one.waits) for one in cost.items
        ),
    )
    (waiting,) = [one.least for one in many.items if one.unit == "Express GB-second"]
    assert waiting == pytest.approx(200 * 7 / 16 * 0.00001667)
    # at least, for 1,000 events: Express 200,000 x 7 s / 16 x 0.00001667 + 0.20, Lambda 0.16, and 480 others each
    least = 1.66 + 0.16 + 480_000 * 0.40 / MILLION
    assert said(many) == (
        f"${least:.2f} to $27 for 1,000 such events in us-east-1: "
        f"Lambda $0.16 to $16.83 (800,000 runs of 128 MB that fail at once, or last their 10 s) + "
        "Step Functions (Express) $1.66 to $9.99 (200,000 executions x 47 s x 64 MB, 7 s of each are waits) + "
        "$0.19 for the rest"
    )
    assert "(800,000 calls of 128 MB" in said(replace(many, calls=True))


def test_what_is_not_known_is_said() -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": {"Ref": "Size"}}}
    policy = {"maxReceiveCount": 50, "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Fn"}}
    body = {
        "Parameters": {"Size": {"Type": "Number"}},
        "Resources": {
            "Fn": function,
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": policy}},
            "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
        },
    }
    report = report_of(load_body(body))
    cost = only(report, "excessive-retries").cost
    assert cost is not None
    assert [name.rpartition("/")[2] for name in cost.not_priced] == ["Fn"]
    assert cost.per_event == pytest.approx(50 * 0.20 / MILLION + (1 + 50 + 1) * 0.40 / MILLION)


def test_arm_is_cheaper_and_memory_counts() -> None:
    def price(**properties: object) -> float:
        mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Fn"}}
        body = {
            "Resources": {
                "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 60, **properties}},
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
            }
        }
        report = report_of(load_body(body))
        site = next(name for name in report.analysis.flow.sites if name.endswith("Fn"))
        cost = event_cost(report.analysis, site, FailureClass.ERROR)
        assert cost is not None
        return sum(one.amount for one in cost.items if one.unit == "Lambda GB-second")

    assert price(MemorySize=1024) == pytest.approx(8 * price())
    assert price(Architectures=["arm64"]) == pytest.approx(price() * 0.0000133334 / SECOND)


def test_nothing_is_cheaper_than_nothing() -> None:
    assert [dollars(amount) for amount in (0, 0.000001, 57, 1234.5)] == ["$0", "$0.000001", "$57.00", "$1,234.50"]


def test_states_that_do_no_work_are_passed_as_well() -> None:
    """A Pass and a Succeed of a Standard machine are two transitions of each execution."""
    body = json.loads((SCENARIOS / "case-08-parallel-around-task.json").read_text())
    machine = next(each for each in body["Resources"].values() if each["Type"] == "AWS::StepFunctions::StateMachine")
    definition = machine["Properties"]["Definition"]
    definition["States"] |= {"First": {"Type": "Pass", "Next": definition["StartAt"]}, "Last": {"Type": "Succeed"}}
    definition["StartAt"] = "First"
    cost = only(report_of(load_body(body)), "stacked-retries").cost
    assert cost is not None
    assert sum(one.quantity for one in cost.items if one.unit == "state transition") == 2 + 4 + 24
