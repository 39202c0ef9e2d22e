"""Amazon EC2 instances and launch templates: code that runs under an instance profile, such as workers on a queue.

What it reads and sends is inferred from the profile's roles and from what the user data refers to.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import Place, Site
from seawall.template import Concat, Props, Reference, Resource, Value, outcomes, resolve

from ..holders import Holder, hold
from ..registry import sites
from ..wiring import Wiring

INSTANCE = "AWS::EC2::Instance"
TEMPLATES = ("AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration")
_PROFILE = "AWS::IAM::InstanceProfile"


@sites(INSTANCE, *TEMPLATES)
def instance(wiring: Wiring, resource: Resource) -> None:
    """An instance with a profile of the app is a site where code runs."""
    props = wiring.props(resource)
    section = props.at("LaunchTemplateData") if resource.type == TEMPLATES[0] else props
    profiles = [section.at("IamInstanceProfile"), section.at("IamInstanceProfile", "Arn")]
    profiles.append(section.at("IamInstanceProfile", "Name"))
    for profile in profiles:
        for found in _profiles(wiring, resource, profile.value()):
            site = wiring.site(Site(resource.site_id, "instance", Place(resource.address), works=True))
            roles = tuple(item.props.value() for item in wiring.props(found).items("Roles"))
            place = Place(resource.address, profile.property)
            hold(wiring, Holder(site, resource, place, roles, tuple(_user_data(section))))
            return


def _profiles(wiring: Wiring, resource: Resource, value: Value) -> Iterator[Resource]:
    for target in wiring.targets(resource, value):
        found = wiring.app.resource(target.address)
        if found is not None and found.type == _PROFILE:
            yield found


def _user_data(section: Props) -> Iterator[Value]:
    """What the user data refers to, piece by piece."""
    raw = section.raw("UserData")
    encoded = raw.get("Fn::Base64") if isinstance(raw, dict) else None
    value = section.value("UserData") if encoded is None else resolve(section.app, section.template, encoded)
    for leaf in outcomes(value):
        parts = leaf.parts if isinstance(leaf, Concat) else (leaf,)
        yield from (part for part in parts if isinstance(part, Reference))
