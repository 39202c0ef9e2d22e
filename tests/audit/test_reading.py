"""Calls: paced, told apart, paged. Answers come from botocore's own stubs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from seawall.audit.collectors import Collection
from seawall.audit.errors import AuditError
from seawall.audit.journal import Journal
from seawall.audit.reading import WAITS, AwsAccount, GoneError, NotAllowedError, RefusedCallError, connected

ADDRESS = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}


class Stubbed:
    """An account of which one service answers as told."""

    def __init__(self, service: str) -> None:
        self.client: Any = boto3.client(service, **ADDRESS)  # type: ignore[call-overload]
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.slept: list[float] = []
        self.account = AwsAccount(lambda _: self.client, self.slept.append)


def test_throttled_calls_wait_longer_each_time_and_go_on() -> None:
    one = Stubbed("sqs")
    for code in ("ThrottlingException", "RequestThrottled", "TooManyRequestsException"):
        one.stub.add_client_error("list_queues", code)
    one.stub.add_response("list_queues", {"QueueUrls": ["a"]}, {"MaxResults": 10})
    assert one.account.call("sqs", "list_queues", MaxResults=10)["QueueUrls"] == ["a"]
    assert one.slept == [1, 2, 4]
    assert one.account.calls == 4


def test_after_three_minutes_of_waiting_it_says_how_to_go_on() -> None:
    one = Stubbed("sqs")
    for _ in range(len(WAITS) + 1):
        one.stub.add_client_error("list_queues", "ThrottlingException", "Rate exceeded")
    with pytest.raises(AuditError, match=r"Rate exceeded.*what was read is kept, run it again"):
        one.account.call("sqs", "list_queues")
    assert one.slept == list(WAITS)
    assert 150 <= sum(WAITS) <= 200


@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDenied", NotAllowedError), ("AccessDeniedException", NotAllowedError), ("NoSuchEntity", GoneError)],
)
def test_what_is_refused_and_what_is_gone_are_told_apart(code: str, error: type[Exception]) -> None:
    one = Stubbed("iam")
    one.stub.add_client_error("get_policy", code)
    with pytest.raises(error) as caught:
        one.account.call("iam", "get_policy", PolicyArn="arn:aws:iam::aws:policy/x")
    assert error is not NotAllowedError or str(caught.value) == "iam:GetPolicy"
    assert one.slept == []


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException"])
def test_what_would_keep_every_call_from_an_answer_ends_it(code: str) -> None:
    one = Stubbed("sqs")
    one.stub.add_client_error("list_queues", code, "oh")
    with pytest.raises(AuditError, match="sqs list_queues"):
        one.account.call("sqs", "list_queues")


def test_one_call_that_aws_does_not_answer_is_noted_and_the_rest_goes_on(tmp_path: Path) -> None:
    one = Stubbed("cloudformation")
    one.stub.add_client_error("get_template", "ValidationError", "oh")
    with pytest.raises(RefusedCallError, match="cloudformation:GetTemplate answers ValidationError"):
        one.account.call("cloudformation", "get_template", StackName="a")
    one.stub.add_client_error("get_template", "ValidationError", "oh")
    aws = Collection(one.account, Journal(tmp_path, "1/eu-west-1"), lambda _: None)
    assert aws.asked("stack a", "cloudformation", "get_template", StackName="a") is None
    assert aws.unread == ["stack a: cloudformation:GetTemplate answers ValidationError"]


def test_pages_are_followed_by_whatever_the_service_calls_them() -> None:
    one = Stubbed("lambda")
    one.stub.add_response("list_functions", {"Functions": [{"FunctionName": "a"}], "NextMarker": "m"}, {})
    one.stub.add_response("list_functions", {"Functions": [{"FunctionName": "b"}]}, {"Marker": "m"})
    found = one.account.pages("lambda", "list_functions", "Functions", "Marker:NextMarker")
    assert [each["FunctionName"] for each in found] == ["a", "b"]


def test_a_profile_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(AuditError, match="no-such-profile"):
        connected("no-such-profile", "eu-west-1")


def test_without_a_region_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(AuditError, match="give --region"):
        connected(None, None)


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(AuditError, match=r"pip install 'seawall\[audit\]'"):
        connected(None, "eu-west-1")


def test_only_calls_that_read_are_made() -> None:
    """Every call in the collectors' files begins with a word that AWS keeps for reading."""
    import re

    import seawall.audit

    folder = Path(seawall.audit.__file__).parent
    text = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    calls = set(re.findall(r'"((?:get|list|describe|put|create|update|delete|start|send|tag|batch)_[a-z_]+)"', text))
    assert {"list_queues", "describe_images", "get_role_policy"} <= calls
    assert {each for each in calls if not each.startswith(("get_", "list_", "describe_"))} == set()
