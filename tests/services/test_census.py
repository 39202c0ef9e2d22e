"""The census of resource types: nothing that names or retries something is on no list, and gaps are said."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seawall.services.census.entries import MODELLED, OPEN, census
from seawall.services.registry import HOPS, RECEIVERS, SITES, discover

from .conftest import Raw, Wire, arn, function, join, queue, ref, resource, whys

DOCS = Path(__file__).parents[2] / "docs"


def loaded(name: str) -> ModuleType:
    """A program that makes a page or a data file."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return loaded("census")


def missing(tool: ModuleType, schemas: Any) -> list[str]:
    """What schemas hold that is on no list."""
    return [
        f"{type_} {path}"
        for type_, paths in tool.entries_in(schemas).items()
        for path in paths
        if path not in census().types.get(type_, {})
    ]


def test_everything_in_the_installed_schemas_is_on_the_list(tool: ModuleType) -> None:
    assert missing(tool, tool.schemas()) == [], "run docs/census.py and decide what is new"


def test_a_new_type_is_on_no_list(tool: ModuleType) -> None:
    schema = {
        "typeName": "AWS::Relay::Courier",
        "properties": {
            "TargetFunctionArn": {"type": "string"},
            "Routes": {"type": "array", "items": {"$ref": "#/definitions/Route"}},
            "Colour": {"type": "string"},
        },
        "definitions": {
            "Route": {
                "type": "object",
                "properties": {
                    "QueueUrl": {"type": "string"},
                    "MaxRetryAttempts": {"type": "integer"},
                    "Lambda": {"type": "object", "properties": {"Arn": {"type": "string"}}},
                    "State": {"type": "string", "enum": ["a"]},
                },
            }
        },
    }
    new = {"AWS::Relay::Courier": schema}
    assert missing(tool, new) == [
        "AWS::Relay::Courier TargetFunctionArn",
        "AWS::Relay::Courier Routes[].QueueUrl",
        "AWS::Relay::Courier Routes[].MaxRetryAttempts",
        "AWS::Relay::Courier Routes[].Lambda.Arn",
    ]
    assert {verdict for _, verdict in tool.census(new)["AWS::Relay::Courier"].values()} == {"undecided"}


def test_a_new_property_of_a_type_that_is_read_is_on_no_list(tool: ModuleType) -> None:
    schema = {"typeName": "AWS::SQS::Queue", "properties": {"MaximumRetriesOfNextYear": {"type": "integer"}}}
    assert missing(tool, {"AWS::SQS::Queue": schema}) == ["AWS::SQS::Queue MaximumRetriesOfNextYear"]


def test_what_a_resource_only_reports_is_no_entry(tool: ModuleType) -> None:
    schema = {
        "typeName": "AWS::Relay::Courier",
        "properties": {"QueueUrl": {"type": "string"}},
        "readOnlyProperties": ["/properties/QueueUrl"],
    }
    assert not missing(tool, {"AWS::Relay::Courier": schema})


def test_every_verdict_is_one() -> None:
    verdicts = {verdict for paths in census().types.values() for _, verdict in paths.values()}
    assert verdicts - {MODELLED, OPEN} <= set(census().reasons)
    assert {MODELLED, OPEN} <= verdicts


def test_what_is_said_to_be_modelled_is_read() -> None:
    discover()
    read = {*SITES, *HOPS, *RECEIVERS}
    said = {type_ for type_, paths in census().types.items() if any(v == MODELLED for _, v in paths.values())}
    others = {type_ for type_ in said - read if not type_.startswith("AWS::Serverless::")}
    assert others <= {"AWS::Lambda::EventInvokeConfig", "AWS::S3::BucketPolicy"} | _read_elsewhere()


def _read_elsewhere() -> set[str]:
    """Types that a module names without registering for them, such as those that a finisher looks at."""
    modules = (Path(__file__).parents[2] / "aspects" / "seawall" / "services").rglob("*.py")
    text = "".join(path.read_text("utf-8") for path in modules)
    return {type_ for type_ in census().types if f'"{type_}"' in text}


