"""`unbounded-retry`."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.rules import Severity

from .judging import ALL, body, found, judged, only, scenario

RULE = "unbounded-retry"
FIRING = {
    "case-02-queue-without-redrive": (
        "Queue",
        11_520,
        "11,520 times: case-02-queue-without-redrive/Queue has no maxReceiveCount, so it retries until the message ",
    ),
    "case-11-stream-unbounded": ("Table", None, "again and again until the record is 1 day old"),
    "unbounded-stream": ("Stream", None, "again and again until the record is 1 day old"),
}


@pytest.mark.parametrize("name", FIRING)
def test_fires_with_what_bounds_it(name: str) -> None:
    site, attempts, said = FIRING[name]
    finding = only(scenario(name), RULE)
    assert (finding.site, finding.attempts, finding.severity) == (f"{name}/{site}", attempts, Severity.ERROR)
    assert said in finding.message.splitlines()[0]
    assert f"can run {name}/Worker " in finding.message.splitlines()[0]


@pytest.mark.parametrize("name", sorted(set(ALL) - set(FIRING)))
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)


def test_a_redrive_policy_mends_it(tmp_path: Path) -> None:
    finding = only(scenario("case-02-queue-without-redrive"), RULE)
    assert "a dead-letter queue with maxReceiveCount 5 or more" in finding.fix.text
    assert "11,520 (case-02-queue-without-redrive/Queue: no redrive policy: 4 days / 30 s)" in finding.message
    template = body("case-02-queue-without-redrive")
    policy = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 5}
    template["Resources"]["Dead"] = {"Type": "AWS::SQS::Queue"}
    template["Resources"]["Queue"].setdefault("Properties", {})["RedrivePolicy"] = policy
    assert not judged(tmp_path, template).findings


def test_the_code_behind_a_pipe_is_named(tmp_path: Path) -> None:
    template = body("case-04-pipe-to-express")
    del template["Resources"]["Queue"]["Properties"]["RedrivePolicy"]
    finding = only(judged(tmp_path, template), RULE)
    assert finding.message.startswith(
        "one failing event can run app/Task 23,040 times: app/Queue has no maxReceiveCount"
    )
    assert finding.severity is Severity.ERROR


def test_where_no_code_runs_again_it_is_a_warning(tmp_path: Path) -> None:
    template = body("case-04-pipe-to-express")
    resources = template["Resources"]
    del resources["Queue"]["Properties"]["RedrivePolicy"]
    resources["Pipe"]["Properties"] |= {"Target": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "TargetParameters": {}}
    finding = only(judged(tmp_path, template), RULE)
    assert finding.message.startswith("one failing event can go through app/Pipe 5,760 times")
    assert finding.severity is Severity.WARNING


def test_an_unknown_retention_is_no_verdict(tmp_path: Path) -> None:
    template = body("case-02-queue-without-redrive")
    template["Resources"]["Queue"].setdefault("Properties", {})["VisibilityTimeout"] = {"Ref": "Seconds"}
    template["Parameters"] = {"Seconds": {"Type": "Number"}}
    assert not found(judged(tmp_path, template), RULE)


def test_a_stream_is_said_to_have_no_count_once(tmp_path: Path) -> None:
    first, *others = only(scenario("unbounded-stream"), RULE).message.splitlines()
    assert first == (
        "one failing event can run unbounded-stream/Worker again and again until the record is 1 day old: "
        "MaximumRetryAttempts is -1 on the mapping that reads unbounded-stream/Stream"
    )
    assert others == [
        "a record is kept for 1 day (RetentionPeriodHours)",
        "until then this reader takes no later record of the shard",
        "the retries last about 1 day, plus the runs themselves",
    ]


def test_a_pipe_that_reads_kafka_has_no_count_to_set(tmp_path: Path) -> None:
    topic = {"ManagedStreamingKafkaParameters": {"TopicName": "orders"}}
    pipe = {"Source": {"Ref": "Cluster"}, "SourceParameters": topic, "Target": {"Fn::GetAtt": ["Fn", "Arn"]}}
    resources = {
        "Cluster": {"Type": "AWS::MSK::Cluster"},
        "Fn": {"Type": "AWS::Lambda::Function"},
        "Pipe": {"Type": "AWS::Pipes::Pipe", "Properties": pipe},
    }
    finding = only(judged(tmp_path, {"Resources": resources}), RULE)
    assert finding.message.splitlines()[0] == (
        "one failing event can run app/Fn again and again until the record expires: "
        "nothing counts the tries of app/Cluster#orders"
    )
    assert finding.severity is Severity.ERROR
    assert "MaximumRetryAttempts" not in finding.fix.text, "pipes have that for streams of Kinesis and DynamoDB alone"


def test_a_stream_beside_a_counted_queue_keeps_its_own_words(tmp_path: Path) -> None:
    """The queue gives up after 4 receives; the stream's mapping, by its default, not before the record is a day old."""
    redrive = {"maxReceiveCount": 4, "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    reader = {"Type": "AWS::Lambda::EventSourceMapping"}
    resources = {
        "Fn": {"Type": "AWS::Lambda::Function"},
        "Clicks": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}},
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}},
        **{
            f"Reads{name}": {
                **reader,
                "Properties": {"EventSourceArn": {"Fn::GetAtt": [name, "Arn"]}, "FunctionName": {"Ref": "Fn"}},
            }
            for name in ("Clicks", "Jobs")
        },
    }
    finding = only(judged(tmp_path, {"Resources": resources}), RULE)
    assert finding.message.splitlines()[0] == (
        "one failing event of app/Clicks can run app/Fn again and again until the record is 1 day old: "
        "no MaximumRetryAttempts is set on the mapping that reads app/Clicks"
    )
    assert finding.attempts is None


def test_a_queue_of_either_kind_gets_no_lines(tmp_path: Path) -> None:
    """A FIFO queue takes a FIFO dead-letter queue, a standard queue a standard one: one of them would be refused."""
    template = body("case-02-queue-without-redrive")
    template["Conditions"] = {"Ordered": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    either = {"Fn::If": ["Ordered", True, {"Ref": "AWS::NoValue"}]}
    template["Resources"]["Queue"].setdefault("Properties", {})["FifoQueue"] = either
    finding = only(judged(tmp_path, template), RULE)
    assert "FifoQueue depends on a condition" in finding.fix.text
    assert not [edit for change in finding.fix.changes for edit in change.edits if edit.value or edit.adds]
