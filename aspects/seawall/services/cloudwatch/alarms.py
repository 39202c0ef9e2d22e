"""Amazon CloudWatch alarms: which sites' failures they see, and what they start.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-logalarm.html,
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from seawall.graph.model import Place, Site, Watch
from seawall.template import Props, Resource

from ..conditions import under
from ..ends import landings
from ..lambda_.functions import FUNCTION
from ..registry import Arrival, finisher, hops
from ..sqs.queues import QUEUE
from ..stepfunctions.machine import MACHINE
from ..wiring import Wiring

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
LOG_ALARM = "AWS::CloudWatch::LogAlarm"
"""On what a scheduled query of logs gives."""
ACTION = "alarm-action"


class _Metrics(Struct, frozen=True):
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


@hops(ALARM, COMPOSITE, LOG_ALARM)
def actions(wiring: Wiring, resource: Resource) -> None:
    """What an alarm does when its state changes. A function is invoked asynchronously, as often as it takes to hand
    over.
    """
    props = wiring.props(resource)
    if props.flag("ActionsEnabled", default=True).value is False:
        return
    for name in ("AlarmActions", "InsufficientDataActions", "OKActions"):
        for item in props.items(name):
            value = item.props.value()
            for site, target in landings(wiring, resource, item.props.property, value, Arrival.ASYNC, "sns", "action"):
                wiring.site(Site(resource.site_id, "alarm", Place(resource.address)))
                place = Place(resource.address, item.props.property)
                wiring.hop(resource.site_id, site, ACTION, place, conditions=under(resource, item, target))


@finisher(order=30)
def alarms(wiring: Wiring) -> None:
    """Every alarm on a failure metric, alone or inside metric math, watches the site of its dimension."""
    queues: dict[str, list[str]] = {}
    for hop in wiring.hops:
        if wiring.sites[hop.source].kind == "asynchronous-queue" and hop.kind == "asynchronous-invocation":
            queues.setdefault(hop.target, []).append(hop.source)
    for resource in wiring.app.by_type.get(ALARM, ()):
        props = wiring.props(resource)
        seen = dict.fromkeys(site for metric in metrics_of(props) for site in watched(wiring, resource, metric))
        for site in seen:
            wiring.watches.extend(Watch(each, resource.site_id) for each in (site, *queues.get(site, ())))


def metrics_of(alarm: Props) -> list[Props]:
    """The metrics of an alarm: its own, and those inside metric math."""
    return [alarm, *(item.props.at("MetricStat", "Metric") for item in alarm.items("Metrics"))]


def watched(wiring: Wiring, alarm: Resource, metric: Props) -> Iterator[str]:
    """The sites of whose failures a metric tells."""
    known = _METRICS.get(metric.text("Namespace").value or "")
    if known is None or metric.text("MetricName").value not in known.names:
        return
    if not metric.exists("Dimensions"):  # the sum over everything in the account and Region
        home = wiring.template(alarm)
        for resource in wiring.app.by_type.get(known.type, ()):
            if (wiring.template(resource).region, wiring.template(resource).account) == (home.region, home.account):
                yield resource.site_id
    for item in metric.items("Dimensions"):
        if item.props.text("Name").value == known.dimension:
            for target in wiring.targets(alarm, item.props.value("Value"), known.naming):
                site = wiring.arrive(target, Arrival.SYNC) if target.address else None
                if site is not None:
                    yield site
