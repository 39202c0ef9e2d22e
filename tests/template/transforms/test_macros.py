"""Macros and included files: taken in where they lie on disk, named where they do not run."""

from __future__ import annotations

from pathlib import Path

from seawall.template import Unknown

from ..conftest import only, props, write
from .reading import SAM, notes, read, written_at

QUEUE = """
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 5
      Fn::Transform:
        Name: AWS::Include
        Parameters:
          Location: %s
"""
LEFT_OUT = "AWS::Include at Resources.Queue.Properties is not expanded:"
NOT_RUN = "is not run: what it makes of the template is not seen"


def test_a_file_beside_the_template_is_taken_in(tmp_path: Path) -> None:
    write(tmp_path / "parts" / "queue.yaml", "VisibilityTimeout: 90\nDelaySeconds: 7\n")
    app = read(tmp_path, QUEUE % "./parts/queue.yaml")
    assert only(app).resources["Queue"].properties == {"DelaySeconds": 5, "VisibilityTimeout": 90}
    assert written_at(app, "Queue", "Properties", "VisibilityTimeout") == "Fn::Transform:"
    assert written_at(app, "Queue", "Properties", "DelaySeconds") == "DelaySeconds: 5"
    assert notes(app) == []


def test_a_file_elsewhere_is_unknown_and_said_so(tmp_path: Path) -> None:
    app = read(tmp_path, QUEUE % "s3://bucket/queue.yaml")
    assert props(app, "Queue").integer("DelaySeconds").value == 5
    assert props(app, "Queue").value("VisibilityTimeout") == Unknown("may come out of a Fn::Transform")
    assert notes(app) == [f"{LEFT_OUT} s3://bucket/queue.yaml, which is no path beside the template"]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert notes(read(tmp_path, QUEUE % "gone.yaml")) == [f"{LEFT_OUT} gone.yaml: no such file or directory"]
    assert notes(read(tmp_path, QUEUE % "!Ref Anything")) == [
        f"{LEFT_OUT} a file whose address only the deployment knows"
    ]
    assert notes(read(tmp_path, QUEUE % "/etc/hostname")) == [
        f"{LEFT_OUT} /etc/hostname, which is no path beside the template"
    ]


def test_a_value_may_be_a_whole_file(tmp_path: Path) -> None:
    write(tmp_path / "api.yaml", "paths: {/orders: {}}\n")
    app = read(
        tmp_path,
        SAM
        + """
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}
""",
    )
    assert props(app, "Api").raw("Body", "paths", "/orders") == {}
    assert notes(app) == []


def test_a_macro_is_named_once_with_its_first_place(tmp_path: Path) -> None:
    app = read(
        tmp_path,
        """
Resources:
  One:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Transform {Name: Pick, Parameters: {From: a}}
      VisibilityTimeout: {Fn::Transform: {Name: Pick}}
  Two:
    Type: AWS::SQS::Queue
    Fn::Transform: [{Name: Other}]
""",
    )
    assert props(app, "One").value("DelaySeconds") == Unknown("Fn::Transform is worked out at deployment")
    assert notes(app) == [
        f"macro Pick at Resources.One.Properties.DelaySeconds and at 1 more place {NOT_RUN}",
        f"macro Other at Resources.Two {NOT_RUN}",
    ]


def test_macros_over_the_whole_template(tmp_path: Path) -> None:
    text = "Transform: [Company, {Name: AWS::Include, Parameters: {Location: more.yaml}}, AWS::CodeDeployBlueGreen]\n"
    write(tmp_path / "more.yaml", "Parameters: {P: {Type: String, Default: a}}\n")
    app = read(tmp_path, text + "Resources: {Q: {Type: AWS::SQS::Queue}}\n")
    assert only(app).body["Parameters"] == {"P": {"Type": "String", "Default": "a"}}
    assert notes(app) == [
        f"macro Company in Transform {NOT_RUN}",
        f"macro AWS::CodeDeployBlueGreen in Transform {NOT_RUN}",
    ]


def test_the_transforms_that_are_run_are_not_named(tmp_path: Path) -> None:
    text = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
    assert notes(read(tmp_path, text + "Resources: {Q: {Type: AWS::SQS::Queue}}\n")) == []


def test_a_transform_of_another_form(tmp_path: Path) -> None:
    app = read(tmp_path, "Transform: {Name: [1]}\nResources: {Q: {Type: AWS::SQS::Queue}}\n")
    assert notes(app) == [f"macro without a name in Transform {NOT_RUN}"]
