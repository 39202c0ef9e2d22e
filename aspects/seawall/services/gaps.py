"""What the gaps of a wiring touch: where each stands, and what the resource that it stands in refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from seawall.graph import Flow, Gap, GapKind, Place
from seawall.graph.gaps import Reach
from seawall.template import Address, App, Concat, Json, Resource, Template
from seawall.template.physical import NAMINGS
from seawall.template.sites import stem

from .registry import HOPS

if TYPE_CHECKING:
    from .wiring import Wiring

_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)[^{}]*\}")
_SETTLED = {
    "Environment": "AWS::",
    "DefaultArguments": "AWS::Glue::",
    "Code": "AWS::Lambda::",
    "Content": "AWS::Lambda::",
}
"""Sections of which an unknown entry says nothing by itself, with how their types begin: what a role lets code call
decides what an environment means, and code that is not at hand is a gap of its own. So it is with the resources of a
role's statement: an unknown one is any."""
_DEPLOYS = ("Custom::", "AWS::CloudFormation::CustomResource")
"""Types that act during a deployment only."""
_ROLE = "AWS::IAM::Role"
_GIVEN = ("Parameters", "ProvisioningParameters")
"""What a template that is deployed within this one is given."""
_INTRINSIC = frozenset({"Ref", "Fn::Transform", "Fn::ImportValue", "Fn::FindInMap", "Fn::If"})
_OWN = frozenset({GapKind.CODE, GapKind.ROLE})
"""Gaps of the site itself: what else its resource names, such as a role, is not in question."""


def unresolved(wiring: Wiring) -> None:
    """Note every property that a reader asked for, that nothing resolves, and that no gap speaks of so far."""
    noted: dict[Address, list[str]] = {}
    for gap in wiring.unknowns:
        if gap.place is not None:
            noted.setdefault(gap.place.address, []).append(gap.property)
    for (address, property_), why in list(wiring.app.reading.unresolved.items()):
        resource = wiring.app.resource(address)
        if resource is None or not _decides(resource, property_) or _found_by_symbols(wiring, resource, property_):
            continue
        known = noted.setdefault(address, [])
        if not any(_same(property_, other) for other in known):
            known.append(property_)
            wiring.unknown(resource, property_, why)


def unseen(wiring: Wiring) -> None:
    """Note the parts of templates that were not read for what they are: nested stacks, macros, includes, entries of
    `Resources` that are none.
    """
    for each in wiring.app.skipped:
        template = wiring.app.templates.get(each.template)
        if each.hides is None or template is None:
            continue
        address = Address(template.key, each.hides)
        resource = wiring.app.resource(address)
        site = resource.site_id if resource is not None else "/".join(filter(None, (_name_of(template), each.hides)))
        wiring.unknowns.append(Gap(site, "", each.why, Place(address), what=GapKind.RESOURCE))


def _name_of(template: Template) -> str:
    """What the sites of a template begin with."""
    begins = (each.site_id.rpartition("/")[0] for each in template.resources.values() if each.construct_path is None)
    return template.construct_path or next(begins, stem(template.key))


def _found_by_symbols(wiring: Wiring, resource: Resource, property_: str) -> bool:
    """Whether a text with parameters that have no value names something of the app by the same expression."""
    steps = [int(step) if step.isdecimal() else step for step in property_.split(".")]
    value = wiring.props(resource).value(*steps)
    if not isinstance(value, Concat):
        return False
    read_as = (wiring.targets(resource, value, service) for service in (None, "lambda"))
    return any(targets and all(target.address is not None for target in targets) for targets in read_as)


def _decides(resource: Resource, property_: str) -> bool:
    """Whether a property is one of the resource's own, and no name of it."""
    naming = NAMINGS.get(resource.type)
    parts = [part for part in property_.split(".") if not part.isdecimal()]
    if parts[0] not in resource.properties or resource.type.startswith(_DEPLOYS):
        return False
    if (naming is not None and property_ == naming.property) or resource.type.startswith(_SETTLED.get(parts[0], "-")):
        return False
    return parts[-1] != "Resource" or not resource.type.startswith("AWS::IAM::")


