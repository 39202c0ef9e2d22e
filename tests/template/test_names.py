"""Which resource a value points at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall.template import ABSENT, Address, App, Target, Unknown, load, named, refers_to, resolve

from .conftest import Make, resource, synth, template

RESOURCES = {
    "Queue": resource("AWS::SQS::Queue", QueueName="orders"),
    "Fifo": resource("AWS::SQS::Queue", QueueName={"Fn::Sub": "${AWS::StackName}-${Stage}.fifo"}),
    "Regional": resource("AWS::SQS::Queue", QueueName={"Fn::Sub": "q-${AWS::Region}"}),
    "Fn": resource("AWS::Lambda::Function", FunctionName="worker"),
    "Alias": resource("AWS::Lambda::Alias", Name="live"),
    "Machine": resource("AWS::StepFunctions::StateMachine", StateMachineName="flow"),
    "Topic": resource("AWS::SNS::Topic", TopicName="news"),
    "Bus": resource("AWS::Events::EventBus", Name="main"),
    "Rule": resource("AWS::Events::Rule", Name="nightly"),
    "Pipe": resource("AWS::Pipes::Pipe", Name="pump"),
    "Schedule": resource("AWS::Scheduler::Schedule", Name="tick"),
    "Stream": resource("AWS::Kinesis::Stream", Name="clicks"),
    "Table": resource("AWS::DynamoDB::Table", TableName="items"),
    "Bucket": resource("AWS::S3::Bucket", BucketName="attic"),
    "Logs": resource("AWS::Logs::LogGroup", LogGroupName="/aws/lambda/worker"),
    "Repo": resource("AWS::ECR::Repository", RepositoryName="team/app"),
    "News": resource("AWS::SQS::Queue", QueueName="news"),
    "Nameless": resource("AWS::SQS::Queue"),
}


@pytest.fixture
def app(make: Make) -> App:
    return make(
        t=template(RESOURCES, Parameters={"Stage": {"Type": "String", "Default": "prod"}, "Free": {"Type": "String"}})
    )


def point(app: App, raw: Any, service: str | None = None, key: str = "t.json") -> Target:
    (target,) = refers_to(app, app.templates[key], resolve(app, app.templates[key], raw), service)
    return target


ARNS = [
    ("arn:aws:sqs:eu-west-1:111122223333:orders", "Queue", ""),
    ("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:orders", "Queue", ""),
    ("arn:aws:sqs:*:*:orders", "Queue", ""),
    ("https://sqs.eu-west-1.amazonaws.com/111122223333/orders", "Queue", ""),
    ("https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/orders", "Queue", ""),
    ("https://eu-west-1.queue.amazonaws.com/111122223333/orders", "Queue", ""),
    ("arn:aws:sqs:eu-west-1:1:t-prod.fifo", "Fifo", ""),
    ("arn:aws:sqs:${AWS::Region}:1:${AWS::StackName}-prod.fifo", "Fifo", ""),
    ("arn:aws:sqs:${AWS::Region}:1:q-${AWS::Region}", "Regional", ""),
    ("arn:aws:lambda:eu-west-1:1:function:worker", "Fn", ""),
    ("arn:aws:lambda:eu-west-1:1:function:worker:live", "Fn", ":live"),
    ("arn:aws:states:eu-west-1:1:stateMachine:flow", "Machine", ""),
    ("arn:aws:sns:eu-west-1:1:news", "Topic", ""),
    ("arn:aws:events:eu-west-1:1:event-bus/main", "Bus", ""),
    ("arn:aws:events:eu-west-1:1:rule/nightly", "Rule", ""),
    ("arn:aws:events:eu-west-1:1:rule/main/nightly", "Rule", ""),
    ("arn:aws:pipes:eu-west-1:1:pipe/pump", "Pipe", ""),
    ("arn:aws:scheduler:eu-west-1:1:schedule/default/tick", "Schedule", ""),
    ("arn:aws:kinesis:eu-west-1:1:stream/clicks", "Stream", ""),
    ("arn:aws:dynamodb:eu-west-1:1:table/items", "Table", ""),
    ("arn:aws:dynamodb:eu-west-1:1:table/items/stream/2020", "Table", "/stream/2020"),
    ("arn:aws:s3:::attic", "Bucket", ""),
    ("arn:aws:s3:::attic/*", "Bucket", "/*"),
    ("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/worker:*", "Logs", ":*"),
    ("arn:aws:ecr:eu-west-1:1:repository/team/app", "Repo", ""),
    ("arn:aws:apigateway:eu-west-1:sqs:path/111122223333/orders", "Queue", ""),
    (
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:worker/invocations",
        "Fn",
        "/invocations",
    ),
]


@pytest.mark.parametrize(("text", "logical_id", "suffix"), ARNS, ids=[text for text, _, _ in ARNS])
def test_written_out_arns_and_urls(app: App, text: str, logical_id: str, suffix: str) -> None:
    target = point(app, {"Fn::Sub": text})
    assert (target.address, target.suffix) == (Address("t.json", logical_id), suffix)
    assert target.reference is None


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:sqs:eu-west-1:1:other",
        "arn:aws:sns:eu-west-1:1:orders",
        "arn:aws:states:::lambda:invoke",
        "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
        "arn:aws:apigateway:eu-west-1:states:action/StartExecution",
        "arn:aws:sqs:eu-west-1",
        "arn:",
        "hello, world",
        "",
        "https://example.com/111122223333/orders",
    ],
)
def test_text_that_names_no_analysed_resource(app: App, text: str) -> None:
    assert point(app, text) == Target(None, literal=text, why="not among the analysed resources")


def test_references(app: App) -> None:
    assert point(app, {"Ref": "Queue"}).address == Address("t.json", "Queue")
    arn = point(app, {"Fn::GetAtt": ["Fn", "Arn"]})
    assert arn.reference is not None and arn.reference.attribute == "Arn"
    url = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations"
    invoked = point(app, {"Fn::Sub": url})
    assert (invoked.address, invoked.suffix) == (Address("t.json", "Fn"), "/invocations")
    named_queue = point(app, {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:sqs:path/1/${Nameless.QueueName}"})
    assert named_queue.address == Address("t.json", "Nameless")


def test_cdks_alias(app: App) -> None:
    name = {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "Alias"}]}]}
    target = point(app, {"Fn::Join": ["", [name, ":live"]]})
    assert (target.address, target.suffix) == (Address("t.json", "Alias"), ":live")
    assert target.reference is not None and target.reference.piece == 6


def test_a_reference_inside_a_longer_name_is_not_the_resource(app: App) -> None:
    target = point(app, {"Fn::Sub": "arn:aws:sqs:eu-west-1:1:${Bucket}-orders"})
    assert target.address is None
    assert target.literal == "arn:aws:sqs:eu-west-1:1:${Bucket}-orders"


def test_bare_names(app: App) -> None:
    assert point(app, "orders").address == Address("t.json", "Queue")
    both = point(app, "news")
    assert both.address is None
    assert both.why == "news is the name of 2 analysed resources"
    assert point(app, "news", "sns").address == Address("t.json", "Topic")
    assert point(app, "worker:live", "lambda").suffix == ":live"


def test_named(app: App) -> None:
    t = app.templates["t.json"]
    assert named(app, t, "sqs", "news") == Address("t.json", "News")
    assert named(app, t, "events", "main") == Address("t.json", "Bus")
    assert named(app, t, "events:rule", "main") is None
    assert named(app, t, "lambda", "111122223333:function:worker:2") == Address("t.json", "Fn")
    assert named(app, t, "states", "arn:aws:states:eu-west-1:1:stateMachine:flow") == Address("t.json", "Machine")


def test_conditions_give_a_target_per_side(app: App) -> None:
    raw = {"Fn::If": ["C", {"Ref": "Queue"}, {"Fn::Sub": "arn:aws:sqs:eu-west-1:1:news"}]}
    t = app.templates["t.json"]
    one, other = refers_to(app, t, resolve(app, t, raw))
    assert (one.address, one.conditions) == (Address("t.json", "Queue"), ("C",))
    assert (other.address, other.conditions) == (Address("t.json", "News"), ("not C",))
    inside = {"Fn::Join": ["", ["arn:aws:sqs:eu-west-1:1:", {"Fn::If": ["C", "orders", "news"]}]]}
    found = refers_to(app, t, resolve(app, t, inside))
    assert [each.address and each.address.logical_id for each in found] == ["Queue", "News"]


def test_nothing_points_nowhere(app: App) -> None:
    t = app.templates["t.json"]
    assert refers_to(app, t, ABSENT) == ()
    assert refers_to(app, t, Unknown("because")) == (Target(None, why="because"),)
    assert point(app, ["arn:aws:sqs:eu-west-1:1:orders"]) == Target(None, why="a list stands where a name belongs")
    assert point(app, {"Arn": "arn:aws:sqs:eu-west-1:1:orders"}).why == "an object stands where a name belongs"
    unclear = point(app, {"Fn::Sub": "arn:aws:sqs:eu-west-1:1:${Free}"})
    assert unclear == Target(None, literal="arn:aws:sqs:eu-west-1:1:${?}", why="parameter Free has no default")


QUEUE = template({"Queue": resource("AWS::SQS::Queue", QueueName="orders")})
READER = template({"Fn": resource("AWS::Lambda::Function")})


def test_another_region_or_account_is_no_match(tmp_path: Path) -> None:
    stacks = {
        "A": {"body": QUEUE, "environment": "aws://1/eu-west-1"},
        "B": {"body": READER, "environment": "aws://1/us-east-1"},
    }
    app = load([synth(tmp_path, stacks)])
    here = Address("A.template.json", "Queue")
    b = "B.template.json"
    assert point(app, "arn:aws:sqs:eu-west-1:1:orders", key=b).address == here
    assert point(app, "arn:aws:sqs:eu-west-1:2:orders", key=b).address is None
    assert point(app, "arn:aws:sqs:us-east-1:1:orders", key=b).address is None
    own = {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders"}
    assert point(app, own, key=b).address is None
    assert point(app, own, key="A.template.json").address == here


def test_the_nearest_of_one_name_is_meant(tmp_path: Path) -> None:
    names = ("assembly-Beta", "assembly-Prod")
    for stage in names:
        synth(tmp_path / stage, {"Q": {"body": QUEUE}, "R": {"body": READER}})
    stages = {name: {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}} for name in names}
    app = load([synth(tmp_path, {"Top": {"body": READER}}, **stages)])
    arn = "arn:aws:sqs:eu-west-1:1:orders"
    assert point(app, arn, key="assembly-Prod/R.template.json").address == Address(
        "assembly-Prod/Q.template.json", "Queue"
    )
    assert point(app, arn, key="assembly-Beta/Q.template.json").address == Address(
        "assembly-Beta/Q.template.json", "Queue"
    )
    assert point(app, arn, key="Top.template.json").why == "orders is the name of 2 analysed resources"


def test_names_with_placeholders_hold_in_their_own_template_only(tmp_path: Path, make: Make) -> None:
    queue = template({"Queue": resource("AWS::SQS::Queue", QueueName={"Fn::Sub": "q-${AWS::Region}"})})
    app = make(a=queue, b=READER)
    arn = {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:1:q-${AWS::Region}"}
    assert point(app, arn, key="a.json").address == Address("a.json", "Queue")
    assert point(app, arn, key="b.json").address is None


STAGED = template(
    {
        "Q": resource("AWS::SQS::Queue", QueueName={"Fn::Sub": "${Stage}-orders"}),
        "F": resource("AWS::Lambda::Function", FunctionName={"Fn::Join": ["-", [{"Ref": "Stage"}, "worker"]]}),
        "Whole": resource("AWS::SNS::Topic", TopicName={"Ref": "TopicName"}),
    },
    Parameters={"Stage": {"Type": "String"}, "TopicName": {"Type": "String"}},
)


@pytest.mark.parametrize(
    ("raw", "service", "found"),
    [
        ({"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Stage}-orders"}, None, "Q"),
        ({"Fn::Sub": "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/${Stage}-orders"}, None, "Q"),
        ({"Fn::Join": ["", [{"Ref": "Stage"}, "-orders"]]}, "sqs", "Q"),
        ({"Fn::Sub": ["${S}-worker:live", {"S": {"Ref": "Stage"}}]}, "lambda", "F"),
        ({"Ref": "TopicName"}, "sns", "Whole"),
        ({"Fn::Sub": "${Stage}-other"}, "sqs", None),
        ({"Fn::Sub": "${TopicName}-orders"}, "sqs", None),
        ({"Ref": "Stage"}, None, None),
    ],
)
def test_equal_expressions_are_equal_names(make: Make, raw: Any, service: str | None, found: str | None) -> None:
    """A parameter that nobody gives a value stands for itself; what names nothing stays unknown, with the parameter."""
    app = make(t=STAGED)
    (target,) = refers_to(app, app.templates["t.json"], resolve(app, app.templates["t.json"], raw), service)
    assert target.address == (Address("t.json", found) if found else None)
    assert target.why == (
        "" if found else f"parameter {'TopicName' if 'TopicName' in str(raw) else 'Stage'} has no default"
    )


def test_a_parameter_of_one_name_is_the_same_in_every_template_of_an_app(make: Make) -> None:
    reader = template({"X": resource("AWS::SNS::Topic")}, Parameters={"Stage": {"Type": "String"}})
    app = make(a=STAGED, b=reader)
    target = point(app, {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:1:${Stage}-orders"}, key="b.json")
    assert target.address == Address("a.json", "Q")


def test_exports_are_found_by_equal_expressions(make: Make) -> None:
    name = {"Fn::Sub": "${Stage}-orders-arn"}
    output = {"Value": {"Fn::GetAtt": ["Q", "Arn"]}, "Export": {"Name": name}}
    app = make(a={**STAGED, "Outputs": {"O": output}}, b=template({}, Parameters={"Stage": {"Type": "String"}}))
    assert point(app, {"Fn::ImportValue": name}, key="b.json").address == Address("a.json", "Q")
    other = {"Fn::ImportValue": {"Fn::Sub": "${Stage}-other"}}
    assert point(app, other, key="b.json").why == "imports ${?}-other, which no analysed template exports"
