"""Calls that code makes under a condition on its environment, as the template sets that."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import Hop

from .conftest import Raw, Wire, arn, hops, queue, ref
from .test_code_reading import SQS, role
from .test_code_reading import app as plain_app

PROD = f"""{SQS}def handler(event, context):
    if os.environ['STAGE'] == 'prod':
        sqs.send_message(QueueUrl=os.environ['QUEUE'], MessageBody='x')
"""
LEFT = f"""{SQS}ENABLED = os.environ.get('ENABLED', 'false').lower() == 'true'
def handler(event, context):
    if not ENABLED:
        return
    sqs.send_message(QueueUrl=os.environ['QUEUE'], MessageBody='x')
"""
SET = f"""{SQS}def handler(event, context):
    if os.environ.get('DEBUG'):
        sqs.send_message(QueueUrl=os.environ['QUEUE'], MessageBody='x')
"""
CHOSEN = f"""{SQS}def handler(event, context):
    url = os.environ['QUEUE'] if os.environ['STAGE'] in ('prod', 'staging') else os.environ['OTHER']
    sqs.send_message(QueueUrl=url, MessageBody='x')
"""
JAVASCRIPT = """const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");
const sqs = new SQSClient({});
exports.handler = async () => {
  if (process.env.STAGE !== "prod") return;
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: "x" }));
};
"""
STAGE: Raw = {"Stage": {"Type": "String", "Default": "dev"}}
STAGES: Raw = {"Stage": {**STAGE["Stage"], "AllowedValues": ["dev", "prod"]}}


def app(code: str, runtime: str = "python3.13", **environment: Any) -> dict[str, Raw]:
    made = plain_app(code)
    made["Fn"]["Properties"]["Runtime"] = runtime
    made["Fn"]["Properties"]["Environment"]["Variables"].update(environment)
    return made


def sent(found: list[Hop]) -> list[tuple[str, bool, tuple[str, ...]]]:
    """Receivers of what was read, whether a run may leave it out, and the conditions of the deployment."""
    return [(one.target, one.conditional, one.conditions) for one in found if one.evidence.word == "read"]


@pytest.mark.parametrize(
    ("code", "runtime", "environment", "made"),
    [
        (PROD, "python3.13", {"STAGE": "prod"}, True),
        (PROD, "python3.13", {"STAGE": "dev"}, False),
        (LEFT, "python3.13", {"ENABLED": "TRUE"}, None),
        (LEFT, "python3.13", {"ENABLED": "true"}, True),
        (LEFT, "python3.13", {"ENABLED": "no"}, False),
        (LEFT, "python3.13", {}, False),
        (SET, "python3.13", {"DEBUG": "1"}, True),
        (SET, "python3.13", {"DEBUG": ""}, False),
        (SET, "python3.13", {}, False),
        (JAVASCRIPT, "nodejs22.x", {"STAGE": "prod"}, True),
        (JAVASCRIPT, "nodejs22.x", {"STAGE": "dev"}, False),
        (PROD, "python3.13", {"STAGE": {"Fn::ImportValue": "stage"}}, None),
    ],
)
def test_the_template_settles_what_the_code_asks_of_its_environment(
    wire: Wire, code: str, runtime: str, environment: Raw, made: bool | None
) -> None:
    """None: it may be made, or not."""
    wiring = wire(app(code, runtime, **environment))
    expected = [] if made is False else [("app/Queue", made is None, ())]
    assert sent(hops(wiring, "Fn")) == expected


def test_a_call_that_is_never_made_is_ruled_out_by_its_condition(wire: Wire) -> None:
    wiring = wire(app(PROD, STAGE="dev"))
    assert hops(wiring, "Fn") == []
    gone = {one.target: one.why for one in wiring.ruled_out}
    assert (
        gone["app/Queue"] == "the code calls sqs:SendMessage only where STAGE is prod, which the template does not set"
    )


def test_a_parameter_with_allowed_values_makes_a_world_of_each(wire: Wire) -> None:
    wiring = wire(app(PROD, STAGE=ref("Stage")), Parameters=STAGES)
    assert sent(hops(wiring, "Fn")) == [("app/Queue", False, ("Stage is prod",))]


def test_the_default_of_a_parameter_decides_nothing(wire: Wire) -> None:
    wiring = wire(app(PROD, STAGE=ref("Stage")), Parameters=STAGE)
    assert sent(hops(wiring, "Fn")) == [("app/Queue", True, ())]
    wiring = wire(app(PROD, STAGE={"Fn::Sub": "${Stage}"}), Parameters=STAGE)
    assert sent(hops(wiring, "Fn")) == [("app/Queue", True, ())]


def test_a_condition_of_the_template_decides_in_each_world(wire: Wire) -> None:
    conditions = {"Prod": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}}
    wiring = wire(app(PROD, STAGE={"Fn::If": ["Prod", "prod", "dev"]}), Conditions=conditions)
    assert sent(hops(wiring, "Fn")) == [("app/Queue", False, ("Prod",))]


@pytest.mark.parametrize(("stage", "target"), [("prod", "app/Queue"), ("staging", "app/Queue"), ("dev", "app/Other")])
def test_a_target_that_is_chosen_by_the_environment(wire: Wire, stage: str, target: str) -> None:
    wiring = wire(app(CHOSEN, STAGE=stage, OTHER=ref("Other")))
    assert sent(hops(wiring, "Fn")) == [(target, False, ())]


LIMITED = f"""{SQS}LIMIT = int(os.environ.get('LIMIT', '2'))
def handler(event, context):
    body = json.loads(event['Records'][0]['body'])
    try:
        work(body)
    except Exception:
        tried = body.get('tried', 0)
        if tried >= LIMIT:
            raise
        body['tried'] = tried + 1
        sqs.send_message(QueueUrl=os.environ['QUEUE'], MessageBody=json.dumps(body))
def work(body):
    raise ValueError(body)
"""


@pytest.mark.parametrize(
    ("environment", "laps"), [({"LIMIT": "7"}, 7), ({}, 2), ({"LIMIT": {"Fn::ImportValue": "x"}}, None)]
)
def test_a_limit_of_laps_that_the_environment_holds(wire: Wire, environment: Raw, laps: int | None) -> None:
    """A counter of 0 to 6 is sent round seven times."""
    [back] = hops(wire(app(LIMITED, **environment)), "Fn", "Queue")
    assert back.laps == laps


def test_a_role_alone_does_not_bring_back_what_the_environment_rules_out(wire: Wire) -> None:
    resources = {**app(PROD, STAGE="dev"), "Role": role("sqs:*", "*"), "Extra": queue()}
    assert hops(wire(resources), "Fn") == []
    assert arn("Queue") != arn("Extra")
