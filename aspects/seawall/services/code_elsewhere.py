"""Roles of code that is no function, container or job of the templates: what they let it send or read is a gap.

An environment of Airflow, an application of Flink, a canary, a notebook, a server of Elastic Beanstalk or a browser
with an identity of Cognito runs code under a role of its own; so does whatever takes on a role that nothing here has.

Source (2026-11-30): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from seawall.graph.model import GapKind
from seawall.template import Address, App, Json, Resource, Template, refers_to, resolve
from seawall.words import some

from .gaps import names_in
from .holders import holders
from .iam.statements import ROLE
from .lambda_.code_calls import ACTIONS, acts_on, permissions_of_roles, refusals, roles_of
from .readers import read_by
from .registry import finisher, leads_on
from .wiring import Wiring

_PROFILE = "AWS::IAM::InstanceProfile"
_ABOUT_OTHERS = re.compile(r"Polic|Principal|Permission|Trust|Tags|Metadata")
"""Sections in which a role is spoken of and not had."""
_BETWEEN_SIGNS = re.compile(rb"[^\"${}.]+")
"""What stands between the signs that end a name in JSON, in ``${Name}`` or in ``Name.Attribute``."""
_PUT_TOGETHER = frozenset({"Fn::Join", "Fn::Sub"})
_DEPLOYS = ("Custom::", "AWS::CloudFormation::", "AWS::CDK::", "AWS::IAM::")


@finisher(order=15)
def code_elsewhere(wiring: Wiring) -> None:
    """Note what is not followed and has a role that lets it call something of the app, and roles that nothing has."""
    roles = wiring.app.by_type.get(ROLE, ())
    if not roles:
        return
    leading = {name for hop in wiring.hops for name in (hop.source, hop.source.partition("#")[0])}
    leading |= {site.id for site in wiring.sites.values() if site.works}
    had = {role.site_id for holder in holders(wiring) for role in roles_of(wiring, holder)}
    holding = {holder.resource.address for holder in holders(wiring)}
    users = _users(wiring, lambda type_: not leads_on(type_))
    idle: dict[str, tuple[Resource, list[str]]] = {}
    for role in roles:
        name = role.site_id
        if name not in users and name in had:
            continue
        called = list(dict.fromkeys(_called(wiring, role, leading)))
        if not called:
            continue
        for user in users.get(name, ()):
            if user.address not in holding:
                lets = f"its role ({name}) lets it send to or read {some(called)}"
                why = f"{lets}, and what an {user.type} does is not followed"
                wiring.unknown(user, "", why, what=GapKind.ROLE, touches=called)
        if name not in had and name not in users:
            idle[name] = (role, called)
    followed_users = _users(wiring, leads_on) if idle else {}
    for name, (role, called) in idle.items():
        if name not in followed_users:
            why = f"no resource here has it, and it lets code send to or read {some(called)}: who does is not seen"
            wiring.unknown(role, "", why, what=GapKind.ROLE, touches=called)


def _users(wiring: Wiring, meant: Callable[[str], bool]) -> Mapping[str, list[Resource]]:
    """By role: the resources of the types meant that name it, or an instance profile of it, but for those that only
    speak of it.
    """
    named: dict[str, list[Resource]] = {}
    """By role or profile."""
    leading = {key: _leading_to_roles(template) for key, template in wiring.app.templates.items()}
    for type_, resources in wiring.app.by_type.items():
        if type_ == _PROFILE or (meant(type_) and not type_.startswith(_DEPLOYS)):
            for resource in resources:
                names = _named(wiring, resource) if _may_name(resource, leading[resource.address.template]) else ()
                for each in names:
                    if each.type in (ROLE, _PROFILE):
                        named.setdefault(each.site_id, []).append(resource)
    found: dict[str, list[Resource]] = {}
    for name, users in named.items():
        for user in users:
            for each in named.get(user.site_id, ()) if user.type == _PROFILE else (user,):
                found.setdefault(name, []).append(each)
    return found


def _leading_to_roles(template: Template) -> frozenset[bytes]:
    """The names in a template that may stand for a role: those of roles and profiles, and of parameters."""
    roles = (name for name, each in template.resources.items() if each.type in (ROLE, _PROFILE))
    parameters = template.body.get("Parameters")
    return frozenset(name.encode() for name in (*roles, *(parameters if isinstance(parameters, dict) else ())))


def _may_name(resource: Resource, leading: frozenset[bytes]) -> bool:
    """Whether a resource may name a role, as few do: found without looking at each of its texts."""
    try:
        written = msgspec.json.encode(resource.properties)
    except ValueError:
        return True  # half of a pair of surrogates, which JSON may hold and UTF-8 may not
    elsewhere = any(mark in written for mark in (b":role/", b"Fn::ImportValue"))
    return elsewhere or not leading.isdisjoint(_BETWEEN_SIGNS.findall(written))


def _named(wiring: Wiring, resource: Resource) -> Iterator[Resource]:
    """What a resource names: in its own template, or in another one over an export or a parameter."""
    app, template = wiring.app, wiring.app.templates[resource.address.template]
    parts: list[Json] = [each for name, each in resource.properties.items() if not _ABOUT_OTHERS.search(name)]
    addresses: dict[Address | None, None] = {}
    for name in dict.fromkeys(each for part in parts for each in names_in(part)):
        if name in template.resources:
            addresses[Address(resource.address.template, name)] = None
        elif not name.startswith("AWS::"):
            addresses |= _elsewhere(app, template, {"Ref": name})
    for part in parts:
        for written in _written(part):
            addresses |= _elsewhere(app, template, written)
    for address in addresses:
        found = None if address is None else app.resource(address)
        if found is not None:
            yield found


def _elsewhere(app: App, template: Template, raw: Json) -> dict[Address | None, None]:
    return dict.fromkeys(target.address for target in refers_to(app, template, resolve(app, template, raw)))


def _written(node: Json) -> Iterator[Json]:
    """The imports in a piece of a template, and the ARNs of roles that are written out or put together there."""
    pending: list[Json] = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            put_together = not _PUT_TOGETHER.isdisjoint(each) and ":role/" in json.dumps(each)
            if put_together or "Fn::ImportValue" in each:
                yield each
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, str) and ":role/" in each:
            yield each


def _called(wiring: Wiring, role: Resource, leading: set[str]) -> Iterator[str]:
    """What a role names one by one and lets code send to, where something runs or goes on from there, or read."""
    for permission in permissions_of_roles(wiring).get(role.site_id, ()):
        for name in sorted(permission.targets):
            place = wiring.sites[name].place if name in wiring.sites else None
            resource = wiring.app.resource(place.address) if place is not None else None
            if resource is None:
                continue
            sends = [action for action, use in ACTIONS.items() if acts_on(use, resource)] if name in leading else []
            allowed = [each for each in sends if permission.allows(each)]
            if any(not refusals(wiring).why(role, action, resource) for action in allowed):
                yield name
    yield from (source.site_id for source, _ in read_by(wiring, role.site_id))
