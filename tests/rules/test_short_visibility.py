"""`short-visibility`: 6 x timeout + window, defaults where nothing is set, silence where a value is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Confidence, Severity

from .judging import ALL, Raw, found, judged, only, scenario
from .reading import UNKNOWN, app, arn, mapped, mapping, piped, redrive, resource

RULE = "short-visibility"


@pytest.mark.parametrize(
    ("queue", "worker", "settings", "fires"),
    [
        ({}, {}, {}, False),  # 30 s, 6 x 3 s = 18 s
        ({}, {"Timeout": 5}, {}, False),  # 6 x 5 s = 30 s: as long is long enough
        ({}, {"Timeout": 6}, {}, True),  # 36 s
        ({"VisibilityTimeout": 36}, {"Timeout": 6}, {}, False),
        ({"VisibilityTimeout": 17}, {}, {}, True),  # below 6 x the default of 3 s
        ({"VisibilityTimeout": 0}, {}, {}, True),
        ({"VisibilityTimeout": "36"}, {"Timeout": "6"}, {}, False),
        ({"VisibilityTimeout": 60}, {"Timeout": 10}, {"MaximumBatchingWindowInSeconds": 5}, True),  # 65 s
        ({"VisibilityTimeout": 65}, {"Timeout": 10}, {"MaximumBatchingWindowInSeconds": 5}, False),
        ({"VisibilityTimeout": 30}, {"Timeout": 10}, {"Enabled": False}, False),
        ({"VisibilityTimeout": UNKNOWN}, {"Timeout": 900}, {}, False),
        ({"VisibilityTimeout": 1}, {"Timeout": UNKNOWN}, {}, False),
        ({"VisibilityTimeout": 1}, {"Timeout": 900}, {"MaximumBatchingWindowInSeconds": UNKNOWN}, False),
        ({"VisibilityTimeout": {"Fn::If": ["Prod", 360, 30]}}, {"Timeout": 60}, {}, True),  # unless Prod
        ({"FifoQueue": True, "VisibilityTimeout": 59}, {"Timeout": 10}, {}, True),
    ],
)
def test_fires(tmp_path: Path, queue: Raw, worker: Raw, settings: Raw, fires: bool) -> None:
    assert len(found(judged(tmp_path, mapped(queue, worker, **settings)), RULE)) == fires


def test_says_the_sum_where_it_stands_and_how_to_mend_it(tmp_path: Path) -> None:
    window = {"MaximumBatchingWindowInSeconds": 20}
    finding = only(judged(tmp_path, mapped({"VisibilityTimeout": 60}, {"Timeout": 10}, **window)), RULE)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert (finding.place.address.logical_id, finding.place.property) == ("Queue", "VisibilityTimeout")
    assert finding.message.splitlines() == [
        (
            "app/Queue hides a message for 60 s, less than the 80 s that AWS asks for (6 x the timeout of what it "
            "feeds + the batching window)"
        ),
        "80 s = 6 x 10 s (Timeout of app/Worker) + batching window 20 s",
        "if app/Worker is throttled for 60 s, its messages are received again without a run",
    ]
    assert finding.fix.text == (
        "set VisibilityTimeout 80 or more on app/Queue; trade-off: a message that fails is tried again after "
        "1 min 20 s, not 1 min; otherwise: set Timeout 6 or less on app/Worker"  # (60 - 20) / 6 = 6.7
    )


def test_a_receive_counts_where_something_counts_them(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, mapped({"VisibilityTimeout": 30, **redrive(5)}, {"Timeout": 10})), RULE)
    assert finding.facts[1].endswith("received again without a run, and each receive counts towards maxReceiveCount")
    assert finding.fix.otherwise == "set Timeout 5 or less on app/Worker"


def test_a_timeout_that_nobody_can_set_is_not_advised(tmp_path: Path) -> None:
    """3 s hidden: half a second for each of six runs."""
    finding = only(judged(tmp_path, mapped({"VisibilityTimeout": 3}, {"Timeout": 2})), RULE)
    assert finding.fix.otherwise == "shorten the timeout of what it feeds"


@pytest.mark.parametrize(("timeout", "refused"), [(30, False), (31, True)])
def test_below_the_timeout_itself_the_deployment_fails(tmp_path: Path, timeout: int, refused: bool) -> None:
    message = only(judged(tmp_path, mapped({}, {"Timeout": timeout})), RULE).message
    assert message.startswith("app/Queue hides a message for 30 s (AWS's default), less than the ")
    assert ("the deployment fails" in message) is refused


@pytest.mark.parametrize(("factor", "fires"), [(6, 1), (4.5, 1), (4.4, 0), (1, 0)])
def test_the_factor_can_be_set(tmp_path: Path, factor: float, fires: int) -> None:
    template = mapped({"VisibilityTimeout": 44}, {"Timeout": 10})
    assert len(found(judged(tmp_path, template, visibility_factor=factor), RULE)) == fires


def test_one_finding_per_queue_for_the_reader_that_needs_most(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue"),
        Quick=resource("Lambda::Function", Timeout=10),
        Slow=resource("Lambda::Function", Timeout=20),
        First=mapping(to="Quick"),
        Second=mapping(to="Slow"),
    )
    finding = only(judged(tmp_path, template), RULE)
    assert "120 s (2 min) = 6 x 20 s (Timeout of app/Slow)" in finding.message
    assert finding.also == ("app/Quick",)


def test_through_an_alias(tmp_path: Path) -> None:
    template = app(
        Queue=resource("SQS::Queue"),
        Worker=resource("Lambda::Function", Timeout=10),
        Live=resource("Lambda::Alias", FunctionName={"Ref": "Worker"}, FunctionVersion="1", Name="live"),
        Mapping=mapping(to="Live"),
    )
    assert "60 s = 6 x 10 s (Timeout of app/Worker)" in only(judged(tmp_path, template), RULE).message


@pytest.mark.parametrize(
    ("hidden", "properties", "needs"),
    [
        (119, {}, "120 s (2 min) = 6 x 20 s (Timeout of "),
        (120, {}, None),
        (179, {"Enrichment": arn("Helper")}, "180 s (3 min) = 6 x (10 s + 20 s) (Timeout of "),
        (180, {"Enrichment": arn("Helper")}, None),
        # a batching window: the pipe hides messages for 7 min 30 s and the window
        (30, {"SourceParameters": {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 1}}}, None),
        (30, {"SourceParameters": {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": UNKNOWN}}}, None),
        (30, {"TargetParameters": {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}}}, None),
        (30, {"DesiredState": "STOPPED"}, None),
    ],
)
def test_behind_a_pipe_the_stages_count_together(
    tmp_path: Path, hidden: int, properties: dict[str, Any], needs: str | None
) -> None:
    messages = [
        one.message for one in found(judged(tmp_path, piped({"VisibilityTimeout": hidden}, **properties)), RULE)
    ]
    assert [needs in message for message in messages if needs] == [True] * bool(needs)
    assert len(messages) == bool(needs)


def test_a_pipe_into_something_else_than_a_function_has_no_timeout_to_go_by(tmp_path: Path) -> None:
    machine = resource("StepFunctions::StateMachine", StateMachineType="EXPRESS")
    assert not found(judged(tmp_path, piped({"VisibilityTimeout": 1}, to=machine)), RULE)


@pytest.mark.parametrize("name", ALL)
def test_scenarios_hide_their_messages_long_enough(name: str) -> None:
    assert not found(scenario(name), RULE)
