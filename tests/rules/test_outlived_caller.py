"""`outlived-caller`: starts and runs at once, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.rules import Severity

from .judging import Raw, found, judged, only
from .reading import STAGED, arn, resource

RULE = "outlived-caller"


def machine(retry: Raw | None, **task: Any) -> Raw:
    state = {"Type": "Task", "Resource": "${Caller.Arn}", "End": True, **task}
    if retry is not None:
        state["Retry"] = [retry]
    document = json.dumps({"StartAt": "A", "States": {"A": state}})
    return resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": document})


def chain(caller: int, slow: int, retry: Raw | None, **task: Any) -> Raw:
    """Machine -> Caller, which invokes Slow and waits."""
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn("Slow")}
    return {
        "Resources": {
            "Machine": machine(retry, **task),
            "Role": resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [statement]}}]),
            "Caller": resource(
                "Lambda::Function",
                Timeout=caller,
                Role=arn("Role"),
                Environment={"Variables": {"SLOW": {"Ref": "Slow"}}},
            ),
            "Slow": resource("Lambda::Function", Timeout=slow),
        }
    }


@pytest.mark.parametrize(
    ("caller", "slow", "retry", "runs", "at_once"),
    [
        # At 0, 91 and 183 s, each for up to 300 s.
        (90, 300, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}, 3, 3),
        # At 0, 90 + 100 = 190 and 380 s: never more than two within 300 s.
        (90, 300, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "IntervalSeconds": 100, "BackoffRate": 1}, 3, 2),
        (90, 100, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 60}, 2, 1),
    ],
)
def test_a_caller_that_is_tried_again(
    tmp_path: Path, caller: int, slow: int, retry: Raw, runs: int, at_once: int
) -> None:
    report = judged(tmp_path, chain(caller, slow, retry))
    outlived = report.analysis.abandoned["app/Slow"]
    assert (outlived.count.max, outlived.at_once) == (runs, at_once)
    finding = only(report, RULE)
    assert (finding.site, finding.severity, finding.attempts) == ("app/Slow", Severity.WARNING, runs)
    assert finding.headline.startswith(f"one event can start app/Slow {runs} times")
    assert (f"up to {at_once} of them at the same time" in finding.headline) is (at_once > 1)


@pytest.mark.parametrize(("caller", "slow"), [(90, 90), (90, 3), (300, 90)])
def test_a_caller_that_waits_long_enough(tmp_path: Path, caller: int, slow: int) -> None:
    assert not found(judged(tmp_path, chain(caller, slow, {"ErrorEquals": ["States.ALL"]})), RULE)


@pytest.mark.parametrize(
    ("errors", "runs"),
    [(["States.Timeout"], 4), (["States.ALL"], 4), (["Sandbox.Timedout"], None), (["States.TaskFailed"], None)],
)
def test_a_state_that_gives_up(tmp_path: Path, errors: list[str], runs: int | None) -> None:
    """Only a retrier that acts on States.Timeout starts the function again."""
    template = chain(300, 3, {"ErrorEquals": errors, "MaxAttempts": 3}, TimeoutSeconds=20)
    assert [finding.attempts for finding in found(judged(tmp_path, template), RULE)] == ([runs] if runs else [])


REGIONAL: Raw = {"EndpointConfiguration": {"Types": ["REGIONAL"]}}


@pytest.mark.parametrize(
    ("timeout", "api", "settings", "waits"),
    [
        (60, {}, {}, "29 s (AWS's fixed limit)"),
        (60, REGIONAL, {}, "29 s (AWS's default; AWS raises it on request, as this is a Regional or private REST API)"),
        (60, REGIONAL, {"TimeoutInMillis": 20_000}, "20 s (TimeoutInMillis)"),
        (60, {}, {"TimeoutInMillis": 5_000}, "5 s (TimeoutInMillis)"),
        (29, {}, {}, ""),
        (20, {}, {}, ""),
    ],
)
def test_an_api_is_a_note(tmp_path: Path, timeout: int, api: Raw, settings: Raw, waits: str) -> None:
    """A note, which says who decided how long the API waits."""
    uri = {"Fn::Sub": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${Slow.Arn}/invocations"}
    template = {
        "Resources": {
            "Api": resource("ApiGateway::RestApi", Name="a", **api),
            "Method": resource(
                "ApiGateway::Method",
                RestApiId={"Ref": "Api"},
                ResourceId={"Fn::GetAtt": ["Api", "RootResourceId"]},
                HttpMethod="POST",
                Integration={"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri, **settings},
            ),
            "Slow": resource("Lambda::Function", Timeout=timeout),
        }
    }
    findings = found(judged(tmp_path, template), RULE)
    assert [finding.severity for finding in findings] == ([Severity.NOTE] if waits else [])
    assert all(f"waits for {waits}, but a run" in finding.headline for finding in findings)


def function(timeout: int, **metadata: Any) -> Raw:
    made = resource("Lambda::Function", Timeout=timeout)
    return {**made, "Metadata": {"seawall": metadata}} if metadata else made


@pytest.mark.parametrize(
    ("stated", "severity"),
    [
        ({"idempotent": False}, Severity.ERROR),
        ({"max_attempts": 2}, Severity.ERROR),
        ({"max_attempts": 3}, Severity.WARNING),
        ({"idempotent": "keyed by order"}, Severity.NOTE),
        ({}, Severity.WARNING),
    ],
)
def test_what_is_stated_of_the_work_sets_the_severity(tmp_path: Path, stated: Raw, severity: Severity) -> None:
    """Three runs are started."""
    template = chain(90, 300, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2})
    template["Resources"]["Slow"] = function(300, **stated)
    assert only(judged(tmp_path, template), RULE).severity is severity


def http_api(**timeouts: int) -> Raw:
    resources: dict[str, Raw] = {"Api": resource("ApiGatewayV2::Api", ProtocolType="HTTP")}
    for name, timeout in timeouts.items():
        target = {"Fn::Join": ["/", ["integrations", {"Ref": f"{name}Integration"}]]}
        resources |= {
            name: function(timeout),
            f"{name}Integration": resource(
                "ApiGatewayV2::Integration",
                ApiId={"Ref": "Api"},
                IntegrationType="AWS_PROXY",
                IntegrationUri=arn(name),
                PayloadFormatVersion="2.0",
            ),
            f"{name}Route": resource(
                "ApiGatewayV2::Route", ApiId={"Ref": "Api"}, RouteKey=f"POST /{name}", Target=target
            ),
        }
    return {"Resources": resources}


@pytest.mark.parametrize(("keys", "waits"), [(["$disconnect"], False), (["$disconnect", "send"], True)])
def test_a_client_that_has_gone_waits_for_nothing(tmp_path: Path, keys: list[str], waits: bool) -> None:
    """A shorter Timeout would only cut off what cleans up behind it. Of one integration with one route or two."""
    template = http_api(Slow=120)
    template["Resources"]["Api"] = resource("ApiGatewayV2::Api", ProtocolType="WEBSOCKET")
    route = template["Resources"].pop("SlowRoute")["Properties"]
    for number, key in enumerate(keys):
        template["Resources"][f"Route{number}"] = resource("ApiGatewayV2::Route", **{**route, "RouteKey": key})
    assert [finding.also for finding in found(judged(tmp_path, template), RULE)] == [("app/Slow",)] * waits


def test_an_http_api_that_answers_before_its_function(tmp_path: Path) -> None:
    finding = only(judged(tmp_path, http_api(Slow=120)), RULE)
    assert (finding.site, finding.severity, finding.also) == ("app/Api", Severity.NOTE, ("app/Slow",))
    assert finding.headline == (
        "app/Api waits for 30 s (AWS's fixed limit), but a run of app/Slow may take 2 min (Timeout)"
    )
    assert finding.fix.text == (
        "set Timeout 29 on app/Slow, one second less than the 30 s, so that a run ends first; a cold start comes on "
        "top of Timeout: where that takes longer than 1 s, set less; trade-off: a run that needs longer than 29 s is "
        "killed then; otherwise: hand the work off and answer later: app/Api cannot wait for longer than 30 s"
    )
    (change,) = finding.changes
    assert [(each.place.property, each.old, each.new) for each in change.edits] == [("Timeout", "120", "29")]


def test_one_note_for_an_api_with_many_functions(tmp_path: Path) -> None:
    """30 s in front of 30 s is long enough."""
    finding = only(judged(tmp_path, http_api(A=31, B=60, C=30, D=900)), RULE)
    assert finding.also == ("app/D", "app/B", "app/A")
    assert finding.headline.endswith(
        "waits for 30 s (AWS's fixed limit), but a run of app/D, app/B or app/A may take up to 15 min (Timeout)"
    )
    assert finding.fix.text.startswith(
        "set Timeout 29 on app/D, app/B and app/A, one second less than the 30 s, so that"
    )
    edits = finding.changes[0].edits
    assert [(each.place.address.logical_id, each.old) for each in edits] == [("D", "900"), ("B", "60"), ("A", "31")]


def test_a_longer_wait_is_advised_last(tmp_path: Path) -> None:
    fix = only(judged(tmp_path, chain(90, 300, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2})), RULE).fix.text
    assert fix == (
        "1. set Timeout 89 on app/Slow, one second less than the 1 min 30 s, so that a run ends first; a cold start "
        "comes on top of Timeout: where that takes longer than 1 s, set less; 2. make the work idempotent in any "
        "case; trade-off: a run that needs longer than 1 min 29 s is killed then; otherwise: hand the work off and "
        "answer later, or let app/Caller wait for more than 5 min"
    )


@pytest.mark.parametrize(
    ("attributes", "fires"),
    [
        (None, True),
        ([{"Key": "idle_timeout.timeout_seconds", "Value": "120"}], False),
        ([{"Key": "idle_timeout.timeout_seconds", "Value": "119"}], True),
        ([{"Key": "deletion_protection.enabled", "Value": "true"}], True),
    ],
)
def test_a_load_balancer_waits_for_what_its_attributes_say(
    tmp_path: Path, attributes: list[Raw] | None, fires: bool
) -> None:
    set_ = {} if attributes is None else {"LoadBalancerAttributes": attributes}
    balancer, v2 = resource("ElasticLoadBalancingV2::LoadBalancer", **set_), "ElasticLoadBalancingV2"
    forward = {"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}
    template = {
        "Resources": {
            "Balancer": balancer,
            "Listener": resource(f"{v2}::Listener", LoadBalancerArn={"Ref": "Balancer"}, DefaultActions=[forward]),
            "Group": resource(f"{v2}::TargetGroup", TargetType="lambda", Targets=[{"Id": arn("Slow")}]),
            "Slow": function(120),
        }
    }
    assert [finding.severity for finding in found(judged(tmp_path, template), RULE)] == [Severity.NOTE] * fires


@pytest.mark.parametrize(
    ("timeout", "parameters", "runs"),
    [
        (120, {}, 6),
        (30, {}, None),
        (29, {"InvocationTimeoutSeconds": "10"}, 6),
        (10, {"InvocationTimeoutSeconds": "10"}, None),
    ],
)
def test_a_subscriber_gives_each_call_so_long(tmp_path: Path, timeout: int, parameters: Raw, runs: int | None) -> None:
    """5 retries by default."""
    invoke = {
        "TargetArn": arn("Slow"),
        "LambdaParameters": {"InvocationType": "REQUEST_RESPONSE", **parameters},
    }
    template = {
        "Resources": {
            "Bus": resource("EventsV2::EventBus", Name="orders"),
            "Subscriber": resource("EventsV2::Subscriber", EventBusArn=arn("Bus"), InvokeConfiguration=invoke),
            "Slow": function(timeout),
        }
    }
    assert [one.attempts for one in found(judged(tmp_path, template), RULE)] == ([runs] if runs else [])


@pytest.mark.parametrize(
    ("config", "runs"),
    [
        ("read_timeout=20, retries={'total_max_attempts': 4}", 8),  # 2 receives, 4 calls each
        ("read_timeout=20, retries={'total_max_attempts': 1}", 2),
        ("read_timeout=300, retries={'total_max_attempts': 1}", 2),  # the function of 60 s ends first
    ],
)
def test_a_client_with_a_read_timeout(tmp_path: Path, config: str, runs: int) -> None:
    code = (
        "import boto3, os, json\nfrom botocore.config import Config\n"
        f"client = boto3.client('lambda', config=Config({config}))\n"
        "def handler(event, context):\n"
        "    answer = client.invoke(FunctionName=os.environ['SLOW'], Payload=json.dumps(event))\n"
        "    if answer.get('FunctionError'):\n        raise RuntimeError\n"
    )
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn("Slow")}
    template = {
        "Resources": {
            "Queue": resource(
                "SQS::Queue",
                VisibilityTimeout=360,
                RedrivePolicy={"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 2},
            ),
            "Dead": resource("SQS::Queue"),
            "Mapping": resource(
                "Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName={"Ref": "Caller"}, BatchSize=1
            ),
            "Role": resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [statement]}}]),
            "Caller": resource(
                "Lambda::Function",
                Timeout=60,
                Runtime="python3.13",
                Handler="index.handler",
                Code={"ZipFile": code},
                Role=arn("Role"),
                Environment={"Variables": {"SLOW": {"Ref": "Slow"}}},
            ),
            "Slow": function(120),
        }
    }
    finding = only(judged(tmp_path, template), RULE)
    assert (finding.site, finding.attempts) == ("app/Slow", runs)


def test_what_only_passes_events_on_is_no_work(tmp_path: Path) -> None:
    """EventBridge gives the API 5 s, the API its function 30 s: the function is what runs beside itself."""
    template = http_api(Slow=120)
    url = {"Fn::Sub": "https://${Api}.execute-api.eu-west-1.amazonaws.com/Slow"}
    template["Resources"] |= {
        "Connection": resource("Events::Connection", AuthorizationType="API_KEY", AuthParameters={}),
        "Destination": resource(
            "Events::ApiDestination", ConnectionArn=arn("Connection"), HttpMethod="POST", InvocationEndpoint=url
        ),
        "Rule": resource(
            "Events::Rule", EventPattern={"source": ["a"]}, Targets=[{"Id": "1", "Arn": arn("Destination")}]
        ),
    }
    finding = only(judged(tmp_path, template), RULE)
    assert (finding.site, finding.attempts, finding.also) == ("app/Slow", 186, ("app/Api",))


def test_who_waits_for_the_waiter_and_gives_up_sooner_is_named(tmp_path: Path) -> None:
    """A pipe calls an API destination (5 s), that an API of the app (29 s), and that a function with 60 s."""
    uri = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Slow.Arn}/invocations"}
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri}
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    method = resource(
        "ApiGateway::Method",
        RestApiId={"Ref": "Api"},
        ResourceId=root,
        HttpMethod="POST",
        AuthorizationType="NONE",
        Integration=integration,
    )
    endpoint = {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/Prod/"}
    policy = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 3}
    resources = {
        "Dead": resource("SQS::Queue"),
        "Queue": resource("SQS::Queue", RedrivePolicy=policy),
        "Pipe": resource("Pipes::Pipe", Source=arn("Queue"), Target=arn("There")),
        "There": resource("Events::ApiDestination", InvocationEndpoint=endpoint, HttpMethod="POST"),
        "Api": resource("ApiGateway::RestApi", Name="api"),
        "Method": method,
        "Slow": resource("Lambda::Function", Timeout=60),
    }
    finding = only(judged(tmp_path, {"Resources": resources}), RULE)
    assert finding.site == "app/Slow"
    assert "app/There, which waits for app/Api, gives up after 5 s already" in finding.facts


def staged(timeout: Any, retry: Raw, **task: Any) -> Raw:
    """A machine of which a stage decides something, and the function it calls."""
    state = {"Type": "Task", "Resource": arn("Slow"), "Retry": [retry], "End": True, **task}
    return {
        **STAGED,
        "Resources": {
            "Slow": resource("Lambda::Function", Timeout=timeout),
            "Machine": resource("StepFunctions::StateMachine", Definition={"StartAt": "A", "States": {"A": state}}),
        },
    }


@pytest.mark.parametrize(
    ("limit", "timeout", "when"),
    [
        ({"Fn::If": ["Prod", 20, 90]}, 60, "Stage is prod"),
        (20, {"Fn::If": ["Prod", 60, 5]}, "Stage is prod"),
        # 20 s of 60 in prod, 10 s of 15 elsewhere: prod leaves more behind.
        ({"Fn::If": ["Prod", 20, 10]}, {"Fn::If": ["Prod", 60, 15]}, "Stage is prod"),
        (20, 60, ""),
        ({"Fn::If": ["Prod", 90, 20]}, {"Fn::If": ["Prod", 60, 5]}, None),
    ],
)
def test_a_condition_decides_how_long_a_state_waits_or_its_function_runs(
    tmp_path: Path, limit: Any, timeout: Any, when: str | None
) -> None:
    template = staged(timeout, {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}, TimeoutSeconds=limit)
    report = judged(tmp_path, template)
    assert not report.gaps
    if when is None:
        assert not found(report, RULE)
        return
    finding = only(report, RULE)
    assert finding.attempts == 2
    assert [line for line in finding.facts if "when" in line] == (
        [f"this is so for app/Slow when {when}"] if when else []
    )


def test_a_caller_that_waits_for_no_time_at_all(tmp_path: Path) -> None:
    """An integration with 0 ms: nonsense, said as what it is."""
    template = http_api(Slow=60) | STAGED
    template["Resources"]["SlowIntegration"]["Properties"]["TimeoutInMillis"] = {"Fn::If": ["Prod", 0, 5_000]}
    finding = only(judged(tmp_path, template), RULE)
    assert "waits for 0 s (TimeoutInMillis)" in finding.headline
    assert "this is so for app/Slow when Stage is prod" in finding.facts


@pytest.mark.parametrize(
    ("prod", "dev", "at_most"),
    [
        ((10, 1), (120, 5), True),  # only prod waits for too short a time, and it tries twice; dev tries 6 times
        ((10, 5), (120, 1), False),  # prod has both
        ((10, 5), (120, 5), False),  # no stage decides how often it tries
    ],
)
def test_waits_and_tries_of_different_deployments_are_at_most(
    tmp_path: Path, prod: tuple[int, int], dev: tuple[int, int], at_most: bool
) -> None:
    seconds, retries = ({"Fn::If": ["Prod", *pair]} for pair in zip(prod, dev, strict=True))
    template = staged(60, {"ErrorEquals": ["States.ALL"], "MaxAttempts": retries}, TimeoutSeconds=seconds)
    finding = only(judged(tmp_path, template), RULE)
    times = "at most 6 times" if at_most else "6 times"
    assert finding.headline.startswith(f"one event can start app/Slow {times}, ")
    assert any(fact.startswith("at most") for fact in finding.facts) is at_most
    assert "this is so for app/Slow when Stage is prod" in finding.facts


def test_most_runs_at_once_are_those_of_any_deployment(tmp_path: Path) -> None:
    """Prod: at 0, 70, 140, 210 s for 50 s each, one at once. Dev: at 0, 160, 320, 480 s for 400 s each: three."""
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 3, "IntervalSeconds": 60, "BackoffRate": 1}
    template = staged({"Fn::If": ["Prod", 50, 400]}, retry, TimeoutSeconds={"Fn::If": ["Prod", 10, 100]})
    found = judged(tmp_path, template).analysis.abandoned["app/Slow"]
    assert (found.count.max, found.at_once) == (4, 3)
