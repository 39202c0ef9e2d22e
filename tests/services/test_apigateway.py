"""REST, HTTP and WebSocket APIs. The shapes are those that aws-cdk-lib 2.275 renders, and hand-written ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Raw, Wire, arn, everywhere, function, hop, hops, join, machine, queue, ref, resource, totals, whys

PREFIX = ("arn:", ref("AWS::Partition"), ":apigateway:", ref("AWS::Region"))
BASE = {
    "Api": resource("ApiGateway::RestApi"),
    "Http": resource("ApiGatewayV2::Api", ProtocolType="HTTP"),
    "Fn": function(),
    "Queue": queue(),
    "Named": queue(QueueName="named"),
    "Topic": resource("SNS::Topic"),
    "Bus": resource("Events::EventBus", Name="orders"),
    "Stream": resource("Kinesis::Stream"),
    "Table": resource("DynamoDB::Table", TableName="orders"),
    "Standard": machine(),
    "Express": machine("EXPRESS"),
}


def uri(*parts: Any) -> Raw:
    return join(*PREFIX, *parts)


def invoke(value: Any, end: str = "/invocations") -> Raw:
    return uri(":lambda:path/2015-03-31/functions/", value, end)


def method(value: Any, kind: str = "AWS", **integration: Any) -> Raw:
    settings = {"Type": kind, "IntegrationHttpMethod": "POST", "Uri": value, **integration}
    return resource("ApiGateway::Method", RestApiId=ref("Api"), HttpMethod="POST", Integration=settings)


def templates(*text: Any) -> Raw:
    return {"application/json": join(*text)}


def integration(**settings: Any) -> Raw:
    return resource("ApiGatewayV2::Integration", ApiId=ref("Http"), **({"IntegrationType": "AWS_PROXY"} | settings))


def subtype(name: str, **parameters: Any) -> Raw:
    return integration(IntegrationSubtype=name, PayloadFormatVersion="1.0", RequestParameters=parameters)


@pytest.mark.parametrize(
    "value",
    [
        invoke(arn("Fn")),
        {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations"},
        invoke(arn("Fn"), "/response-streaming-invocations"),
        invoke(arn("Fn"), ":${stageVariables.alias}/invocations"),
    ],
)
def test_method_calls_a_function(wire: Wire, value: Any) -> None:
    wiring = wire(BASE | {"Method": method(value, "AWS_PROXY"), "Again": method(value, "AWS_PROXY")})
    found = hop(wiring, "Api", "Fn")
    assert (found.kind, found.awaits, found.place.property) == ("api-integration", True, "Integration.Uri")
    assert totals(found) == everywhere(1), "API Gateway never retries"
    assert not wiring.unknowns


def test_event_header_makes_it_asynchronous(wire: Wire) -> None:
    header = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    wiring = wire(BASE | {"Method": method(invoke(arn("Fn")), RequestParameters=header)})
    assert not hop(wiring, "Api", "Fn#async").awaits
    assert not hops(wiring, "Api", "Fn")


def test_event_header_with_an_alias_reaches_its_queue(wire: Wire) -> None:
    alias = resource("Lambda::Alias", FunctionName=ref("Fn"), FunctionVersion="1", Name="live")
    header = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    wiring = wire(BASE | {"Live": alias, "Method": method(invoke(ref("Live")), RequestParameters=header)})
    assert not hop(wiring, "Api", "Fn:live#async").awaits


def test_caller_may_choose_the_invocation_type(wire: Wire) -> None:
    header = {"integration.request.header.X-Amz-Invocation-Type": "method.request.header.InvocationType"}
    wiring = wire(BASE | {"Method": method(invoke(arn("Fn")), RequestParameters=header)})
    assert hop(wiring, "Api", "Fn").awaits
    assert wiring.may_be_asynchronous == {"app/Fn"}


QUEUE_NAME = {"Fn::GetAtt": ["Queue", "QueueName"]}
TOPIC_NAME = {"Fn::GetAtt": ["Topic", "TopicName"]}
SEND = {"RequestTemplates": {"application/json": "Action=SendMessage&MessageBody=$input.body"}}
START = ('{"input":"$util.escapeJavaScript($input.body)","stateMachineArn":"', ref("Standard"), '"}')
LONG = (
    '## A mapping template\n#set($inputString = \'\')\n{\n    "stateMachineArn": "',
    ref("Express"),
    '",\n    "input": "{}"\n}\n',
)
PUT_EVENTS = (
    '#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")\n',
    '{"Entries": [{"Source": "shop", "DetailType": "x", "Detail": "{}", "EventBusName": "',
    ref("Bus"),
    '"}]}',
)


@pytest.mark.parametrize(
    ("value", "settings", "target", "awaits"),
    [
        (uri(":sqs:path/", ref("AWS::AccountId"), "/", QUEUE_NAME), SEND, "Queue", False),
        (uri(":sqs:path/", ref("AWS::AccountId"), "/", QUEUE_NAME), {}, "Queue", False),
        ("arn:aws:apigateway:eu-west-1:sqs:path/111122223333/named", SEND, "Named", False),
        (
            uri(":sqs:action/SendMessage"),
            {"RequestParameters": {"integration.request.querystring.QueueUrl": join("'", ref("Queue"), "'")}},
            "Queue",
            False,
        ),
        (
            uri(":sqs:path/"),
            {"RequestTemplates": templates("Action=SendMessage&QueueUrl=", ref("Queue"), "&x=y")},
            "Queue",
            False,
        ),
        (
            uri(":sns:path/", ref("AWS::AccountId"), "/", TOPIC_NAME),
            {"RequestTemplates": templates("Action=Publish&TopicArn=$util.urlEncode('", ref("Topic"), "')&Message=x")},
            "Topic",
            False,
        ),
        (
            uri(":sns:action/Publish"),
            {"RequestParameters": {"integration.request.querystring.TopicArn": join("'", ref("Topic"), "'")}},
            "Topic",
            False,
        ),
        (uri(":states:action/StartExecution"), {"RequestTemplates": templates(*START)}, "Standard", False),
        (uri(":states:action/StartSyncExecution"), {"RequestTemplates": templates(*LONG)}, "Express", True),
        (uri(":events:action/PutEvents"), {"RequestTemplates": templates(*PUT_EVENTS)}, "Bus", False),
        (uri(":events:path//"), {"RequestTemplates": templates(*PUT_EVENTS)}, "Bus", False),
        (
            uri(":kinesis:action/PutRecord"),
            {
                "RequestTemplates": templates(
                    '{"StreamName": "', ref("Stream"), '", "Data": "$util.base64Encode($input.body)"}'
                )
            },
            "Stream",
            False,
        ),
        (
            uri(":dynamodb:action/PutItem"),
            {"RequestTemplates": {"application/json": '{"TableName": "orders", "Item": {"id": {"S": "1"}}}'}},
            "Table",
            False,
        ),
    ],
)
def test_method_calls_a_service(wire: Wire, value: Any, settings: Raw, target: str, awaits: bool) -> None:
    wiring = wire(BASE | {"Method": method(value, **settings)})
    assert hop(wiring, "Api", target).awaits is awaits
    assert not wiring.unknowns
    assert not [name for name in wiring.sites if name.startswith("external:")]


FAILED = '#if($input.path("$.status").toString().equals("FAILED"))#set($context.responseOverride.status = 500)#end'


@pytest.mark.parametrize(
    ("responses", "sees"),
    [
        ({}, False),
        ({"IntegrationResponses": [{"StatusCode": "200", "ResponseTemplates": {"application/json": "$input"}}]}, False),
        ({"IntegrationResponses": [{"StatusCode": "200", "ResponseTemplates": {"application/json": FAILED}}]}, True),
        ({"IntegrationResponses": [{"StatusCode": "200", "ResponseTemplates": {
            "application/json": {"Fn::ImportValue": "template"}}}]}, True),
    ],
)  # fmt: skip
def test_an_execution_that_fails_is_answered_as_one_that_works(wire: Wire, responses: Raw, sees: bool) -> None:
    """Status 200, with FAILED in the body, but where a template makes another status of it, as the CDK's does."""
    settings = {"RequestTemplates": templates(*LONG), **responses}
    found = hop(wire(BASE | {"Method": method(uri(":states:action/StartSyncExecution"), **settings)}), "Api", "Express")
    assert found.awaits
    assert (found.shown("error") is not None) is sees


