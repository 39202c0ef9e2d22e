"""Functions that run otherwise than usual: durable ones, and ones that never run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.graph import Bound, Evidence, When
from seawall.services import read
from seawall.template import load

from .conftest import Raw, Wire, arn, function, hop, hops, queue, ref, resource, totals
from .figures import OPEN, analysed, attempts

DURABLE = function(DurableConfig={"ExecutionTimeout": 3_600})
TOPIC = resource("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}])
MAPPING = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Fn"))


def config(**settings: Any) -> Raw:
    return resource("Lambda::EventInvokeConfig", FunctionName=ref("Fn"), Qualifier="$LATEST", **settings)


def test_a_failed_durable_execution_is_not_retried_and_what_crashes_goes_on(wire: Wire) -> None:
    found = hop(wire({"Topic": TOPIC, "Fn": DURABLE}), "Fn#async", "Fn")
    assert totals(found) == {"error": 1, "timeout": None, "throttle": None, "fault": None}
    assert {found.tries_for(failure).limit for failure in ("timeout", "throttle", "fault")} == {3_600}
    assert found.tries_for("timeout").bounded_by is Bound.TIME


def test_whoever_waits_for_a_durable_function_runs_its_steps_again(wire: Wire) -> None:
    template = {"Fn": DURABLE, "Dead": queue(), "Queue": queue(5), "Map": MAPPING}
    assert attempts(wire, template, "Fn") == (5, 5, 5, 5)
    assert attempts(wire, template, "Fn#steps") == (30, 5, 5, 5)
    assert analysed(wire, template).least("app/Fn#steps", "error").max == 1
    found = hop(wire(template), "Fn", "Fn#steps")
    assert (found.unread, found.tries_for("error").seconds(0.0)) == (True, 135.0)


def test_steps_of_an_asynchronous_durable_function_are_tried_by_their_strategy_alone(wire: Wire) -> None:
    template = {"Topic": TOPIC, "Fn": DURABLE}
    assert attempts(wire, template, "Fn#steps")[0] == 6


STEPS = """\
from aws_durable_execution_sdk_python import durable_execution, DurableContext
from aws_durable_execution_sdk_python.config import StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

import boto3

table = boto3.client("dynamodb")

def work(step):
    table.get_item(TableName="orders", Key={})

@durable_execution
def handler(event, context: DurableContext):
    context.step(work{config})
"""


@pytest.mark.parametrize(
    ("config", "runs"),
    [
        ("", 30),
        (", config=StepConfig(retry_strategy=create_retry_strategy(RetryStrategyConfig(max_attempts=2)))", 10),
        (", config=StepConfig(retry_strategy=create_retry_strategy(RetryStrategyConfig(max_attempts=1)))", 5),
        (", config=StepConfig(retry_strategy=lambda error, tries: None)", OPEN),
    ],
)
def test_the_strategy_of_a_step_is_read(wire: Wire, config: str, runs: int | str) -> None:
    code = {"ZipFile": STEPS.replace("{config}", config)}
    durable = function(DurableConfig={"ExecutionTimeout": 3_600}, Runtime="python3.14", Code=code)
    template = {"Fn": durable, "Dead": queue(), "Queue": queue(5), "Map": MAPPING}
    assert attempts(wire, template, "Fn#steps")[0] == runs
    found = hop(wire(template), "Fn", "Fn#steps")
    assert (found.evidence, found.at is not None, found.unread) == (Evidence.READ, True, False)


def test_a_durable_function_without_steps_has_none(wire: Wire) -> None:
    code = {"ZipFile": STEPS.replace("context.step(work{config})", "work(1)")}
    durable = function(DurableConfig={"ExecutionTimeout": 3_600}, Runtime="python3.14", Code=code)
    assert not hops(wire({"Topic": TOPIC, "Fn": durable}), "Fn", "Fn#steps")


def test_only_a_dead_letter_queue_gets_a_failed_durable_execution(wire: Wire) -> None:
    ends = {"OnFailure": {"Destination": arn("Failed")}, "OnSuccess": {"Destination": arn("Failed")}}
    template = {
        "Topic": TOPIC,
        "Fn": DURABLE,
        "Failed": queue(),
        "Dead": queue(),
        "Config": config(MaximumRetryAttempts=2, DestinationConfig=ends),
    }
    without = wire(template)
    assert not hops(without, target="Failed")
    assert [(drop.site, drop.fix) for drop in without.drops] == [
        (
            "app/Fn#async",
            (
                "set a dead-letter queue on app/Fn, which keeps the event, with an alarm on its "
                "ApproximateNumberOfMessagesVisible"
            ),
        )
    ]
    (idle,) = without.idle
    assert idle.what == "MaximumRetryAttempts and DestinationConfig of the event invoke config"
    durable = function(DurableConfig={"ExecutionTimeout": 60}, DeadLetterConfig={"TargetArn": arn("Dead")})
    wiring = wire(template | {"Fn": durable})
    assert hop(wiring, "Fn#async", "Dead").when is When.EXHAUSTED
    assert not wiring.drops


NEVER = {"ReservedConcurrentExecutions": 0}


def test_a_function_without_concurrency_never_runs(wire: Wire) -> None:
    url = resource("Lambda::Url", TargetFunctionArn=arn("Fn"))
    template = {"Topic": TOPIC, "Queue": queue(), "Map": MAPPING, "Url": url}
    assert len(hops(wire(template | {"Fn": function(ReservedConcurrentExecutions=1)}), target="Fn")) == 3
    wiring = wire(template | {"Fn": function(**NEVER)})
    assert not hops(wiring, target="Fn")
    (drop,) = wiring.drops
    assert drop.what == "no concurrency is reserved for the function, so Lambda drops the event at once"


def test_its_events_go_to_where_failed_ones_end_at_once(wire: Wire) -> None:
    ends = {"OnFailure": {"Destination": arn("Failed")}, "OnSuccess": {"Destination": arn("Other")}}
    wiring = wire(
        {
            "Topic": TOPIC,
            "Fn": function(DeadLetterConfig={"TargetArn": arn("Dead")}, **NEVER),
            "Config": config(DestinationConfig=ends),
            "Failed": queue(),
            "Dead": queue(),
            "Other": queue(),
        }
    )
    assert {each.target: each.when for each in hops(wiring, "Fn#async")} == {
        "app/Failed": When.ALWAYS,
        "app/Dead": When.ALWAYS,
    }
    assert not wiring.drops


def test_it_sends_nothing(wire: Wire) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn("Queue")}
    role = resource("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": {"Statement": statement}}])
    template = {"Queue": queue(), "Map": MAPPING, "Role": role}
    assert not wire(template | {"Fn": function(Role=arn("Role"), **NEVER)}).hops
    assert len(wire(template | {"Fn": function(Role=arn("Role"))}).hops) == 2


@pytest.mark.parametrize(("region", "limit"), [("eu-west-1", 16), ("mx-central-1", None), ("ap-southeast-6", None)])
def test_loop_detection_is_not_everywhere(tmp_path: Path, region: str, limit: int | None) -> None:
    (tmp_path / "app.template.json").write_text(json.dumps({"Resources": {"Fn": function()}}))
    stack = {"type": "aws:cloudformation:stack", "environment": f"aws://1/{region}"}
    artifacts = {"app": stack | {"properties": {"templateFile": "app.template.json"}}}
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))
    assert read(load([tmp_path])).sites["app/Fn"].recursion_limit == limit