def test_the_generated_pages_are_what_the_code_says() -> None:
    pages = loaded("service_pages").pages()
    stale = [name for name, text in pages.items() if (DOCS / name).read_text("utf-8") != text]
    assert stale == [], "run docs/build.py"


# gaps


def test_a_type_that_is_not_followed_and_names_a_function_is_a_gap(wire: Wire) -> None:
    rules = [{"Actions": [{"InvokeLambda": {"FunctionArn": arn("Fn"), "RetryTimeMinutes": 30}}]}]
    found = whys(wire({"Fn": function(), "Mail": resource("SES::MailManagerRuleSet", Rules=rules)}))
    assert found["Mail.Rules.0.Actions.0.InvokeLambda.FunctionArn"] == (
        "names app/Fn, and an AWS::SES::MailManagerRuleSet is not followed"
    )
    assert found["Mail.Rules.0.Actions.0.InvokeLambda.RetryTimeMinutes"] == (
        "sets a retry of an AWS::SES::MailManagerRuleSet, which is not followed"
    )


@pytest.mark.parametrize(
    ("one", "property_"),
    [
        (resource("DataBrew::Job", Name="j", MaxRetries=3), "One.MaxRetries"),
        (resource("Synthetics::Canary", Schedule={"RetryConfig": {"MaxRetries": 2}}), "One.Schedule.RetryConfig"),
        (
            resource("IoTAnalytics::Pipeline", PipelineActivities=[{"Lambda": {"LambdaName": ref("Fn")}}]),
            "One.PipelineActivities.0.Lambda.LambdaName",
        ),
    ],
)
def test_each_is_said_once(wire: Wire, one: Raw, property_: str) -> None:
    found = whys(wire({"Fn": function(), "One": one}))
    assert [name for name in found if name.startswith("One.")] == [property_]


@pytest.mark.parametrize(
    "one",
    [
        resource("SQS::QueuePolicy", Queues=[ref("Queue")]),
        resource("Lambda::Permission", FunctionName=ref("Fn"), Action="lambda:InvokeFunction", Principal="x"),
        resource("CloudWatch::Dashboard", DashboardBody=join('{"q": "', ref("Queue"), '"}')),
        resource("RDS::EventSubscription", SnsTopicArn=ref("Topic")),
        resource("Backup::BackupVault", Notifications={"SNSTopicArn": ref("Topic")}),
        {
            "Type": "Custom::Seeder",
            "Properties": {"ServiceToken": "arn:aws:lambda:eu-west-1:1:function:x", "Q": ref("Queue")},
        },
        {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "x"}},
    ],
)
def test_permissions_policies_and_notices_are_no_gaps(wire: Wire, one: Raw) -> None:
    parts = {"Queue": queue(), "Fn": function(), "Topic": resource("SNS::Topic"), "One": one}
    assert not [name for name in whys(wire(parts)) if name.startswith("One.")]


def test_a_type_of_somebody_else_that_names_a_queue_is_a_gap(wire: Wire) -> None:
    foreign = {"Type": "Acme::Relay::Courier", "Properties": {"To": [{"Address": arn("Queue")}], "Colour": "red"}}
    assert whys(wire({"Queue": queue(), "One": foreign})) == {
        "One.To.0.Address": "names app/Queue, and an Acme::Relay::Courier is not followed"
    }


@pytest.mark.parametrize(
    ("one", "property_"),
    [
        (resource("SSM::MaintenanceWindowTask", TaskType="LAMBDA", TaskArn=arn("Fn")), "TaskArn"),
        (
            resource("SSM::Document", Content={"mainSteps": [{"inputs": {"FunctionName": ref("Fn")}}]}),
            "Content.mainSteps.0.inputs.FunctionName",
        ),
        (resource("Location::Tracker", TrackerName={"Fn::Sub": "${Fn.Arn}"}), "TrackerName"),
    ],
)
def test_what_a_type_that_is_not_read_names_in_a_property_of_no_list_is_a_gap(
    wire: Wire, one: Raw, property_: str
) -> None:
    said = f"names app/Fn, and an {one['Type']} is not followed"
    assert whys(wire({"Fn": function(), "One": one})) == {f"One.{property_}": said}


