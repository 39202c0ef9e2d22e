"""How the CDK's constructs take the properties of the resources that they make.

Checked against aws-cdk-lib 2.275.0 and @aws-cdk/aws-pipes-sources-alpha, read 2026-11-30; `tests/remedies/recipes`
makes each of them and looks at the template that comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from seawall.template import App, Json, Resource
from seawall.template.authors import construct_kinds

from .code import HERE, Call, Code, Identifier, Options, Seconds, camel, literal

ALIASES: Mapping[str, str] = {
    "aws_stepfunctions": "sfn",
    "aws_stepfunctions_tasks": "tasks",
    "aws_ecs_patterns": "ecsPatterns",
    "aws_lambda_nodejs": "nodejs",
    "aws_lambda_python_alpha": "python",
}
_SOURCES: Mapping[str, tuple[str, str]] = {
    "SqsEventSource": ("SqsEventSource", "queue"),
    "DynamoDBEventSource": ("DynamoEventSource", "table"),
    "KinesisEventSource": ("KinesisEventSource", "stream"),
    "KafkaEventSource": ("ManagedKafkaEventSource", ""),
}
"""Event sources, by the first part of the id of the mapping that each makes: its class, and what it reads."""
_SERVICES = ("aws_ecs_patterns.QueueProcessingFargateService", "aws_ecs_patterns.QueueProcessingEc2Service")
_CONFIG = "aws_lambda.EventInvokeConfig"
"""What a function's arguments about asynchronous invocations make."""
_WITH_QUEUE = "a queue of a Solutions Construct"
"""`LambdaToSqs`, `SqsToLambda`, `S3ToSqs` and their like: all take the same arguments for their queue.
Source: https://docs.aws.amazon.com/solutions/latest/constructs/aws-sqs-lambda.html and the patterns beside it, read
2026-11-30."""
_INVOKED = ("aws_lambda.Function", "aws_lambda.Alias", "aws_lambda.Version")
"""Classes that take how they are invoked asynchronously as arguments."""
AUTHORS = ("constructs.Construct", "aws-cdk-lib.Stack", "aws-cdk-lib.NestedStack", "aws-cdk-lib.Stage", "")
"""Classes that authors make their own constructs from: what stands in them, they wrote."""


class Author(Struct, frozen=True):
    """The construct by which an author made a resource."""

    path: str
    kind: str
    """``aws_sqs.Queue``: the class without its package; empty where it is not known."""
    level: int
    """1: the resource's own class; 2: one that makes it from arguments of its own; 0: somebody else's construct."""
    call: Call
    """As the author wrote it, without what is to change."""


def author_of(app: App, resource: Resource) -> Author | None:
    """The construct that an author wrote for `resource`; None outside the CDK, or where nothing tells.

    Without the tree of constructs, what stands in the stack itself and makes a ``Resource`` is taken for the CDK's own
    class of that type.
    """
    path, kinds = resource.construct_path, construct_kinds(app, resource)
    if path is None:
        return None
    if not kinds:
        kinds = _usual_kinds(app, resource)
    if path not in kinds:
        return None
    above = path.rpartition("/")[0]
    for owner in (*_around(above), path):
        kind = class_of(kinds.get(owner, ""))
        if kind in _SERVICES:
            return Author(owner, kind, 2, made(kind, owner))
    pattern = next((owner for owner in reversed(_around(above)) if _has_queue(kinds.get(owner, ""))), None)
    if pattern is not None and resource.type == "AWS::SQS::Queue":
        return Author(pattern, _WITH_QUEUE, 2, made(kinds[pattern].rpartition(".")[2], pattern))
    kind = class_of(kinds.get(above, ""))
    own = kinds.get(above, "") in AUTHORS
    if path.endswith("/Resource") and not own:
        if not _by_author(kinds, above):
            return Author(above, kind, 0, made(kind, above))
        return Author(above, kind, 2, _call(kinds, kind, above))
    level = 1 if _by_author(kinds, path) else 0
    return Author(path, class_of(kinds[path]), level, made(class_of(kinds[path]), path))


def _has_queue(kind: str) -> bool:
    """Whether a class is one of the AWS Solutions Constructs that make a queue with a dead-letter queue."""
    return kind.startswith("@aws-solutions-constructs/") and "Sqs" in kind.rpartition(".")[2]


