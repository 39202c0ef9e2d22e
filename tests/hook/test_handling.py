"""What the gate answers to the events of AWS's documentation, and that it always answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.hook import handling
from seawall.hook.handling import answer, handler
from seawall.hook.payload import PayloadError
from seawall.hook.telling import LONGEST_MESSAGE

from . import events
from .events import LambdaContext

SCENARIOS = Path(__file__).parents[1] / "scenarios"
STACKED = (SCENARIOS / "case-04-pipe-to-express.json").read_text("utf-8")
FINE = (SCENARIOS / "case-01-queue-function.json").read_text("utf-8")
Answer = dict[str, Any]


def asked(template: Any, event: Any = None, seconds: float = 300, **more: Any) -> Answer:
    return answer(event or events.of_stack(), LambdaContext(seconds), events.payload(template, **more))


@pytest.mark.parametrize("event", [events.of_stack("CREATE"), events.of_stack("UPDATE"), events.of_change_set()])
def test_a_template_with_an_error_is_refused(event: Any) -> None:
    """The worked case 4: five receives x four tries."""
    found = asked(STACKED, event)
    assert (found["hookStatus"], found["errorCode"], found["clientRequestToken"]) == (
        "FAILED",
        "NonCompliant",
        events.TOKEN,
    )
    lines = found["message"].split("\n")
    assert lines[0].startswith("Seawall: error[stacked-retries]: one failing event at ")
    assert "20 times" in lines[0]
    assert any(line.startswith("Fix: ") for line in lines)
    assert "seawall explain stacked-retries" in found["message"]
    first = found["annotations"][0]
    assert (first["annotationName"], first["status"], first["severityLevel"]) == ("stacked-retries", "FAILED", "HIGH")
    assert first["remediationMessage"]
    assert first["remediationLink"].startswith("https://")


@pytest.mark.parametrize("event", [events.of_stack("CREATE"), events.of_change_set()])
def test_a_template_without_is_let_pass(event: Any) -> None:
    found = asked(FINE, event)
    assert (found["hookStatus"], found["clientRequestToken"]) == ("SUCCESS", events.TOKEN)
    assert "errorCode" not in found
    assert found["message"].startswith("Seawall: ")


def test_yaml_is_read_too() -> None:
    import yaml

    assert asked(yaml.safe_dump(json.loads(STACKED)))["hookStatus"] == "FAILED"


def test_a_serverless_template_is_read_as_it_was_given() -> None:
    """The payload holds what was given to CloudFormation, with its transforms still to run."""
    template = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: s3://b/k
      Timeout: 30
      Events:
        Orders: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 1}}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 180}
"""
    found = asked(template)
    assert (found["hookStatus"], found["message"].split("]")[0]) == ("FAILED", "Seawall: error[unbounded-retry")


def test_a_stack_that_goes_is_not_judged() -> None:
    def never(address: str, seconds: float) -> bytes:
        pytest.fail("nothing is to be read")

    found = answer(events.of_stack("DELETE"), LambdaContext(), never)
    assert found["hookStatus"] == "SUCCESS"


def test_other_targets_are_let_pass() -> None:
    found = answer(events.of_resource(), LambdaContext(), events.payload("{}"))
    assert (found["hookStatus"], found["message"]) == (
        "SUCCESS",
        "Seawall judges stacks and change sets, not AWS::SQS::Queue.",
    )


def test_warnings_fail_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    template = {"Resources": events.queue(11)}  # one layer over the limit: a warning
    assert asked(template)["hookStatus"] == "SUCCESS"
    monkeypatch.setenv("SEAWALL_FAIL_ON", "warning")
    assert asked(template)["hookStatus"] == "FAILED"
    monkeypatch.setenv("SEAWALL_MAX_ATTEMPTS", "11")
    assert asked(template)["hookStatus"] == "SUCCESS"


def test_wrong_settings_are_said_and_block_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWALL_IGNORE", "no-such-rule")
    found = asked(STACKED)
    assert found["hookStatus"] == "SUCCESS"
    assert "its settings are wrong" in found["message"]
    assert "no-such-rule" in found["message"]
    monkeypatch.setenv("SEAWALL_ON_FAILURE", "block")
    found = asked(STACKED)
    assert (found["hookStatus"], found["errorCode"]) == ("FAILED", "InternalFailure")


def test_parameters_are_taken_from_what_a_change_set_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """50 receives by default; the deployment gives 3, which only the change set tells. A stack's event does not."""
    monkeypatch.setenv("SEAWALL_FAIL_ON", "warning")
    parameters = {"Receives": {"Type": "Number", "Default": 50}}
    template = {"Parameters": parameters, "Resources": events.queue({"Ref": "Receives"})}
    after = {"Properties": {"VisibilityTimeout": "180", "RedrivePolicy": {"maxReceiveCount": "3"}}}
    change = {"logicalResourceId": "Queue", "action": "CREATE", "afterContext": json.dumps(after), "lineNumber": 3}
    found = asked(template, events.of_change_set(), changedResources=[change])
    assert found["hookStatus"] == "SUCCESS"
    assert asked(template)["hookStatus"] == "FAILED"


