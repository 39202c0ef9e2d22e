"""SAM resources as CloudFormation's: what becomes of each, and what is said where the translator refuses."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from seawall.template import Known, Props, Reference, Unknown, resolve
from seawall.template.transforms import sam
from seawall.template.values import Address

from ..conftest import only, props, write
from .reading import SAM, notes, read

WORKER = (
    SAM
    + """
Parameters:
  Batch: {Type: Number, Default: 5}
  Alias: {Type: String, Default: live}
Globals:
  Function: {Runtime: python3.12, Handler: app.handler, Timeout: 30, CodeUri: ./src}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Metadata: {seawall: {idempotent: true}}
    Properties:
      AutoPublishAlias: !Ref Alias
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Queue.Arn}
      EventInvokeConfig: {MaximumRetryAttempts: 1}
      Events:
        Orders:
          Type: SQS
          Properties: {Queue: !GetAtt Queue.Arn, BatchSize: !Ref Batch}
"""
)


@pytest.fixture(autouse=True)
def nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No Region, no settings, no network."""

    def refuse(*_: Any) -> None:
        raise AssertionError("the network is touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_PROFILE", "none-of-this-name")
    monkeypatch.setenv("HOME", str(tmp_path))


def test_a_function_and_what_belongs_to_it(tmp_path: Path) -> None:
    app = read(tmp_path, WORKER)
    kinds = {each.address.logical_id: each.type for each in app.resources()}
    assert kinds == {
        "Queue": "AWS::SQS::Queue",
        "Worker": "AWS::Lambda::Function",
        "WorkerVersion": "AWS::Lambda::Version",
        "WorkerAliaslive": "AWS::Lambda::Alias",
        "WorkerEventInvokeConfig": "AWS::Lambda::EventInvokeConfig",
        "WorkerOrders": "AWS::Lambda::EventSourceMapping",
        "WorkerRole": "AWS::IAM::Role",
    }
    assert props(app, "Worker").integer("Timeout").value == 30
    assert props(app, "WorkerEventInvokeConfig").integer("MaximumRetryAttempts").value == 1
    assert props(app, "WorkerOrders").integer("BatchSize").value == 5
    assert props(app, "Worker").text("Code").value == "./src", "as before packaging"


def test_people_read_the_names_that_they_wrote(tmp_path: Path) -> None:
    resources = only(read(tmp_path, WORKER)).resources
    assert {each.site_id: each.logical_id for each in resources.values()} == {
        "app/Queue": "Queue",
        "app/Worker": "Worker",
        "app/Worker.Version": "Worker",
        "app/Worker.Aliaslive": "Worker",
        "app/Worker.EventInvokeConfig": "Worker",
        "app/Worker.Orders": "Worker",
        "app/Worker.Role": "Worker",
    }


def test_metadata_stays_on_the_authors_resource(tmp_path: Path) -> None:
    resources = only(read(tmp_path, WORKER)).resources
    assert {name: dict(each.metadata) for name, each in resources.items() if each.metadata} == {
        "Worker": {"seawall": {"idempotent": True}}
    }


def test_ids_without_the_hash_are_referred_to(tmp_path: Path) -> None:
    app = read(tmp_path, WORKER)
    assert props(app, "WorkerAliaslive").value("FunctionVersion") == Reference(
        Address("app.yaml", "WorkerVersion"), "Version"
    )


def test_a_parameter_stays_a_reference_where_sam_needs_no_literal(tmp_path: Path) -> None:
    text = WORKER.replace("      AutoPublishAlias: !Ref Alias\n", "")
    app = read(tmp_path, text)
    assert only(app).resources["WorkerOrders"].properties["BatchSize"] == {"Ref": "Batch"}


def test_the_region_stays_open(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        SAM
        + """
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: a.b
      InlineCode: x
      Environment: {Variables: {WHERE: !Ref AWS::Region}}
""",
    )
    assert only(app).resources["Worker"].properties["Environment"] == {"Variables": {"WHERE": {"Ref": "AWS::Region"}}}


def test_parameters_without_defaults_do_not_stop_it(tmp_path: Path) -> None:
    text = WORKER.replace("{Type: Number, Default: 5}", "{Type: Number}")
    app = read(tmp_path, text)
    assert notes(app) == []
    assert props(app, "WorkerOrders").value("BatchSize") == Unknown("parameter Batch has no default", "Batch")


def test_a_number_as_a_default_within_text(tmp_path: Path) -> None:
    text = WORKER.replace("Queue: !GetAtt Queue.Arn,", "Queue: !Sub 'arn:aws:sqs:eu-west-1:1:q${Batch}',")
    app = read(tmp_path, text)
    assert notes(app) == []
    assert props(app, "WorkerOrders").text("EventSourceArn").value == "arn:aws:sqs:eu-west-1:1:q5"