def test_default_bus(wire: Wire) -> None:
    body = {"application/json": '{"Entries": [{"Source": "shop", "DetailType": "x", "Detail": "{}"}]}'}
    rule = resource("Events::Rule", EventPattern={"source": ["shop"]})
    template = {"Rule": rule, "Method": method(uri(":events:action/PutEvents"), RequestTemplates=body)}
    wiring = wire(BASE | template)
    assert hop(wiring, "Api", "default event bus")
    assert hop(wiring, "default event bus", "Rule")


@pytest.mark.parametrize(
    ("value", "service"),
    [
        (uri(":dynamodb:action/Query"), "dynamodb:Query"),
        (uri(":sqs:action/ReceiveMessage"), "sqs:ReceiveMessage"),
        (uri(":comprehend:action/DetectSentiment"), "comprehend:DetectSentiment"),
        (uri(":s3:path/x"), "s3"),
    ],
)
def test_what_only_reads_goes_no_further_than_the_service(wire: Wire, value: Any, service: str) -> None:
    body = {"application/json": '{"TableName": "orders", "QueueUrl": "x"}'}
    wiring = wire(BASE | {"Method": method(value, RequestTemplates=body)})
    (found,) = hops(wiring, "Api")
    assert (found.target, found.awaits) == (f"external:{service}", False)
    assert not wiring.unknowns


