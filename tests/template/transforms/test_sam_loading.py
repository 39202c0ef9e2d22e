"""The translator, loaded without what it never calls: it gives the same, and loads the rest when it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

TEMPLATE: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
    "Globals": {"Function": {"Runtime": "python3.13", "Handler": "app.handler", "CodeUri": "s3://bucket/key"}},
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Table": {"Type": "AWS::Serverless::SimpleTable"},
        "Worker": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Policies": [{"SQSSendMessagePolicy": {"QueueName": {"Fn::GetAtt": ["Queue", "QueueName"]}}}],
                "Events": {
                    "Orders": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Queue", "Arn"]}}},
                    "Get": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}},
                    "Post": {"Type": "HttpApi", "Properties": {"Path": "/", "Method": "post"}},
                },
            },
            "Connectors": {
                "ToTable": {"Properties": {"Destination": {"Id": "Table"}, "Permissions": ["Read", "Write"]}}
            },
        },
        "Machine": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {"Definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}},
        },
        "Graph": {
            "Type": "AWS::Serverless::GraphQLApi",
            "Properties": {"SchemaInline": "type Query { a: String }", "Auth": {"Type": "AWS_IAM"}},
        },
        "Capacity": {
            "Type": "AWS::Serverless::CapacityProvider",
            "Properties": {"VpcConfig": {"SubnetIds": ["subnet-1"]}},
        },
    },
}
WRONG = {"Bad": {"Type": "AWS::Serverless::GraphQLApi", "Properties": {"SchemaInline": "", "Auth": {"Type": 3}}}}
TRANSLATE = """
import json, sys
from seawall.template.transforms.sam_translator import TranslationRefused, translate
try:
    output = translate(json.load(sys.stdin), frozenset())
except TranslationRefused as error:
    output = error.resources
loaded = [name for name in ("boto3", "jsonschema", "pydantic") if name in sys.modules]
print(json.dumps([output, loaded]))
"""
WHOLE = "import samtranslator.translator.translator\n"


def translated(template: dict[str, Any], before: str = "") -> tuple[Any, list[str]]:
    """What becomes of a template in a process of its own, and which libraries that loads."""
    done = subprocess.run(
        [sys.executable, "-c", before + TRANSLATE],
        input=json.dumps(template), capture_output=True, text=True, check=True,
    )  # fmt: skip
    output, loaded = json.loads(done.stdout)
    return output, loaded


def usual() -> dict[str, Any]:
    names = ("Queue", "Table", "Worker", "Machine")
    return {**TEMPLATE, "Resources": {name: TEMPLATE["Resources"][name] for name in names}}


@pytest.mark.parametrize("template", [usual(), TEMPLATE, {**TEMPLATE, "Resources": WRONG}])
def test_it_gives_the_same_as_when_it_is_loaded_as_a_whole(template: dict[str, Any]) -> None:
    output, _ = translated(template)
    assert (output, ["boto3", "jsonschema", "pydantic"]) == translated(template, WHOLE)


def test_what_is_never_called_is_not_loaded() -> None:
    output, loaded = translated(usual())
    assert output["Resources"]["WorkerRole"]["Type"] == "AWS::IAM::Role"
    assert loaded == []


def test_schemas_are_loaded_for_the_types_that_they_check() -> None:
    output, loaded = translated({**TEMPLATE, "Resources": WRONG})
    assert "Auth" in output["Bad"]
    assert loaded == ["pydantic"]


def test_a_translator_that_wants_more_is_loaded_as_a_whole() -> None:
    more = (
        "from seawall.template.transforms import sam_loading as own\n"
        "class Other(own.Deferred):\n"
        "    def __getattr__(self, name):\n"
        "        raise AttributeError(name)\n"
        "own.Deferred = Other\n"
    )
    assert translated(usual(), more) == translated(usual(), WHOLE)


def test_others_get_the_real_libraries_behind_it() -> None:
    behind = TRANSLATE + "import boto3, jsonschema\nassert boto3.Session and jsonschema.validate({}, {}) is None\n"
    done = subprocess.run(
        [sys.executable, "-c", behind], input=json.dumps(usual()), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