def test_an_event_that_sam_refuses_is_left_out_and_said(tmp_path: Path) -> None:
    app = read(tmp_path, WORKER.replace("Type: SQS\n", "Type: Carrier\n"))
    assert "WorkerOrders" not in only(app).resources
    assert only(app).resources["Worker"].type == "AWS::Lambda::Function"
    (note,) = notes(app)
    assert note.startswith("event Orders of Worker is left out by SAM: Event with id [Orders] is invalid.")


def test_a_connector_that_sam_refuses_is_left_out_and_said(tmp_path: Path) -> None:
    """SAM wants the role of a connector's source by `Fn::GetAtt`; the function goes on with its events."""
    connectors = "\n    Connectors: {Back: {Properties: {Destination: {Id: Queue}, Permissions: [Write]}}}\n"
    role = "\n      Role: !Sub 'arn:aws:iam::1:role/own'\n"
    text = WORKER.replace("    Type: AWS::Serverless::Function\n", f"    Type: AWS::Serverless::Function{connectors}")
    app = read(tmp_path, text.replace("    Properties:\n", f"    Properties:{role}", 1))
    assert only(app).resources["WorkerOrders"].type == "AWS::Lambda::EventSourceMapping"
    (note,) = notes(app)
    assert note.startswith("connector Back of Worker is left out by SAM: Unable to get IAM role name")


def test_a_resource_that_sam_refuses_stays_as_it_is_and_the_rest_is_translated(tmp_path: Path) -> None:
    text = WORKER + "  Bad: {Type: AWS::Serverless::Function, Properties: {DeadLetterQueue: 5, InlineCode: x}}\n"
    app = read(tmp_path, text)
    assert only(app).resources["Bad"].type == "AWS::Serverless::Function"
    assert only(app).resources["Worker"].type == "AWS::Lambda::Function"
    (note,) = notes(app)
    assert note.startswith("resource Bad is not translated by SAM: ") and "'DeadLetterQueue' should be a map" in note


@pytest.mark.parametrize(
    "odd",
    [
        "{Type: AWS::Serverless::Function, Properties: 5}",
        "{Type: AWS::Serverless::Function, Properties: {Events: [1]}}",
        "{Type: AWS::Serverless::Function, Properties: {Events: {E: 5}}}",
        "{Type: AWS::Serverless::Function, Properties: {Environment: {a: []}}}",
        "{Type: AWS::Serverless::Api, Properties: {StageName: [1], DefinitionBody: 5}}",
        "{Type: AWS::Serverless::HttpApi, Properties: {DefinitionBody: {paths: 7}}}",
        "{Type: AWS::Serverless::StateMachine, Properties: {Definition: [1], Events: 4}}",
        "{Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: 3}}",
        "{Type: AWS::Serverless::Connector, Properties: {Source: 3}}",
        "{Type: AWS::Serverless::Application, Properties: 3}",
        "{Type: AWS::Serverless::GraphQLApi, Properties: {Auth: 3}}",
        "{Type: AWS::Serverless::Nothing}",
        "{Type: [1]}",
        "5",
    ],
)
def test_nonsense_is_never_fatal(tmp_path: Path, odd: str) -> None:
    app = read(tmp_path, WORKER + f"  Odd: {odd}\n")
    assert only(app).resources["Worker"].type == "AWS::Lambda::Function"


@pytest.mark.parametrize("section", ["Globals: 5", "Globals: {Function: [1]}", "Globals: {Function: {Colour: red}}"])
def test_globals_that_sam_refuses_leave_its_resources_as_they_are(tmp_path: Path, section: str) -> None:
    text = f"{SAM}{section}\nResources:\n  Q: {{Type: AWS::SQS::Queue}}\n  Fn: {{Type: AWS::Serverless::Function}}\n"
    app = read(tmp_path, text)
    assert {name: each.type for name, each in only(app).resources.items()} == {
        "Q": "AWS::SQS::Queue",
        "Fn": "AWS::Serverless::Function",
    }
    assert notes(app)[0].startswith("resource Fn is not translated by SAM: ")


def test_a_definition_on_disk_keeps_its_path(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        SAM
        + """
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flows/order.asl.json
      DefinitionSubstitutions: {Fn: arn:aws:lambda:eu-west-1:1:function:f}
""",
    )
    flow = only(app).resources["Flow"]
    assert flow.type == "AWS::StepFunctions::StateMachine"
    assert flow.properties["DefinitionS3Location"] == "flows/order.asl.json"
    assert flow.properties["DefinitionSubstitutions"] == {"Fn": "arn:aws:lambda:eu-west-1:1:function:f"}


