"""What a loop's finding says: the ordinary case first, then a line for each kind of failure, worked out by hand."""

from __future__ import annotations

from pathlib import Path

from seawall.rules import Finding

from .judging import found, judged, only, scenario
from .test_loop_stops import arn, made, sender

RULE = "retry-loop"


def short(finding: Finding, name: str) -> list[str]:
    """The headline and the facts, without the name of the template."""
    return [line.replace(f"{name}/", "") for line in (finding.headline, *finding.facts)]


def test_what_code_sends_back_for_certain_and_what_only_service_errors_multiply() -> None:
    """Case 13: an error comes back once. Of a service error each of 4 tries may have sent: 4, 16, 64, 256, 1,024."""
    lines = short(only(scenario("case-13-requeue"), RULE), "case-13-requeue")
    assert lines[:8] == [
        (
            "when Task fails, its message goes back to Queue and goes round for ever; up to 4 come back each "
            "round when Lambda itself returns service errors (5xx)"
        ),
        "ordinary case: if the work in Task fails, its code (case-13-requeue.json:115) sends 1 back, for ever",
        (
            "if its runs take all their time: 8,640 runs a day = 4,320 rounds of 2 runs for each such message (24 h / "
            "20 s; 20 s = 10 s Trigger + 10 s Task), for less than $1"
        ),
        "if its runs end after 0.2 s: about 432,000 runs a day, for about $5.93",
        "if Task times out or crashes: 1 comes back if it had sent before that",
        (
            "worst case: if Task meets a Lambda service error (5xx): up to 4 come back, one for each try if it had "
            "sent before that; so they quadruple each round at worst"
        ),
        (
            "within 5 rounds of at most 57 s, 4 min 45 s in all (4^5 = 1,024), all 1,000 concurrent runs of an "
            "account (AWS's default) are taken, and others are throttled"
        ),
        (
            "a round of 57 s at most: 10 s Trigger + 4 x 10 s Task + 7 s of waits (1 + 2 + 4; IntervalSeconds, "
            "BackoffRate)"
        ),
    ]


def test_a_limit_of_rounds_is_said_with_the_sum() -> None:
    lines = short(only(scenario("case-13-stated-laps"), RULE), "case-13-stated-laps")
    assert lines[0] == (
        "when Task fails, its message goes back to Queue, for 5 rounds at most; up to 4 come back each round when "
        "Lambda itself returns service errors (5xx)"
    )
    assert lines[1] == "ordinary case: if the work in Task fails, as its Metadata states, it sends 1 back each round"
    assert lines[3].endswith("; one becomes 1,365 in 5 rounds: 1 + 4 + 16 + 64 + 256 + 1,024")


def test_one_that_lambda_stops_says_so_first() -> None:
    """Case 26: 5 receives of 180 s each may all have sent before the run timed out; 5^5 = 3,125."""
    lines = short(only(scenario("case-26-sent-back"), RULE), "case-26-sent-back")
    assert lines[0] == (
        "when Worker fails, its message goes back to Queue, until Lambda stops it after about 16 rounds; up to 5 come "
        "back each round when it times out or crashes"
    )
    assert lines[2] == (
        "worst case: if Worker times out or crashes, or meets a Lambda service error (5xx): up to 5 come back, one for "
        "each try if it had sent before that; it grows until it is stopped"
    )
    assert lines[3:5] == [
        (
            "within 5 rounds of at most 15 min, 1 h 15 min in all (5^5 = 3,125), all 1,000 concurrent runs of an "
            "account (AWS's default) are taken, and others are throttled"
        ),
        "a round of 15 min at most: 5 x 180 s (VisibilityTimeout)",
    ]


def test_a_function_that_calls_itself_is_one_function(tmp_path: Path) -> None:
    loop = only(judged(tmp_path, {"Resources": sender("lambda:InvokeFunction", arn("Fn"), arn("Fn"))}), RULE)
    assert loop.headline == "app/Fn calls itself (recursion), until Lambda stops it after about 16 rounds"
    assert loop.facts[0].startswith("Lambda's loop detection ends each chain of calls"), (
        "that each call makes one more, that is it"
    )


def test_a_number_that_no_reader_can_make_is_not_told(tmp_path: Path) -> None:
    """Two queues feed one another through a function each: their numbers are those of both together."""
    mappings = {
        f"Map{each}": made("Lambda::EventSourceMapping", EventSourceArn=arn(each), FunctionName={"Ref": "Fn"})
        for each in ("One", "Two")
    }
    queues = {each: made("SQS::Queue") for each in ("One", "Two")}
    resources = sender("sqs:SendMessage", [arn("One"), arn("Two")], {"Ref": "One"}, RecursiveLoop="Allow")
    resources["Fn"]["Properties"]["Environment"]["Variables"]["OTHER"] = {"Ref": "Two"}
    loops = found(judged(tmp_path, {"Resources": resources | queues | mappings}), RULE)
    assert {loop.site for loop in loops} == {"app/One", "app/Two"}
    for loop in loops:
        told = "\n".join((loop.headline, *loop.facts))
        assert "several come back" in told or "one for each try" in told
        assert any(line.startswith("events that come back for each one sent: ") for line in loop.details)


def test_a_catch_that_sends_back_is_told_by_the_state_that_fails(tmp_path: Path) -> None:
    """T fails, and its Catch leads to S, which sends to the queue again: the machine has to fail instead."""
    states = {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": arn("F")},
              "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S"}], "End": True},
        "S": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
              "Parameters": {"QueueUrl": {"Ref": "Q"}, "MessageBody.$": "$"}, "End": True},
    }  # fmt: skip
    awaited = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    resources = {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {
            "RedrivePolicy": {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 3}}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "java21"}},
        "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "StateMachineType": "EXPRESS", "Definition": {"StartAt": "T", "States": states}}},
        "P": {"Type": "AWS::Pipes::Pipe", "Properties": {
            "Source": arn("Q"), "Target": {"Ref": "M"}, "TargetParameters": awaited}},
    }  # fmt: skip
    finding = only(judged(tmp_path, {"Resources": resources}), RULE)
    name = finding.site.partition("/")[0]
    assert short(finding, name)[0] == "when M#T fails, its message goes back to Q and goes round for ever"
    assert finding.fix.steps[0].do.replace(f"{name}/", "") == (
        "let the Catch of M#T end in a Fail state instead of M#S, which sends back to Q"
    )