def _usual_kinds(app: App, resource: Resource) -> Mapping[str, str]:
    """The classes around a resource that stands in its stack, or in a construct that does; empty for any other."""
    path = resource.construct_path or ""
    template, stack = app.templates[resource.address.template], stack_of(app, resource)
    steps = path.removeprefix(f"{stack}/").split("/")
    if not path.startswith(f"{stack}/") or steps[-1] != "Resource" or not 1 < len(steps) <= _NESTED:
        return {}
    of_type = {each.construct_path: _USUAL.get(each.type, "") for each in template.resources.values()}
    above = [path[: len(stack)] + "".join(f"/{step}" for step in steps[:depth]) for depth in range(1, len(steps))]
    kinds = {each: f"aws-cdk-lib.{of_type.get(f'{each}/Resource', '')}" for each in above}
    known = all(kind != "aws-cdk-lib." for kind in kinds.values())
    return {**kinds, path: "", stack: "aws-cdk-lib.Stack"} if known else {}


def stack_of(app: App, resource: Resource) -> str:
    """Path of the stack that a resource of the CDK stands in; the first of its own path where nothing else tells."""
    return app.templates[resource.address.template].construct_path or (resource.construct_path or "").partition("/")[0]


def _by_author(kinds: Mapping[str, str], path: str) -> bool:
    """Whether everything around a construct is the author's own, or a construct whose methods make others."""
    return all(
        kinds.get(outer, "") in AUTHORS or class_of(kinds.get(outer, "")) in _MAKERS for outer in _around(path)[1:]
    )


_USUAL: Mapping[str, str] = {
    "AWS::SQS::Queue": "aws_sqs.Queue",
    "AWS::SNS::Topic": "aws_sns.Topic",
    "AWS::Events::Rule": "aws_events.Rule",
    "AWS::ECR::Repository": "aws_ecr.Repository",
    "AWS::Lambda::Function": "aws_lambda.Function",
    "AWS::Lambda::EventSourceMapping": "aws_lambda.EventSourceMapping",
    "AWS::Lambda::EventInvokeConfig": _CONFIG,
}
"""Classes whose ``Resource`` is of a type, by that type."""
_NESTED = 3
"""Steps of a path behind its stack: a construct, one that its method makes, and the resource."""
_MAKERS = frozenset(
    {
        "aws_lambda.Function",
        "aws_lambda.DockerImageFunction",
        "aws_lambda_nodejs.NodejsFunction",
        "aws_lambda.Alias",
        "aws_sqs.Queue",
        "aws_sns.Topic",
        "aws_events.Rule",
        "aws_ecr.Repository",
    }
)
"""Classes within which an author's calls make resources: a mapping within its function, a subscription in its queue."""


def _around(path: str) -> list[str]:
    """A construct and those around it, itself first."""
    found = [path]
    while "/" in path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found


def class_of(kind: str) -> str:
    """A class without its package: ``aws_sqs.Queue``."""
    package, _, rest = kind.partition(".")
    if package.startswith("@aws-cdk/"):
        return f"{package.removeprefix('@aws-cdk/').replace('-', '_')}.{rest}"
    return rest if package == "aws-cdk-lib" else kind


def made(kind: str, path: str) -> Call:
    """The call that makes a construct of a class."""
    module, _, name = kind.rpartition(".")
    alias = ALIASES.get(module, module.removeprefix("aws_"))
    return Call(f"{alias}.{name}".strip("."), (HERE, literal(path.rpartition("/")[2])), rest=True)


def _call(kinds: Mapping[str, str], kind: str, path: str) -> Call:
    """The call behind a construct of level 2: that of an event source, of a function, or its own."""
    name = path.rpartition("/")[2]
    source = _SOURCES.get(name.partition(":")[0]) if ":" in name else None
    if kind == "aws_lambda.EventSourceMapping" and source is not None:
        return Call(source[0], (Identifier(source[1]),) if source[1] else (), rest=True)
    if kind == _CONFIG:
        above = path.rpartition("/")[0]
        holder = class_of(kinds.get(above, ""))
        return made(holder, above) if _is_function(holder) or holder in _INVOKED else made(kind, path)
    if kind == "aws_sns.Subscription":
        return Call("UrlSubscription", (Identifier("url"),), rest=True)
    if kind == "aws_events.Rule":
        return Call("targets.ApiDestination", (Identifier("destination"),), rest=True)
    if kind.endswith("pipes_alpha.Pipe"):
        return Call("", (Identifier("source"),), rest=True)
    return made(kind, path)


