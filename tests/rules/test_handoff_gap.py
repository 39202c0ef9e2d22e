"""`handoff-gap`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Confidence, Severity

from .judging import ALL, body, found, judged, only, scenario

RULE = "handoff-gap"
WORKER = "case-09-rule-function/Worker"
FIRING = {
    "case-03-handoff-to-machine": "Machine",
    "case-05-service-faults-only": "Machine",
    "case-09-rule-function": "Worker#async",
    "case-11b-stream-bounded": "Table",
    "case-13-requeue": "Machine",
    "case-13-stated-laps": "Machine",
    "case-16-task-invokes-async": "Task#async",
    "gap-handoff-no-sink": "Machine",
}


@pytest.mark.parametrize("name", FIRING)
def test_fires(name: str) -> None:
    finding = only(scenario(name), RULE)
    assert (finding.site, finding.severity) == (f"{name}/{FIRING[name]}", Severity.WARNING)


@pytest.mark.parametrize("name", sorted(set(ALL) - set(FIRING)))
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)


def test_says_what_is_lost_once_and_who_hands_over() -> None:
    finding = only(scenario("case-09-rule-function"), RULE)
    assert finding.message.splitlines() == [
        (
            f"if {WORKER} fails 3 times on an event of case-09-rule-function/Rule, Lambda drops the event and nothing "
            "keeps it"
        ),
        "3 tries: the first and 2 more (MaximumRetryAttempts, AWS's default)",
        "one that is throttled is dropped after 6 h (MaximumEventAgeInSeconds, AWS's default)",
    ]
    assert [mark.site for mark in finding.trace] == ["case-09-rule-function/Rule", f"{WORKER}#async"]
    assert (
        "which keeps the event, with an alarm on its ApproximateNumberOfMessagesVisible; who is told is up to you"
        in finding.fix.text
    )
    machine = only(scenario("gap-handoff-no-sink"), RULE)
    assert "does not wait for the outcome, and never learns of the failure" in machine.message


def alarm(metric: str, **dimension: Any) -> dict[str, Any]:
    (name,) = dimension
    namespace = "AWS/States" if name == "StateMachineArn" else "AWS/Lambda"
    settings: dict[str, Any] = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": dimension[name]}],
    }
    settings |= {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 0}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": settings}


def test_an_alarm_sees_failed_executions(tmp_path: Path) -> None:
    template = body("gap-handoff-no-sink")
    template["Resources"]["Alarm"] = alarm("ExecutionsFailed", StateMachineArn={"Ref": "Machine"})
    assert not found(judged(tmp_path, template), RULE)


def test_an_alarm_sees_errors_of_the_function(tmp_path: Path) -> None:
    template = body("case-09-rule-function")
    template["Resources"]["Alarm"] = alarm("Errors", FunctionName={"Ref": "Worker"})
    assert not found(judged(tmp_path, template), RULE)


def test_a_destination_keeps_the_event(tmp_path: Path) -> None:
    template = body("case-09-rule-function")
    template["Resources"]["Dead"] = {"Type": "AWS::SQS::Queue"}
    dead = {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    template["Resources"]["Worker"]["Properties"]["DeadLetterConfig"] = dead
    assert not found(judged(tmp_path, template), RULE)


def test_as_certain_as_the_hand_over(tmp_path: Path) -> None:
    template = body("gap-handoff-no-sink")
    assert only(judged(tmp_path, template), RULE).confidence is Confidence.HIGH
    template["Resources"]["Trigger"]["Properties"].pop("Environment")
    assert only(judged(tmp_path, template), RULE).confidence is Confidence.MEDIUM


def read_on(**mapping: Any) -> dict[str, Any]:
    """A table that something outside writes to, and a function that gives up on a record after 3 runs."""
    stream = {"Fn::GetAtt": ["Table", "StreamArn"]}
    settings = {"EventSourceArn": stream, "FunctionName": {"Ref": "Fn"}, "MaximumRetryAttempts": 2, **mapping}
    view = {"StreamViewType": "NEW_IMAGE"}
    return {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"StreamSpecification": view}},
        "Fn": {"Type": "AWS::Lambda::Function"},
        "Other": {"Type": "AWS::Lambda::Function"},
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": settings},
    }


def test_a_stream_that_reads_on_loses_the_record_whoever_wrote_it(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, {"Resources": read_on()}), RULE)
    lost, what = finding.message.split(": ")
    assert lost == "a record of app/Table that fails in app/Fn is lost"
    assert what == "Lambda discards the batch after its last try and reads on"
    assert (finding.site, finding.place.address.logical_id, finding.confidence) == (
        "app/Table",
        "Mapping",
        Confidence.HIGH,
    )


def test_an_alarm_on_another_reader_sees_nothing(tmp_path: Path) -> None:
    resources = read_on()
    other = resources["Mapping"]["Properties"] | {"FunctionName": {"Ref": "Other"}}
    resources["Second"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": other}
    resources["Alarm"] = alarm("Errors", FunctionName={"Ref": "Other"})
    finding = only(judged(tmp_path, {"Resources": resources}), RULE)
    assert finding.place.address.logical_id == "Mapping"


def test_an_execution_that_nobody_here_starts_may_be_awaited(tmp_path: Path) -> None:
    template = body("gap-handoff-no-sink")
    machine = template["Resources"]["Machine"]
    task = template["Resources"].get("Task", {"Type": "AWS::Lambda::Function"})
    assert not found(judged(tmp_path, {"Resources": {"Machine": machine, "Task": task}}), RULE)


def test_a_role_outside_of_the_template_gets_the_right_to_send_first(tmp_path: Path) -> None:
    """Lambda refuses a destination that the role may not send to; a role in the template gets a policy instead."""
    template = body("case-09-rule-function")
    function = template["Resources"]["Worker"].setdefault("Properties", {})
    function["Role"] = "arn:aws:iam::111111111111:role/shared"
    assert (
        "give the role of app/Worker (arn:aws:iam::111111111111:role/shared, not in this template) sqs:SendMessage on "
        "WorkerDeadLetters first, else the deployment is refused" in only(judged(tmp_path, template), RULE).fix.text
    )
    function["Role"] = {"Fn::GetAtt": ["Own", "Arn"]}
    template["Resources"]["Own"] = {"Type": "AWS::IAM::Role"}
    assert "sqs:SendMessage" not in only(judged(tmp_path, template), RULE).fix.text


def test_says_in_which_deployment_nothing_keeps_it(tmp_path: Path) -> None:
    """The dead-letter queue is there in eu-west-1 only: elsewhere the event is lost."""
    template = body("case-09-rule-function")
    template["Conditions"] = {"Home": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    template["Resources"]["Kept"] = {"Type": "AWS::SQS::Queue"}
    sends = {"TargetArn": {"Fn::GetAtt": ["Kept", "Arn"]}}
    function = template["Resources"]["Worker"].setdefault("Properties", {})
    function["DeadLetterConfig"] = {"Fn::If": ["Home", sends, {"Ref": "AWS::NoValue"}]}
    assert "when the Region is not eu-west-1" in only(judged(tmp_path, template), RULE).assumptions
    function["DeadLetterConfig"] = sends
    assert not found(judged(tmp_path, template), RULE)
