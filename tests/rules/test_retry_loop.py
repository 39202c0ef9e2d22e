"""`retry-loop`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.graph import FailureClass
from seawall.rules import Confidence, Severity

from .judging import ALL, body, found, judged, only, scenario

RULE = "retry-loop"
FIRING = ("case-13-requeue", "case-13-stated-laps")


@pytest.mark.parametrize("name", FIRING)
def test_fires_with_the_gain(name: str) -> None:
    finding = only(scenario(name), RULE)
    first, *lines = finding.message.splitlines()
    assert first.startswith(f"when {name}/Task fails, its message goes back to {name}/Queue")
    assert first.endswith("; up to 4 come back each round when Lambda itself returns service errors (5xx)")
    throttle = "0" if name == "case-13-requeue" else "0 to 4"  # code that was read does not send when it does not run
    told = "events that come back for each one sent: "
    assert f"{told}error 1, timeout 0 to 1, throttle {throttle}, Lambda service error (5xx) 0 to 4" in lines
    assert (finding.site, finding.failure, finding.severity) == (f"{name}/Queue", FailureClass.FAULT, Severity.ERROR)


def test_code_that_sends_back_instead_of_failing_and_is_ended_by_lambda_is_a_warning() -> None:
    finding = only(scenario("case-26-sent-back"), RULE)
    assert "error 1, timeout 0 to 5, throttle 0, Lambda service error (5xx) 0 to 5" in finding.message
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("name", sorted(set(ALL) - {*FIRING, "case-26-sent-back"}))
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)


def test_says_how_it_grows_and_that_nothing_stops_it() -> None:
    finding = only(scenario("case-13-requeue"), RULE)
    assert " and goes round for ever; " in finding.headline
    assert any(fact.endswith("; so they quadruple each round at worst") for fact in finding.facts)
    assert any(
        fact.startswith("within 5 rounds of at most 57 s, 4 min 45 s in all (4^5 = 1,024), all 1,000")
        for fact in finding.facts
    )
    assert any(fact.startswith("nothing in the template stops it: ") for fact in finding.facts)
    assert "the cycle: case-13-requeue/Queue -> case-13-requeue/Trigger -> case-13-requeue/Machine" in finding.message


def test_a_stated_limit_stops_it() -> None:
    lines = only(scenario("case-13-stated-laps"), RULE).message.splitlines()
    assert any(line.endswith("; one becomes 1,365 in 5 rounds: 1 + 4 + 16 + 64 + 256 + 1,024") for line in lines)
    assert "the code stops it after 5 rounds, as stated" in lines


def test_laps_within_the_limit_are_harmless() -> None:
    assert not found(scenario("case-13-stated-laps", max_attempts=1_365), RULE)
    assert found(scenario("case-13-stated-laps", max_attempts=1_364), RULE)


def test_a_loop_that_only_a_permission_speaks_for_carries_no_hard_verdict(tmp_path: Path) -> None:
    template = body("case-13-requeue")
    for name in ("Task", "Trigger"):
        template["Resources"][name]["Properties"].pop("Environment", None)
    finding = only(judged(tmp_path, template), RULE)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.MEDIUM)
    assert finding.fix.first == (
        "does the code of app/Task send to app/Queue? It was not read: only its role allows sqs:SendMessage on "
        "app/Queue. If not, say so with these lines, and this finding is gone"
    )


def requeue(loops: str | None, extra: str | None = None) -> dict[str, object]:
    """queue -> function -> the same queue, maybe through a table's stream."""
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}
    document = {"PolicyName": "P", "PolicyDocument": {"Statement": [statement]}}
    settings = {} if loops is None else {"RecursiveLoop": loops}
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Fn"}}
    policy = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 5}
    environment = {"Variables": {"QUEUE": {"Ref": "Queue"}}}
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    return {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": policy}},
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [document]}},
            "Fn": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Handler": "i.h", "Role": role, "Environment": environment, **settings},
            },
            "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
        }
    }


@pytest.mark.parametrize(
    ("loops", "stopped"),
    [
        (None, "Lambda's loop detection ends each chain of calls"),
        ("Terminate", "Lambda's loop detection ends each chain of calls"),
        ("Allow", "nothing in the template stops it"),
    ],
)
def test_loop_detection_sees_queues_and_functions(tmp_path: Path, loops: str | None, stopped: str) -> None:
    assert any(fact.startswith(stopped) for fact in only(judged(tmp_path, requeue(loops)), RULE).facts)


def calling(**environment: object) -> dict[str, object]:
    """A function whose role lets it call itself."""
    template = requeue(None)
    resources: Any = template["Resources"]
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Fn::GetAtt": ["Fn", "Arn"]}}
    resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] = [allowed]
    resources["Fn"]["Properties"]["Environment"] = {"Variables": environment}
    return template


def test_a_permission_to_call_oneself_is_a_note_while_lambda_would_stop_it(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, calling()), RULE)
    assert (finding.severity, finding.confidence) == (Severity.NOTE, Confidence.MEDIUM)
    lines = finding.message.splitlines()
    assert lines[0] == (
        "app/Fn may call itself (recursion): only its role says so; Lambda would stop it after about 16 rounds"
    )
    assert any(line.startswith("Lambda's loop detection ends each chain of calls") for line in lines)
    assert finding.fix.text == (
        "first: does the code of app/Fn call itself? It was not read: only its role allows lambda:InvokeFunction "
        "on app/Fn. If not, say so with these lines, and this finding is gone. if it does not, better still take "
        "lambda:InvokeFunction on app/Fn out of app/Role: then it never can (events that come back: 1 -> 0); what goes "
        "allows nothing else; otherwise: if the cycle is meant, limit its rounds in the code and acknowledge the "
        "finding"
    )
    assert finding.stop_now.text == "", "a role alone takes no function down"


