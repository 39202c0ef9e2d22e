"""Alarms whose own action leads back to what they watch: how often it runs again after a failure is not known.

An action is done when an alarm's state changes, not for each failure, so that no count can be given.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions.html, read 2026-11-30
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from seawall.graph.model import GapKind
from seawall.graph.reach import by_source, reach
from seawall.template import Address, Props, Resource, Value, named_by_symbols, render
from seawall.words import some

from ..gaps import names_in
from ..grants import allows
from ..holders import holders
from ..lambda_.functions import FUNCTION
from ..logs.groups import GROUP, writers
from ..registry import finisher
from ..wiring import Wiring
from .alarms import ACTION, ALARM, COMPOSITE, LOG_ALARM, metrics_of, watched

METRIC_FILTER = "AWS::Logs::MetricFilter"
PUT_METRICS = "cloudwatch:PutMetricData"
"""The call by which code writes a metric. One that stands in a line of its log (the embedded metric format) is written
without any.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html, read 2026-11-30
"""
_IN_RULE = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*[\"']?([^\"')]+)")


@finisher(order=97)
def leading_back(wiring: Wiring) -> None:
    """Note each of them: what it watches may be behind a metric, a line of a log, or another alarm."""
    outgoing = by_source(wiring.hops)
    for type_ in (ALARM, COMPOSITE, LOG_ALARM):
        for alarm in wiring.app.by_type.get(type_, ()):
            started = [hop.target for hop in outgoing.get(alarm.site_id, ()) if hop.kind == ACTION]
            if not started:
                continue
            behind = reach(started, outgoing)
            single = list(_single(wiring, alarm))
            again = [site for site in _watched(wiring, single) if site in behind]
            own = [site for site in _writing(wiring, single) if site in behind and site not in again]
            told = (
                f"watches {some(again)}" if again else "",
                f"is on a metric that {some(own)} may write" if own else "",
            )
            for watching in filter(None, told):
                why = f"{watching}, where its own action leads back to: how often that runs again is not known"
                wiring.unknown(alarm, "AlarmActions", why, what=GapKind.RESOURCE, touches=[*again, *own])


def _single(wiring: Wiring, alarm: Resource) -> Iterator[Resource]:
    """An alarm itself, or those below a composite one that are not composite."""
    seen = {alarm.address: alarm}
    pending = [alarm]
    while pending:
        each = pending.pop()
        if each.type != COMPOSITE:
            yield each
            continue
        below = {other.address: other for other in _alarms_in(wiring, each) if other.address not in seen}
        seen |= below
        pending += below.values()


def _watched(wiring: Wiring, alarms: Iterable[Resource]) -> Iterator[str]:
    """The sites whose failures change the state of alarms, each once."""
    yield from dict.fromkeys(site for alarm in alarms for site in _watched_alone(wiring, alarm))


def _writing(wiring: Wiring, alarms: Iterable[Resource]) -> Iterator[str]:
    """The code that may write a metric which an alarm is on: one that is none of AWS's own, nor made of a log."""
    for alarm in alarms:
        for metric in metrics_of(wiring.props(alarm)) if alarm.type == ALARM else ():
            namespace = metric.text("Namespace").value
            name = _name(metric, "Namespace", "MetricName")
            if namespace and not namespace.startswith("AWS/") and name not in _filters(wiring):
                yield from wiring.once("code that writes metrics", lambda: tuple(_metric_writers(wiring)))
                return


def _metric_writers(wiring: Wiring) -> Iterator[str]:
    """The code that writes metrics of its own, as it says itself or, where it was not read, as its role lets it. That
    a role allows all of CloudWatch, or more, says nothing.
    """
    for holder in holders(wiring):
        calls = wiring.calls.get(holder.site)
        if allows(wiring, holder, PUT_METRICS.lower()) if calls is None else PUT_METRICS in calls:
            yield holder.site


def _watched_alone(wiring: Wiring, alarm: Resource) -> Iterator[str]:
    """The sites whose failures change the state of an alarm that is not composite."""
    if alarm.type == LOG_ALARM:
        groups = wiring.props(alarm).items("ScheduledQueryConfiguration", "LogGroupIdentifiers")
        for item in groups:
            yield from _of_group(wiring, alarm, item.props.value())
    else:
        for metric in metrics_of(wiring.props(alarm)):
            yield from watched(wiring, alarm, metric)
            name = _name(metric, "Namespace", "MetricName")
            for each in _filters(wiring).get(name, ()) if name else ():
                yield from _of_group(wiring, each, wiring.props(each).value("LogGroupName"))


def _filters(wiring: Wiring) -> Mapping[tuple[str, ...] | None, list[Resource]]:
    """The filters of log groups by the name of the metrics that they make."""

    def index() -> dict[tuple[str, ...] | None, list[Resource]]:
        found: dict[tuple[str, ...] | None, list[Resource]] = {}
        for each in wiring.app.by_type.get(METRIC_FILTER, ()):
            made = [item.props for item in wiring.props(each).items("MetricTransformations")]
            for name in dict.fromkeys(_name(one, "MetricNamespace", "MetricName") for one in made):
                found.setdefault(name, []).append(each)
        return found

    return wiring.once("filters of log groups by metric", index)


def _name(metric: Props, *parts: str) -> tuple[str, ...] | None:
    """The name of a metric as its properties say it, parameters standing for themselves; None where one says none."""
    found = [named_by_symbols(metric.value(part)) for part in parts]
    return tuple(each for each in found if each) if all(each and "${?}" not in each for each in found) else None


def _of_group(wiring: Wiring, resource: Resource, name: Value) -> Iterator[str]:
    """The functions that write to the log group that a resource names, and those that the group is called after."""
    for target in wiring.targets(resource, name, "logs"):
        yield from (function.site_id for function in writers(wiring, resource, name, target))
        group = wiring.app.resource(target.address)
        if group is not None and group.type == GROUP:
            named = names_in(group.properties.get("LogGroupName"))
            found = [wiring.app.resource(Address(group.address.template, name)) for name in named]
            yield from (each.site_id for each in found if each is not None and each.type == FUNCTION)


def _alarms_in(wiring: Wiring, composite: Resource) -> Iterator[Resource]:
    """The alarms in the rule of a composite one, by reference or by name."""
    rule = composite.properties.get("AlarmRule")
    referred = {Address(composite.address.template, name) for name in names_in(rule)}
    written = _IN_RULE.findall(render(wiring.props(composite).value("AlarmRule")))
    called = {each.strip().rpartition(":alarm:")[2] for each in written}
    for type_ in (ALARM, LOG_ALARM, COMPOSITE):
        for alarm in wiring.app.by_type.get(type_, ()):
            if alarm.address in referred or wiring.props(alarm).text("AlarmName").value in called:
                yield alarm
