"""Properties that CloudFormation wants and without which a resource connects nothing: missing, each is a gap.

Source (2026-11-30): the pages of the types under
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/, "Required: Yes"
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.template import Resource

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
                    wiring.unknown(
                        resource, name, f"{kind} without {name}: CloudFormation refuses it{_meant(resource, name)}"
                    )


def _meant(resource: Resource, name: str) -> str:
    found = next((key for key in resource.properties if str(key).lower() == name.lower()), None)
    return f"; did you mean {name} where it says {found}?" if found is not None else ""
