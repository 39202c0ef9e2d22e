"""Physical names and ARNs as data: which resource type is called by which name, and how its ARN is written."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace


class Naming(Struct, frozen=True):
    """How resources of one type are named."""

    kind: str
    """The ARN's service, with a part after the colon where the service has several kinds: ``events:rule``."""
    property: str
    prefix: str = ""
    """What stands before the name in the ARN's last part."""
    grouped: bool = False
    """The name may follow a group (a rule's bus, a schedule's group): ``rule/bus/name``."""

    def of(self, service: str) -> bool:
        """Whether resources of this kind, or of all kinds of a service, are meant: ``events:rule``, ``events``."""
        return service in (self.kind, self.kind.partition(":")[0])


NAMINGS = {
    "AWS::Batch::JobDefinition": Naming("batch:job-definition", "JobDefinitionName", "job-definition/"),
    "AWS::Batch::JobQueue": Naming("batch", "JobQueueName", "job-queue/"),
    "AWS::CodeBuild::Project": Naming("codebuild", "Name", "project/"),
    "AWS::CodePipeline::Pipeline": Naming("codepipeline", "Name"),
    "AWS::DynamoDB::GlobalTable": Naming("dynamodb", "TableName", "table/"),
    "AWS::DynamoDB::Table": Naming("dynamodb", "TableName", "table/"),
    "AWS::ECR::Repository": Naming("ecr", "RepositoryName", "repository/"),
    "AWS::ECS::Cluster": Naming("ecs", "ClusterName", "cluster/"),
    "AWS::ECS::TaskDefinition": Naming("ecs:task-definition", "Family", "task-definition/"),
    "AWS::Events::ApiDestination": Naming("events:api-destination", "Name", "api-destination/"),
    "AWS::Events::EventBus": Naming("events:event-bus", "Name", "event-bus/"),
    "AWS::EventsV2::EventBus": Naming("events:event-busv2", "Name", "event-busv2/"),
    "AWS::Events::Rule": Naming("events:rule", "Name", "rule/", grouped=True),
    "AWS::Glue::Crawler": Naming("glue:crawler", "Name", "crawler/"),
    "AWS::Glue::Job": Naming("glue:job", "Name", "job/"),
    "AWS::Glue::Workflow": Naming("glue:workflow", "Name", "workflow/"),
    "AWS::IAM::Role": Naming("iam", "RoleName", "role/", grouped=True),
    "AWS::Kinesis::Stream": Naming("kinesis", "Name", "stream/"),
    "AWS::KinesisFirehose::DeliveryStream": Naming("firehose", "DeliveryStreamName", "deliverystream/"),
    "AWS::Lambda::Function": Naming("lambda", "FunctionName", "function:"),
    "AWS::Logs::Destination": Naming("logs:destination", "DestinationName", "destination:"),
    "AWS::Logs::LogGroup": Naming("logs", "LogGroupName", "log-group:"),
    "AWS::Pipes::Pipe": Naming("pipes", "Name", "pipe/"),
    "AWS::S3::Bucket": Naming("s3", "BucketName"),
    "AWS::SNS::Topic": Naming("sns", "TopicName"),
    "AWS::SQS::Queue": Naming("sqs", "QueueName"),
    "AWS::Scheduler::Schedule": Naming("scheduler", "Name", "schedule/", grouped=True),
    "AWS::Serverless::Function": Naming("lambda", "FunctionName", "function:"),
    "AWS::Serverless::SimpleTable": Naming("dynamodb", "TableName", "table/"),
    "AWS::Serverless::StateMachine": Naming("states", "Name", "stateMachine:"),
    "AWS::StepFunctions::Activity": Naming("states:activity", "Name", "activity:"),
    "AWS::StepFunctions::StateMachine": Naming("states", "StateMachineName", "stateMachine:"),
}
"""By resource type. Only types whose ARN holds a name that the template can give: not APIs, not user pools."""


class PhysicalName(Struct, frozen=True):
    """A name taken out of an ARN or a URL. None for a Region or account that the text does not pin down."""

    kinds: tuple[str, ...]
    """Naming kinds that it can be; empty for any."""
    name: str
    suffix: str = ""
    """What follows the name in the ARN's last part: a qualifier, a stream, a path."""
    region: str | None = None
    account: str | None = None


_QUEUE_URL = re.compile(
    r"https?://(?:sqs\.(?P<region>[^./]+)\.[^/]+|(?P<legacy>[^./]+)\.queue\.[^/]+)/(?P<account>[^/]+)/(?P<name>[^/]+)$"
)
_INTEGRATION = re.compile(r"^(?:path|action)/(?P<rest>.+)$")
_MASKED = "${AWS_"
_END_OF_NAME = re.compile(r"[:/]")


def physical_name(text: str) -> PhysicalName | None:
    """The resource that an ARN, a queue's URL or an API integration's URI names; None if `text` is none of these.

    >>> physical_name("arn:aws:lambda:eu-west-1:1:function:orders:live")
    PhysicalName(kinds=('lambda',), name='orders', suffix=':live', region='eu-west-1', account='1')
    """
    found = _physical_name(text.replace("${AWS::", _MASKED))  # so that colons and slashes are those of the text
    if found is None:
        return None
    name, suffix = (part.replace(_MASKED, "${AWS::") for part in (found.name, found.suffix))
    return replace(found, name=name, suffix=suffix)


def _physical_name(text: str) -> PhysicalName | None:
    if url := _QUEUE_URL.match(text):
        return PhysicalName(("sqs",), url["name"], "", _pinned(url["region"] or url["legacy"]), _pinned(url["account"]))
    if not text.startswith("arn:"):
        return None
    fields = text.split(":", 5)
    if len(fields) < 6 or not fields[2]:
        return None
    _, _, service, region, account, rest = fields
    if service == "apigateway":
        return _integration(region, account, rest)
    for naming in NAMINGS.values():
        of_service = naming.kind.partition(":")[0] == service
        if of_service and rest.startswith(naming.prefix) and len(rest) > len(naming.prefix):
            name, suffix = _name_in(rest.removeprefix(naming.prefix), naming)
            return PhysicalName((naming.kind,), name, suffix, _pinned(region), _pinned(account))
    return None


def _name_in(rest: str, naming: Naming) -> tuple[str, str]:
    """The name at the start of `rest`, and what follows it."""
    if naming.grouped:
        return rest.rpartition("/")[2], ""
    if naming.kind in ("logs", "ecr"):  # their names hold slashes
        name, colon, after = rest.partition(":")
        return name, colon + after
    end = _END_OF_NAME.search(rest)
    return (rest[: end.start()], rest[end.start() :]) if end else (rest, "")


def _integration(region: str, account: str, rest: str) -> PhysicalName | None:
    """``arn:…:apigateway:region:lambda:path/2015-03-31/functions/<arn>/invocations`` and its like."""
    path = _INTEGRATION.match(rest)
    if path is None:
        return None
    inner = path["rest"]
    at = inner.find("arn:")
    if at >= 0:
        return _physical_name(inner[at:])
    if account == "sqs" and "/" in inner:
        owner, _, name = inner.partition("/")
        return PhysicalName(("sqs",), name, "", _pinned(region), _pinned(owner))
    return None


def _pinned(text: str | None) -> str | None:
    return text if text and "${" not in text and "*" not in text else None