def _same(one: str, other: str) -> bool:
    """Whether one of two properties holds the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def touching(app: App, flow: Flow, gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    """`gaps`, each once, with the sites whose figures they could touch."""
    reach = Reach(flow)
    made_by: dict[Address, list[str]] = {}
    for hop in flow.hops:
        made_by.setdefault(hop.place.address, []).extend((hop.source, hop.target))
    users = _users(app) if any(_of_a_role(app, gap) for gap in gaps) else {}
    found: dict[Gap, Gap] = {}
    for gap in gaps:
        if gap not in found:
            starts = [*_starts(app, flow, gap, made_by), *(_users_of(app, users, gap) if _of_a_role(app, gap) else ())]
            if _leads_anywhere(app, gap) and not any(name in flow.sites for name in starts):
                starts = list(flow.sites)
            hidden = (gap.site,) if gap.what is GapKind.RESOURCE and not flow.sites else ()  # it is all that there is
            found[gap] = replace(gap, touches=reach.of(starts) or hidden)
    return tuple(found.values())


def _resource(app: App, gap: Gap) -> Resource | None:
    return app.resource(gap.place.address) if gap.place is not None else None


def _of_a_role(app: App, gap: Gap) -> bool:
    resource = _resource(app, gap)
    return resource is not None and resource.type.startswith("AWS::IAM::")


def _leads_anywhere(app: App, gap: Gap) -> bool:
    """Whether it stands in a resource that makes hops: where nothing tells between what, it may be between any."""
    resource = _resource(app, gap)
    if resource is None:
        return False
    given = (resource.properties.get(name) for name in _GIVEN)
    return resource.type in HOPS or any(isinstance(each, dict) and not _INTRINSIC.isdisjoint(each) for each in given)


def _users(app: App) -> dict[str, list[str]]:
    """By resource: what names it, as a function names its role."""
    found: dict[str, list[str]] = {}
    for resource in app.resources():
        for name in _named(app, resource):
            found.setdefault(name, []).append(resource.site_id)
    return found


def _users_of(app: App, users: Mapping[str, Sequence[str]], gap: Gap) -> Iterator[str]:
    """What has the role that a gap of a role or a policy is of: a policy names its roles, or they name it."""
    resource = _resource(app, gap)
    roles = [gap.site]
    if resource is not None and resource.type != _ROLE:
        near = (*_named(app, resource), *users.get(gap.site, ()))
        ours = {each.site_id for each in app.by_type.get(_ROLE, ())}
        roles += [name for name in near if name in ours]
    for role in roles:
        yield from users.get(role, ())


def _starts(app: App, flow: Flow, gap: Gap, made_by: dict[Address, list[str]]) -> Iterator[str]:
    yield gap.site
    yield from gap.touches
    resource = _resource(app, gap)
    if resource is None and gap.place is not None:
        yield from _in_place(app, flow, gap.place.address)
    if resource is None or gap.what in _OWN:
        return
    if gap.site not in flow.sites or gap.what is GapKind.RESOURCE:
        yield from made_by.get(resource.address, ())
        yield from _named(app, resource)


def _in_place(app: App, flow: Flow, address: Address) -> Iterator[str]:
    """What stands where no resource was read: what an entry of `Resources` names, or all of a template where it names
    nothing, or where there is none.
    """
    template = app.templates.get(address.template)
    raw = template.body["Resources"].get(address.logical_id) if template is not None else None
    named = [app.resource(Address(address.template, name)) for name in names_in(raw)]
    if any(named):
        yield from (each.site_id for each in named if each is not None)
    elif not isinstance(raw, dict) or "Fn::Transform" in raw or not address.logical_id:
        places = {each.id: each.place for each in flow.sites.values()}
        here = [name for name, place in places.items() if place and place.address.template == address.template]
        yield from here or flow.sites  # a template of which nothing is seen may connect whatever there is


def _named(app: App, resource: Resource) -> Iterator[str]:
    """Site ids of the resources of its template that a resource refers to."""
    for name in names_in(dict(resource.properties)):
        found = app.resource(Address(resource.address.template, name))
        if found is not None:
            yield found.site_id


def names_in(node: Json) -> Iterator[str]:
    """Names that a piece of a template refers to."""
    pending: list[Json] = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, str):
            yield from _IN_TEXT.findall(each)
        elif isinstance(each, dict):
            named, attribute = each.get("Ref"), each.get("Fn::GetAtt")
            if isinstance(named, str):
                yield named
            if isinstance(attribute, str):
                yield attribute.partition(".")[0]
            elif isinstance(attribute, list) and attribute and isinstance(attribute[0], str):
                yield attribute[0]
            pending.extend(each.values())
