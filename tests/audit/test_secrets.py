"""What is kept of environments and templates, and what never is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seawall.audit.reduction import without_secrets
from seawall.audit.secrets import TAKEN_OUT, environment, is_reference, reduced

NAMES = {"orders", "table-1"}
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111111111111/orders"
ARN = "arn:aws:states:eu-west-1:111111111111:stateMachine:core"


@pytest.mark.parametrize("text", ["orders", QUEUE, ARN, "http://127.0.0.1:4566/000000000000/orders"])
def test_what_names_a_resource_is_a_reference(text: str) -> None:
    assert is_reference(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "postgres://user:pw@host/db",
        "https://api.example.com/hook?token=abc",
        "arn:aws:secretsmanager:eu-west-1:1:secret:x",
        "",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_reference(text, NAMES)


def test_of_an_environment_only_references_stay() -> None:
    values = {
        "QUEUE": QUEUE,
        "TABLE": "table-1",
        "MACHINE": {"Ref": "Machine"},
        "BUILT": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":sqs:", {"Ref": "AWS::Region"}, ":orders"]]},
        "SUB": {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:orders"},
        "CHOSEN": {"Fn::If": ["Prod", {"Ref": "A"}, {"Ref": "B"}]},
        "PASSWORD": "hunter2",
        "LEVEL": "debug",
        "NUMBER": 5,
        "JOINED": {"Fn::Join": ["", ["hunter2", {"Ref": "A"}]]},
        "SUBBED": {"Fn::Sub": "key=${A}-hunter2"},
        "EITHER": {"Fn::If": ["Prod", "hunter2", {"Ref": "B"}]},
        "MAPPED": {"Fn::FindInMap": ["M", "a", "b"]},
    }
    assert list(environment(values, NAMES)) == ["QUEUE", "TABLE", "MACHINE", "BUILT", "SUB", "CHOSEN"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"MasterUserPassword": "hunter2"}, {"MasterUserPassword": TAKEN_OUT}),
        ({"MasterUserPassword": {"Ref": "DbPassword"}}, {"MasterUserPassword": {"Ref": "DbPassword"}}),
        (
            {"MasterUserPassword": "{{resolve:secretsmanager:db}}"},
            {"MasterUserPassword": "{{resolve:secretsmanager:db}}"},
        ),
        ({"UserData": {"Fn::Base64": "export TOKEN=abc"}}, {"UserData": TAKEN_OUT}),
        (
            {"SecretArn": ARN, "TokenKey": "k", "SecretsManagerName": "n"},
            {"SecretArn": ARN, "TokenKey": "k", "SecretsManagerName": "n"},
        ),
        ({"Environment": [{"Name": "A", "Value": "x"}]}, {"Environment": [{"Name": "A", "Value": TAKEN_OUT}]}),
        ({"Environment": [{"Name": "A", "Value": QUEUE}]}, {"Environment": [{"Name": "A", "Value": QUEUE}]}),
        ({"Text": "Bearer abcdefgh123"}, {"Text": TAKEN_OUT}),
        ({"Url": "https://user:pw@example.com/"}, {"Url": f"https://{TAKEN_OUT}@example.com/"}),
        ({"maxReceiveCount": 5}, {"maxReceiveCount": 5}),
        (
            {"DefinitionString": '{"Headers": {"Authorization": "abc123"}, "Path.$": "$.token"}'},
            {"DefinitionString": '{"Headers": {"Authorization": "(not written)"}, "Path.$": "$.token"}'},
        ),
    ],
    ids=str,
)
def test_templates_lose_what_is_secret_and_nothing_else(before: Any, after: Any) -> None:
    assert reduced(before, NAMES) == after


def test_what_retries_hang_on_is_untouched() -> None:
    """Nothing of it has the form of a secret, though an authorizer and a token stand beside it."""
    properties = {
        "RedrivePolicy": {"maxReceiveCount": 3, "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}},
        "AuthorizationType": "NONE",
        "TaskToken.$": "$$.Task.Token",
        "TokenValidityUnits": {"AccessToken": "hours"},
    }
    assert reduced({"RedrivePolicy": properties["RedrivePolicy"]}, NAMES) == {
        "RedrivePolicy": properties["RedrivePolicy"]
    }
    assert reduced({"AuthorizationType": "NONE"}, NAMES) == {"AuthorizationType": "NONE"}


def test_parameters_that_nobody_is_to_see_have_no_value() -> None:
    template = {
        "Parameters": {
            "Stage": {"Type": "String", "Default": "dev"},
            "Hidden": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
            "ApiToken": {"Type": "String", "Default": "hunter2"},
            "Level": {"Type": "String", "Default": "hunter2"},
        },
        "Metadata": {"AWS::CloudFormation::Interface": {"x": "hunter2"}, "seawall": {"acknowledge": []}},
        "Resources": {
            "Fn": {
                "Type": "AWS::Lambda::Function",
                "Metadata": {"aws:cdk:path": "A/Fn/Resource", "Notes": "hunter2"},
                "Properties": {
                    "Code": {"ZipFile": "password = 'hunter2'"},
                    "Environment": {"Variables": {"LEVEL": {"Ref": "Level"}, "WORD": "hunter2"}},
                },
            }
        },
    }
    values = {"Stage": "prod", "Hidden": "hunter2", "ApiToken": "hunter2", "Level": "hunter2"}
    body, given_values = without_secrets(template, values, set())
    assert "hunter2" not in json.dumps([body, given_values])
    assert given_values == {"Stage": "prod"}
    assert body["Resources"]["Fn"]["Metadata"] == {"aws:cdk:path": "A/Fn/Resource"}
    assert body["Resources"]["Fn"]["Properties"]["Environment"] == {"Variables": {"LEVEL": {"Ref": "Level"}}}


WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=6)
SECRET = "Zq9-hunter2-Zq9"
VALUES = st.recursive(
    st.just(SECRET) | WORDS | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.sampled_from(["Fn::Join", "Fn::Sub", "Fn::If"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@example({"Fn::Sub": {"0": SECRET}})
@example({"Fn::Sub": [{"0": SECRET}]})
@given(VALUES)
def test_no_literal_of_an_environment_is_written(value: Any) -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Environment": {"Variables": {"A": value, "B": SECRET}}},
    }
    container = {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {"ContainerDefinitions": [{"Environment": [{"Name": "A", "Value": value}]}]},
    }
    body, _ = without_secrets({"Resources": {"F": function, "C": container}}, {}, set())
    assert SECRET not in json.dumps(body)
