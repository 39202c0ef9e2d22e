"""What an author states of an app, as changes: that code does not send where a role or an environment suggest it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from seawall.graph import Flow, Hop, Place
from seawall.template import Address, App, Json, is_yaml

from .search import Edit, Remedy
from .settings_changes import NOT_SET

STATED = "Metadata.seawall"
"""Where statements stand, below a resource."""


def repository_stated(app: App, address: Address, site: str, trait: str, value: Json) -> Remedy:
    """That something of a repository is so, such as which of its tags are pushed again; in a template on one line."""
    said, line = json.dumps(value), stated_line(app, address, {trait: value})
    edit = Edit(Place(address, f"{STATED}.{trait}"), NOT_SET, said, line, said, given=bool(line))
    return Remedy(f"state {trait} of {site}: {said}", (edit,))


def stated_line(app: App, address: Address, traits: Mapping[str, Json]) -> str:
    """What is stated of a resource, on one line of its template; empty where it is code that states it, or something is
    stated there already.
    """
    resource = app.resource(address)
    if resource is None or resource.construct_path is not None or resource.metadata:
        return ""
    if is_yaml(app.templates[address.template]):
        told = ", ".join(f"{trait}: {json.dumps(value)}" for trait, value in traits.items())
        return f"Metadata: {{seawall: {{{told}}}}}"
    return f'"Metadata": {json.dumps({"seawall": dict(traits)})}'


def never_sent(app: App, flow: Flow, hops: Iterable[Hop]) -> tuple[Remedy, ...]:
    """That no code makes some calls, a change for each sender; none where one of them has no place to say so."""
    never: dict[Address, tuple[str, dict[str, None]]] = {}
    for hop in hops:
        source, target = flow.sites[hop.source].place, flow.sites[hop.target].place
        if source is None or target is None or app.resource(source.address) is None:
            return ()
        to = called(app, source.address, target.address)
        never.setdefault(source.address, (hop.source, {}))[1][to] = None
    return tuple(_stated(address, *said) for address, said in never.items())


def _stated(address: Address, site: str, never: Mapping[str, None]) -> Remedy:
    value = json.dumps([{"to": to} for to in never])
    edit = Edit(Place(address, f"{STATED}.never_sends_to"), NOT_SET, value, value=value)
    return Remedy(f"state that {site} never sends to {' and '.join(never)}", (edit,))


def called(app: App, sender: Address, address: Address) -> str:
    """How a statement of `sender` names another resource: by the construct path without what the CDK adds, in another
    template by the site, else by the logical id.
    """
    resource = app.resource(address)
    if resource is None:
        return address.logical_id
    if resource.construct_path is not None:
        return resource.construct_path.removesuffix("/Resource")
    return address.logical_id if address.template == sender.template else resource.site_id
