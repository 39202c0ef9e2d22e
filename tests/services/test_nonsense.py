"""Whatever stands in a template, reading it gives sites and hops, and never raises."""

from __future__ import annotations

import copy
import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.services import read
from seawall.template import load
from tests.whole import examples, part

from . import test_apigateway as api
from . import test_attempts_by_source as sources
from .conftest import arn, function, join, machine, queue, ref, resource

SOUND: dict[str, Any] = api.BASE | {
    "Dead": queue(),
    "Source": queue(3),
    "Method": api.method(api.uri(":states:action/StartExecution"), RequestTemplates=api.templates(*api.START)),
    "Call": api.method(api.invoke(arn("Fn")), "AWS_PROXY", RequestParameters={"a.X-Amz-Invocation-Type": "'Event'"}),
    "Integration": api.subtype("SQS-SendMessage", QueueUrl=ref("Queue")),
    "Authorizer": resource("ApiGateway::Authorizer", RestApiId=ref("Api"), AuthorizerUri=api.invoke(arn("Fn"))),
    "Document": resource(
        "ApiGateway::RestApi",
        Body={
            "paths": {"/": {"get": {"x-amazon-apigateway-integration": {"type": "aws", "uri": api.invoke(arn("Fn"))}}}},
            "components": {"securitySchemes": {"a": {"x-amazon-apigateway-authorizer": {"authorizerUri": arn("Fn")}}}},
        },
    ),
    "Subscription": resource(
        "SNS::Subscription",
        TopicArn=ref("Topic"),
        Protocol="https",
        Endpoint=join("https://", ref("Api"), ".example.org"),
        DeliveryPolicy={"healthyRetryPolicy": {"numRetries": 3, "minDelayTarget": 1, "maxDelayTarget": 1}},
        RedrivePolicy={"deadLetterTargetArn": arn("Dead")},
    ),
    "Destination": resource("Events::ApiDestination", InvocationEndpoint="https://example.org"),
    "Rule": resource(
        "Events::Rule",
        State="ENABLED",
        EventBusName=ref("Bus"),
        EventPattern={"source": ["aws.states"], "detail": {"status": ["FAILED"], "stateMachineArn": [ref("Standard")]}},
        Targets=[
            {
                "Id": "A",
                "Arn": arn("Destination"),
                "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60},
                "DeadLetterConfig": {"Arn": arn("Dead")},
            },
            {"Id": "B", "Arn": arn("Fn")},
        ],
    ),
    "Pipe": resource(
        "Pipes::Pipe",
        DesiredState="RUNNING",
        Source=arn("Source"),
        SourceParameters={
            "SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 1},
            "KinesisStreamParameters": {"MaximumRetryAttempts": 3, "DeadLetterConfig": {"Arn": arn("Dead")}},
        },
        Enrichment=arn("Fn"),
        Target=ref("Express"),
        TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
    ),
    "Streamed": resource("Pipes::Pipe", Source=arn("Stream"), Target=arn("Fn")),
    "Alarm": resource(
        "CloudWatch::Alarm",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": ref("Fn")}],
        Metrics=[{"MetricStat": {"Metric": {"Namespace": "AWS/SQS"}}}],
    ),
    "Other": function(),
    "Plain": machine(),
    **{
        f"{source} {name}": raw
        for source, (template, _) in sources.SOURCES.items()
        for name, raw in template.items()
        if raw["Type"].rpartition("::")[2] not in ("Queue", "EventSourceMapping", "Stream", "Version")
    },
}


def _places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, entry in entries for place in _places(entry, (*path, key)))]


BY_RESOURCE = [
    [(name, "Properties", *path) for path in _places(raw.get("Properties", {}))]
    for name, raw in SOUND.items()
    if raw["Type"] != "AWS::StepFunctions::StateMachine"
]
PLACES = [place for places in BY_RESOURCE for place in places]
ODD: list[Any] = [
    *(None, True, -1, 1.5, 10**40, "", "default", "arn:", "arn:aws:events:::event-bus/default", "$x", "${", "'Event'"),
    *([], {}, [[]], {"": {}}, {"a": None}, [None]),
    *({"Ref": "Nothing"}, {"Ref": "AWS::NoValue"}, {"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]}, {"Fn::GetAtt": 1}),
    *(
        {"Fn::Join": ["", ["arn:", {"Fn::If": ["C", arn("Fn"), "x"]}]]},
        arn("Fn"),
        arn("Queue"),
        ref("Api"),
        ref("Rule"),
    ),
]


@pytest.mark.parametrize("turn", range(len(ODD)), ids=lambda turn: json.dumps(ODD[turn]))
def test_one_odd_value_in_each_resource(tmp_path: Path, turn: int) -> None:
    odd = ODD[turn]
    for places in part(zip_longest(*BY_RESOURCE), 3, turn):
        _read(tmp_path, [(place, odd) for place in places if place])


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ODD)), min_size=2, max_size=6))
def test_odd_values_together(tmp_path: Path, changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    _read(tmp_path, changes)


def _read(folder: Path, changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    template = {"Resources": copy.deepcopy(SOUND), "Conditions": {"C": {"Fn::Equals": [ref("AWS::Region"), "x"]}}}
    for (*path, last), odd in changes:
        node: Any = template["Resources"]
        try:
            for step in path:
                node = node[step]
            node[last] = copy.deepcopy(odd)  # two changes must not share one object
        except (LookupError, TypeError):
            continue  # an earlier change took the place away
    (folder / "app.json").write_text(json.dumps(template))
    wiring = read(load([folder / "app.json"]))
    assert all({found.source, found.target} <= set(wiring.sites) for found in wiring.hops)
