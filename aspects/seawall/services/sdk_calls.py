"""What calls of AWS APIs send on: by service and action, which parameter names the receiver.

State machines and schedules call any action of any service. Those listed here reach something that an app may go on
from; every other one reads, or does its work where the app's wiring ends.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seawall.code.services import SERVICES

BUSES = "events:event-bus"
"""What the name of an event bus names."""
EACH = "*"
"""In a path: every entry of a list."""
EITHER = "|"
"""In a step of a path: between names of which an object has one."""
NAMES = "{}"
"""Last in a path: the keys of an object name the receivers."""


class SdkCall(Struct, frozen=True):
    """Where a request names its receiver."""

    naming: str
    """What a bare name names."""
    paths: tuple[tuple[str, ...], ...]
    """Alternatives; the first that the request gives counts."""
    absent: str | None = None
    """The receiver where the request names none."""
    ends: bool = False
    """The work is the service's own, so the call is known even where the request does not tell on what."""


_QUEUE = SdkCall("sqs", (("QueueUrl",),))
_TOPIC = SdkCall("sns", (("TopicArn",), ("TargetArn",)))
_MACHINE = SdkCall("states", (("StateMachineArn",),))
_BUS = SdkCall(BUSES, (("Entries", EACH, "EventBusName"),), absent="default")
_CUSTOM_BUS = SdkCall("events:event-busv2", (("EventBusArn",),))
_STREAM = SdkCall("kinesis", (("StreamName",), ("StreamARN",), ("StreamArn",)))
_DELIVERY = SdkCall("firehose", (("DeliveryStreamName",),))
_TABLE = SdkCall("dynamodb", (("TableName",),))
_BUCKET = SdkCall("s3", (("Bucket",),), ends=True)
_FUNCTION = SdkCall("lambda", (("FunctionName",),))

SDK_CALLS: Mapping[tuple[str, str], SdkCall] = {
    ("batch", "submitJob"): SdkCall("batch", (("JobDefinition",), ("JobQueue",)), ends=True),
    ("codebuild", "startBuild"): SdkCall("codebuild", (("ProjectName",),), ends=True),
    ("codepipeline", "startPipelineExecution"): SdkCall("codepipeline", (("Name",),), ends=True),
    ("dynamodb", "batchWriteItem"): SdkCall("dynamodb", (("RequestItems", NAMES),)),
    ("dynamodb", "deleteItem"): _TABLE,
    ("dynamodb", "putItem"): _TABLE,
    ("dynamodb", "transactWriteItems"): SdkCall(
        "dynamodb", (("TransactItems", EACH, "Put|Update|Delete", "TableName"),), ends=True
    ),
    ("dynamodb", "updateItem"): _TABLE,
    ("ecs", "runTask"): SdkCall("ecs", (("TaskDefinition",), ("Cluster",)), ends=True),
    ("eventbridge", "putEvents"): _BUS,
    ("eventbridgev2", "putEvents"): _CUSTOM_BUS,
    ("eventbridgev2", "putRawEvents"): _CUSTOM_BUS,
    ("events", "putEvents"): _BUS,
    ("firehose", "putRecord"): _DELIVERY,
    ("firehose", "putRecordBatch"): _DELIVERY,
    ("glue", "startCrawler"): SdkCall("glue:crawler", (("Name",),), ends=True),
    ("glue", "startJobRun"): SdkCall("glue:job", (("JobName",),), ends=True),
    ("glue", "startWorkflowRun"): SdkCall("glue:workflow", (("Name",),), ends=True),
    ("kinesis", "putRecord"): _STREAM,
    ("kinesis", "putRecords"): _STREAM,
    ("lambda", "invoke"): _FUNCTION,
    ("lambda", "invokeAsync"): _FUNCTION,
    ("lambda", "invokeWithResponseStream"): _FUNCTION,
    ("s3", "completeMultipartUpload"): _BUCKET,
    ("s3", "copyObject"): _BUCKET,
    ("s3", "putObject"): _BUCKET,
    ("scheduler", "createSchedule"): SdkCall("scheduler:target", (("Target", "Arn"),)),
    ("sfn", "redriveExecution"): SdkCall("states", (("ExecutionArn",),)),
    ("sfn", "startExecution"): _MACHINE,
    ("sfn", "startSyncExecution"): _MACHINE,
    ("sns", "publish"): _TOPIC,
    ("sns", "publishBatch"): _TOPIC,
    ("sqs", "sendMessage"): _QUEUE,
    ("sqs", "sendMessageBatch"): _QUEUE,
    ("states", "startExecution"): _MACHINE,
}
"""By service and action, as Step Functions and Scheduler write them."""

