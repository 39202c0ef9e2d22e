"""`stacked-retries`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.graph import FailureClass
from seawall.rules import Confidence, Severity

from .judging import ALL, SILENT, body, found, judged, only, scenario

RULE = "stacked-retries"
FIRING = {
    "case-22-counted-laps": ("Task", 100, "100 times"),
    "case-04-pipe-to-express": ("Task", 20, "20 times (5 x 4)"),
    "case-08-parallel-around-task": ("Task", 24, "24 times (4 x 6)"),
    "case-14-nested-sync": ("Task", 12, "12 times (3 x 4)"),
    "case-15-collateral": ("Save", 20, "20 times (5 x 4)"),
}


@pytest.mark.parametrize("name", FIRING)
def test_fires_with_the_number_and_its_factors(name: str) -> None:
    site, attempts, said = FIRING[name]
    finding = only(scenario(name), RULE)
    assert (finding.severity, finding.confidence) == (Severity.ERROR, Confidence.HIGH)
    assert (finding.site, finding.attempts, finding.failure) == (f"{name}/{site}", attempts, FailureClass.ERROR)
    assert said in finding.message.splitlines()[0]


@pytest.mark.parametrize("name", sorted({*ALL, *SILENT} - set(FIRING)))
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)


def test_says_all_that_a_reader_needs() -> None:
    """What the path shows anyway, and figures that are all alike, are details."""
    finding = only(scenario("case-15-collateral"), RULE)
    assert finding.facts == (
        "the retries last 5 min = 5 x 60 s (VisibilityTimeout)",
        "then the event goes to case-15-collateral/DeadLetters",
        "what works runs again as well: case-15-collateral/Charge 5 times",
    )
    assert finding.details == (
        (
            "20 = 5 (case-15-collateral/Queue: maxReceiveCount = 5) "
            "x 4 (case-15-collateral/Machine#Save: Retry on any error: 3 retries + the first try = 4)"
        ),
        "by kind of failure: error 20, function timeout 20, throttle 20, Lambda service error (5xx) 20",
    )


def test_the_worst_class_is_judged_whichever_it_is(tmp_path: Path) -> None:
    """Five receives of whatever fails, but only service faults are retried: error 5, fault 5 x 4."""
    template = body("case-04-pipe-to-express")
    text = json.dumps(template).replace("States.ALL", "Lambda.ServiceException")
    finding = only(judged(tmp_path, json.loads(text)), RULE)
    assert (finding.attempts, finding.failure) == (20, FailureClass.FAULT)


@pytest.mark.parametrize(("limit", "fires"), [(19, True), (20, False)])
def test_the_limit_is_allowed(limit: int, fires: bool) -> None:
    assert bool(found(scenario("case-04-pipe-to-express", max_attempts=limit), RULE)) is fires


def test_dead_letters_add(tmp_path: Path) -> None:
    finding = only(scenario("case-12-dead-letter-consumer", max_attempts=4), RULE)
    assert (finding.attempts, "5 times (3 + 2)" in finding.message) == (5, True)


@pytest.mark.parametrize("held", [True, False])
def test_a_hop_that_only_a_permission_speaks_for_carries_no_hard_verdict(tmp_path: Path, held: bool) -> None:
    """queue (5) -> function -> StartSyncExecution of an Express machine whose task retries (4).

    20 if the code raises when the execution fails, 4 if it goes on: it was not read.
    """
    template = body("case-04-pipe-to-express")
    resources = template["Resources"]
    del resources["Pipe"]
    resources["Trigger"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Handler": "index.handler", "Role": {"Fn::GetAtt": ["PipeRole", "Arn"]}},
    }
    if held:
        resources["Trigger"]["Properties"]["Environment"] = {"Variables": {"MACHINE": {"Ref": "Machine"}}}
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Trigger"}}
    resources["Mapping"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    finding = only(judged(tmp_path, template), RULE)
    assert finding.attempts == 20
    assert finding.severity is Severity.WARNING
    assert "at least 4, if the code, which was not read, goes on when what it calls fails" in finding.facts
    assert finding.confidence is Confidence.MEDIUM
    evidence = "role and environment" if held else "the role alone"
    told = f"inferred from {evidence}: app/Trigger starts app/Machine (states:StartSyncExecution)"
    assert told in finding.message.splitlines()
    assert "assumes that the handler raises when the execution it waits for fails (app/Trigger)" in finding.message


def test_unknown_tries_are_a_least_figure(tmp_path: Path) -> None:
    template = body("case-08-parallel-around-task")
    resources = template["Resources"]
    resources["Queue"] = {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": {"Ref": "N"}}
        },
    }
    resources["Dead"] = {"Type": "AWS::SQS::Queue"}
    resources["Machine"]["Properties"]["StateMachineType"] = "EXPRESS"
    source = {"Source": {"Fn::GetAtt": ["Queue", "Arn"]}, "Target": {"Ref": "Machine"}}
    resources["Pipe"] = {"Type": "AWS::Pipes::Pipe", "Properties": source}
    template["Parameters"] = {"N": {"Type": "Number"}}
    finding = only(judged(tmp_path, template), RULE)
    assert finding.attempts is None
    assert "at least 24 times" in finding.message
    assert finding.confidence is Confidence.MEDIUM


def test_rounds_of_a_catch_are_ended_before_the_retry_of_its_state_is_lowered(tmp_path: Path) -> None:
    """States.ALL is caught back to the same state without a count; its Retry adds 11 to the first try of each round.
    Without the way back it is all that retries, and stays with fewer tries.
    """
    every = {"ErrorEquals": ["States.ALL"]}
    state = {
        "Type": "Task",
        "Resource": {"Fn::GetAtt": ["Fn", "Arn"]},
        "Retry": [{**every, "MaxAttempts": 11}],
        "Catch": [{**every, "Next": "Pay"}],
        "End": True,
    }
    definition = {"StartAt": "Pay", "States": {"Pay": state}}
    template = {
        "Resources": {
            "Fn": {"Type": "AWS::Lambda::Function"},
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": definition}},
        }
    }
    finding = only(judged(tmp_path, template), RULE)
    first, second = finding.fix.steps
    assert first.do.startswith("take the transition of app/Machine#Pay back into its cycle away")
    assert (first.effect, second.effect) == ("at least 24 -> 12", "12 -> 4")
    assert second.do == ("let only app/Machine#Pay retry: let the retriers of app/Machine#Pay make 3 retries in all")


@pytest.mark.parametrize("shared", [True, False])
def test_a_dead_letter_queue_that_others_send_to_goes_on_being_read(tmp_path: Path, shared: bool) -> None:
    """What a topic sends to it would be read by nobody."""
    template = body("case-12-dead-letter-consumer")
    if shared:
        subscription = {"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}
        template["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": [subscription]}}
    finding = only(judged(tmp_path, template, max_attempts=4), RULE)
    assert ("from reading the dead-letter queue" in finding.fix.text) is not shared
