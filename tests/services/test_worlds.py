"""Readers run once for each world that they tell apart: hops, their sides, and figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import seawall
from seawall.graph import FailureClass, reach
from seawall.graph.guards import Guard
from seawall.retries import Attempts
from seawall.services import build
from seawall.template import load

from .conftest import Raw, Wire, arn, function, hops, join, queue, ref, resource

PROD = {"Prod": {"Fn::Equals": [ref("Stage"), "prod"]}}
STAGE = {"Stage": {"Type": "String", "Default": "dev"}}
EITHER = {**PROD, "NotProd": {"Fn::Not": [{"Condition": "Prod"}]}}


def mapping(source: str = "Q", condition: str | None = None, **properties: Any) -> Raw:
    return resource(
        "Lambda::EventSourceMapping", condition, EventSourceArn=arn(source), FunctionName=ref("F"), **properties
    )


def redriven(receives: Any, condition: str | None = None) -> Raw:
    policy = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": receives}
    return resource("SQS::Queue", condition, RedrivePolicy=policy)


def when(condition: str, then: Any, otherwise: Any = None) -> Raw:
    return {"Fn::If": [condition, then, ref("AWS::NoValue") if otherwise is None else otherwise]}


def figure(tmp_path: Path, resources: dict[str, Raw], name: str = "F", **sections: Any) -> Any:
    """The worst attempts of a site for an error, as the report tells them."""
    path = tmp_path / "app.json"
    path.write_text(json.dumps({"Resources": {"Dead": queue(), "F": function(), **resources}, **sections}))
    flow = build(load([path]))
    entries = [entry for entry in flow.entries() if f"app/{name}" in reach([entry], flow.outgoing)]
    counts = [Attempts(flow, [entry]).of(f"app/{name}", FailureClass.ERROR) for entry in entries]
    return max(count.max or 0 for count in counts)


def test_a_count_by_condition_gives_a_hop_per_world(wire: Wire) -> None:
    wiring = wire(
        {"Dead": queue(), "F": function(), "Q": redriven(when("Prod", 5, 3)), "E": mapping()},
        Conditions=PROD,
        Parameters=STAGE,
    )
    found = {hop.tries_for("error").total: hop for hop in hops(wiring, "Q", "F")}
    assert {total: dict(hop.guard.world) for total, hop in found.items()} == {
        5: {"app.json#Prod": True},
        3: {"app.json#Prod": False},
    }
    assert found[5].conditions == ("Prod",)
    assert found[3].conditions == ("not Prod",)
    (redrive,) = hops(wiring, "Q", "Dead")
    assert redrive.guard == Guard()
    assert redrive.conditions == ()
    assert not wiring.unknowns


def test_what_comes_out_alike_is_one_hop(wire: Wire) -> None:
    wiring = wire(
        {"Dead": queue(), "F": function(), "Q": redriven(5), "E": mapping(BatchSize=when("Prod", 1, 10))},
        Conditions=PROD,
        Parameters=STAGE,
    )
    (hop,) = hops(wiring, "Q", "F")
    assert (hop.guard.world, hop.conditions) == ({}, ())
    assert {polling.batch.value for polling in wiring.pollings} == {1, 10}


@pytest.mark.parametrize(
    ("count", "sections", "worst"),
    [
        (when("Prod", 5, 3), {"Conditions": PROD, "Parameters": STAGE}, 5),
        (when("Prod", when("Prod", 4, 99), 3), {"Conditions": PROD, "Parameters": STAGE}, 4),
        (when("NotProd", when("Prod", 99, 4), 3), {"Conditions": EITHER, "Parameters": STAGE}, 4),
        (ref("N"), {"Parameters": {"N": {"Type": "Number", "Default": 3}}}, 3),
        (ref("N"), {"Parameters": {"N": {"Type": "Number", "Default": 3, "AllowedValues": [3, 7, 5]}}}, 7),
        ({"Fn::Sub": "${N}"}, {"Parameters": {"N": {"Type": "Number", "Default": 3, "AllowedValues": [3, 7]}}}, 7),
        (
            {"Fn::FindInMap": ["M", ref("Stage"), "Tries"]},
            {"Parameters": STAGE, "Mappings": {"M": {"dev": {"Tries": 3}, "prod": {"Tries": 50}}}},
            50,
        ),
        (
            {"Fn::FindInMap": ["M", ref("AWS::Region"), "Tries"]},
            {"Mappings": {"M": {"eu-west-1": {"Tries": 3}, "us-east-1": {"Tries": 8}}}},
            8,
        ),
        (
            when("Home", 2, 6),
            {"Conditions": {"Home": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}}},
            6,
        ),
        (
            when("Both", 9, 2),
            {
                "Conditions": {
                    **PROD,
                    "Test": {"Fn::Equals": [ref("Stage"), "test"]},
                    "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "Test"}]},
                },
                "Parameters": STAGE,
            },
            2,
        ),
    ],
)
def test_the_worst_world_counts(tmp_path: Path, count: Any, sections: Raw, worst: int) -> None:
    assert figure(tmp_path, {"Q": redriven(count), "E": mapping()}, **sections) == worst


def test_what_is_never_deployed_together_never_meets(tmp_path: Path) -> None:
    resources = {
        "Top": resource("SNS::Topic"),
        "Q1": redriven(4, "Prod"),
        "Q2": redriven(3, "NotProd"),
        "S1": resource("SNS::Subscription", "Prod", TopicArn=ref("Top"), Protocol="sqs", Endpoint=arn("Q1")),
        "S2": resource("SNS::Subscription", "NotProd", TopicArn=ref("Top"), Protocol="sqs", Endpoint=arn("Q2")),
        "E1": mapping("Q1", "Prod"),
        "E2": mapping("Q2", "NotProd"),
    }
    assert figure(tmp_path, resources, Conditions=EITHER, Parameters=STAGE) == 4


def test_ends_that_exclude_each_other_are_ruled_out(wire: Wire) -> None:
    wiring = wire(
        {"Dead": queue(), "F": resource("Lambda::Function", "NotProd"), "Q": redriven(4, "Prod"), "E": mapping()},
        Conditions=EITHER,
        Parameters=STAGE,
    )
    assert not hops(wiring, "Q", "F")
    (ruled,) = wiring.ruled_out
    assert "never deployed together" in ruled.why


def test_a_policy_on_one_side_only(tmp_path: Path) -> None:
    with_policy = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 3}
    unbound = resource("SQS::Queue", RedrivePolicy=when("Prod", with_policy))
    # kept 4 days, tried every 30 s where there is none
    found = figure(tmp_path, {"Q": unbound, "E": mapping()}, Conditions=PROD, Parameters=STAGE)
    assert found in (11_520, None)


def test_a_parameter_in_a_definition(tmp_path: Path) -> None:
    retry = '[{"ErrorEquals": ["States.ALL"], "MaxAttempts": ${N}}]'
    task = '{"Type": "Task", "Resource": "${F.Arn}", "End": true, "Retry": ' + retry + "}"
    definition = {"Fn::Sub": '{"StartAt": "T", "States": {"T": ' + task + "}}"}
    machine = resource("StepFunctions::StateMachine", DefinitionString=definition)
    number = {"N": {"Type": "Number", "Default": 1, "AllowedValues": [1, 4]}}
    assert figure(tmp_path, {"M": machine}, Parameters=number) == 5
    substituted = resource(
        "StepFunctions::StateMachine",
        DefinitionString=definition["Fn::Sub"].replace("${F.Arn}", "${Fn}"),
        DefinitionSubstitutions={"N": when("Prod", 6, 2), "Fn": arn("F")},
    )
    assert figure(tmp_path, {"M": substituted}, Conditions=PROD, Parameters=STAGE) == 7


def test_an_asynchronous_queue_is_there_in_every_world(wire: Wire) -> None:
    rule: dict[str, Any] = {"EventPattern": {"source": ["shop"]}}
    wiring = wire(
        {
            "F": function(),
            "Other": function(),
            "One": resource("Events::Rule", Targets=[{"Id": "t", "Arn": when("Prod", arn("F"), arn("Other"))}], **rule),
            "Two": resource("Events::Rule", "NotProd", Targets=[{"Id": "t", "Arn": arn("F")}], **rule),
            "C": resource(
                "Lambda::EventInvokeConfig",
                FunctionName=ref("F"),
                Qualifier="$LATEST",
                MaximumRetryAttempts=when("Prod", 0, 1),
            ),
        },
        Conditions=EITHER,
        Parameters=STAGE,
    )
    by_total = {hop.tries_for("error").total: dict(hop.guard.world) for hop in hops(wiring, "F#async", "F")}
    assert by_total == {1: {"app.json#Prod": True}, 2: {"app.json#Prod": False}}


def test_twenty_conditions_stay_quick(tmp_path: Path) -> None:
    resources: dict[str, Raw] = {}
    conditions, parameters = {}, {}
    for number in range(20):
        parameters[f"P{number}"] = {"Type": "String"}
        conditions[f"C{number}"] = {"Fn::Equals": [ref(f"P{number}"), "x"]}
        resources[f"Q{number}"] = redriven(when(f"C{number}", 2, 1))
        resources[f"E{number}"] = mapping(f"Q{number}")
    assert figure(tmp_path, resources, Conditions=conditions, Parameters=parameters) is not None


def test_a_name_with_a_stage_in_it_stays_one_name(wire: Wire) -> None:
    stage = {"Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]}}
    wiring = wire(
        {
            "Q": resource("SQS::Queue", QueueName={"Fn::Sub": "${Stage}-orders"}),
            "F": function(),
            "E": resource(
                "Lambda::EventSourceMapping",
                EventSourceArn=join("arn:aws:sqs:eu-west-1:1:", ref("Stage"), "-orders"),
                FunctionName=ref("F"),
            ),
        },
        Parameters=stage,
    )
    (hop,) = hops(wiring, "Q", "F")
    assert hop.guard.world == {}


def test_code_under_a_role_is_there_once_whatever_its_settings_depend_on(wire: Wire) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn("Q")}
    role = resource("IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}])
    worker = function(
        Role=arn("R"),
        Timeout=when("Prod", 60, 30),
        ReservedConcurrentExecutions=when("Prod", 5),
        Environment={"Variables": {"Q": when("Prod", ref("Q"), "none")}},
    )
    wiring = wire({"F": worker, "Q": queue(), "R": role, "E": mapping()}, Conditions=PROD, Parameters=STAGE)
    (hop,) = hops(wiring, "F", "Q")
    assert hop.kind == "sqs:SendMessage"


def test_routes_of_an_api_by_condition(wire: Wire) -> None:
    def method(condition: str | None, uri: Raw) -> Raw:
        integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri}
        return resource("ApiGateway::Method", condition, RestApiId=ref("A"), Integration=integration)

    uri = join("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/", arn("F"), "/invocations")
    base = {"A": resource("ApiGateway::RestApi"), "F": function()}
    both = {"One": method("Prod", uri), "Two": method("NotProd", uri)}
    found = hops(wire({**base, **both}, Conditions=EITHER, Parameters=STAGE), "A", "F")
    assert [set(hop.guard.world.values()) for hop in found] == [{True}, {True}]
    always = hops(wire({**base, **both, "Three": method(None, uri)}, Conditions=EITHER, Parameters=STAGE), "A", "F")
    assert [hop.guard.world for hop in always] == [{}]
    chosen = method(None, when("Prod", uri, uri))
    assert len(hops(wire({**base, "One": chosen}, Conditions=EITHER, Parameters=STAGE), "A", "F")) == 1


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_that_aws_does_not_take_is_unknown(wire: Wire, count: int) -> None:
    wiring = wire({"Dead": queue(), "F": function(), "Q": redriven(count), "E": mapping()})
    (hop,) = hops(wiring, "Q", "F")
    assert hop.tries_for("error").unknown
    assert "AWS takes no such number" in {each.why[:24] for each in wiring.unknowns}


def test_a_hop_tells_its_world(wire: Wire) -> None:
    wiring = wire(
        {"Dead": queue(), "F": function(), "Q": redriven(when("Prod", 5, 3)), "E": mapping()},
        Conditions=PROD,
        Parameters=STAGE,
    )
    assert {hop.world for hop in hops(wiring, "Q", "F")} == {"Stage is prod", "Stage is dev"}
    assert hops(wiring, "Q", "Dead")[0].world == ""


def assumed(tmp_path: Path, **parameters: str) -> set[str]:
    """What findings assume of parameters, of a queue in front of a machine with a retrier, each by a parameter."""
    definition = '{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",'
    definition += ' "Parameters": {"FunctionName": "${F}"}, "End": true,'
    definition += ' "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": ${N}}]}}}'
    body = {
        "Parameters": {
            "Receives": {"Type": "Number", "Default": 5}, "N": {"Type": "Number", "Default": 7},
            "Hidden": {"Type": "Number", "Default": 30, "NoEcho": "true"}, "Unused": {"Type": "Number", "Default": 7},
        },
        "Resources": {
            "Dead": queue(), "F": function(),
            "Q": resource("SQS::Queue", VisibilityTimeout=ref("Hidden"), RedrivePolicy={
                "deadLetterTargetArn": arn("Dead"), "maxReceiveCount": ref("Receives")}),
            "Open": resource("SQS::Queue", VisibilityTimeout=ref("Hidden")),
            "M": resource("StepFunctions::StateMachine", StateMachineType="EXPRESS", DefinitionString=definition,
                          DefinitionSubstitutions={"N": ref("N"), "F": arn("F")}),
            **{f"P{source}": resource("Pipes::Pipe", Source=arn(source), Target=ref("M"), TargetParameters={
                "StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}})
               for source in ("Q", "Open")},
        },
    }  # fmt: skip
    path = tmp_path / "app.json"
    path.write_text(json.dumps(body))
    report = seawall.check(path, parameters=parameters)
    return {line for one in report.findings for line in one.assumptions if "parameter" in line}


def test_a_default_that_a_figure_rests_on_is_printed_as_an_assumption(tmp_path: Path) -> None:
    every = {
        "assumes that parameter Receives keeps its default 5",
        "assumes that parameter N keeps its default 7",
        "assumes that parameter Hidden keeps its default",
    }
    assert assumed(tmp_path) == every
    assert assumed(tmp_path, Receives="6", N="2") == {"assumes that parameter Hidden keeps its default"}


def checked(tmp_path: Path, **resources: Raw) -> seawall.Report:
    """Judged where Stage decides on Prod."""
    path = tmp_path / "app.json"
    path.write_text(json.dumps({"Resources": resources, "Conditions": PROD, "Parameters": STAGE}))
    return seawall.check(path)


def own_retries(of: str) -> Raw:
    """None in production, 2 elsewhere."""
    most = when("Prod", 0, 2)
    return resource("Lambda::EventInvokeConfig", FunctionName=ref(of), Qualifier="$LATEST", MaximumRetryAttempts=most)


def test_the_own_tries_of_what_code_may_invoke_are_those_of_the_worst_world(tmp_path: Path) -> None:
    """Whether the code waits is not known: 1 run at least, and the callee's own 1 + 2 at most, in one of the worlds."""
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn("G")}
    resources = {
        "Role": resource("IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}]),
        "F": function(Role=arn("Role"), Environment={"Variables": {"G": arn("G")}}),
        "G": function(),
        "Own": own_retries("G"),
    }
    report = checked(tmp_path, **resources)
    assert report.analysis.attempts.of("app/G", FailureClass.ERROR).max == 3
    assert not report.gaps


def test_what_is_lost_in_several_worlds_is_one_finding(tmp_path: Path) -> None:
    topic = resource("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("F")}])
    [finding] = checked(tmp_path, F=function(), Own=own_retries("F"), Top=topic).findings
    assert (finding.rule, "fails 3 times" in finding.headline) == ("handoff-gap", True)


def test_of_as_many_tries_those_that_take_longest_are_told(tmp_path: Path) -> None:
    """3 tries whatever Stage is: they wait 2 x 1 s, or 2 x 40 s."""
    retry = [
        {"ErrorEquals": ["States.ALL"], "IntervalSeconds": when("Prod", 40, 1), "BackoffRate": 1, "MaxAttempts": 2}
    ]
    state = {"Type": "Task", "Resource": arn("F"), "Retry": retry, "End": True}
    machine = resource("StepFunctions::StateMachine", Definition={"StartAt": "T", "States": {"T": state}})
    found = checked(tmp_path, F=function(), M=machine).analysis.figure("app/F", FailureClass.ERROR)
    assert (found.count.max, found.seconds) == (3, 80)


def test_a_reader_that_exists_on_one_side_is_read_on_that_side_alone(wire: Wire, tmp_path: Path) -> None:
    """The first reader of the queue is there in prod, with 4 receives; the other one elsewhere, with 2: never both."""
    resources = {
        "Dead": queue(),
        "F": function(),
        "G": function(),
        "Q": redriven(when("Prod", 4, 2)),
        "E": mapping(condition="Prod"),
        "O": {**mapping(condition="NotProd"), "Properties": {"EventSourceArn": arn("Q"), "FunctionName": ref("G")}},
    }
    wiring = wire(resources, Conditions=EITHER, Parameters=STAGE)
    (first,), (second,) = hops(wiring, "Q", "F"), hops(wiring, "Q", "G")
    assert (first.tries_for("error").total, dict(first.guard.world)) == (4, {"app.json#Prod": True})
    assert second.tries_for("error").total == 2
    assert first.conditions == ("Prod",)
    sections = {"Conditions": EITHER, "Parameters": STAGE}
    assert [figure(tmp_path, resources, name, **sections) for name in "FG"] == [4, 2]
