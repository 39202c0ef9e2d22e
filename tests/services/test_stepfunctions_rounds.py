"""A Choice that lets so many rounds through ends a loop only if something adds to the count.

Worked out by hand: a machine reads a queue through a pipe and sends back to it while `$.laps` is below 5. Where it adds
1, five rounds are the end. Where it sends on what came, the count is 0 in each round, and the loop has no end. Where
what runs in it may change the count, nothing tells.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

import seawall

Raw = dict[str, Any]
ROLE = "arn:aws:iam::111122223333:role/x"
BELOW: Raw = {"Variable": "$.laps", "NumericLessThan": 5}
ENDLESS, ENDS, NOT_KNOWN = "endless", "ends", "not known"


def said(states: Raw, start: str, **resources: Raw) -> str:
    states = {"E": {"Type": "Succeed"}, **states}
    waits = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    text = json.dumps({"StartAt": start, "States": states})
    machine: Raw = {
        "StateMachineType": "EXPRESS", "RoleArn": ROLE, "DefinitionString": text,
        "DefinitionSubstitutions": {"Q": {"Ref": "Q"}},
    }  # fmt: skip
    pipe: Raw = {"RoleArn": ROLE, "Source": {"Fn::GetAtt": ["Q", "Arn"]}, "Target": {"Ref": "M"}}
    report = seawall.check({"Resources": {
        "Q": {"Type": "AWS::SQS::Queue"},
        "P": {"Type": "AWS::Pipes::Pipe", "Properties": {**pipe, "TargetParameters": waits}},
        "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        **resources,
    }})  # fmt: skip
    loop = any(one.rule == "retry-loop" for one in report.findings)
    gap = any("ends the rounds of what is sent back" in gap.why and gap.touches for gap in report.gaps)
    assert not (loop and gap)
    return ENDLESS if loop else NOT_KNOWN if gap else ENDS


def counted(*, before: Any = None, between: Any = None, **sent: Any) -> tuple[Raw, str]:
    """A Choice in front of what sends; a state before it, and one between the two."""
    request = {"QueueUrl": "${Q}", **(sent or {"MessageBody.$": "$"})}
    states: Raw = {
        "C": {"Type": "Choice", "Choices": [{**BELOW, "Next": "B" if between else "S"}], "Default": "E"},
        "S": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": request, "End": True},
    }
    if between is not None:
        states["B"] = {"Type": "Pass", "Next": "S", **between}
    if before is not None:
        states["A"] = {"Type": "Pass", "Next": "C", **before}
    return states, "C" if before is None else "A"


def plus(number: Any, variable: str = "$.laps") -> Raw:
    return {"laps.$": f"States.MathAdd({variable}, {number})"}


ELSEWHERE: Raw = {"Type": "Task", "Resource": "arn:aws:states:::sqs:getQueueAttributes"}


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        (counted(), ENDLESS),
        (counted(between={"Parameters": plus(1)}), ENDS),
        (counted(between={"Parameters": {"n.$": "States.MathAdd($.laps, 1)"}, "ResultPath": "$.more"}), ENDS),
        (counted(MessageBody=plus(1)), ENDS),
        (counted(MessageBody=plus("$.step")), ENDS),
        (counted(between={"Parameters": plus(0)}), NOT_KNOWN),
        (counted(between={"Parameters": plus(-1)}), NOT_KNOWN),
        (counted(between={"Parameters": plus(1, "$.other")}), NOT_KNOWN),
        (counted(before={"Result": {"laps": 0}}), ENDLESS),
        (counted(before={"Parameters": {"laps": 0}}), ENDLESS),
        (counted(before={"Result": 0, "ResultPath": "$.laps"}), ENDLESS),
        (counted(before={"Result": 0, "ResultPath": "$.other"}), ENDLESS),
        (counted(before={"Result": 0, "ResultPath": "$.lapses"}), ENDLESS),
        (counted(before={"InputPath": "$.detail"}), NOT_KNOWN),
        (counted(before={**ELSEWHERE}), NOT_KNOWN),
        (counted(before={**ELSEWHERE, "ResultPath": "$.laps"}), NOT_KNOWN),
        (counted(before={**ELSEWHERE, "ResultPath": "$.other"}), ENDLESS),
        (counted(before={**ELSEWHERE, "ResultPath": None}), ENDLESS),
        (counted(before={"Type": "Wait", "Seconds": 1}), ENDLESS),
        (counted(MessageBody={"laps.$": "$.laps"}), ENDLESS),
        (counted(MessageBody={"laps": 0}), ENDLESS),
        (counted(**{"MessageBody.$": "$.body"}), NOT_KNOWN),
    ],
)  # fmt: skip
def test_a_limit_ends_a_loop_that_counts(states: tuple[Raw, str], wanted: str) -> None:
    assert said(*states) == wanted


@pytest.mark.parametrize(
    ("sent", "output", "wanted"),
    [
        ("{% $states.input %}", None, ENDLESS),
        ("{% $string($states.input) %}", None, ENDLESS),
        ("{% $merge([$states.input, {'laps': $states.input.laps + 1}]) %}", None, ENDS),
        ("{% $states.input %}", {"laps": "{% $states.input.laps + 1 %}"}, ENDS),
        ("{% $states.input %}", {"laps": 0}, ENDLESS),
        ("{% $states.input %}", "{% $f($states.input) %}", NOT_KNOWN),
    ],
)
def test_so_it_is_in_jsonata(sent: str, output: Any, wanted: str) -> None:
    made: Raw = {} if output is None else {"Output": output}
    request = {"QueueUrl": "${Q}", "MessageBody": sent}
    below = {"Condition": "{% $states.input.laps < 5 %}", "Next": "S"}
    states: Raw = {
        "C": {"Type": "Choice", "Choices": [below], "Default": "E"},
        "A": {"Type": "Pass", "Next": "C", **made},
        "S": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Arguments": request, "End": True},
    }  # fmt: skip
    assert said({name: {"QueryLanguage": "JSONata", **state} for name, state in states.items()}, "A") == wanted


def test_a_count_that_is_set_where_none_came_goes_on_counting() -> None:
    states, _ = counted(between={"Parameters": plus(1)})
    first = {"Variable": "$.laps", "IsPresent": True, "Next": "C"}
    states["I"] = {"Type": "Choice", "Choices": [first], "Default": "Z"}
    states["Z"] = {"Type": "Pass", "Result": {"laps": 0}, "Next": "C"}
    assert said(states, "I") == ENDS
    assert said(states | {"I": {"Type": "Pass", "Next": "Z"}}, "I") == ENDLESS


def test_what_an_execution_was_started_with_is_changed_by_nothing() -> None:
    states, start = counted(before=ELSEWHERE, **{"MessageBody.$": "$$.Execution.Input"})
    states["C"]["Choices"][0]["Variable"] = "$$.Execution.Input.laps"
    assert said(states, start) == ENDLESS


def test_code_on_the_way_round_may_count() -> None:
    """A function reads the queue and starts the machine: it may write the count, and its code is not at hand."""
    states, start = counted()
    named = {"Role": {"Fn::GetAtt": ["R", "Arn"]}, "Environment": {"Variables": {"M": {"Ref": "M"}}}}
    code = {"Runtime": "python3.12", "Handler": "i.h", "Code": {"S3Bucket": "b", "S3Key": "k"}}
    allowed = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": {"Ref": "M"}}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [allowed]}}
    source = {"EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}, "FunctionName": {"Ref": "F"}}
    assert said(
        states,
        start,
        P={"Type": "AWS::Lambda::EventSourceMapping", "Properties": source},
        F={"Type": "AWS::Lambda::Function", "Properties": {**named, **code}},
        R={"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Policies": [policy]}},
    ) == NOT_KNOWN  # fmt: skip
