"""Amazon CloudWatch Logs: log groups that are subscribed to, and where their events go.

A subscription hands its events off; what the receiver throttles is retried for up to 24 hours and then dropped, which
is delivery only. A function is invoked asynchronously. Where the logs of what a subscription leads to come back into
it, every line brings the next. CloudWatch Logs refuses the shortest such loop, a function that is subscribed to the
log group named after it; nothing says so of a group that the function chooses, or of a way through another function.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions-recursion-prevention.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html,
https://github.com/amplify-education/serverless-log-forwarding/issues/13 (what is refused) and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.model import Place, Site
from seawall.template import Address, Concat, Known, Resource, Target, Unknown, Value, concat, parse_embedded, render

from ..conditions import under
from ..ends import landings
from ..lambda_.functions import FUNCTION
from ..registry import Arrival, hops, receiver
from ..wiring import Wiring

GROUP = "AWS::Logs::LogGroup"
FILTER = "AWS::Logs::SubscriptionFilter"
ACCOUNT_POLICY = "AWS::Logs::AccountPolicy"
DESTINATION = "AWS::Logs::Destination"
_NAMED_BY = (GROUP, "Custom::LogRetention")
"""Resources that stand for the log group in their `LogGroupName`."""
_MATCHES = "the log event matches the subscription's filter pattern"
_ACCEPTED = "CloudWatch Logs accepts the subscription, though it refuses the log group named after the function"
_PREFIX = "/aws/lambda/"
"""What the name of a function's log group starts with, where the function does not say otherwise."""
OF_FUNCTIONS = Known(_PREFIX)


@receiver(GROUP)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """Log events arrive at the group, a site once something writes to it or reads from it."""
    return wiring.site(Site(resource.site_id, "log-group", Place(resource.address)))


@receiver(DESTINATION)
def arrives_behind(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """A destination stands for the stream behind it, for subscriptions of other accounts."""
    streams = wiring.targets(resource, wiring.props(resource).value("TargetArn"))
    return next((site for stream in streams if (site := wiring.arrive(stream, arrival)) is not None), None)


@hops(FILTER)
def subscription(wiring: Wiring, resource: Resource) -> None:
    """A subscription filter passes what a log group receives on to one receiver."""
    props = wiring.props(resource)
    filtered = props.text("FilterPattern").value != ""
    name = props.value("LogGroupName")
    destination = props.at("DestinationArn")
    ends = list(landings(wiring, resource, destination.property, destination.value(), Arrival.ASYNC, "lambda", "logs"))
    for target in wiring.targets(resource, name, "logs"):
        group = _group(wiring, target)
        if group is None:
            wiring.unknown(resource, "LogGroupName", target.why or "is no log group")
            continue
        writing = list(writers(wiring, resource, name, target))
        for site, end in ends:
            own = any(end.address == each.address and not _chooses(wiring, each) for each in writing)
            wiring.hop(
                group,
                site,
                "log-subscription",
                Place(resource.address, "DestinationArn"),
                conditions=under(resource, target, end),
                assumption=_ACCEPTED if own else _MATCHES if filtered else "",
            )
        for function in writing:
            _written(wiring, function, group, under(resource, target))


def _chooses(wiring: Wiring, function: Resource) -> bool:
    return wiring.props(function).exists("LoggingConfig", "LogGroup")


@hops(ACCOUNT_POLICY)
def account_subscription(wiring: Wiring, resource: Resource) -> None:
    """A policy that subscribes to the log groups of a whole account, but for that of the function that it calls."""
    if wiring.props(resource).text("PolicyType").value != "SUBSCRIPTION_FILTER_POLICY":
        return
    document = parse_embedded(wiring.app, wiring.template(resource), resource.properties.get("PolicyDocument"))
    if isinstance(document, Unknown) or not isinstance(document.document, dict):
        wiring.unknown(resource, "PolicyDocument", document.why if isinstance(document, Unknown) else "is no policy")
        return
    site = wiring.site(Site(resource.site_id, "log-groups", Place(resource.address)))
    place = Place(resource.address, "PolicyDocument.DestinationArn")
    value = document.value(document.document.get("DestinationArn"))
    for end, target in landings(wiring, resource, place.property, value, Arrival.ASYNC, "lambda", "logs"):
        wiring.hop(site, end, "log-subscription", place, conditions=under(resource, target), assumption=_MATCHES)


def _written(wiring: Wiring, function: Resource, group: str, conditions: tuple[str, ...]) -> None:
    """One hop however many subscriptions read the group."""
    place = Place(function.address, "LoggingConfig.LogGroup")
    key = ("logs of", function.address, group)
    wiring.once(key, lambda: wiring.hop(function.site_id, group, "log", place, conditions=conditions))


def _group(wiring: Wiring, target: Target) -> str | None:
    """The site of the log group that a subscription reads."""
    declared = _declared(wiring, target)
    if declared is not None:
        return wiring.site(Site(declared.site_id, "log-group", Place(declared.address)))
    known = target.literal if target.literal and "${?}" not in target.literal else None
    return wiring.external(known, "log-group") if known else None


def _declared(wiring: Wiring, target: Target) -> Resource | None:
    """The resource that stands for a log group; None where one is only named, after a function maybe."""
    found = wiring.app.resource(target.address)
    return found if found is not None and found.type in _NAMED_BY else None


def writers(wiring: Wiring, resource: Resource, name: Value, target: Target) -> Iterator[Resource]:
    """Functions whose logs a group holds: those that name it, else the one that it is named after."""
    group = _declared(wiring, target)
    yield from _by_group(wiring).get(target.address or target.literal, ())
    owner = resource if group is None else group
    after = _after_prefix(name if group is None else wiring.props(group).value("LogGroupName"))
    for each in wiring.targets(owner, after, "lambda") if after else ():
        found = wiring.app.resource(each.address)
        if found is not None and found.type == FUNCTION and not _chooses(wiring, found):
            yield found


def _by_group(wiring: Wiring) -> Mapping[Address | str | None, list[Resource]]:
    """Functions by the log group that they choose, where it is known."""

    def index() -> dict[Address | str | None, list[Resource]]:
        found: dict[Address | str | None, list[Resource]] = {}
        for function in wiring.app.by_type.get(FUNCTION, ()):
            for each in wiring.targets(function, wiring.props(function).value("LoggingConfig", "LogGroup"), "logs"):
                if each.address is not None or (each.literal and "${?}" not in each.literal):
                    found.setdefault(each.address or each.literal, []).append(function)
        return found

    return wiring.once("functions by log group", index)


def _after_prefix(name: Value) -> Value | None:
    """What stands behind ``/aws/lambda/`` in the name of a log group; None where it is no function's."""
    if not render(name).startswith(_PREFIX):
        return None
    parts = name.parts if isinstance(name, Concat) else (name,)
    first, *rest = parts
    if not isinstance(first, Known):
        return None
    return concat([Known(str(first.value).removeprefix(_PREFIX)), *rest])
