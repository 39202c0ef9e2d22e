"""How often a function runs, by what invokes it: 1 + retries of whoever sees it fail, worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Raw, Wire, arn, function, queue, ref, resource
from .figures import AGE, OPEN, Figures, attempts

ASYNC: Figures = (3, 3, AGE, AGE)
"""1 + 2 asynchronous retries of errors; throttles and faults by the event's age."""
ONCE: Figures = (1, 1, 1, 1)
UNDOCUMENTED: Figures = (OPEN, OPEN, OPEN, OPEN)
FUNCTION = arn("Fn")
TRANSFORMATION = {"AwsLambda": {"FunctionArn": FUNCTION}}
MAPPING = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Fn"))
TO_QUEUE = {"Queue": queue(4), "Dead": queue(), "Mapping": MAPPING}
"""A queue with 4 receives in front of the function."""
STREAM = {
    "Stream": resource("Kinesis::Stream"),
    "Read": resource(
        "Lambda::EventSourceMapping", EventSourceArn=arn("Stream"), FunctionName=ref("Fn"), MaximumRetryAttempts=3
    ),
}


def schedule(target: Any, **settings: Any) -> Raw:
    return resource("Scheduler::Schedule", ScheduleExpression="rate(1 hour)", Target={"Arn": target, **settings})


def universal(call: str, **request: Any) -> Raw:
    return schedule(f"arn:aws:scheduler:::aws-sdk:{call}", Input=json.dumps(request))