def test_action_of_a_path_decides(wire: Wire) -> None:
    value = uri(":sqs:path/", ref("AWS::AccountId"), "/", QUEUE_NAME)
    reading = method(value, RequestTemplates={"application/json": "Action=ReceiveMessage"})
    (found,) = hops(wire(BASE | {"Method": reading}), "Api")
    assert found.target == "external:sqs:ReceiveMessage"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ((":s3:path/", ref("Bucket"), "/{key}"), "app/Bucket"),
        ((":s3:path/orders/{key}",), "external:orders"),
        ((":s3:path/{bucket}/{key}",), None),
    ],
)
def test_writing_to_a_bucket(wire: Wire, path: tuple[Any, ...], target: str | None) -> None:
    put = method(uri(*path))
    put["Properties"]["Integration"]["IntegrationHttpMethod"] = "PUT"
    wiring = wire(BASE | {"Bucket": resource("S3::Bucket"), "Method": put})
    assert [found.target for found in hops(wiring, "Api")] == ([target] if target else [])
    assert bool(wiring.unknowns) is (target is None)


def test_mocks_call_nothing(wire: Wire) -> None:
    wiring = wire(BASE | {"Method": method("https://example.org/{proxy}", "MOCK")})
    assert not hops(wiring, "Api")
    assert not wiring.unknowns


@pytest.mark.parametrize("kind", ["HTTP_PROXY", "http_proxy"])
def test_servers_outside_are_one_site_each(wire: Wire, kind: str) -> None:
    wiring = wire(
        BASE
        | {
            "Method": method("https://example.org/{proxy}", kind),
            "Other": method("https://example.org/orders", kind),
        }
    )
    (found,) = hops(wiring, "Api")
    assert (found.target, found.awaits) == ("external:https://example.org", True)