class ArgumentValue(Struct, frozen=True):
    """What an argument is to be made from."""

    value: Json
    queue: Code
    """The queue for what is given up on, where one is needed: one that is made, or one that is there."""


Argument = tuple[str, Callable[[ArgumentValue], Code]]


def _plainly(given: ArgumentValue) -> Code:
    return literal(given.value)


def _seconds(given: ArgumentValue) -> Code:
    return Seconds(given.value) if isinstance(given.value, int) else literal(given.value)


def _dead_letters(given: ArgumentValue) -> Code:
    count = given.value.get("maxReceiveCount") if isinstance(given.value, dict) else None
    return Options("sqs.DeadLetterQueue", (("queue", given.queue), ("maxReceiveCount", literal(count))))


def _fewer_receives(given: ArgumentValue) -> Code:
    return Options("sqs.DeadLetterQueue", (("maxReceiveCount", literal(given.value)),), rest=True)


def _dead_letters_of_source(given: ArgumentValue) -> Code:
    return Call("SqsDlq", (given.queue,))


def _destination(given: ArgumentValue) -> Code:
    return Call("SqsDestination", (given.queue,))


def _queue(given: ArgumentValue) -> Code:
    return given.queue


def _true(_: ArgumentValue) -> Code:
    return literal(True)


_QUEUES: Mapping[str, Argument] = {
    "VisibilityTimeout": ("visibilityTimeout", _seconds),
    "MessageRetentionPeriod": ("retentionPeriod", _seconds),
    "DelaySeconds": ("deliveryDelay", _seconds),
    "ContentBasedDeduplication": ("contentBasedDeduplication", _plainly),
}
_OF_SERVICE: Mapping[str, Argument] = {
    "VisibilityTimeout": ("visibilityTimeout", _seconds),
    "MessageRetentionPeriod": ("retentionPeriod", _seconds),
    "RedrivePolicy.maxReceiveCount": ("maxReceiveCount", _plainly),
}
ARGUMENTS: Mapping[str, Mapping[str, Argument]] = {
    "aws_sqs.Queue": {
        **_QUEUES,
        "RedrivePolicy": ("deadLetterQueue", _dead_letters),
        "RedrivePolicy.maxReceiveCount": ("deadLetterQueue", _fewer_receives),
    },
    **dict.fromkeys(_SERVICES, _OF_SERVICE),
    _WITH_QUEUE: {"RedrivePolicy.maxReceiveCount": ("maxReceiveCount", _plainly)},
    "aws_lambda.EventSourceMapping": {
        "BatchSize": ("batchSize", _plainly),
        "MaximumBatchingWindowInSeconds": ("maxBatchingWindow", _seconds),
        "FunctionResponseTypes": ("reportBatchItemFailures", _true),
        "ScalingConfig.MaximumConcurrency": ("maxConcurrency", _plainly),
        "BisectBatchOnFunctionError": ("bisectBatchOnError", _plainly),
        "MaximumRetryAttempts": ("retryAttempts", _plainly),
        "MaximumRecordAgeInSeconds": ("maxRecordAge", _seconds),
        "DestinationConfig.OnFailure.Destination": ("onFailure", _dead_letters_of_source),
    },
    _CONFIG: {
        "MaximumRetryAttempts": ("retryAttempts", _plainly),
        "MaximumEventAgeInSeconds": ("maxEventAge", _seconds),
        "DestinationConfig.OnFailure.Destination": ("onFailure", _destination),
    },
    "aws_lambda.Function": {
        "Timeout": ("timeout", _seconds),
        "ReservedConcurrentExecutions": ("reservedConcurrentExecutions", _plainly),
    },
    "aws_sns.Subscription": {"RedrivePolicy.deadLetterTargetArn": ("deadLetterQueue", _queue)},
    "aws_events.Rule": {
        "Targets[].DeadLetterConfig.Arn": ("deadLetterQueue", _queue),
        "Targets[].RetryPolicy.MaximumRetryAttempts": ("retryAttempts", _plainly),
    },
}
"""Arguments of level 2 by the property that each sets; positions in lists are left out."""
_STREAMS: Mapping[str, Argument] = {
    "BatchSize": ("batchSize", _plainly),
    "MaximumRetryAttempts": ("maximumRetryAttempts", _plainly),
    "DeadLetterConfig.Arn": ("deadLetterTarget", _queue),
}
_PIPES: Mapping[str, Mapping[str, Argument]] = {
    "SqsQueueParameters": {"BatchSize": ("batchSize", _plainly)},
    "DynamoDBStreamParameters": _STREAMS,
    "KinesisStreamParameters": _STREAMS,
}
_PIPE_SOURCES = {
    "SqsQueueParameters": ("SqsSource", "queue"),
    "DynamoDBStreamParameters": ("DynamoDBSource", "table"),
    "KinesisStreamParameters": ("KinesisSource", "stream"),
}


