"""Resources that are not followed and name something that is: each is a gap in the report.

A type that no schema knew when the census was made may do anything: whatever of the app it refers to is a gap as well.
So is what a type that nothing reads names in a property of which the census says nothing, such as in a document of its
own. Custom resources act during a deployment only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from seawall.graph import GapKind
from seawall.template import Address, Json, Props, Resource, render

from ..registry import finisher, followed
from ..walking import spots
from ..wiring import Wiring
from .entries import RETRY, census

NAMED_BY_EVENTS = frozenset(
    {
        "AWS::Events::EventBus",
        "AWS::EventsV2::EventBus",
        "AWS::Kinesis::Stream",
        "AWS::KinesisFirehose::DeliveryStream",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::StepFunctions::StateMachine",
        "AWS::StepFunctions::StateMachineAlias",
        "AWS::StepFunctions::StateMachineVersion",
    }
)
"""Types through which events go on: functions, queues, topics, streams, buses, machines."""
_START_NOTHING = re.compile(
    r"AWS::(IAM::.*|.*Policy|.*::Permission|.*::LayerVersionPermission|.*(Key|Parameter|Secret|LogGroup|Dashboard|Output)"
    r"|Lambda::(Alias|Version|EventInvokeConfig)|Events::Archive|Kinesis::StreamConsumer|.*::ResourcePolicy"
    r"|(ApplicationAutoScaling|AutoScaling|AutoScalingPlans|CodeDeploy|Config|EC2|Glue|KMS|ResourceGroups|Oam"
    r"|ApplicationInsights|ServiceDiscovery|SSMContacts|CloudFormation|RAM|RUM|XRay|Shield|ServiceCatalogAppRegistry"
    r"|ApplicationSignals|CodeGuruProfiler|CodeGuruReviewer|Budgets|CE)::.*|Logs::(MetricFilter|QueryDefinition))"
)
"""Types in which a name starts nothing: they let, describe, watch, keep, scale or deploy, send a notice (as of money
spent), or are read with what they name.
"""
_LOG_GROUP = re.compile(r"(?:.*:log-group:)?/aws/.*", re.DOTALL)
"""Text that is a log group's name: a group that is called after a function is no use of the function."""
_SAY_ONLY = frozenset({"Description", "Dimensions", "Tags", "PolicyDocument", "Policy", "Policies"})
"""Sections in which a name starts nothing."""
_NO_RESOURCES = ("Custom::", "AWS::CloudFormation::", "AWS::CDK::", "AWS::Serverless::")
"""How types begin that act during a deployment only, or that a transform has read."""


@finisher(order=96)
def not_followed(wiring: Wiring) -> None:
    """Note every property that names something of the app, or sets retries, and that nothing follows."""
    for type_, resources in wiring.app.by_type.items():
        if census().knows(type_):
            opened = census().open(type_)
            for resource in resources if opened else ():
                _listed(wiring, resource, opened)
            if not followed(type_) and not _START_NOTHING.fullmatch(type_):
                decided = census().decided(type_)
                with wiring.app.reading.aside():
                    for resource in resources:
                        _unlisted(wiring, resource, decided)
        elif not type_.startswith(_NO_RESOURCES) and not followed(type_):
            for resource in resources:
                _unlisted(wiring, resource)


def _listed(wiring: Wiring, resource: Resource, opened: Mapping[str, str]) -> None:
    told: set[str] = set()
    for path, kind in opened.items():
        for spot in spots(wiring.props(resource), path):
            if kind == RETRY:
                if not any(path.startswith(f"{outer}.") for outer in told):
                    told.add(path)
                    why = f"sets a retry of an {resource.type}, which is not followed"
                    wiring.unknown(resource, spot.property, why, what=GapKind.RESOURCE)
                continue
            for item in spot.around.items(spot.name):
                for target in wiring.targets(resource, item.props.value()):
                    _gap(wiring, resource, spot.property, target.address)


def _unlisted(wiring: Wiring, resource: Resource, decided: re.Pattern[str] | None = None) -> None:
    """Whatever a resource names, but where it is `decided` what a property is; a bare word names nothing then."""
    seen: set[Address] = set()
    for property_, section, leaf in _leaves(wiring, resource):
        if decided is not None and (
            (isinstance(leaf, str) and ":" not in leaf)
            or decided.fullmatch(property_)
            or not _SAY_ONLY.isdisjoint(property_.split("."))
        ):
            continue
        value = section.value()
        for target in () if _LOG_GROUP.fullmatch(render(value)) else wiring.targets(resource, value):
            if target.address is not None and target.address not in seen:
                seen.add(target.address)
                _gap(wiring, resource, property_, target.address)


def _gap(wiring: Wiring, resource: Resource, property_: str, address: Address | None) -> None:
    named = wiring.app.resource(address)
    if named is not None and named.type in NAMED_BY_EVENTS:
        why = f"names {named.site_id}, and an {resource.type} is not followed"
        wiring.unknown(resource, property_, why, what=GapKind.RESOURCE)


_MOST_LEAVES = 20_000
"""Values of one resource that are looked at; more are noted."""


def _leaves(wiring: Wiring, resource: Resource) -> Iterator[tuple[str, Props, Json]]:
    """Places in a resource's properties at which a reference or text stands, without knowing their schema; with it."""
    props = wiring.props(resource)
    pending: list[tuple[tuple[str | int, ...], Json]] = [((), dict(resource.properties))]
    looked = 0
    while pending and looked < _MOST_LEAVES:
        path, node = pending.pop()
        looked += 1
        if isinstance(node, dict) and not (len(node) == 1 and next(iter(node)).startswith(("Ref", "Fn::"))):
            pending.extend(((*path, str(key)), inner) for key, inner in node.items())
        elif isinstance(node, list):
            pending.extend(((*path, index), inner) for index, inner in enumerate(node))
        elif isinstance(node, (dict, str)) and path:
            section = props.at(*path)
            yield section.property, section, node
    if pending:
        why = f"holds more than {_MOST_LEAVES:,} values: what the others name was not looked at"
        wiring.unknown(resource, "", why, what=GapKind.RESOURCE)
