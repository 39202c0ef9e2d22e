"""Alarms on failure metrics."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Raw, Wire, arn, function, join, machine, queue, ref, resource

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


LEADS_BACK = "watches app/{}, where its own action leads back to: how often that runs again is not known"
ERRORS = metric("AWS/Lambda", "Errors", FunctionName=ref("Fn"))


def leading_back(wire: Wire, **resources: Raw) -> dict[str, str]:
    found = wire(BASE | resources).unknowns
    return {gap.site.removeprefix("app/"): gap.why for gap in found if gap.property == "AlarmActions"}


@pytest.mark.parametrize(
    ("resources", "watched_site"),
    [
        ({"A": resource("CloudWatch::Alarm", AlarmActions=[arn("Fn")], **ERRORS)}, "Fn"),
        ({"A": resource("CloudWatch::Alarm", AlarmActions=[ref("T")], **ERRORS),
          "T": resource("SNS::Topic"), "S": resource(
              "SNS::Subscription", Protocol="lambda", TopicArn=ref("T"), Endpoint=arn("Fn"))}, "Fn"),
        ({"E": resource("CloudWatch::Alarm", AlarmName="e", **ERRORS), "A": resource(
            "CloudWatch::CompositeAlarm", AlarmRule="ALARM(e) OR OK(other)", AlarmActions=[arn("Fn")])}, "Fn"),
        ({"E": resource("CloudWatch::Alarm", **ERRORS), "A": resource(
            "CloudWatch::CompositeAlarm", AlarmRule={"Fn::Sub": "ALARM(${E})"}, AlarmActions=[arn("Fn")])}, "Fn"),
        ({"E": resource("CloudWatch::Alarm", AlarmName="e", **ERRORS), "A": resource(
            "CloudWatch::CompositeAlarm", AlarmActions=[arn("Fn")], AlarmRule={
                "Fn::Sub": 'ALARM("arn:aws:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:e")'})}, "Fn"),
        ({"E": resource("CloudWatch::Alarm", AlarmName="e", **ERRORS),
          "C": resource("CloudWatch::CompositeAlarm", AlarmName="c", AlarmRule="ALARM(e) OR ALARM(top)"),
          "A": resource("CloudWatch::CompositeAlarm", AlarmName="top", AlarmActions=[arn("Fn")],
                        AlarmRule="ALARM(c) AND NOT ALARM(zz)")}, "Fn"),
        ({"L": resource("Logs::LogGroup", LogGroupName=join("/aws/lambda/", ref("Fn"))), "F": resource(
            "Logs::MetricFilter", LogGroupName=ref("L"), MetricTransformations=[
                {"MetricNamespace": "app", "MetricName": "Lines"}]),
          "A": resource("CloudWatch::Alarm", AlarmActions=[arn("Fn")], **metric("app", "Lines"))}, "Fn"),
        ({"L": resource("Logs::LogGroup"), "Own": function(LoggingConfig={"LogGroup": ref("L")}), "A": resource(
            "CloudWatch::LogAlarm", AlarmActions=[arn("Own")],
            ScheduledQueryConfiguration={"LogGroupIdentifiers": [ref("L")]})}, "Own"),
    ],
)  # fmt: skip
def test_an_action_that_leads_back_to_what_is_watched_is_a_gap(
    wire: Wire, resources: dict[str, Raw], watched_site: str
) -> None:
    assert leading_back(wire, **resources) == {"A": LEADS_BACK.format(watched_site)}


@pytest.mark.parametrize(
    ("name", "acting", "gaps"),
    [
        (join("/aws/lambda/", ref("Fn")), "Fn", 1),
        ("/aws/lambda/other", "Other", 1),
        ("/own/lines", "Own", 1),
        ("/own/lines", "Fn", 0),
        ("/aws/lambda/own", "Own", 0),
        (ref("Given"), "Asked", 0),
    ],
)
def test_a_log_group_that_no_resource_declares_is_that_of_its_function(
    wire: Wire, name: Any, acting: str, gaps: int
) -> None:
    """Lambda makes the group of a function by itself; one that chooses another group does not write to it."""
    made = [{"MetricNamespace": "app", "MetricName": "Lines"}]
    parts = {
        "Own": function(FunctionName="own", LoggingConfig={"LogGroup": "/own/lines"}),
        "Asked": function(LoggingConfig={"LogGroup": ref("Other")}),
        "F": resource("Logs::MetricFilter", LogGroupName=name, MetricTransformations=made),
        "A": resource("CloudWatch::Alarm", AlarmActions=[arn(acting)], **metric("app", "Lines")),
    }
    parameters = {each: {"Type": "String"} for each in ("Given", "Other")}
    found = wire(BASE | parts, Parameters=parameters).unknowns
    assert len([gap for gap in found if gap.property == "AlarmActions"]) == gaps


@pytest.mark.parametrize(
    "alarm",
    [
        resource("CloudWatch::Alarm", AlarmActions=[arn("Other")], **ERRORS),
        resource("CloudWatch::Alarm", AlarmActions=[arn("Fn")], **metric("AWS/Lambda", "Errors", FunctionName="other")),
        resource("CloudWatch::Alarm", AlarmActions=[arn("Fn")], ActionsEnabled=False, **ERRORS),
        resource("CloudWatch::CompositeAlarm", AlarmActions=[arn("Fn")], AlarmRule="ALARM(elsewhere)"),
    ],
)
def test_any_other_action_is_none(wire: Wire, alarm: Raw) -> None:
    assert leading_back(wire, A=alarm) == {}


WRITES = (
    "is on a metric that app/Fn may write, where its own action leads back to: how often that runs again is not known"
)


@pytest.mark.parametrize(
    ("action", "namespace", "gap"),
    [
        ("cloudwatch:PutMetricData", "Shop", True),
        ("cloudwatch:Put*", "Shop", True),
        ("cloudwatch:PutMetricAlarm", "Shop", False),
        ("cloudwatch:*", "Shop", False),
        ("*", "Shop", False),
        ("cloudwatch:PutMetricData", "AWS/Lambda", False),
    ],
)
def test_a_metric_that_code_may_write_itself_leads_back(wire: Wire, action: str, namespace: str, gap: bool) -> None:
    """Code whose role lets it write metrics, and an alarm on one that no service writes and no line of a log makes."""
    policy = {
        "PolicyName": "p",
        "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}},
    }
    resources = {
        "Fn": function(Role=arn("R")),
        "R": resource("IAM::Role", Policies=[policy]),
        "A": resource("CloudWatch::Alarm", AlarmActions=[arn("Fn")], **metric(namespace, "Failed")),
    }
    assert leading_back(wire, **resources) == ({"A": WRITES} if gap else {})


@pytest.mark.parametrize(("namespace", "gaps"), [("N", 1), ("Other", 0)])
def test_names_that_nothing_tells_are_not_the_same(wire: Wire, namespace: str, gaps: int) -> None:
    """Two metrics of the same parameters are one; of different ones they are not known to be; a sum has no name."""
    made = [{"MetricNamespace": ref("N"), "MetricName": ref("M")}]
    parts = {
        "L": resource("Logs::LogGroup", LogGroupName=join("/aws/lambda/", ref("Fn"))),
        "F": resource("Logs::MetricFilter", LogGroupName=ref("L"), MetricTransformations=made),
    }
    metric_ = {"Namespace": ref(namespace), "MetricName": ref("M")}
    summed = [{"Id": "e", "Expression": "m*2"}, {"Id": "m", "MetricStat": {"Metric": metric_}}]
    parameters = {name: {"Type": "String"} for name in ("N", "M", "Other")}
    alarm = resource("CloudWatch::Alarm", AlarmActions=[arn("Fn")], Metrics=summed)
    found = wire(BASE | parts | {"A": alarm}, Parameters=parameters).unknowns
    assert len([gap for gap in found if gap.property == "AlarmActions"]) == gaps


def test_a_log_alarm_starts_what_its_actions_name(wire: Wire) -> None:
    wiring = wire(BASE | {"A": resource("CloudWatch::LogAlarm", AlarmActions=[arn("Fn")], OKActions=[arn("Other")])})
    assert [(hop.source, hop.target, hop.kind) for hop in wiring.hops if hop.source == "app/A"] == [
        ("app/A", "app/Fn#async", "alarm-action"),
        ("app/A", "app/Other#async", "alarm-action"),
    ]