def with_argument(author: Author, property_: str, given: ArgumentValue) -> Call | None:
    """The author's call with the argument that sets a property; None where its class has none for it."""
    if author.kind.endswith("pipes_alpha.Pipe"):
        return _in_source(property_, given)
    kind = "aws_lambda.Function" if _is_function(author.kind) else author.kind
    found = ARGUMENTS.get(kind, {}).get(_without_positions(property_))
    if author.level == 2 and found is not None:
        name, make = found
        return Call(author.call.name, author.call.given, ((name, make(given)),), author.call.rest)
    if author.level == 1 and "." not in property_ and not isinstance(given.value, dict):
        return Call(author.call.name, author.call.given, ((camel(property_), literal(given.value)),), rest=True)
    return None


_ALONE: Mapping[tuple[str, str], str] = {("aws_lambda.EventSourceMapping", "FilterCriteria"): "filters"}
"""Arguments that make a property and nothing else, by the class and the property."""


def argument_of(author: Author, property_: str) -> str:
    """The argument that makes a property and nothing else; empty where none is known."""
    return _ALONE.get((author.kind, property_), "") if author.level == 2 else ""


def of_function(author: Author, properties: Mapping[str, Json]) -> tuple[str, ...]:
    """Arguments of a function that make the config of its asynchronous invocations, where they do."""
    if author.kind != _CONFIG or author.level != 2 or "EventInvokeConfig" in author.call.name:
        return ()
    every = ARGUMENTS[_CONFIG].items()
    return tuple(name for property_, (name, _) in every if property_.partition(".")[0] in properties)


def _in_source(property_: str, given: ArgumentValue) -> Call | None:
    _, _, rest = property_.partition("SourceParameters.")
    section, _, name = rest.partition(".")
    found = _PIPES.get(section, {}).get(name)
    if found is None:
        return None
    kind, reads = _PIPE_SOURCES[section]
    return Call(kind, (Identifier(reads),), ((found[0], found[1](given)),), rest=True)


def _is_function(kind: str) -> bool:
    return kind in ("aws_lambda.DockerImageFunction", "aws_lambda_nodejs.NodejsFunction") or kind.endswith(
        "PythonFunction"
    )


def _without_positions(property_: str) -> str:
    head, bracket, rest = property_.partition("[")
    return property_ if not bracket else f"{head}[]{rest.partition(']')[2]}"


def asynchronous(app: App, resource: Resource, property_: str, given: ArgumentValue) -> Call | None:
    """The argument of a function that sets how it is invoked asynchronously."""
    author = author_of(app, resource)
    if author is None or author.level != 2:
        return None
    name, make = ARGUMENTS[_CONFIG][property_]
    return Call(author.call.name, author.call.given, ((name, make(given)),), rest=True)


def alarm_on(queue: str, variable: Code) -> Call:
    """An alarm that goes off with the first message in a queue of an id; it tells nobody yet."""
    metric = Call("metricApproximateNumberOfMessagesVisible", makes=False, on=variable)
    named = (("metric", metric), ("threshold", literal(1)), ("evaluationPeriods", literal(1)))
    return Call("cloudwatch.Alarm", (HERE, literal(f"{queue}Alarm")), named)


def new_queue(name: str, properties: Json) -> Call:
    """A queue for what is given up on, as an author would make it."""
    fifo = isinstance(properties, dict) and properties.get("FifoQueue") is True
    kept = properties.get("MessageRetentionPeriod") if isinstance(properties, dict) else None
    named: tuple[tuple[str, Code], ...] = (("fifo", literal(True)),) if fifo else ()
    if isinstance(kept, int):
        named = (*named, ("retentionPeriod", Seconds(kept)))
    return Call("sqs.Queue", (HERE, literal(name)), named)
