"""Tasks that call services: what is followed, what ends at the service, and what the run decides."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Raw, Wire, function, hop, hops, queue, resource, shown, whys
from .figures import attempts
from .test_stepfunctions import of, task

OUTSIDE = [
    ("bedrock:invokeModel", False),
    ("glue:startJobRun.sync", True),
    ("ecs:runTask.sync", True),
    ("batch:submitJob.sync", True),
    ("codebuild:startBuild", False),
    ("athena:startQueryExecution.sync", True),
    ("mediaconvert:createJob", False),
    ("dynamodb:getItem", False),
    ("aws-sdk:rekognition:detectLabels", False),
    ("aws-sdk:s3:listObjectsV2", False),
]


@pytest.mark.parametrize(("call", "awaits"), OUTSIDE)
def test_work_of_a_service_is_known(wire: Wire, call: str, awaits: bool) -> None:
    wiring = wire({"M": of(task(f"arn:aws:states:::{call}", Parameters={"JobName.$": "$.job"}))})
    (found,) = hops(wiring, "M#S0")
    name = call.removeprefix("aws-sdk:").removesuffix(".sync")
    assert (found.target, found.kind, found.awaits) == (f"external:{name}", name, awaits)
    assert wiring.sites[found.target].kind == "service"
    assert not wiring.unknowns


@pytest.mark.parametrize("home", ["::", "${AWS::Region}:${AWS::AccountId}:", "eu-west-1:111122223333:"])
def test_an_integration_with_a_region_and_an_account(wire: Wire, home: str) -> None:
    (found,) = hops(wire({"M": of(task(f"arn:aws:states:{home}aws-sdk:s3:getObject"))}), "M#S0")
    assert found.target == "external:s3:getObject"


@pytest.mark.parametrize(
    ("call", "kind", "parameters", "site"),
    [
        ("glue:startJobRun.sync", resource("Glue::Job"), {"JobName": "${To}"}, "glue-job"),
        ("batch:submitJob.sync", resource("Batch::JobQueue"), {"JobQueue": "${To}"}, "batch-job"),
        ("codebuild:startBuild.sync", resource("CodeBuild::Project"), {"ProjectName": "${To}"}, "build"),
        ("ecs:runTask.sync", resource("ECS::Cluster"), {"Cluster": "${To.Arn}"}, "ecs-task"),
    ],
)
def test_work_on_a_resource_of_the_app(wire: Wire, call: str, kind: Raw, parameters: Raw, site: str) -> None:
    wiring = wire({"To": kind, "M": of(task(f"arn:aws:states:::{call}", Parameters=parameters))})
    found = hop(wiring, "M#S0", "To")
    assert (found.awaits, wiring.sites[found.target].kind) == (True, site)


@pytest.mark.parametrize(
    ("call", "kind", "parameters"),
    [
        ("dynamodb:putItem", resource("DynamoDB::Table"), {"TableName": "${To}"}),
        ("dynamodb:updateItem", resource("DynamoDB::Table"), {"TableName": "${To}"}),
        ("aws-sdk:kinesis:putRecord", resource("Kinesis::Stream"), {"StreamARN": "${To.Arn}"}),
        ("aws-sdk:firehose:putRecord", resource("KinesisFirehose::DeliveryStream"), {"DeliveryStreamName": "${To}"}),
        ("aws-sdk:s3:putObject", resource("S3::Bucket"), {"Bucket": "${To}"}),
        ("sns:publish", resource("SNS::Topic"), {"TargetArn": "${To}"}),
        ("sqs:sendMessage", queue(), {"QueueUrl": "${To}"}),
    ],
)
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_what_is_sent_on_is_followed(wire: Wire, call: str, kind: Raw, parameters: Raw, language: str) -> None:
    given: Raw = {"Parameters": parameters}
    if language == "JSONata":
        given = {"Arguments": parameters, "QueryLanguage": language}
    wiring = wire({"To": kind, "M": of(task(f"arn:aws:states:::{call}", **given))})
    assert not hop(wiring, "M#S0", "To").awaits
    assert not wiring.unknowns


def test_every_entry_of_put_events(wire: Wire) -> None:
    entries = [{"EventBusName": "${One}"}, {"EventBusName": "${Two}"}, {"Source": "shop"}, {"EventBusName": "${One}"}]
    events = task("arn:aws:states:::events:putEvents", Parameters={"Entries": entries})
    buses = {name: resource("Events::EventBus", Name=name) for name in ("One", "Two")}
    wiring = wire(buses | {"M": of(events)})
    assert {found.target for found in hops(wiring, "M#S0")} == {"app/One", "app/Two", "default event bus"}


DYNAMIC: list[tuple[str, Raw, str]] = [
    ("lambda:invoke", {"Parameters": {"FunctionName.$": "$.f"}}, "FunctionName is chosen when the state runs ($.f)"),
    ("events:putEvents", {"Parameters": {"Entries.$": "$.all"}}, "Entries is chosen when the state runs ($.all)"),
    (
        "sqs:sendMessage",
        {"Arguments": {"QueueUrl": "{% $q %}"}, "QueryLanguage": "JSONata"},
        "QueueUrl is chosen when the state runs ({% $q %})",
    ),
    (
        "lambda:invoke",
        {"Arguments": {"FunctionName": "{% 'fn' & $n %}"}, "QueryLanguage": "JSONata"},
        "FunctionName is chosen when the state runs ({% 'fn' & $n %})",
    ),
    ("http:invoke", {"Parameters": {"ApiEndpoint.$": "$.u"}}, "ApiEndpoint is chosen when the state runs ($.u)"),
    ("sns:publish", {"Parameters": {"Message": "x"}}, "TopicArn is not given"),
    ("dynamodb:putItem", {"Parameters": {}}, "TableName is not given"),
]


@pytest.mark.parametrize(("call", "given", "why"), DYNAMIC)
def test_what_the_run_decides_is_unknown(wire: Wire, call: str, given: Raw, why: str) -> None:
    wiring = wire({"M": of(task(f"arn:aws:states:::{call}", **given))})
    assert not hops(wiring, "M#S0")
    assert list(whys(wiring).values()) == [why]


@pytest.mark.parametrize("text", ["{% 'fn' %}", '{% "fn" %}', "{%'fn'%}"])
def test_an_expression_that_is_plain_text_is_known(wire: Wire, text: str) -> None:
    call = task("arn:aws:states:::lambda:invoke", Arguments={"FunctionName": text}, QueryLanguage="JSONata")
    assert hop(wire({"Fn": function(FunctionName="fn"), "M": of(call)}), "M#S0", "Fn").awaits


@pytest.mark.parametrize("resource_", ["${Act}", "arn:aws:states:eu-west-1:1:activity:Work"])
def test_an_activity_is_awaited(wire: Wire, resource_: str) -> None:
    wiring = wire({"Act": resource("StepFunctions::Activity", Name="Work"), "M": of(task(resource_))})
    found = hop(wiring, "M#S0", "Act")
    assert (found.kind, found.awaits) == ("task", True)
    assert not wiring.unknowns


HTTP = {"Method": "GET", "ApiEndpoint": "https://example.org/orders"}


def http(**body: Any) -> Raw:
    return task("arn:aws:states:::http:invoke", Parameters=HTTP, **body)


def test_an_endpoint_is_awaited(wire: Wire) -> None:
    found = hop(wire({"M": of(http())}), "M#S0", "external:https://example.org/orders")
    assert found.awaits
    assert shown(found)["fault"] == "fault:@States.Http"


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (["States.Http.StatusCode.503"], {"error": 1, "fault": 3, "throttle": 1}),
        (["States.Http.StatusCode.429"], {"error": 1, "fault": 1, "throttle": 3}),
        (["States.Http.StatusCode.404"], {"error": 3, "fault": 1, "throttle": 1}),
        (["States.Http.Socket"], {"error": 1, "fault": 3, "throttle": 1}),
        (["States.TaskFailed"], {"error": 3, "fault": 3, "throttle": 3}),
    ],
)
def test_statuses_are_classes_of_failure(wire: Wire, errors: list[str], expected: dict[str, int]) -> None:
    again = hop(wire({"M": of(http(Retry=[{"ErrorEquals": errors, "MaxAttempts": 2}]))}), "M", "M#S0")
    found = {failure: again.tries_for(f"{failure}:@States.Http").total for failure in expected}
    assert found == expected


def test_an_own_api_is_called(wire: Wire) -> None:
    endpoint = "${Api}.execute-api.eu-west-1.amazonaws.com"
    call = task("arn:aws:states:::apigateway:invoke", Parameters={"ApiEndpoint": endpoint, "Method": "GET"})
    assert hop(wire({"Api": resource("ApiGateway::RestApi"), "M": of(call)}), "M#S0", "Api").awaits


def distributed(**settings: Any) -> Raw:
    inner = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Work",
        "States": {"Work": task("${Fn.Arn}")},
    }
    again = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    return {"Type": "Map", "ItemProcessor": inner, "Retry": again, "End": True, **settings}


@pytest.mark.parametrize(
    ("settings", "runs", "assumed"),
    [
        ({}, 3, False),
        ({"ToleratedFailurePercentage": 0}, 3, False),
        ({"ToleratedFailurePercentage": 10}, 3, True),
        ({"ToleratedFailureCount": 5}, 3, True),
        ({"ToleratedFailureCountPath": "$.n"}, 3, True),
        ({"ToleratedFailurePercentage": 100}, 1, True),
    ],
)
def test_tolerated_failures(wire: Wire, settings: Raw, runs: int, assumed: bool) -> None:
    template = {"Fn": function(), "M": of(distributed(**settings))}
    assert attempts(wire, template, "Fn")[0] == runs, "a Map that tolerates every failure is never retried for one"
    assert bool(hop(wire(template), "M", "M#S0").assumption) is assumed


def test_a_job_is_retried_by_its_state(wire: Wire) -> None:
    job = task("arn:aws:states:::glue:startJobRun.sync", Parameters={"JobName": "${Job}"})
    again = job | {"Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 4}]}
    assert attempts(wire, {"Job": resource("Glue::Job"), "M": of(again)}, "M#S0") == (5, 5, 5, 5)


ODD: list[Any] = [
    None,
    5,
    "x",
    "{% $x %}",
    [],
    [None, 5],
    {},
    {"Entries": {}},
    {"Entries": [None, "x", {}]},
    {"Name": {}},
]
CALLED = ("events:putEvents", "sqs:sendMessage", "glue:startJobRun", "http:invoke", "lambda:invoke", "x:y")


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("call", CALLED)
@pytest.mark.parametrize("section", ["Parameters", "Arguments"])
def test_nonsense_never_raises(wire: Wire, call: str, odd: Any, section: str) -> None:
    language = "JSONata" if section == "Arguments" else "JSONPath"
    wiring = wire({"M": of(task(f"arn:aws:states:::{call}", QueryLanguage=language, **{section: odd}))})
    assert hops(wiring, "M#S0") or wiring.unknowns


@pytest.mark.parametrize(("caught", "runs"), [(False, 20), (True, 4)])
@pytest.mark.parametrize("inside", [False, True])
def test_a_write_is_retried_by_all_around_it(wire: Wire, caught: bool, runs: int, inside: bool) -> None:
    """5 receives, and 1 + 3 tries of the state each time; a caught failure leaves the message done with."""
    write = task("arn:aws:states:::dynamodb:putItem", Parameters={"TableName": "${Table}"})
    again = {"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]}
    end = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S1"}]} if caught else {}
    branch = {"StartAt": "Write", "States": {"Write": write}}
    first = {"Type": "Parallel", "Branches": [branch], "End": True} if inside else write
    express = of({**first, **again, **end}, {"Type": "Succeed"}, StateMachineType="EXPRESS")
    pipe = resource("Pipes::Pipe", Source={"Fn::GetAtt": ["Queue", "Arn"]}, Target={"Ref": "M"})
    template = {"Queue": queue(5), "Dead": queue(), "Table": resource("DynamoDB::Table"), "Pipe": pipe, "M": express}
    assert attempts(wire, template, "M#Write" if inside else "M#S0") == (runs, runs, runs, runs)


def test_what_is_posted_to_a_websocket_api_goes_to_its_clients(wire: Wire) -> None:
    """Nobody enters such an API by HTTP: a machine that a route starts and that answers its client is no loop."""
    api = resource("ApiGatewayV2::Api", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    post = task(
        "arn:aws:states:::apigateway:invoke", Parameters={"ApiEndpoint": "${Chat}.execute-api.eu-west-1.amazonaws.com"}
    )
    wiring = wire({"Chat": api, "M": of(post)})
    assert hop(wiring, "M#S0", "external:clients of app/Chat").awaits


def test_a_transaction_reaches_every_table_that_it_writes_to(wire: Wire) -> None:
    items = [
        {"Put": {"TableName": "${One}"}},
        {"Update": {"TableName": "${Two}"}},
        {"ConditionCheck": {"TableName": "${Three}"}},
    ]
    tables = {name: resource("DynamoDB::Table") for name in ("One", "Two", "Three")}
    state = task("arn:aws:states:::aws-sdk:dynamodb:transactWriteItems", Parameters={"TransactItems": items})
    wiring = wire(tables | {"M": of(state)})
    assert {"app/One", "app/Two"} <= {found.target for found in hops(wiring, "M#S0")}
    assert "app/Three" not in {found.target for found in wiring.hops}
    assert not wiring.unknowns


@pytest.mark.parametrize("parameters", [{}, {"TransactItems.$": "$.items"}, {"TransactItems": []}])
def test_a_transaction_that_the_run_decides_is_known_to_be_one(wire: Wire, parameters: Raw) -> None:
    state = task("arn:aws:states:::aws-sdk:dynamodb:transactWriteItems", Parameters=parameters)
    wiring = wire({"M": of(state)})
    assert [found.target for found in hops(wiring, "M#S0")] == ["external:dynamodb:transactWriteItems"]
    assert not wiring.unknowns
