"""Properties that CloudFormation wants and without which a resource connects nothing, those in the wrong case, and
functions with other keys beside them: each is a gap.

Source (2026-11-30): the pages of the types under
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/, "Required: Yes"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.model import GapKind
from seawall.template import Address, Json, Resource
from seawall.template.near_names import did_you_mean

from .registry import finisher
from .wiring import Wiring

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "AWS::Lambda::EventInvokeConfig": ("FunctionName",),
    "AWS::Lambda::EventSourceMapping": ("FunctionName",),
    "AWS::Lambda::Url": ("TargetFunctionArn",),
    "AWS::Pipes::Pipe": ("Source", "Target"),
    "AWS::SNS::Subscription": ("TopicArn", "Protocol"),
    "AWS::Scheduler::Schedule": ("Target",),
}

_MAY_STAND_BESIDE = ("Fn::Transform", "Fn::ForEach")


@finisher(order=97)
def missing(wiring: Wiring) -> None:
    """Note what is missing, with the name that was probably meant."""
    for kind, names in _REQUIRED.items():
        for resource in wiring.app.by_type.get(kind, ()):
            if any(gap.place is not None and gap.place.address == resource.address for gap in wiring.unknowns):
                continue
            for name in names:
                if not wiring.props(resource).exists(name):
                    refused = f"{kind} without {name}: CloudFormation refuses it"
                    why = "; ".join(filter(None, (refused, did_you_mean(resource.properties, name))))
                    wiring.unknown(resource, name, why, what=GapKind.MISTAKE)


@finisher(order=98)
def slips(wiring: Wiring) -> None:
    """Note properties in another case than AWS has them, unless what is missing for it is noted already."""
    mistakes = (gap for gap in wiring.unknowns if gap.what is GapKind.MISTAKE)
    noted = {(gap.place.address, gap.property) for gap in mistakes if gap.place is not None}
    for (address, property_), meant in wiring.app.reading.slips.items():
        resource = wiring.app.resource(address)
        above, dot, found = property_.rpartition(".")
        if resource is not None and (address, f"{above}{dot}{meant}") not in noted:
            wiring.unknown(resource, property_, f"did you mean {meant} where it says {found}?", what=GapKind.MISTAKE)


@finisher(order=98)
def beside_functions(wiring: Wiring) -> None:
    """Note objects that hold a function and other keys: CloudFormation refuses them, so that what they mean, and which
    of the keys counts, is not known. `Fn::Transform` may have others beside it.
    """
    for resource in wiring.app.resources():
        found = next(_mixed(wiring, resource), None)
        if found is not None:
            path, function = found
            refused = (
                f"{function} stands beside other keys: CloudFormation refuses it, and which one counts is not known"
            )
            wiring.unknown(resource, path, refused, what=GapKind.MISTAKE)


def _mixed(wiring: Wiring, resource: Resource) -> Iterator[tuple[str, str]]:
    """Where such objects stand in the properties of a resource, with the function in each."""
    pending: list[tuple[tuple[str, ...], Json]] = [((), resource.properties)] if _may_mix(resource.properties) else []
    while pending:
        path, node = pending.pop()
        if isinstance(node, list):
            pending += (((*path, str(index)), each) for index, each in enumerate(node) if type(each) in (dict, list))
            continue
        if len(node) > 1:
            for key in node:
                if key[:4] == "Fn::" and not key.startswith(_MAY_STAND_BESIDE):
                    yield ".".join(path), key
            named = node.get("Ref")
            if isinstance(named, str) and wiring.app.resource(Address(resource.address.template, named)) is not None:
                yield ".".join(path), "Ref"
        pending += (((*path, key), each) for key, each in node.items() if type(each) in (dict, list))


def _may_mix(start: Mapping[str, Json]) -> bool:
    """Whether any object has what may be a function beside other keys, as hardly any has: found without its path."""
    level: list[Json] = [start]
    while level:
        for node in level:
            if isinstance(node, dict) and len(node) > 1 and any(key[:4] in ("Ref", "Fn::") for key in node):
                return True
        level = [
            inside
            for node in level
            for inside in (node.values() if isinstance(node, dict) else node)
            if type(inside) in (dict, list)
        ]
    return False