def test_a_private_integration_leads_to_the_balancer(wire: Wire) -> None:
    listener = resource("ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), DefaultActions=[])
    private = resource(
        "ApiGatewayV2::Integration", ApiId=ref("Http"), IntegrationType="HTTP_PROXY", IntegrationUri=ref("Listener")
    )
    balancer = resource("ElasticLoadBalancingV2::LoadBalancer")
    wiring = wire(BASE | {"Balancer": balancer, "Listener": listener, "Integration": private})
    assert hop(wiring, "Http", "Balancer").awaits
    assert not wiring.unknowns


def test_http_integration_into_an_own_api(wire: Wire) -> None:
    value = join("https://", ref("Http"), ".execute-api.", ref("AWS::Region"), ".amazonaws.com/orders")
    assert hop(wire(BASE | {"Method": method(value, "HTTP_PROXY")}), "Api", "Http").awaits


def test_a_machine_chosen_by_the_request_is_unknown(wire: Wire) -> None:
    body = {"application/json": '{"stateMachineArn": "$input.path(\'$.machine\')", "input": "{}"}'}
    wiring = wire(BASE | {"Method": method(uri(":states:action/StartExecution"), RequestTemplates=body)})
    assert whys(wiring) == {"Method.Integration.Uri": "is chosen by each request ($input.path()"}


def test_a_request_that_names_no_machine_is_unknown(wire: Wire) -> None:
    wiring = wire(BASE | {"Method": method(uri(":states:action/StartExecution"))})
    assert whys(wiring) == {"Method.Integration.Uri": "its request names no stateMachineArn"}


@pytest.mark.parametrize("value", [arn("Fn"), invoke(arn("Fn")), ref("Live")])
def test_http_api_calls_a_function(wire: Wire, value: Any) -> None:
    alias = resource("Lambda::Alias", FunctionName=ref("Fn"), FunctionVersion="1", Name="live")
    wiring = wire(BASE | {"Live": alias, "Integration": integration(IntegrationUri=value)})
    found = hop(wiring, "Http", "Fn")
    assert (found.awaits, found.place.property) == (True, "IntegrationUri")


@pytest.mark.parametrize(
    ("name", "parameters", "target", "awaits"),
    [
        ("SQS-SendMessage", {"QueueUrl": ref("Queue"), "MessageBody": "$request.body.MessageBody"}, "Queue", False),
        ("StepFunctions-StartExecution", {"StateMachineArn": ref("Standard")}, "Standard", False),
        ("StepFunctions-StartSyncExecution", {"StateMachineArn": ref("Express")}, "Express", True),
        (
            "EventBridge-PutEvents",
            {"EventBusName": ref("Bus"), "Source": "shop", "Detail": "$request.body"},
            "Bus",
            False,
        ),
        ("Kinesis-PutRecord", {"StreamName": ref("Stream"), "Data": "$request.body"}, "Stream", False),
    ],
)
def test_http_api_calls_a_service(wire: Wire, name: str, parameters: Raw, target: str, awaits: bool) -> None:
    wiring = wire(BASE | {"Integration": subtype(name, **parameters)})
    assert hop(wiring, "Http", target).awaits is awaits
    assert not wiring.unknowns


def test_subtypes_that_send_nothing(wire: Wire) -> None:
    wiring = wire(
        BASE
        | {
            "Delete": subtype("SQS-DeleteMessage", QueueUrl=ref("Queue")),
            "Config": subtype("AppConfig-GetConfiguration"),
        }
    )
    ends = {found.target for found in hops(wiring, "Http")}
    assert ends == {"external:sqs:DeleteMessage", "external:appconfig:GetConfiguration"}
    assert not wiring.unknowns


def test_quick_create(wire: Wire) -> None:
    wiring = wire(BASE | {"Http": resource("ApiGatewayV2::Api", ProtocolType="HTTP", Target=arn("Fn"))})
    assert hop(wiring, "Http", "Fn").place.property == "Target"


def test_authorizers_are_calls_of_their_own(wire: Wire) -> None:
    piece = {"Fn::Select": [1, {"Fn::Split": [":", arn("Fn")]}]}  # CDK takes partition and Region from the ARN
    value = join("arn:", piece, ":apigateway:", piece, ":lambda:path/2015-03-31/functions/", arn("Fn"), "/invocations")
    wiring = wire(
        BASE
        | {
            "Method": method(invoke(arn("Fn")), "AWS_PROXY"),
            "Authorizer": resource("ApiGateway::Authorizer", RestApiId=ref("Api"), Type="TOKEN", AuthorizerUri=value),
            "Other": resource("ApiGatewayV2::Authorizer", ApiId=ref("Http"), AuthorizerUri=invoke(arn("Fn"))),
            "Users": resource("ApiGateway::Authorizer", RestApiId=ref("Api"), Type="COGNITO_USER_POOLS"),
        }
    )
    assert [found.kind for found in hops(wiring, "Api", "Fn")] == ["api-integration", "authorizer"]
    assert hop(wiring, "Http", "Fn").kind == "authorizer"
    assert not wiring.unknowns


def test_openapi_document(wire: Wire) -> None:
    shared = {
        "send": {
            "type": "AWS_PROXY",
            "integrationSubtype": "SQS-SendMessage",
            "requestParameters": {"QueueUrl": ref("Queue")},
        }
    }
    scheme = {"x-amazon-apigateway-authorizer": {"type": "request", "authorizerUri": invoke(ref("Live"))}}
    document = {
        "openapi": "3.0.1",
        "paths": {
            "/orders": {
                "post": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": invoke(arn("Fn"))}},
                "get": {
                    "x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/send"}
                },
                "parameters": [],
            },
            "/start": {
                "x-amazon-apigateway-any-method": {
                    "x-amazon-apigateway-integration": {
                        "type": "aws",
                        "uri": uri(":states:action/StartExecution"),
                        "requestTemplates": templates(*START),
                    }
                }
            },
        },
        "components": {"x-amazon-apigateway-integrations": shared, "securitySchemes": {"own": scheme}},
    }
    alias = resource("Lambda::Alias", FunctionName=ref("Fn"), FunctionVersion="1", Name="live")
    wiring = wire(BASE | {"Live": alias, "Api": resource("ApiGateway::RestApi", Body=document)})
    assert [found.kind for found in hops(wiring, "Api", "Fn")] == ["api-integration", "authorizer"]
    assert not hop(wiring, "Api", "Queue").awaits
    assert not hop(wiring, "Api", "Standard").awaits
    assert len([found for found in wiring.hops if found.source == "app/Api"]) == 4, "parameters call nothing"
    assert not wiring.unknowns


