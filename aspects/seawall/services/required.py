"""Properties that CloudFormation wants and without which a resource connects nothing, and those in the wrong case: each
is a gap.

Source (2026-11-30): the pages of the types under
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/, "Required: Yes"
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.model import GapKind
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
