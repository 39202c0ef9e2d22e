"""Alarms on failure metrics."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Raw, Wire, arn, function, machine, queue, ref, resource

BASE = {"Fn": function(), "Other": function(FunctionName="other"), "Queue": queue(), "Machine": machine()}
TIMER = {
    "Timer": resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Id": "T", "Arn": arn("Fn")}]),
}


def metric(namespace: str, name: str, **dimensions: Any) -> Raw:
    listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name} | ({"Dimensions": listed} if listed else {})


def watched(wire: Wire, template: Raw, **alarm: Any) -> list[str]:
    wiring = wire(BASE | template | {"Alarm": resource("CloudWatch::Alarm", **alarm)})
    assert {watch.by for watch in wiring.watches} <= {"app/Alarm"}
    return [watch.site.removeprefix("app/") for watch in wiring.watches]


@pytest.mark.parametrize(
    ("alarm", "sites"),
    [
        (metric("AWS/Lambda", "Errors", FunctionName=ref("Fn")), ["Fn"]),
        (metric("AWS/Lambda", "Errors", FunctionName="other"), ["Other"]),
        (metric("AWS/Lambda", "Errors", FunctionName=ref("Fn"), Resource="fn:live"), ["Fn"]),
        (metric("AWS/Lambda", "Errors"), ["Fn", "Other"]),
        (metric("AWS/Lambda", "Duration", FunctionName=ref("Fn")), []),
        (metric("AWS/States", "ExecutionsFailed", StateMachineArn=ref("Machine")), ["Machine"]),
        (metric("AWS/States", "ExecutionsTimedOut", StateMachineArn=ref("Machine")), ["Machine"]),
        (metric("AWS/States", "ExecutionsAborted", StateMachineArn=ref("Machine")), ["Machine"]),
        (metric("AWS/States", "ExecutionsSucceeded", StateMachineArn=ref("Machine")), []),
        (
            metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName={"Fn::GetAtt": ["Queue", "QueueName"]}),
            ["Queue"],
        ),
        (
            metric("AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName={"Fn::GetAtt": ["Queue", "QueueName"]}),
            ["Queue"],
        ),
        (metric("Own", "Errors", FunctionName=ref("Fn")), []),
        (metric("AWS/Lambda", "Errors", FunctionName="not-ours"), []),
    ],
)
def test_failure_metrics(wire: Wire, alarm: Raw, sites: list[str]) -> None:
    assert watched(wire, {}, **alarm) == sites


def test_asynchronous_queue_of_a_function(wire: Wire) -> None:
    assert watched(wire, TIMER, **metric("AWS/Lambda", "Errors", FunctionName=ref("Fn"))) == ["Fn", "Fn#async"]


def test_alias(wire: Wire) -> None:
    alias = {"Live": resource("Lambda::Alias", FunctionName=ref("Fn"), FunctionVersion="1", Name="live")}
    timer = resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Id": "T", "Arn": ref("Live")}])
    found = watched(wire, alias | {"Timer": timer}, **metric("AWS/Lambda", "Errors", FunctionName=ref("Fn")))
    assert found == ["Fn", "Fn:live#async"]


def test_metric_math(wire: Wire) -> None:
    metrics = [
        {"Id": "sum", "Expression": "a + b"},
        {"Id": "a", "MetricStat": {"Metric": metric("AWS/Lambda", "Errors", FunctionName=ref("Fn")), "Stat": "Sum"}},
        {"Id": "b", "MetricStat": {"Metric": metric("AWS/States", "ExecutionsFailed", StateMachineArn=ref("Machine"))}},
        {"Id": "c", "MetricStat": {"Metric": metric("AWS/Lambda", "Errors", FunctionName=ref("Fn")), "Stat": "Max"}},
    ]
    assert watched(wire, {}, Metrics=metrics) == ["Fn", "Machine"]
