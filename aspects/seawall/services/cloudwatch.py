"""Amazon CloudWatch alarms: which sites' failures they see.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seawall.template import Props, Resource

from .lambda_functions import FUNCTION
from .model import Watch
from .registry import Arrival, finisher
from .sqs import QUEUE
from .stepfunctions.machine import MACHINE
from .wiring import Wiring

ALARM = "AWS::CloudWatch::Alarm"


@dataclass(frozen=True, slots=True)
class _Metrics:
    """Metrics of one service that rise when something fails."""

    names: frozenset[str]
    dimension: str
    naming: str
    type: str


_METRICS: Mapping[str, _Metrics] = {
    "AWS/Lambda": _Metrics(frozenset({"Errors"}), "FunctionName", "lambda", FUNCTION),
    "AWS/States": _Metrics(
        frozenset({"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}), "StateMachineArn", "states", MACHINE
    ),
    "AWS/SQS": _Metrics(
        frozenset({"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}), "QueueName", "sqs", QUEUE
    ),
}


@finisher(order=30)
def alarms(wiring: Wiring) -> None:
    """Every alarm on a failure metric, alone or inside metric math, watches the site of its dimension."""
    for resource in wiring.app.by_type.get(ALARM, ()):
        props = wiring.props(resource)
        metrics = [props, *(item.props.at("MetricStat", "Metric") for item in props.items("Metrics"))]
        seen = dict.fromkeys(site for metric in metrics for site in _watched(wiring, resource, metric))
        wiring.watches.extend(Watch(site, resource.site_id) for site in seen)


def _watched(wiring: Wiring, alarm: Resource, metric: Props) -> Iterator[str]:
    known = _METRICS.get(metric.text("Namespace").value or "")
    if known is None or metric.text("MetricName").value not in known.names:
        return
    if not metric.exists("Dimensions"):  # the sum over everything in the account and Region
        home = wiring.template(alarm)
        for resource in wiring.app.by_type.get(known.type, ()):
            if (wiring.template(resource).region, wiring.template(resource).account) == (home.region, home.account):
                yield from _with_queues(wiring, resource.site_id)
        return
    for item in metric.items("Dimensions"):
        if item.props.text("Name").value == known.dimension:
            for target in wiring.targets(alarm, item.props.value("Value"), known.naming):
                site = wiring.arrive(target, Arrival.SYNC)
                if site is not None:
                    yield from _with_queues(wiring, site)


def _with_queues(wiring: Wiring, site: str) -> Iterator[str]:
    """The site, and for a function its asynchronous queues."""
    yield site
    for other in wiring.sites:
        if other.endswith("#async") and other.startswith((f"{site}#", f"{site}:")):
            yield other
