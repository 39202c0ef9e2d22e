"""`batch-retry`: neighbours x tries, unless somebody can say which record failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Severity

from .judging import ALL, Raw, found, judged, only, scenario
from .reading import TABLE, UNKNOWN, app, arn, mapped, mapping, piped, redrive, resource

RULE = "batch-retry"
PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def streamed(**settings: Any) -> Raw:
    return app(Table=TABLE, Worker=resource("Lambda::Function"), Mapping=mapping("Table", **settings))


@pytest.mark.parametrize(
    ("settings", "fires"),
    [
        ({}, True),  # 10
        ({"BatchSize": 2}, True),
        ({"BatchSize": 1}, False),
        ({"BatchSize": UNKNOWN}, False),
        (PARTIAL, False),
        ({"FunctionResponseTypes": []}, True),
        ({"FunctionResponseTypes": [UNKNOWN]}, False),
        ({"FunctionResponseTypes": {"Fn::If": ["Prod", ["ReportBatchItemFailures"], []]}}, False),
        ({"BisectBatchOnFunctionError": False}, True),
        ({"Enabled": False}, False),
    ],
)
def test_fires_on_queues(tmp_path: Path, settings: Raw, fires: bool) -> None:
    assert len(found(judged(tmp_path, mapped(redrive(3), **settings)), RULE)) == fires


@pytest.mark.parametrize(
    ("settings", "fires"),
    [
        ({}, True),  # 100
        ({"BatchSize": 1}, False),
        (PARTIAL, False),
        ({"BisectBatchOnFunctionError": True}, False),
        ({"BisectBatchOnFunctionError": UNKNOWN}, False),
    ],
)
def test_fires_on_streams(tmp_path: Path, settings: Raw, fires: bool) -> None:
    assert len(found(judged(tmp_path, streamed(**settings)), RULE)) == fires


def test_says_the_product_and_advises_both_kinds_of_handlers(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, mapped(redrive(5))), RULE)
    assert finding.severity is Severity.WARNING
    assert (finding.place.address.logical_id, finding.place.property) == ("Mapping", "FunctionResponseTypes")
    assert finding.message.splitlines() == [
        (
            "one bad message of app/Queue makes app/Worker process up to 9 good messages of its batch again, on each "
            "of its 5 tries"
        ),
        (
            "up to 9 others each time, possibly different ones, 9 x 5 = 45 in all at most: BatchSize = 10 (AWS's "
            "default), maxReceiveCount = 5"
        ),
        "those that worked run again, and can move to the dead-letter queue with the bad one",
    ]
    assert finding.fix.text == (
        "first: does the handler take its messages one by one? If so: 1. set ReportBatchItemFailures; "
        '2. in the same deployment, return {"batchItemFailures": [{"itemIdentifier": ...}]} from the handler, with the '
        "messageId of each one that failed; never this alone: without the setting Lambda does not look at the answer, "
        "and deletes the failed ones; while it still raises, the whole batch is tried again; an answer without "
        "batchItemFailures counts as success; otherwise: if it takes the batch as one unit, make it idempotent and "
        "acknowledge this"
    )
    assert finding.fix.accept == "otherwise"


def test_one_neighbour_and_one_receive(tmp_path: Path) -> None:
    lines = only(judged(tmp_path, mapped(redrive(1), BatchSize=2)), RULE).message.splitlines()
    assert lines == [
        (
            "one bad message of app/Queue can send up to 1 good message, which app/Worker has processed, to the "
            "dead-letter queue with it"
        ),
        "BatchSize = 2, maxReceiveCount = 1",
        "whoever redrives the dead-letter queue runs them a second time",
    ]


def test_a_message_with_one_receive_wants_more_of_them(tmp_path: Path) -> None:
    """AWS: throttled receives count, so that one of them moves the message to the dead-letter queue."""
    fixes = [only(judged(tmp_path, mapped(redrive(count), BatchSize=2)), RULE).fix.text for count in (1, 5)]
    told = "3. only when that runs, set maxReceiveCount 5 or more on app/Queue: at 1, a single throttle dead-letters"
    assert [told in fix for fix in fixes] == [True, False]


def test_what_is_to_be_done_later_is_no_line_to_paste_now(tmp_path: Path) -> None:
    """Five receives before the handler says which failed would run each good message five times."""
    finding = only(judged(tmp_path, mapped(redrive(1), BatchSize=2)), RULE)
    assert [edit.place.property for change in finding.changes for edit in change.edits] == ["FunctionResponseTypes"]


def test_a_fifo_handler_returns_all_behind_the_first_failure(tmp_path: Path) -> None:
    fix = only(judged(tmp_path, mapped({"FifoQueue": True, **redrive(5)})), RULE).fix.text
    assert "with the messageId of the first one that failed and of all behind it" in fix


def test_without_redrive_the_age_bounds_the_runs(tmp_path: Path) -> None:
    message = only(judged(tmp_path, mapped()), RULE).message
    assert "each of its 11,520 tries" in message  # kept 4 days, tried every 30 s
    assert "are deleted with the bad one when they expire" in message


def test_streams(tmp_path: Path) -> None:
    lines = only(judged(tmp_path, streamed(MaximumRetryAttempts=3)), RULE).message.splitlines()
    assert lines[1] == (
        "up to 99 others each time, possibly different ones, 99 x 4 = 396 in all at most: BatchSize = 100 (AWS's "
        "default), MaximumRetryAttempts = 3"
    )
    finding = only(judged(tmp_path, streamed()), RULE)
    assert finding.message.splitlines()[:2] == [
        (
            "one bad record of app/Table makes app/Worker process up to 99 good records of its batch again, again and "
            "again"
        ),
        "BatchSize = 100 (AWS's default), until the record is 1 day old",
    ]
    assert "otherwise: set BisectBatchOnFunctionError" in finding.fix.text


def test_unknown_receives_are_no_number(tmp_path: Path) -> None:
    message = only(judged(tmp_path, mapped(redrive(UNKNOWN))), RULE).message
    assert "makes app/Worker process up to 9 good messages of its batch again, an unknown number of times" in message


def test_one_finding_per_handler(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue", **redrive(3)),
        Other=resource("SQS::Queue", **redrive(5)),
        Worker=resource("Lambda::Function"),
        Mapping=mapping(),
        Second=mapping("Other"),
    )
    finding = only(judged(tmp_path, template), RULE)
    assert (
        "makes app/Worker process up to 9 good messages of its batch again, on each of its 5 tries" in finding.message
    )
    assert finding.also == ("app/Queue",)


def test_what_a_pipe_runs_may_always_name_what_failed(tmp_path: Path) -> None:
    assert not found(judged(tmp_path, piped(redrive(3))), RULE)


@pytest.mark.parametrize("name", [name for name in ALL if "stream" not in name])
def test_scenarios_read_one_message_at_a_time(name: str) -> None:
    assert not found(scenario(name), RULE)


def test_pipes_of_one_queue_are_one_finding_and_share_its_receives(tmp_path: Path) -> None:
    """300 pipes, 5 receives, 4 tries in the machine: 20 runs, and one change for all pipes."""
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}
    task = {"Type": "Task", "Resource": arn("F"), "End": True, "Retry": [retry]}
    waits = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    pipes = {
        f"P{number}": resource("Pipes::Pipe", Source=arn("Q"), Target={"Ref": "M"}, TargetParameters=waits)
        for number in range(300)
    }
    machine = resource(
        "StepFunctions::StateMachine",
        StateMachineType="EXPRESS",
        Definition={"StartAt": "A", "States": {"A": task}},
    )
    report = judged(
        tmp_path,
        app(Q=resource("SQS::Queue", **redrive(5)), F=resource("Lambda::Function"), M=machine, **pipes),
    )
    attempts = report.analysis.attempts
    assert (attempts.of("app/F", "error").max, attempts.exact("app/F", "error")) == (20, True)
    assert len(only(report, RULE).also) == 299


@pytest.mark.parametrize(("caught", "fires"), [(True, False), (False, True)])
def test_a_machine_that_keeps_what_fails_in_each_item_ends_well(tmp_path: Path, caught: bool, fires: bool) -> None:
    """Where the Catch leads fails only besides: no bad message takes its neighbours with it."""
    keeps = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Keep"}]} if caught else {}
    send = {"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": {"Ref": "Kept"}}}
    states = {
        "Work": {"Type": "Task", "Resource": arn("F"), "End": True, **keeps},
        "Keep": {"Type": "Task", "End": True, **send},
    }
    each = {"Type": "Map", "ItemProcessor": {"StartAt": "Work", "States": states}, "End": True}
    machine = resource(
        "StepFunctions::StateMachine",
        StateMachineType="EXPRESS",
        Definition={"StartAt": "Each", "States": {"Each": each}},
    )
    waits = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    pipe = resource("Pipes::Pipe", Source=arn("Q"), Target={"Ref": "M"}, TargetParameters=waits)
    kept = resource("SQS::Queue", MessageRetentionPeriod=1_209_600)
    source = resource("SQS::Queue", **redrive(5))
    report = judged(tmp_path, app(Q=source, Kept=kept, F=resource("Lambda::Function"), M=machine, P=pipe))
    assert len(found(report, RULE)) == fires


def test_of_a_fifo_queue_all_behind_the_bad_one_are_named(tmp_path: Path) -> None:
    """So that the order holds; they are received again each time, and always the same ones."""
    queue = {**redrive(5), "FifoQueue": True}
    finding = only(judged(tmp_path, mapped(queue)), RULE)
    assert finding.headline.startswith("one bad message of app/Queue, a FIFO queue, makes app/Worker process up to 9 ")
    assert finding.facts[0].startswith("up to 9 others each time, 9 x 5 = 45 in all at most: ")
    assert finding.fix.steps[1].do.endswith("of all behind it, so that the order holds")
    assert "can follow it to the dead-letter queue" in finding.fix.trade_off