def transform(**parameters: Any) -> Raw:
    given = [{"ParameterName": "LambdaArn", "ParameterValue": FUNCTION}]
    given += [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    processing = {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": given}]}
    return resource(
        "KinesisFirehose::DeliveryStream",
        ExtendedS3DestinationConfiguration={"BucketARN": "arn:aws:s3:::lake", "ProcessingConfiguration": processing},
    )


def iot(action: Raw) -> Raw:
    return resource("IoT::TopicRule", TopicRulePayload={"Sql": "SELECT * FROM 'orders/#'", "Actions": [action]})


def mail(kind: str | None) -> Raw:
    action = {"FunctionArn": FUNCTION, **({"InvocationType": kind} if kind else {})}
    return resource("SES::ReceiptRule", Rule={"Enabled": True, "Actions": [{"LambdaAction": action}]})


def pool(**triggers: Any) -> Raw:
    return resource("Cognito::UserPool", LambdaConfig=triggers)


SOURCES: dict[str, tuple[dict[str, Raw], Figures]] = {
    "schedule": ({"S": schedule(FUNCTION, RetryPolicy={"MaximumRetryAttempts": 185})}, ASYNC),
    "schedule of a queue": (TO_QUEUE | {"S": schedule(arn("Queue"))}, (4, 4, 4, 4)),
    "schedule of any call, answered": ({"S": universal("lambda:invoke", FunctionName="fn")}, (1, 1, 186, 186)),
    "schedule of any call, answered, tried less": (
        {
            "S": schedule(
                "arn:aws:scheduler:::aws-sdk:lambda:invoke",
                Input='{"FunctionName": "fn", "InvocationType": "RequestResponse"}',
                RetryPolicy={"MaximumRetryAttempts": 4},
            )
        },
        (1, 1, 5, 5),
    ),
    "schedule of any call, event": (
        {"S": universal("lambda:invoke", FunctionName="fn", InvocationType="Event")},
        ASYNC,
    ),
    "log subscription": (
        {"L": resource("Logs::SubscriptionFilter", LogGroupName="app", FilterPattern="", DestinationArn=FUNCTION)},
        ASYNC,
    ),
    "log subscription of a stream": (
        STREAM
        | {
            "L": resource(
                "Logs::SubscriptionFilter", LogGroupName="app", FilterPattern="", DestinationArn=arn("Stream")
            )
        },
        (4, 4, AGE, AGE),
    ),
    "user pool": ({"P": pool(PreSignUp=FUNCTION)}, (1, 3, 1, OPEN)),
    "user pool, sender": ({"P": pool(CustomEmailSender={"LambdaArn": FUNCTION})}, ASYNC),
    "IoT rule": ({"I": iot({"Lambda": {"FunctionArn": FUNCTION}})}, ASYNC),
    "IoT rule of a queue": (TO_QUEUE | {"I": iot({"Sqs": {"QueueUrl": ref("Queue")}})}, (4, 4, 4, 4)),
    "mail": ({"M": mail(None)}, ASYNC),
    "mail, awaited": ({"M": mail("RequestResponse")}, UNDOCUMENTED),
    "firehose": ({"F": transform()}, (1, 1, 4, 4)),
    "firehose with its own count": ({"F": transform(NumberOfRetries="5")}, (1, 1, 6, 6)),
    "load balancer": (
        {
            "G": resource("ElasticLoadBalancingV2::TargetGroup", TargetType="lambda", Targets=[{"Id": FUNCTION}]),
            "B": resource("ElasticLoadBalancingV2::LoadBalancer"),
            "L": resource(
                "ElasticLoadBalancingV2::Listener",
                LoadBalancerArn=ref("B"),
                DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("G")}],
            ),
        },
        ONCE,
    ),
    "AppSync": (
        {
            "A": resource("AppSync::GraphQLApi"),
            "D": resource(
                "AppSync::DataSource",
                ApiId={"Fn::GetAtt": ["A", "ApiId"]},
                LambdaConfig={"LambdaFunctionArn": FUNCTION},
            ),
        },
        ONCE,
    ),
    "config rule": (
        {"C": resource("Config::ConfigRule", Source={"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION})},
        ASYNC,
    ),
    "rotation": ({"R": resource("SecretsManager::RotationSchedule", RotationLambdaARN=FUNCTION)}, UNDOCUMENTED),
    "pipeline action": (
        {
            "P": resource(
                "CodePipeline::Pipeline",
                Stages=[
                    {
                        "Actions": [
                            {
                                "ActionTypeId": {"Category": "Invoke", "Provider": "Lambda"},
                                "Configuration": {"FunctionName": ref("Fn")},
                            }
                        ]
                    }
                ],
            )
        },
        ASYNC,
    ),
    "alarm": ({"A": resource("CloudWatch::Alarm", AlarmActions=[FUNCTION])}, ASYNC),
    "CloudFront": (
        {
            "D": resource(
                "CloudFront::Distribution",
                DistributionConfig={
                    "DefaultCacheBehavior": {
                        "LambdaFunctionAssociations": [{"EventType": "viewer-request", "LambdaFunctionARN": ref("V")}]
                    }
                },
            ),
            "V": resource("Lambda::Version", FunctionName=ref("Fn")),
        },
        ONCE,
    ),
    "object lambda": (
        {
            "O": resource(
                "S3ObjectLambda::AccessPoint",
                ObjectLambdaConfiguration={
                    "TransformationConfigurations": [
                        {"ContentTransformation": {"AwsLambda": {"FunctionArn": FUNCTION}}}
                    ]
                },
            )
        },
        ONCE,
    ),
    "agent": (
        {"A": resource("Bedrock::Agent", ActionGroups=[{"ActionGroupExecutor": {"Lambda": FUNCTION}}])},
        ONCE,
    ),
    "lattice": ({"G": resource("VpcLattice::TargetGroup", Type="LAMBDA", Targets=[{"Id": FUNCTION}])}, ONCE),
    "repository trigger": ({"R": resource("CodeCommit::Repository", Triggers=[{"DestinationArn": FUNCTION}])}, ASYNC),
}


@pytest.mark.parametrize("source", SOURCES)
def test_attempts(wire: Wire, source: str) -> None:
    template, expected = SOURCES[source]
    assert attempts(wire, template | {"Fn": function(FunctionName="fn")}, "Fn") == expected