@pytest.mark.parametrize(
    "body",
    [
        {"BodyS3Location": {"Bucket": "b", "Key": "k"}},
        {"Body": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}}},
    ],
)
def test_openapi_document_elsewhere_is_unknown(wire: Wire, body: Raw) -> None:
    assert whys(wire({"Api": resource("ApiGateway::RestApi", **body)}))


OPEN_API = """\
openapi: 3.0.1
paths:
  /orders:
    post:
      x-amazon-apigateway-integration:
        type: aws_proxy
        uri: arn:aws:lambda:eu-west-1:111122223333:function:fn
"""


@pytest.mark.parametrize(
    "api",
    [
        resource("ApiGateway::RestApi", BodyS3Location="./api/open.yaml"),
        resource("Serverless::Api", DefinitionUri="api/open.yaml", StageName="prod"),
        resource("Serverless::HttpApi", DefinitionUri="api/open.yaml"),
    ],
    ids=["CloudFormation", "SAM", "SAM, HTTP"],
)
def test_openapi_document_beside_the_template(wire: Wire, tmp_path: Path, api: Raw) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "open.yaml").write_text(OPEN_API)
    wiring = wire({"Api": api, "Fn": function(FunctionName="fn")}, Transform="AWS::Serverless-2016-10-31")
    assert hop(wiring, "Api", "Fn").awaits
    assert not wiring.unknowns


def test_openapi_document_among_the_assets(wire: Wire, tmp_path: Path) -> None:
    (tmp_path / "asset.1a2b.yaml").write_text(OPEN_API)
    asset = {"source": {"path": "asset.1a2b.yaml", "packaging": "file"}, "destinations": {}}
    (tmp_path / "App.assets.json").write_text(json.dumps({"version": "1", "files": {"1a2b": asset}}))
    api = resource("ApiGateway::RestApi", BodyS3Location={"Bucket": "assets", "Key": "1a2b.yaml"})
    assert hop(wire({"Api": api, "Fn": function(FunctionName="fn")}), "Api", "Fn").awaits


@pytest.mark.parametrize("text", [None, "", "[", "a: *b", "just text", "- 1"])
def test_openapi_document_that_cannot_be_used(wire: Wire, tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "open.yaml").write_text(text)
    wiring = wire({"Api": resource("ApiGateway::RestApi", BodyS3Location="open.yaml")})
    assert not wiring.hops


@pytest.mark.parametrize("operation", [[], "text", {"x-amazon-apigateway-integration": []}], ids=str)
def test_an_operation_that_is_none_calls_nothing_that_is_known(wire: Wire, operation: Any) -> None:
    wiring = wire({"Api": resource("ApiGateway::RestApi", Body={"paths": {"/": {"get": operation}}})})
    assert not wiring.hops
    assert "Api.Body.paths./.get" in " ".join(whys(wiring))


def test_one_unconditional_route_is_enough(wire: Wire) -> None:
    conditions = {"Prod": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}}
    sometimes = method(invoke(arn("Fn")), "AWS_PROXY") | {"Condition": "Prod"}
    assert hop(wire(BASE | {"Some": sometimes}, Conditions=conditions), "Api", "Fn").conditions == ("Prod",)
    both = {"Some": sometimes, "Always": method(invoke(arn("Fn")), "AWS_PROXY")}
    assert hop(wire(BASE | both, Conditions=conditions), "Api", "Fn").conditions == ()


def test_either_of_two_functions(wire: Wire) -> None:
    value = {"Fn::If": ["Prod", invoke(arn("Fn")), invoke(arn("Other"))]}
    conditions = {"Prod": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}}
    wiring = wire(BASE | {"Other": function(), "Method": method(value, "AWS_PROXY")}, Conditions=conditions)
    assert hop(wiring, "Api", "Fn").conditions == ("Prod",)
    assert hop(wiring, "Api", "Other").conditions == ("not Prod",)


def test_api_from_outside(wire: Wire) -> None:
    settings = {"Type": "AWS_PROXY", "Uri": invoke(arn("Fn"))}
    outside = resource("ApiGateway::Method", RestApiId="a1b2c3", HttpMethod="GET", Integration=settings)
    assert hop(wire(BASE | {"Method": outside}), "external:a1b2c3", "Fn").awaits


def test_document_as_text(wire: Wire) -> None:
    paths = {"/": {"get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": "not an arn"}}}}
    wiring = wire({"Api": resource("ApiGateway::RestApi", Body=json.dumps({"paths": paths}))})
    assert [found.target for found in wiring.hops] == ["external:not an arn"]
