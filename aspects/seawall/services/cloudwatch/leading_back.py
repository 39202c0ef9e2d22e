"""Alarms whose own action leads back to what they watch: how often it runs again after a failure is not known.

An action is done when an alarm's state changes, not for each failure, so that no count can be given.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions.html, read 2026-11-30
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from seawall.graph.model import GapKind
from seawall.graph.reach import by_source, reach
from seawall.template import Address, Props, Resource, Value, named_by_symbols, render
from seawall.words import some

from ..gaps import names_in
from ..lambda_.functions import FUNCTION
from ..logs.groups import GROUP, writers
from ..registry import finisher
from ..wiring import Wiring
from .alarms import ACTION, ALARM, COMPOSITE, LOG_ALARM, metrics_of, watched

METRIC_FILTER = "AWS::Logs::MetricFilter"
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
            again = [site for site in dict.fromkeys(_watched(wiring, alarm)) if site in behind]
            if again:
                why = (
                    f"watches {some(again)}, where its own action leads back to: how often that runs again is not known"
                )
                wiring.unknown(alarm, "AlarmActions", why, what=GapKind.RESOURCE, touches=again)


def _watched(wiring: Wiring, alarm: Resource) -> Iterator[str]:
    """The sites whose failures change the state of an alarm; of composite ones, over all alarms below."""
    seen = {alarm.address: alarm}
    pending = [alarm]
    while pending:
        each = pending.pop()
        if each.type != COMPOSITE:
            yield from _watched_alone(wiring, each)
            continue
        below = {other.address: other for other in _alarms_in(wiring, each) if other.address not in seen}
        seen |= below
        pending += below.values()


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
