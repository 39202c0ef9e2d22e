"""Services that call a function by a property: who awaits, and who makes no flow at all."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Raw, Wire, arn, function, hop, hops, queue, ref, resource, shown, totals
from .figures import analysed

FUNCTION = arn("Fn")


@pytest.mark.parametrize(
    "kind",
    [
        resource("Config::ConfigRule", Source={"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_LOGGING_ENABLED"}),
        resource("VpcLattice::TargetGroup", Type="IP", Targets=[{"Id": "10.0.0.1"}]),
        resource("CloudFront::Distribution", DistributionConfig={"DefaultCacheBehavior": {}}),
        resource("ElasticLoadBalancingV2::TargetGroup", TargetType="ip", Targets=[{"Id": "10.0.0.1"}]),
        resource("Cognito::UserPool"),
        resource("CodePipeline::Pipeline", Stages=[{"Actions": [{"ActionTypeId": {"Provider": "S3"}}]}]),
        resource("CloudWatch::Alarm"),
        resource("Bedrock::Agent", ActionGroups=[{"ActionGroupExecutor": {"CustomControl": "RETURN_CONTROL"}}]),
    ],
)
def test_without_a_function_there_is_no_site(wire: Wire, kind: Raw) -> None:
    wiring = wire({"Fn": function(), "It": kind})
    assert set(wiring.sites) == {"app/Fn"}
    assert not wiring.unknowns


def test_every_cache_behavior_counts(wire: Wire) -> None:
    behaviors = [{"LambdaFunctionAssociations": [{"LambdaFunctionARN": arn(name)}]} for name in ("One", "Two")]
    distribution = resource("CloudFront::Distribution", DistributionConfig={"CacheBehaviors": behaviors})
    wiring = wire({"One": function(), "Two": function(), "It": distribution})
    assert {found.target for found in hops(wiring, "It")} == {"app/One", "app/Two"}
    assert all(found.awaits for found in hops(wiring, "It"))


def test_user_pool_triggers(wire: Wire) -> None:
    config = {
        "PostConfirmation": FUNCTION,
        "PreTokenGeneration": arn("Token"),
        "PreTokenGenerationConfig": {"LambdaArn": arn("Token"), "LambdaVersion": "V2_0"},
        "CustomSMSSender": {"LambdaArn": arn("Sender"), "LambdaVersion": "V1_0"},
    }
    template = {"Fn": function(), "Token": function(), "Sender": function()}
    wiring = wire(template | {"Pool": resource("Cognito::UserPool", LambdaConfig=config)})
    found = hop(wiring, "Pool", "Fn")
    assert totals(found) == {"error": 1, "timeout": 3, "throttle": None, "fault": 1}
    assert found.tries_for("throttle").unknown, "not documented"
    assert shown(found) == {failure: failure for failure in shown(found)}
    assert hop(wiring, "Pool", "Token").awaits, "one trigger, named twice"
    assert not hop(wiring, "Pool", "Sender#async").awaits


@pytest.mark.parametrize("action", ["BounceAction", "LambdaAction", "S3Action", "SNSAction", "StopAction"])
def test_mail_actions_notify(wire: Wire, action: str) -> None:
    rule = resource("SES::ReceiptRule", Rule={"Enabled": True, "Actions": [{action: {"TopicArn": ref("Topic")}}]})
    assert hop(wire({"Topic": resource("SNS::Topic"), "Rule": rule}), "Rule", "Topic").kind == "mail-action"


def test_mail_is_stored(wire: Wire) -> None:
    rule = resource("SES::ReceiptRule", Rule={"Enabled": True, "Actions": [{"S3Action": {"BucketName": ref("B")}}]})
    assert hop(wire({"B": resource("S3::Bucket"), "Rule": rule}), "Rule", "B").kind == "mail-action"


def test_a_mail_rule_is_off_unless_it_says_so(wire: Wire) -> None:
    rule = resource("SES::ReceiptRule", Rule={"Actions": [{"SNSAction": {"TopicArn": ref("Topic")}}]})
    assert not hops(wire({"Topic": resource("SNS::Topic"), "Rule": rule}), "Rule")


def test_events_of_sent_mail(wire: Wire) -> None:
    told = {"Enabled": True, "SnsDestination": {"TopicARN": ref("Topic")}}
    events = resource("SES::ConfigurationSetEventDestination", EventDestination=told)
    assert hop(wire({"Topic": resource("SNS::Topic"), "Events": events}), "Events", "Topic").kind == "mail-event"


def test_alarms_start_what_they_name(wire: Wire) -> None:
    alarm = resource("CloudWatch::Alarm", AlarmActions=[ref("Topic")], OKActions=[FUNCTION])
    wiring = wire({"Topic": resource("SNS::Topic"), "Fn": function(), "Alarm": alarm})
    assert {found.target for found in hops(wiring, "Alarm")} == {"app/Topic", "app/Fn#async"}
    assert not [found for found in hops(wiring, "Alarm") if found.awaits]


def test_alarms_without_actions_enabled(wire: Wire) -> None:
    alarm = resource("CloudWatch::Alarm", ActionsEnabled=False, AlarmActions=[FUNCTION])
    assert not hops(wire({"Fn": function(), "Alarm": alarm}), "Alarm")


LAMBDA_GROUP = resource("ElasticLoadBalancingV2::TargetGroup", TargetType="lambda", Targets=[{"Id": FUNCTION}])
SERVERS = resource("ElasticLoadBalancingV2::TargetGroup", TargetType="ip")


def test_a_request_takes_one_of_a_balancers_routes(wire: Wire) -> None:
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": ref("Group")}]}}
    wiring = wire(
        {
            "Fn": function(),
            "Group": LAMBDA_GROUP,
            "Servers": SERVERS,
            "Balancer": resource("ElasticLoadBalancingV2::LoadBalancer"),
            "Listener": resource(
                "ElasticLoadBalancingV2::Listener",
                LoadBalancerArn=ref("Balancer"),
                DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Servers")}],
            ),
            "Rule": resource("ElasticLoadBalancingV2::ListenerRule", ListenerArn=ref("Listener"), Actions=[forward]),
        }
    )
    found = hop(wiring, "Balancer", "Group")
    assert (found.awaits, bool(found.guard.options)) == (True, True)
    assert not hops(wiring, target="Servers"), "servers start nothing that is followed"


def data_source(**config: Any) -> Raw:
    return resource("AppSync::DataSource", ApiId={"Fn::GetAtt": ["Api", "ApiId"]}, **config)


def test_data_sources(wire: Wire) -> None:
    wiring = wire(
        {
            "Api": resource("AppSync::GraphQLApi", LambdaAuthorizerConfig={"AuthorizerUri": arn("Auth")}),
            "Fn": function(),
            "Auth": function(),
            "Bus": resource("Events::EventBus", Name="orders"),
            "Table": resource("DynamoDB::Table"),
            "A": data_source(LambdaConfig={"LambdaFunctionArn": FUNCTION}),
            "B": data_source(EventBridgeConfig={"EventBusArn": arn("Bus")}),
            "C": data_source(HttpConfig={"Endpoint": "https://example.org"}),
            "D": data_source(DynamoDBConfig={"TableName": ref("Table")}),
        }
    )
    awaited = {found.target: (found.kind, found.awaits) for found in hops(wiring, "Api")}
    assert awaited == {
        "app/Auth": ("authorizer", True),
        "app/Fn": ("resolver", True),
        "app/Bus": ("resolver", False),
        "external:https://example.org": ("resolver", True),
    }
    assert not wiring.unknowns


@pytest.mark.parametrize("kind", ["AWS::CloudFormation::CustomResource", "Custom::Migration"])
def test_custom_resources_make_no_flow(wire: Wire, kind: str) -> None:
    config = resource("Lambda::EventInvokeConfig", FunctionName=ref("Fn"), Qualifier="$LATEST", MaximumRetryAttempts=0)
    url = resource("Lambda::Url", TargetFunctionArn=FUNCTION)
    template = {"Fn": function(), "Url": url, "Config": config}
    custom = {"Type": kind, "Properties": {"ServiceToken": FUNCTION}}
    assert wire(template).idle, "all known calls are synchronous"
    wiring = wire(template | {"It": custom})
    assert not wiring.idle, "CloudFormation invokes the function asynchronously"
    assert [found.source for found in hops(wiring, target="Fn")] == ["app/Url"]


def test_a_pipeline_invokes_by_name(wire: Wire) -> None:
    action = {
        "ActionTypeId": {"Category": "Invoke", "Owner": "AWS", "Provider": "Lambda"},
        "Configuration": {"FunctionName": ref("Fn")},
    }
    pipeline = resource("CodePipeline::Pipeline", Stages=[{"Actions": [action]}])
    found = hop(wire({"Fn": function(), "Pipeline": pipeline}), "Pipeline", "Fn#async")
    assert (found.kind, found.awaits) == ("pipeline-action", False)


def pipeline(provider: str, category: str, configuration: Raw, **on_failure: Any) -> Raw:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider}
    stage = {"Actions": [{"ActionTypeId": kind, "Configuration": configuration}], "OnFailure": on_failure}
    return resource("CodePipeline::Pipeline", Stages=[stage])


RETRIED = {"Type": "Task", "Resource": arn("Fn"), "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": True}
ACTIONS: list[tuple[str, Raw, dict[str, Raw], str, int]] = [
    ("a function", pipeline("Lambda", "Invoke", {"FunctionName": ref("Fn")}, Result="RETRY"), {}, "app/Fn", 2 * 3),
    ("a build", pipeline("CodeBuild", "Build", {"ProjectName": ref("B")}, Result="RETRY"),
     {"B": resource("CodeBuild::Project", AutoRetryLimit=2)}, "app/B", 2 * 3),
    ("a test", pipeline("CodeBuild", "Test", {"ProjectName": ref("B")}, Result="RETRY"),
     {"B": resource("CodeBuild::Project")}, "app/B", 2),
    ("a machine", pipeline("StepFunctions", "Invoke", {"StateMachineArn": ref("M")}, Result="RETRY"),
     {"M": resource("StepFunctions::StateMachine", Definition={"StartAt": "T", "States": {"T": RETRIED}})},
     "app/Fn", 2 * 4),
    ("an Express machine", pipeline("StepFunctions", "Invoke", {"StateMachineArn": ref("M")}, Result="RETRY"),
     {"M": resource("StepFunctions::StateMachine", StateMachineType="EXPRESS",
                    Definition={"StartAt": "T", "States": {"T": RETRIED}})}, "app/Fn", 4),
    ("a stage that is rolled back", pipeline("CodeBuild", "Build", {"ProjectName": ref("B")}, Result="ROLLBACK"),
     {"B": resource("CodeBuild::Project")}, "app/B", 1),
    ("a stage without OnFailure", pipeline("Lambda", "Invoke", {"FunctionName": ref("Fn")}), {}, "app/Fn", 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "more", "site", "runs"), [each[1:] for each in ACTIONS], ids=[each[0] for each in ACTIONS]
)
def test_a_stage_is_tried_again_once(wire: Wire, one: Raw, more: dict[str, Raw], site: str, runs: int) -> None:
    found = analysed(wire, {"Fn": function(), "Pipeline": one, **more})
    assert found.attempts.of(site, "error").value == runs


def test_a_topic_feeds_a_delivery_stream(wire: Wire) -> None:
    to_stream = resource("SNS::Subscription", TopicArn=ref("Topic"), Protocol="firehose", Endpoint=arn("To"))
    stream = resource("KinesisFirehose::DeliveryStream")
    found = analysed(wire, {"Topic": resource("SNS::Topic"), "To": stream, "Sub": to_stream, "Queue": queue()})
    assert [each.target for each in found.flow.out_of("app/Topic")] == ["app/To"]
