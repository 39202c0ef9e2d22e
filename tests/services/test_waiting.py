"""How long senders wait: a limit that nothing resolves is a gap, wherever it stands.

Each limit is 5 s in front of a run that may take 20 s, which `outlived-caller` tells. Unknown, it may be that or not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import seawall

Raw = dict[str, Any]
ROLE = "arn:aws:iam::111122223333:role/x"
U: Raw = {"Ref": "U"}
F: Raw = {"Fn::GetAtt": ["F", "Arn"]}


def of(kind: str, **properties: Any) -> Raw:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def api(limit: Any) -> Raw:
    return {
        "A": of("ApiGatewayV2::Api", Name="a", ProtocolType="HTTP"),
        "I": of("ApiGatewayV2::Integration", ApiId={"Ref": "A"}, IntegrationType="AWS_PROXY", IntegrationUri=F,
                TimeoutInMillis=limit),
        "R": of("ApiGatewayV2::Route", ApiId={"Ref": "A"}, RouteKey="POST /", Target={"Fn::Sub": "integrations/${I}"}),
    }  # fmt: skip


def balancer(limit: Any) -> Raw:
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": limit}]
    group = {"Type": "forward", "TargetGroupArn": {"Ref": "G"}}
    return {
        "B": of("ElasticLoadBalancingV2::LoadBalancer", LoadBalancerAttributes=attributes),
        "G": of("ElasticLoadBalancingV2::TargetGroup", TargetType="lambda", Targets=[{"Id": F}]),
        "L": of("ElasticLoadBalancingV2::Listener", LoadBalancerArn={"Ref": "B"}, DefaultActions=[group]),
    }


def subscriber(limit: Any) -> Raw:
    call = {"InvocationType": "REQUEST_RESPONSE", "InvocationTimeoutSeconds": limit}
    invoke = {"TargetArn": F, "LambdaParameters": call}
    return {
        "B": of("EventsV2::EventBus", Name="b"),
        "S": of("EventsV2::Subscriber", EventBusArn={"Fn::GetAtt": ["B", "Arn"]}, InvokeConfiguration=invoke),
    }


def machine(**state: Any) -> Raw:
    again = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    call: Raw = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "${F}"}}
    text = json.dumps({"StartAt": "A", "States": {"A": {**call, "Retry": again, **state, "End": True}}})
    return {"M": of("StepFunctions::StateMachine", RoleArn=ROLE, DefinitionString={"Fn::Sub": text})}


def pipe(limit: Any) -> Raw:
    waits = {"LambdaFunctionParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    source = {"Fn::GetAtt": ["Q", "Arn"]}
    return {
        "Q": of("SQS::Queue", VisibilityTimeout=limit),
        "P": of("Pipes::Pipe", RoleArn=ROLE, Source=source, Target=F, TargetParameters=waits),
    }


def said(resources: Raw) -> tuple[bool, bool]:
    """Whether it is told that the waiter gives up, and whether there is a gap about the limit."""
    code = {"Code": {"S3Bucket": "b", "S3Key": "k"}, "Handler": "i.h", "Runtime": "java21"}
    worker = of("Lambda::Function", Timeout=20, Role=ROLE, **code)
    report = seawall.check({"Parameters": {"U": {"Type": "Number"}}, "Resources": {"F": worker, **resources}})
    gaps = [gap for gap in report.gaps if gap.site != "template/F" and "template/F" in gap.touches]
    return any(one.rule == "outlived-caller" for one in report.findings), bool(gaps)


@pytest.mark.parametrize(
    ("made", "known", "unknown"),
    [
        (api, 5000, U),
        (balancer, "5", U),
        (subscriber, 5, U),
        (pipe, 5, U),
        (lambda limit: machine(TimeoutSeconds=limit), 5, "${U}"),
    ],
    ids=["api", "balancer", "subscriber", "pipe", "state"],
)
def test_a_limit_that_nothing_resolves_is_a_gap(made: Callable[[Any], Raw], known: Any, unknown: Any) -> None:
    assert said(made(known)) == (True, False)
    assert said(made(unknown)) == (False, True)


@pytest.mark.parametrize(
    "state",
    [{"TimeoutSecondsPath": "$.wait"}, {"TimeoutSeconds": "{% $states.input.wait %}", "QueryLanguage": "JSONata"}],
)
def test_a_limit_that_a_run_chooses_is_one_as_well(state: Raw) -> None:
    if "QueryLanguage" in state:
        state = {**state, "Arguments": {"FunctionName": "${F}"}, "Parameters": {}}
    assert said(machine(**state)) == (False, True)