def test_the_worst_world_counts_where_nothing_tells_a_parameter() -> None:
    allowed = {"Type": "Number", "AllowedValues": [3, 50], "Default": 3}
    template = {"Parameters": {"Receives": allowed}, "Resources": events.queue({"Ref": "Receives"})}
    found = asked(template)
    assert "50" in found["message"].split("\n")[0]


def refusing(why: str) -> Callable[[str, float], bytes]:
    def fetch(address: str, seconds: float) -> bytes:
        raise PayloadError(why)

    return fetch


FAILURES: dict[str, Callable[[str, float], bytes]] = {
    "not fetched": refusing("S3 answers 403 for the payload"),
    "not JSON": lambda *_: b"<html>",
    "not text": lambda *_: b"\xff\xfe",
    "a list": lambda *_: b"[1]",
    "no template": lambda *_: b'{"template": null}',
    "an empty template": lambda *_: b'{"template": " "}',
    "a template that is none": events.payload("{"),
    "a template without resources": events.payload("[]"),
    "a broken fetch": lambda *_: 1 / 0,  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", FAILURES)
def test_its_own_failure_never_blocks_unless_that_is_asked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answer(events.of_stack(), LambdaContext(), FAILURES[name])
    assert found["hookStatus"] == "SUCCESS"
    assert "could not judge the template of MyStack" in found["message"]
    assert found["message"].endswith("It was let pass.")
    monkeypatch.setenv("SEAWALL_ON_FAILURE", "block")
    found = answer(events.of_stack(), LambdaContext(), FAILURES[name])
    assert (found["hookStatus"], found["errorCode"]) == ("FAILED", "InternalFailure")


def test_it_answers_before_the_deadline_when_judging_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setattr("seawall.hook.judging.report_of", lambda *_: time.sleep(60))
    started = time.monotonic()
    found = asked(STACKED, seconds=3)
    assert time.monotonic() - started < 3
    assert (found["hookStatus"], "longer than there is time" in found["message"]) == ("SUCCESS", True)


def test_an_internal_error_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.hook.judging.report_of", lambda *_: 1 / 0)
    found = asked(STACKED)
    assert found["hookStatus"] == "SUCCESS"
    assert "internal error: ZeroDivisionError" in found["message"]


def test_a_process_that_dies_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr("seawall.hook.judging.report_of", lambda *_: os._exit(9))
    assert "broke off" in asked(STACKED)["message"]


def test_the_log_holds_one_line_without_the_signed_address(capfd: pytest.CaptureFixture[str]) -> None:
    asked(STACKED)
    (line,) = capfd.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["gate"], told["stack"], told["target"], told["status"]) == ("seawall", "MyStack", "STACK", "FAILED")
    assert "Signature" not in line


def test_the_message_keeps_to_its_length() -> None:
    resources: dict[str, Any] = {}
    for number in range(60):
        names = {name: f"{name}{number}" for name in events.queue(30)}
        text = json.dumps(events.queue(30))
        for name, new in names.items():
            text = text.replace(f'"{name}"', f'"{new}"')
        resources |= json.loads(text)
    found = asked({"Resources": resources})
    assert len(found["message"]) <= LONGEST_MESSAGE
    assert found["message"].split("\n")[-1].startswith("and ")
    assert len(found["annotations"]) <= 50


def test_names_cannot_steer_what_reads_the_message() -> None:
    odd = "Qu\\u001b[31m\\u202eeue"
    text = json.dumps(events.queue(30)).replace('"Queue"', f'"{odd}"')
    found = asked(f'{{"Resources": {text}}}')
    assert "\x1b" not in found["message"]
    assert "\u202e" not in found["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([*events.of_stack(), "requestdata", "x"])


@given(JSON | st.dictionaries(KEYS, JSON | st.just(events.of_stack()["requestData"]), max_size=6))
def test_any_event_is_answered(event: Any) -> None:
    found = answer(event, None, refusing("nothing is there"))
    assert found["hookStatus"] in ("SUCCESS", "FAILED")
    assert isinstance(found["message"], str)
    json.dumps(found)


def test_the_handler_reads_the_payload_from_s3_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handling, "FETCHING", 1.0)
    found = handler(events.of_stack(payload="https://evil.example.com/s3.amazonaws.com"), LambdaContext())
    assert "the payload's address is not one of S3: evil.example.com" in found["message"]
