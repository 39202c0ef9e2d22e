"""Changes made in the templates as they are deployed, so that the model can be run again on what comes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from copy import deepcopy
from itertools import groupby
from typing import Any

from msgspec.structs import replace

from seawall.graph.layers import DEPENDS_ON
from seawall.template import Address, App, Json, Resource, Template
from seawall.template.model import CODE
from seawall.template.scope import is_intrinsic

from .definitions import IN_TEXT, MemberEdit, UneditableError, edited, held_in, keys_of
from .search import Edit

METADATA = "Metadata"


def applied(app: App, edits: Iterable[Edit]) -> App:
    """The app with edits made. `UneditableError` where one of them is the author's to decide, or cannot be made."""
    bodies: dict[str, dict[str, Any]] = {}
    for (address, _), together in groupby(edits, lambda edit: (edit.place.address, _in_text(edit))):
        key = address.template
        if key not in app.templates:
            raise UneditableError("it stands in no template")
        if key not in bodies:
            bodies[key] = deepcopy(dict(app.templates[key].body))
        _make(bodies[key]["Resources"], list(together))
    templates = {key: _again(each, bodies.get(key)) for key, each in app.templates.items()}
    changed = replace(app, templates=templates)
    changed.memo[CODE] = app.memo.setdefault(CODE, {})
    return changed


def _in_text(edit: Edit) -> bool:
    """Whether an edit is one within the text of a definition."""
    return edit.place.property.startswith(f"{IN_TEXT}.") and not edit.adds


def _make(resources: dict[str, Any], edits: Sequence[Edit]) -> None:
    """Edits of one resource; those in the text of its definition at once."""
    name = edits[0].place.address.logical_id
    if len(edits) == 1 or not _in_text(edits[0]) or name not in resources:
        for edit in edits:
            make(resources, edit)
        return
    for edit in edits:
        _refuse_open(edit)
    properties = resources[name]["Properties"] = _section(resources[name], "Properties")
    inner = [MemberEdit(edit.place.property.partition(".")[2], edit.value) for edit in edits]
    properties[IN_TEXT] = edited(properties.get(IN_TEXT), inner)


def _refuse_open(edit: Edit) -> None:
    if not (edit.value or edit.removes):
        raise UneditableError(f"{edit.old} -> {edit.new} is the author's to decide")


def make(resources: dict[str, Any], edit: Edit) -> None:
    """One edit in the resources of a template. `UneditableError` where it cannot be made."""
    name, path = edit.place.address.logical_id, edit.place.property
    _refuse_open(edit)
    if edit.adds:
        resources[name] = json.loads(edit.value)
        return
    if name not in resources:
        raise UneditableError(f"there is no {name}")
    if not path:
        del resources[name]
        return
    if path == DEPENDS_ON:
        resources[name][path] = json.loads(edit.value)
        return
    head, _, rest = path.partition(".")
    if head == METADATA and rest:
        stated = resources[name][METADATA] = _section(resources[name], METADATA)
        _put(stated, rest, edit.value)
        return
    properties = resources[name]["Properties"] = _section(resources[name], "Properties")
    if head == IN_TEXT and rest:
        properties[IN_TEXT] = edited(properties.get(IN_TEXT), [MemberEdit(rest, edit.value)])
    else:
        _put(properties, path, edit.value)


def _put(root: Json, path: str, value: str) -> None:
    keys = keys_of(path, held_in(root))
    node = root
    for key in keys[:-1]:
        if isinstance(node, dict) and str(key) not in node:
            node[str(key)] = {}
        node = node[key if isinstance(node, list) else str(key)]
        if not isinstance(node, (dict, list)) or is_intrinsic(node):
            raise UneditableError(f"{path} is put together by the deployment")
    last = keys[-1]
    if isinstance(node, list) and not (isinstance(last, int) and last < len(node)):
        raise UneditableError(f"{path} is not set")
    if value:
        node[last] = json.loads(value)
    elif last in held_in(root)(keys[:-1]):
        del node[last]
    else:
        raise UneditableError(f"{path} is not set")


def _section(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """A section of a resource as the template has it; what is no object says nothing."""
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def _again(template: Template, body: dict[str, Any] | None) -> Template:
    """A template with another body, or as it is; nothing that was worked out about it is kept."""
    if body is None:
        return replace(template)
    found = {name: _resource(template, name, raw) for name, raw in body["Resources"].items() if isinstance(raw, dict)}
    return replace(template, body=body, resources={name: each for name, each in found.items() if each is not None})


def _resource(template: Template, name: str, raw: dict[str, Any]) -> Resource | None:
    properties = _section(raw, "Properties")
    if name in template.resources:
        return replace(template.resources[name], properties=properties, metadata=_section(raw, METADATA))
    if name in template.body["Resources"]:
        return None  # what could not be read before
    site, app = f"{template.stack_name}/{name}", next((each.app for each in template.resources.values()), "")
    return Resource(Address(template.key, name), raw["Type"], properties, {}, None, None, site, app=app)
