"""Live values in templates: what counts as the same, what replaces what, and what would count twice. By hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.audit.merging import DRIFT, Merged, function_name, merge, name_of
from seawall.audit.model import LiveResource, Snapshot, StackRead
from seawall.audit.writing import write
from seawall.engine import check
from seawall.graph import FailureClass

ACCOUNT, REGION = "111111111111", "eu-west-1"
Json = dict[str, Any]


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def stack(resources: Json, physical: dict[str, str], name: str = "S", **more: Any) -> StackRead:
    body = {"Resources": resources, **more.pop("sections", {})}
    return StackRead(name, f"arn:stack/{name}", body, physical, **{"parameters": {}, **more})


def merged(one: StackRead, *found: LiveResource) -> Merged:
    return merge(Snapshot(ACCOUNT, REGION, [one], list(found)))


def machine(definition: str, **properties: Any) -> tuple[StackRead, LiveResource]:
    """A machine as a template has it, and as it is."""
    physical = {"M": arn("states", "stateMachine:core"), "Fn": "fn-1"}
    resources = {
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {}},
        "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties},
    }
    live = {"StateMachineName": "core", "StateMachineType": "STANDARD", "DefinitionString": definition, "RoleArn": "r"}
    return stack(resources, physical), LiveResource("AWS::StepFunctions::StateMachine", physical["M"], live)


FN = arn("lambda", "function:fn-1")


@pytest.mark.parametrize(
    "said",
    [
        {"DefinitionString": '{"Fn": "${Fn}"}', "DefinitionSubstitutions": {"Fn": {"Fn::GetAtt": ["Fn", "Arn"]}}},
        {"DefinitionString": {"Fn::Join": ["", ['{"Fn":"', {"Fn::GetAtt": ["Fn", "Arn"]}, '"}']]}},
        {"DefinitionString": {"Fn::Sub": '{"Fn": "${Fn.Arn}"}'}},
        {"Definition": {"Fn": "${Fn}"}, "DefinitionSubstitutions": {"Fn": {"Fn::GetAtt": "Fn.Arn"}}},
    ],
    ids=["substitutions", "join", "sub", "object"],
)
def test_a_definition_in_other_words_is_the_same(said: Json) -> None:
    one, live = machine(json.dumps({"Fn": FN}), **said, RoleArn="r")
    ((_, template),) = merged(one, live).stacks
    assert template["Resources"]["M"]["Properties"] == {**said, "RoleArn": "r", "StateMachineName": "core"}
    assert DRIFT not in template["Resources"]["M"].get("Metadata", {})


def test_a_definition_that_was_changed_by_hand_replaces_all_that_the_template_says_of_it() -> None:
    said = {"Definition": {"Fn": "${Fn}"}, "DefinitionSubstitutions": {"Fn": {"Fn::GetAtt": "Fn.Arn"}}}
    one, live = machine('{"Fn": "another"}', **said, RoleArn="r")
    ((_, template),) = merged(one, live).stacks
    properties = template["Resources"]["M"]["Properties"]
    assert properties["DefinitionString"] == '{"Fn": "another"}'
    assert not {"Definition", "DefinitionSubstitutions"} & properties.keys()


def test_a_definition_in_s3_is_read_from_what_is_deployed() -> None:
    one, live = machine('{"Fn": "x"}', DefinitionS3Location={"Bucket": "b", "Key": "k"}, RoleArn="r")
    ((_, template),) = merged(one, live).stacks
    assert template["Resources"]["M"]["Properties"]["DefinitionString"] == '{"Fn": "x"}'


def test_a_subscription_that_a_topic_declares_itself_does_not_count_twice(tmp_path: Any) -> None:
    """One copy of an event, three receives: six, if the subscription stood in the snapshot twice."""
    queue = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
    resources = {
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 180, "RedrivePolicy": queue}},
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"Subscription": [{"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}}]},
        },
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 30}},
        "Map": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "BatchSize": 1,
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Fn"},
            },
        },
    }
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}"
    physical = {
        "Dead": f"{url}/dead",
        "Queue": f"{url}/orders",
        "Topic": arn("sns", "news"),
        "Fn": "fn-1",
        "Map": "uuid-1",
    }
    topic = arn("sns", "news")
    live = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn("sqs", "orders")}
    snapshot = Snapshot(
        ACCOUNT,
        REGION,
        [stack(resources, physical)],
        [
            LiveResource("AWS::SNS::Topic", "news", {"TopicName": "news"}),
            LiveResource("AWS::SNS::Subscription", f"{topic}:1", live),
        ],
    )
    write(snapshot, tmp_path)
    report = check(tmp_path)
    assert report.analysis.attempts.of("S/Fn", FailureClass.ERROR).value == 3


def test_a_rule_on_a_bus_of_ones_own_is_found_by_both_names() -> None:
    resources = {"R": {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": "shop", "Name": "r"}}}
    live = {"Name": "r", "EventBusName": "shop", "State": "ENABLED", "Targets": None, "ScheduleExpression": None}
    found = merged(stack(resources, {"R": "shop|r"}), LiveResource("AWS::Events::Rule", "shop|r", live))
    assert found.elsewhere == {"Resources": {}}
    assert found.differing == 0


def test_an_invoke_config_is_found_by_function_and_qualifier() -> None:
    resources = {
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {}},
        "C": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {"FunctionName": {"Ref": "Fn"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0},
        },
    }
    live = {"FunctionName": "fn-1", "Qualifier": "$LATEST", "MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": None}
    found = merged(
        stack(resources, {"Fn": "fn-1", "C": "anything"}),
        LiveResource("AWS::Lambda::EventInvokeConfig", "fn-1|$LATEST", live),
        LiveResource("AWS::Lambda::EventInvokeConfig", "fn-1|live", {**live, "Qualifier": "live"}),
    )
    ((_, template),) = found.stacks
    assert template["Resources"]["C"]["Properties"]["MaximumRetryAttempts"] == 2
    assert template["Resources"]["C"]["Metadata"][DRIFT] == {"MaximumRetryAttempts": 0}
    (other,) = found.elsewhere["Resources"].values()
    assert other["Properties"]["Qualifier"] == "live"


def test_values_of_parameters_are_those_given() -> None:
    parameters = {"N": {"Type": "Number", "Default": 3}, "P": {"Type": "AWS::SSM::Parameter::Value<String>"}}
    one = stack({}, {}, sections={"Parameters": parameters}, parameters={"N": "50", "P": "value"})
    ((_, template),) = merged(one).stacks
    assert template["Parameters"] == {
        "N": {"Type": "Number", "Default": "50", "AllowedValues": ["50"]},
        "P": {"Type": "String", "Default": "value", "AllowedValues": ["value"]},
    }


def test_nested_stacks_are_read_with_what_nests_them(tmp_path: Any) -> None:
    child = {"Q": {"Type": "AWS::SQS::Queue", "Properties": {}}}
    outer = {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://s3/x"}}}
    inner = stack(child, {"Q": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"}, "S-Inner", parent="arn:stack/S")
    write(Snapshot(ACCOUNT, REGION, [stack(outer, {"Inner": "arn:stack/S-Inner"}), inner]), tmp_path)
    app = check(tmp_path).app
    found = [(one.stack_name, one.parent is not None) for one in app.templates.values()]
    assert found == [("S", False), ("S-Inner", True)]


@pytest.mark.parametrize(
    ("kind", "physical", "name"),
    [
        ("AWS::SQS::Queue", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders.fifo", "orders.fifo"),
        ("AWS::SNS::Topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:news", "news"),
        ("AWS::Lambda::Function", "fn-1", "fn-1"),
        ("AWS::ECR::Repository", "team/web", "team/web"),
        ("AWS::Lambda::EventSourceMapping", "96e2e38b-be8f", "96e2e38b-be8f"),
    ],
)
def test_names_in_physical_ids(kind: str, physical: str, name: str) -> None:
    assert name_of(kind, physical) == name


@pytest.mark.parametrize("text", ["fn-1", "fn-1:live", FN, f"{FN}:live"])
def test_names_of_functions(text: str) -> None:
    assert function_name(text) == "fn-1"
