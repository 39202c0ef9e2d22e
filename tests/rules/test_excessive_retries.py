"""`excessive-retries`."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.rules import Severity

from .judging import ALL, body, found, judged, only, scenario

RULE = "excessive-retries"
QUEUE, WORKER = "excessive-single-layer/Queue", "excessive-single-layer/Worker"


def test_fires_with_the_setting() -> None:
    finding = only(scenario("excessive-single-layer"), RULE)
    assert finding.message.splitlines() == [
        f"one failing event can run {WORKER} 100 times: maxReceiveCount = 100 ({QUEUE})",
        (
            "100 tries are more than Seawall's limit of 10 (max-attempts in seawall.toml): each does again what the "
            "run did before it failed"
        ),
        "the retries last 1 h 40 min = 100 x 60 s (VisibilityTimeout)",
        "then the event goes to excessive-single-layer/DeadLetters",
    ]
    assert (finding.attempts, finding.severity) == (100, Severity.WARNING)
    assert finding.place.property == "RedrivePolicy.maxReceiveCount"


@pytest.mark.parametrize("name", sorted(set(ALL) - {"excessive-single-layer"}))
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)


@pytest.mark.parametrize(("count", "fires"), [(10, False), (11, True)])
def test_the_limit_is_allowed(tmp_path: Path, count: int, fires: bool) -> None:
    template = body("excessive-single-layer")
    template["Resources"]["Queue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] = count
    assert bool(found(judged(tmp_path, template), RULE)) is fires


def test_a_state_that_retries_too_often(tmp_path: Path) -> None:
    template = body("case-07-two-retriers")
    finding = only(judged(tmp_path, template, max_attempts=7), RULE)
    assert finding.message.startswith("one failing event can run app/Task 8 times")
    assert "(app/Machine#" in finding.headline
    assert " 8 times: Retry " in finding.headline
    assert finding.facts[0].startswith("8 tries are more than Seawall's limit of 7 (max-attempts in seawall.toml): ")
    assert "back-off and jitter" in finding.fix.text


def test_a_stream_is_told_of_its_shard(tmp_path: Path) -> None:
    template = body("case-11b-stream-bounded")
    (mapping,) = [each for each in template["Resources"].values() if each["Type"].endswith("EventSourceMapping")]
    mapping["Properties"]["MaximumRetryAttempts"] = 500
    finding = only(judged(tmp_path, template), RULE)
    assert finding.attempts == 501
    assert "no later record" in finding.fix.text
    assert "queue" not in finding.fix.text


def test_of_a_stream_only_a_bucket_gets_what_its_records_hold(tmp_path: Path) -> None:
    """A queue gets their sequence numbers; the stream itself keeps them for a day, or as long as it is set to."""
    template = body("case-11b-stream-bounded")
    (mapping,) = [each for each in template["Resources"].values() if each["Type"].endswith("EventSourceMapping")]
    mapping["Properties"]["MaximumRetryAttempts"] = 500
    told = {}
    for name, kind in (("Kept", "AWS::S3::Bucket"), ("Noted", "AWS::SQS::Queue")):
        template["Resources"][name] = {"Type": kind}
        mapping["Properties"]["DestinationConfig"] = {"OnFailure": {"Destination": {"Fn::GetAtt": [name, "Arn"]}}}
        told[name] = [fact for fact in only(judged(tmp_path, template), RULE).facts if fact.startswith("then ")]
    assert told == {
        "Kept": ["then the event goes to app/Kept"],
        "Noted": [
            (
                "then only the positions of the records go to app/Noted: what they hold has to be read from app/Table "
                "before it expires there"
            )
        ],
    }


def test_the_code_behind_a_pipe_is_named(tmp_path: Path) -> None:
    template = body("case-04-pipe-to-express")
    resources = template["Resources"]
    resources["Queue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] = 15
    first = only(judged(tmp_path, template), RULE).message.splitlines()[0]
    assert first == "one failing event can run app/Task 15 times: maxReceiveCount = 15 (app/Queue)"
    assert "feeds Lambda" not in only(judged(tmp_path, template), RULE).fix.text


def test_a_pipe_that_only_hands_over_runs_nothing_again(tmp_path: Path) -> None:
    template = body("case-04-pipe-to-express")
    resources = template["Resources"]
    resources["Queue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] = 15
    resources["Pipe"]["Properties"] |= {"Target": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "TargetParameters": {}}
    assert not found(judged(tmp_path, template), RULE)


@pytest.mark.parametrize(("retries", "fires"), [(None, False), (11, True)])
def test_what_nobody_set_is_no_finding(tmp_path: Path, retries: int | None, fires: bool) -> None:
    """With an on-failure destination Lambda itself stops at 10 retries of a Kafka batch: 11 runs, above the limit."""
    settings = {} if retries is None else {"MaximumRetryAttempts": retries}
    mapping = {
        "EventSourceArn": {"Ref": "Cluster"},
        "FunctionName": {"Ref": "Fn"},
        "Topics": ["orders"],
        "ProvisionedPollerConfig": {"MinimumPollers": 1},
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Dead", "Arn"]}}},
        **settings,
    }
    resources = {
        "Cluster": {"Type": "AWS::MSK::Cluster"},
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Fn": {"Type": "AWS::Lambda::Function"},
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }
    assert bool(found(judged(tmp_path, {"Resources": resources}), RULE)) is fires