def test_names_in_the_environment_alone_are_said_to_be_all_there_is(tmp_path: Path) -> None:
    """The role is in none of the templates: it says nothing."""

    def function(calls: str) -> dict[str, Any]:
        role, held = "arn:aws:iam::111122223333:role/shared", {"Variables": {"NEXT": {"Ref": calls}}}
        return {"Type": "AWS::Lambda::Function", "Properties": {"Role": role, "Environment": held}}

    finding = only(judged(tmp_path, {"Resources": {"A": function("B"), "B": function("A")}}), RULE)
    assert finding.headline == (
        "app/A and app/B may call each other: only its environment says so; Lambda would stop it after about 16 rounds"
    )
    assert finding.fix.first == (
        "does the code of app/B call app/A? It was not read: only its environment names app/A. If not, say so "
        "with these lines, and this finding is gone"
    )
    assert "inferred from the environment alone: app/A calls app/B (lambda:Invoke)" in finding.assumptions


def test_a_permission_to_call_oneself_without_end_is_a_warning(tmp_path: Path) -> None:
    template = calling()
    resources: Any = template["Resources"]
    resources["Fn"]["Properties"]["RecursiveLoop"] = "Allow"
    assert only(judged(tmp_path, template), RULE).severity is Severity.WARNING


def test_what_a_reader_writes_to_its_own_table_comes_back(tmp_path: Path) -> None:
    """A write is no sending back of failing work: raising instead of it mends nothing."""
    template = requeue(None)
    resources: Any = template["Resources"]
    allowed = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}
    resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] = [allowed]
    view = {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
    resources["Queue"] = {"Type": "AWS::DynamoDB::Table", "Properties": view}
    resources["Mapping"]["Properties"]["EventSourceArn"] = {"Fn::GetAtt": ["Queue", "StreamArn"]}
    finding = only(judged(tmp_path, template), RULE)
    assert finding.headline.startswith("what app/Fn writes to app/Queue ")
    assert "let app/Fn write to another place than app/Queue, or filter the events " in finding.fix.text


@pytest.mark.parametrize("name", FIRING)
def test_the_factors_of_the_trace_make_the_gain_of_the_worst_class(name: str) -> None:
    """Errors come back once; the Retry of four service faults makes 4 of a fault."""
    finding = only(scenario(name), RULE)
    assert finding.failure is FailureClass.FAULT
    assert [mark.tries for mark in finding.trace] == [1, 1, 1, 4, 1, 1]
    assert [mark.note for mark in finding.trace if mark.tries == 4] == [
        (
            "Retry on Lambda.ServiceException, AWSLambdaException, SdkClientException or TooManyRequestsException: "
            "3 retries + the first try = 4"
        )
    ]
    assert (finding.trace[0].site, finding.trace[-1].site) == (f"{name}/Queue", f"{name}/Queue")


def test_receives_of_a_queue_that_the_sender_fails_multiply_in_the_trace(tmp_path: Path) -> None:
    """The function sends back in each of its 5 receives."""
    finding = only(judged(tmp_path, requeue("Allow")), RULE)
    assert finding.headline.endswith("; up to 5 come back each round")
    assert [mark.tries for mark in finding.trace] == [1, 5, 1]


@pytest.mark.parametrize(("name", "gain"), [("case-13-requeue", 4), ("case-13-stated-laps", 4)])
def test_the_fix_says_that_nothing_comes_back(name: str, gain: int) -> None:
    assert f"(events that come back: {gain} -> 0)" in only(scenario(name), RULE).fix.text


def test_a_cut_that_leaves_another_way_back_promises_nothing(tmp_path: Path) -> None:
    """A topic brings what the function publishes back to the same queue: two events in each of five receives."""
    template = requeue("Allow")
    resources: Any = template["Resources"]
    arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    resources["Topic"] = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"Subscription": [{"Protocol": "sqs", "Endpoint": arn}]},
    }
    resources["Fn"]["Metadata"] = {"seawall": {"sends_to": [{"to": "Topic", "when": "failure"}]}}
    findings = {finding.site: finding for finding in found(judged(tmp_path, template), RULE)}
    assert "(events that come back" not in findings["app/Queue"].fix.text
    assert "(events that come back: 10 -> 0)" in findings["app/Topic"].fix.text
    told = "the fewest changes that end both cycles through these: "
    assert all(any(line.startswith(told) for line in each.details) for each in findings.values())


def test_raising_is_advised_only_where_what_fails_is_kept(tmp_path: Path) -> None:
    """A topic calls the function, which publishes to it again: Lambda drops what fails, as nothing is set up for it."""
    template = requeue("Allow")
    assert "is lost today" not in only(judged(tmp_path, template), RULE).fix.text
    resources: Any = template["Resources"]
    resources["Topic"] = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"Subscription": [{"Protocol": "lambda", "Endpoint": {"Fn::GetAtt": ["Fn", "Arn"]}}]},
    }
    resources["Fn"]["Metadata"] = {"seawall": {"sends_to": [{"to": "Topic", "when": "failure"}]}}
    fixes = {finding.site: finding.fix.text for finding in found(judged(tmp_path, template), RULE)}
    assert "Fn#async a dead-letter queue" in fixes["app/Topic"]