def test_a_name_behind_many_values_is_found_and_too_many_values_are_said(wire: Wire) -> None:
    def said(steps: int) -> list[str]:
        named = {"name": "z", "inputs": {"FunctionName": ref("Fn")}}
        listed = [named, *({"name": f"s{number}"} for number in range(steps))]
        wiring = wire({"Fn": function(), "One": resource("SSM::Document", Content={"mainSteps": listed})})
        return list(whys(wiring).values())

    assert said(1_000) == ["names app/Fn, and an AWS::SSM::Document is not followed"]
    assert said(15_000) == ["holds more than 20,000 values: what the others name was not looked at"]


def test_what_nothing_resolves_in_a_type_that_is_not_read_is_no_gap(wire: Wire) -> None:
    tracker = resource("Location::Tracker", TrackerName=ref("Name"))
    wiring = wire({"Fn": function(), "One": tracker}, Parameters={"Name": {"Type": "String"}})
    assert not wiring.app.reading.unresolved


@pytest.mark.parametrize(
    "one",
    [
        resource("Location::Tracker", TrackerName="fn"),  # a word that happens to be a function's name
        resource("Location::Tracker", Description=arn("Fn"), Tags=[{"Key": "k", "Value": ref("Fn")}]),
        resource("Logs::LogGroup", LogGroupName=join("/aws/lambda/", ref("Fn"))),
        resource("Logs::MetricFilter", LogGroupName={"Fn::Sub": "/aws/lambda/${Fn}"}),
        resource("Logs::QueryDefinition", LogGroupNames=[join("/aws/lambda/", ref("Fn"))], QueryString=ref("Queue")),
        resource("Location::Tracker", TrackerName={"Fn::Sub": "/aws/lambda/${Fn}"}),
        {"Type": "Acme::Logs::Reader", "Properties": {
            "Group": {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/${Fn}"}}},
        resource("Budgets::Budget", NotificationsWithSubscribers=[{"Subscribers": [{"Address": ref("Topic")}]}]),
        resource("CE::AnomalySubscription", Subscribers=[{"Type": "SNS", "Address": ref("Topic")}]),
        resource("Shield::Protection", Name="x", ResourceArn=arn("Fn")),
        resource("ServiceCatalogAppRegistry::ResourceAssociation", Resource=arn("Fn")),
        resource("ApplicationSignals::ServiceLevelObjective", Sli={"SliMetric": {"Name": ref("Fn")}}),
        resource("CodeGuruProfiler::ProfilingGroup", ProfilingGroupName=ref("Fn"),
                 AnomalyDetectionNotificationConfiguration=[{"channelUri": ref("Topic")}]),
        resource("SSM::Parameter", Type="String", Value=ref("Queue")),
        resource("Lambda::Version", FunctionName=ref("Fn")),
        resource("ApplicationAutoScaling::ScalableTarget", ResourceId=ref("Fn")),
        resource("KMS::Key", KeyPolicy={"Statement": [{"Condition": {"ArnEquals": {"aws:SourceArn": arn("Queue")}}}]}),
    ],
)  # fmt: skip
def test_what_describes_keeps_or_scales_something_is_no_gap(wire: Wire, one: Raw) -> None:
    parts = {"Queue": queue(), "Fn": function(FunctionName="fn"), "Topic": resource("SNS::Topic"), "One": one}
    assert not [name for name in whys(wire(parts)) if name.startswith("One.")]


def test_a_type_of_somebody_else_that_names_nothing_is_none(wire: Wire) -> None:
    assert not whys(wire({"Bucket": resource("S3::Bucket"), "One": {"Type": "Acme::A::B", "Properties": {"X": "y"}}}))


def test_a_table_writes_its_changes_into_a_stream(wire: Wire) -> None:
    table = resource("DynamoDB::Table", KinesisStreamSpecification={"StreamArn": arn("Stream")})
    wiring = wire({"Stream": resource("Kinesis::Stream"), "Table": table})
    assert [(each.source, each.target, each.kind) for each in wiring.hops] == [
        ("app/Table", "app/Stream", "kinesis-destination")
    ]