PARTIQL = frozenset(
    {("dynamodb", "executeStatement"), ("dynamodb", "batchExecuteStatement"), ("dynamodb", "executeTransaction")}
)
"""Calls whose table stands in a statement of PartiQL."""
IN_PARTIQL = "its table stands in a statement of PartiQL, which is not read"

ACTED_ON: Mapping[str, tuple[str, ...]] = {
    "bedrock:InvokeAgent": ("AWS::Bedrock::Agent",),
    "bedrock-agentcore:InvokeGateway": ("AWS::BedrockAgentCore::GatewayTarget",),
    **dict.fromkeys(
        (
            "cognito-idp:AdminConfirmSignUp",
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminInitiateAuth",
            "cognito-idp:AdminResetUserPassword",
            "cognito-idp:AdminRespondToAuthChallenge",
            "cognito-idp:AdminUpdateUserAttributes",
        ),
        ("AWS::Cognito::UserPool",),
    ),
    "events:StartReplay": ("AWS::Events::Archive",),
    "iot:Publish": ("AWS::IoT::TopicRule",),
    "ses:SendEmail": ("AWS::SES::ReceiptRule",),
    "ses:SendRawEmail": ("AWS::SES::ReceiptRule",),
    "execute-api:Invoke": ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"),
    "appsync:GraphQL": ("AWS::AppSync::GraphQLApi",),
    "kafka-cluster:WriteData": ("AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster"),
    "cloudwatch:SetAlarmState": ("AWS::CloudWatch::Alarm",),
    "codepipeline:StartPipelineExecution": ("AWS::CodePipeline::Pipeline",),
    "sagemaker:InvokeEndpointAsync": ("AWS::SageMaker::EndpointConfig",),
    "s3-object-lambda:GetObject": ("AWS::S3ObjectLambda::AccessPoint",),
    "secretsmanager:RotateSecret": ("AWS::SecretsManager::RotationSchedule",),
    "states:RedriveExecution": ("AWS::StepFunctions::StateMachine",),
}
"""Actions of IAM that name no receiver: the types of what may act on them all the same.
Source (2026-11-30): https://docs.aws.amazon.com/service-authorization/latest/reference/"""
_AS_IAM_CALLS_IT: Mapping[str, str] = {
    **SERVICES,
    "bedrock-agent-runtime": "bedrock",
    "bedrockagentruntime": "bedrock",
    "cognito-identity-provider": "cognito-idp",
    "cognitoidentityserviceprovider": "cognito-idp",
    "iot-data": "iot",
    "iot-data-plane": "iot",
    "iotdata": "iot",
    "iotdataplane": "iot",
    "s3-control": "s3",
    "s3control": "s3",
    "sagemaker-runtime": "sagemaker",
    "sagemakerruntime": "sagemaker",
}
"""By the name of a service in an SDK."""


def as_iam_calls_it(call: str) -> str:
    """A call, as ``service:Operation``, with the service's name in IAM.

    >>> as_iam_calls_it("iot-data:Publish"), as_iam_calls_it("eventbridge:StartReplay")
    ('iot:Publish', 'events:StartReplay')
    """
    service, _, name = call.partition(":")
    return f"{_AS_IAM_CALLS_IT.get(service, service)}:{name}"


def acted_on(service: str, action: str) -> tuple[str, ...]:
    """The types of what may act on a call, as Step Functions and Scheduler write it."""
    return ACTED_ON.get(as_iam_calls_it(f"{service}:{action[:1].upper()}{action[1:]}"), ())