def test_an_image_that_is_only_built_has_no_address(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        SAM
        + """
Resources:
  Built:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
  Named:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageUri: 1.dkr.ecr.eu-west-1.amazonaws.com/r:v1}
""",
    )
    assert not props(app, "Built").exists("Code")
    assert props(app, "Named").text("Code", "ImageUri").value == "1.dkr.ecr.eu-west-1.amazonaws.com/r:v1"


def test_an_application_on_disk_is_a_nested_stack(tmp_path: Path) -> None:
    write(tmp_path / "part" / "template.yaml", "Resources: {Queue: {Type: AWS::SQS::Queue}}")
    app = read(
        tmp_path,
        SAM
        + """
Resources:
  Part:
    Type: AWS::Serverless::Application
    Properties: {Location: ./part/template.yaml, Parameters: {A: b}}
""",
    )
    assert app.resource(Address("part/template.yaml", "Queue")) is not None
    assert app.templates["part/template.yaml"].parent == Address("app.yaml", "Part")


def test_an_application_of_the_repository_is_not_read(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        SAM
        + """
Resources:
  Part:
    Type: AWS::Serverless::Application
    Properties:
      Location: {ApplicationId: arn:aws:serverlessrepo:us-east-1:1:applications/x, SemanticVersion: 1.0.0}
""",
    )
    assert only(app).resources["Part"].type == "AWS::Serverless::Application"
    assert notes(app) == ["resource Part is an application of the Serverless Application Repository: not read"]


def test_a_layer_keeps_its_name(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        SAM
        + """
Resources:
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: ./layer}
Outputs:
  Layer: {Value: !Ref Shared}
""",
    )
    template = only(app)
    assert list(template.resources) == ["Shared"]
    assert resolve(app, template, template.body["Outputs"]["Layer"]["Value"]) == Reference(
        Address("app.yaml", "Shared")
    )


def test_policy_templates_and_connectors_become_policies(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        SAM
        + """
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic}
  Worker:
    Type: AWS::Serverless::Function
    Connectors:
      News: {Properties: {Destination: {Id: Topic}, Permissions: [Write]}}
    Properties:
      Runtime: python3.12
      Handler: a.b
      CodeUri: src
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Queue.QueueName}}]
""",
    )
    role = props(app, "WorkerRole").at("Policies", 0, "PolicyDocument", "Statement", 0)
    assert role.raw("Action") == ["sqs:SendMessage*"]
    connector = props(app, "WorkerNewsPolicy")
    assert only(app).resources["WorkerNewsPolicy"].site_id == "app/Worker.NewsPolicy"
    assert connector.at("PolicyDocument", "Statement", 0).raw("Action") == ["sns:Publish"]


def test_the_transform_may_stand_in_a_list(tmp_path: Path) -> None:
    text = WORKER.replace(SAM, "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n")
    assert only(read(tmp_path, text)).resources["Worker"].type == "AWS::Lambda::Function"


def test_without_the_transform_nothing_is_translated(tmp_path: Path) -> None:
    assert only(read(tmp_path, WORKER.replace(SAM, ""))).resources["Worker"].type == "AWS::Serverless::Function"


def test_the_default_of_a_parameter_that_a_parent_gives_is_not_taken(tmp_path: Path) -> None:
    write(tmp_path / "child.yaml", WORKER)
    parent = "Resources: {Part: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, "
    app = read(tmp_path, parent + "Parameters: {Batch: 9}}}}")
    mapping = app.resource(Address("child.yaml", "WorkerOrders"))
    assert mapping is not None
    assert Props.of(app, mapping).value("BatchSize") == Known(9)


EVENTS = (
    SAM
    + """
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      InlineCode: x
      Events:
        One: {Type: Api, Properties: {Path: /one, Method: get}}
        Two: {Type: Api, Properties: {Path: /two, Method: get}}
"""
)


def test_up_to_a_bound_of_resources_and_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function and two events are three."""
    monkeypatch.setattr(sam, "MOST_MADE", 3)
    app = read(tmp_path, EVENTS)
    assert notes(app) == []
    assert "ServerlessRestApi" in only(app).resources


def test_beyond_the_bound_nothing_is_translated_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sam, "MOST_MADE", 2)
    app = read(tmp_path, EVENTS)
    assert notes(app) == [
        "the template is not translated by SAM: 3 resources and events are more than the 2 that are looked at"
    ]
    assert [each.type for each in app.resources()] == ["AWS::Serverless::Function"]


def test_the_translator_is_left_as_it_was(tmp_path: Path) -> None:
    """What is put in place of its own functions lasts for one translation."""
    from samtranslator.open_api import open_api  # type: ignore[import-untyped]
    from samtranslator.swagger import swagger  # type: ignore[import-untyped]

    before = (swagger._deepcopy, open_api._deepcopy)
    read(tmp_path, EVENTS)
    assert (swagger._deepcopy, open_api._deepcopy) == before
    document = {"a": [1]}
    assert swagger._deepcopy(document) is not document
