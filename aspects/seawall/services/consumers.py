"""Who reads queues and streams, and with which settings: Lambda's event source mappings and pipes.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph.facts import Fact
from seawall.graph.model import Place
from seawall.graph.polling import CalledFunction, Polling, QueueSettings
from seawall.template import Props, Resource, Setting, ValueStatus

from .lambda_.functions import FUNCTION_TIMEOUT, function_at, function_of
from .lambda_.mappings import MAPPING
from .pipes.pipes import PIPE
from .registry import hops
from .sqs.queues import QUEUE, RETENTION, VISIBILITY_TIMEOUT
from .stepfunctions.machine import MACHINE
from .streams.streams import KINESIS, STREAM_BATCH, STREAMS
from .wiring import Wiring

_MAPPING_PAGE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html"
)
_SCALING = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"

QUEUE_BATCH = Fact(10, _MAPPING_PAGE, "2026-11-22")
"""Messages in a batch."""
RUNS_AT_ONCE = Fact(1_250, _SCALING, "2026-11-22")
"""Runs at once that a mapping on a queue scales up to."""
RUNS_PER_POLLER = Fact(10, _SCALING, "2026-11-22")
"""Runs at once of one provisioned poller."""
POLLERS = Fact(200, "https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html", "2026-11-22")
"""Provisioned pollers at most."""
_PARTIAL = "ReportBatchItemFailures"


@hops(MAPPING)
def mapping(wiring: Wiring, resource: Resource) -> None:
    """A mapping reads its source in batches and runs its function for each."""
    props = wiring.props(resource)
    called = function_of(wiring, resource)
    if called is None or props.flag("Enabled", default=True).value is False:
        return
    for source in _sources(wiring, resource, "EventSourceArn"):
        of_queue = source.type == QUEUE
        wiring.pollings.append(
            Polling(
                source.site_id,
                called.site_id,
                Place(resource.address),
                pipe=False,
                queue=_queue(wiring, source) if of_queue else None,
                called=(_called(wiring, called),),
                batch=props.integer("BatchSize", default=(QUEUE_BATCH if of_queue else STREAM_BATCH).value),
                window=props.integer("MaximumBatchingWindowInSeconds", default=0),
                partial=_partial(props),
                bisects=props.flag("BisectBatchOnFunctionError"),
                at_once=_at_once(props),
            )
        )


@hops(PIPE)
def pipe(wiring: Wiring, resource: Resource) -> None:
    """A pipe reads its source in batches; enrichment and target may always name the records that failed."""
    props = wiring.props(resource)
    if props.text("DesiredState", default="RUNNING").value == "STOPPED":
        return
    for source in _sources(wiring, resource, "Source"):
        kind = "KinesisStreamParameters" if source.type == KINESIS else "DynamoDBStreamParameters"
        of_queue = source.type == QUEUE
        section = props.at("SourceParameters", "SqsQueueParameters" if of_queue else kind)
        bisects = section.text("OnPartialBatchItemFailure")
        wiring.pollings.append(
            Polling(
                source.site_id,
                resource.site_id,
                Place(resource.address),
                pipe=True,
                queue=_queue(wiring, source) if of_queue else None,
                called=tuple(_stages(wiring, resource)),
                batch=section.integer("BatchSize", default=(QUEUE_BATCH if of_queue else STREAM_BATCH).value),
                window=section.integer("MaximumBatchingWindowInSeconds", default=0),
                partial=Setting(not _awaits_execution(wiring, resource), ValueStatus.DEFAULT, "Target"),
                bisects=Setting(bisects.value is not None, bisects.status, bisects.property),
                at_once=Setting(None, ValueStatus.UNKNOWN, "Source", "a pipe decides itself how much it runs at once"),
            )
        )


def _awaits_execution(wiring: Wiring, resource: Resource) -> bool:
    """Whether a pipe waits for an execution: it fails as a whole, unless its output names the records that failed."""
    props = wiring.props(resource)
    invocation = props.text("TargetParameters", "StepFunctionStateMachineParameters", "InvocationType")
    targets = wiring.targets(resource, props.value("Target"))
    found = [wiring.app.resource(target.address) for target in targets]
    return invocation.value != "FIRE_AND_FORGET" and any(each is not None and each.type == MACHINE for each in found)


def _sources(wiring: Wiring, resource: Resource, property_: str) -> Iterator[Resource]:
    for target in wiring.targets(resource, wiring.props(resource).value(property_)):
        found = wiring.app.resource(target.address)
        if found is not None and found.type in (QUEUE, *STREAMS):
            yield found


def _queue(wiring: Wiring, resource: Resource) -> QueueSettings:
    props = wiring.props(resource)
    return QueueSettings(
        resource.site_id,
        Place(resource.address),
        visibility=props.integer("VisibilityTimeout", default=VISIBILITY_TIMEOUT.value),
        receives=props.integer("RedrivePolicy", "maxReceiveCount") if props.exists("RedrivePolicy") else None,
        delay=props.integer("DelaySeconds", default=0),
        fifo=props.flag("FifoQueue"),
        by_content=props.flag("ContentBasedDeduplication"),
        scope=props.text("DeduplicationScope", default="queue"),
        kept=props.integer("MessageRetentionPeriod", default=RETENTION.value),
    )


def _called(wiring: Wiring, resource: Resource) -> CalledFunction:
    props = wiring.props(resource)
    return CalledFunction(
        resource.site_id,
        props.integer("Timeout", default=FUNCTION_TIMEOUT.value),
        props.integer("ReservedConcurrentExecutions"),
    )


def _stages(wiring: Wiring, resource: Resource) -> list[CalledFunction]:
    """The functions that a pipe waits for; none if it waits, or may wait, for anything else."""
    props = wiring.props(resource)
    invocation = props.text("TargetParameters", "LambdaFunctionParameters", "InvocationType")
    awaited = ["Enrichment"] if props.exists("Enrichment") else []
    if invocation.value != "FIRE_AND_FORGET":
        awaited.append("Target")
    found: list[CalledFunction] = []
    for name in awaited:
        targets = [wiring.app.resource(target.address) for target in wiring.targets(resource, props.value(name))]
        functions = [one and function_at(wiring, one) for one in targets]
        if len(functions) != 1 or functions[0] is None:
            return []
        found.append(_called(wiring, functions[0]))
    return found


def _partial(props: Props) -> Setting[bool]:
    name = "FunctionResponseTypes"
    types = [(item.props.text(), item.conditions) for item in props.items(name)]
    if any(one.value == _PARTIAL and not conditions for one, conditions in types):
        return Setting(True, ValueStatus.KNOWN, name)
    unsure = next((one for one, conditions in types if conditions or not one.known), None)
    if unsure is not None:
        return Setting(None, ValueStatus.UNKNOWN, name, unsure.why or "depends on a condition")
    return Setting(False, ValueStatus.KNOWN if types else ValueStatus.DEFAULT, name)


def _at_once(props: Props) -> Setting[int]:
    if props.exists("ScalingConfig"):
        return props.integer("ScalingConfig", "MaximumConcurrency", default=RUNS_AT_ONCE.value)
    if props.exists("ProvisionedPollerConfig"):
        pollers = props.integer("ProvisionedPollerConfig", "MaximumPollers", default=POLLERS.value)
        return pollers if pollers.value is None else replace(pollers, value=RUNS_PER_POLLER.value * pollers.value)
    return Setting(RUNS_AT_ONCE.value, ValueStatus.DEFAULT, "ScalingConfig.MaximumConcurrency")
