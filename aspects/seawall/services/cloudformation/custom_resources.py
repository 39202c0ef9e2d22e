"""Custom resources: functions that CloudFormation calls while it deploys.

CloudFormation invokes them asynchronously and waits for the answer that they send, not for their run; a failure is seen
by whoever deploys. So they make no flow of events, and nothing is lost where no dead-letter queue is set. All that
matters is that asynchronous settings of such a function can act. What a custom resource makes is in no template: one
that names both what events wait at and what runs may connect the two, which is a gap.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-cloudformation.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph import GapKind
from seawall.template import Address, Concat, Json, Known, Resource, render
from seawall.template.physical import NAMINGS

from ..gaps import names_in
from ..lambda_.functions import FUNCTION
from ..pieces import is_word, pieces
from ..registry import HOPS, finisher
from ..wiring import Wiring

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
_OWN_TYPES = "Custom::"
_SOURCES = ("AWS::SQS::", "AWS::SNS::", "AWS::Kinesis::", "AWS::DynamoDB::", "AWS::Events::", "AWS::EventsV2::")
_RUNS = ("AWS::Lambda::", "AWS::StepFunctions::", "AWS::Batch::", "AWS::ECS::Task", "AWS::Glue::Job")
_OF_ITS_OWN = frozenset({"ServiceToken", "ServiceTimeout"})


@finisher(order=10)
def handlers(wiring: Wiring) -> None:
    """Every function that a custom resource names may be invoked asynchronously."""
    wiring.may_be_asynchronous.update(deployers(wiring))


def deployers(wiring: Wiring) -> frozenset[str]:
    """Sites of the functions that CloudFormation calls for custom resources."""

    def found() -> Iterator[str]:
        for kind, resources in wiring.app.by_type.items():
            for resource in resources if kind == CUSTOM_RESOURCE or kind.startswith(_OWN_TYPES) else ():
                for target in wiring.targets(resource, wiring.props(resource).value("ServiceToken"), "lambda"):
                    called = wiring.app.resource(target.address)
                    if called is not None and called.type == FUNCTION:
                        yield called.site_id

    return wiring.once("functions of custom resources", lambda: frozenset(found()))


@finisher(order=96)
def connecting(wiring: Wiring) -> None:
    """Note custom resources that may connect what events wait at with what runs."""
    for kind, resources in wiring.app.by_type.items():
        if kind in HOPS or (kind != CUSTOM_RESOURCE and not kind.startswith(_OWN_TYPES)):
            continue
        for resource in resources:
            properties = {name: each for name, each in resource.properties.items() if name not in _OF_ITS_OWN}
            names = dict.fromkeys(names_in(properties))
            found = [wiring.app.resource(Address(resource.address.template, name)) for name in names]
            found += _by_name(wiring, resource, properties)
            named = [each for each in found if each is not None]
            source = next((each.site_id for each in named if each.type.startswith(_SOURCES)), None)
            work = next((each.site_id for each in named if each.type.startswith(_RUNS)), None)
            if source is not None and work is not None:
                why = f"names {source} and {work}: a custom resource that may connect them"
                wiring.unknown(resource, "", why, what=GapKind.RESOURCE, touches=(source, work))


def _by_name(wiring: Wiring, resource: Resource, properties: Mapping[str, Json]) -> Iterator[Resource | None]:
    """What entries name by an ARN, a URL, or a name that the template gives it, within JSON as well."""
    for name in properties:
        value = wiring.props(resource).value(name)
        if isinstance(value, (Known, Concat)):
            for service in (None, "sqs", "lambda"):
                for target in wiring.targets(resource, value, service):
                    yield wiring.app.resource(target.address)
            for each in pieces(value):
                if is_word(each):
                    yield _called(wiring).get(render(each))
                else:
                    yield from (wiring.app.resource(target.address) for target in wiring.targets(resource, each))


def _called(wiring: Wiring) -> Mapping[str, Resource]:
    """What may be connected, by the literal names that templates give."""

    def found() -> dict[str, Resource]:
        every = {}
        for resource in wiring.app.resources():
            naming = NAMINGS.get(resource.type) if resource.type.startswith((*_SOURCES, *_RUNS)) else None
            name = resource.properties.get(naming.property) if naming is not None else None
            if isinstance(name, str):
                every[name] = resource
        return every

    return wiring.once("literal names", found)
