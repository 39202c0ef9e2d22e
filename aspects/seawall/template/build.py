"""Putting templates together: nested stacks found and linked, resources read, names made unique."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path, PurePosixPath

from msgspec import Struct, field

from . import assembly
from .errors import InputError
from .metadata import Metadata, merged
from .model import Acknowledged, App, Resource, Skipped, Template
from .nested import children
from .sites import SiteIds
from .source import read_template
from .sources import together
from .transforms import Expanded, Surroundings, expand
from .values import Address, Json

MAX_NESTED = 2_500
"""Templates that are read because they are nested: files that nest one another several times would never end."""


class UnlinkedTemplate(Struct):
    """A template that was read and is not linked yet."""

    path: Path
    root: Path
    body: Mapping[str, Json]
    stack_name: str
    region: str | None = None
    account: str | None = None
    parent: tuple[UnlinkedTemplate, str] | None = None
    key: str = ""
    assets: dict[str, str] = field(default_factory=dict)
    construct_path: str | None = None
    validate_on_synth: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    expanded: Expanded = field(default_factory=lambda: Expanded({}))
    """`body`, which is as written, once its transforms have run."""


def build(drafts: list[UnlinkedTemplate], skipped: list[Skipped], acknowledged: Iterable[Acknowledged] = ()) -> App:
    """Link `drafts` into an app, reading the nested stacks' templates they lead to.

    `acknowledged` is what authors acknowledged outside the stacks.
    """
    skipped = list(skipped)
    assets: dict[Path, dict[str, str]] = {}
    placed = _with_children(_once(drafts), assets, skipped)
    _give_keys(placed)
    ids = SiteIds([draft.key for draft in placed])
    templates: dict[str, Template] = {}
    for draft in placed:
        parent = Address(draft.parent[0].key, draft.parent[1]) if draft.parent else None
        resources = _resources(draft, ids, skipped)
        templates[draft.key] = Template(
            draft.key, str(draft.path), draft.stack_name, draft.expanded.body, resources,
            draft.region, draft.account, parent, draft.assets, draft.construct_path, draft.validate_on_synth,
            draft.expanded.origins,
        )  # fmt: skip
    outermost = [draft.metadata for draft in placed if draft.parent is None]
    stated = chain(acknowledged, *(metadata.acknowledged for metadata in outermost))
    return App(templates, tuple(skipped), merged(stated), together(metadata.sources for metadata in outermost))


def _once(drafts: list[UnlinkedTemplate]) -> list[UnlinkedTemplate]:
    """Each file once, however often it was named."""
    found: dict[Path, UnlinkedTemplate] = {}
    for draft in drafts:
        found.setdefault(draft.path.resolve(), draft)
    return list(found.values())


def _with_children(
    drafts: list[UnlinkedTemplate], assets: dict[Path, dict[str, str]], skipped: list[Skipped]
) -> list[UnlinkedTemplate]:
    """`drafts`, each followed by the nested stacks' templates that were not among them."""
    free = {draft.path.resolve(): draft for draft in drafts}
    placed: list[UnlinkedTemplate] = []
    pending = list(reversed(drafts))
    nested = 0
    while pending:
        draft = pending.pop()
        placed.append(draft)
        _expand(draft)
        directory = draft.path.parent
        if directory not in assets:
            assets[directory] = assembly.assets(directory)
        draft.assets = assets[directory]
        read: list[UnlinkedTemplate] = []
        for logical_id, path, why in children(draft.expanded.body, directory, draft.assets):
            if path is None or path.resolve() in _lineage(draft):
                why = why if path is None else "the nested stack's template is the one that holds it"
                skipped.append(Skipped(str(draft.path), f"nested stack {logical_id}: {why}"))
                continue
            child = free.get(path.resolve())
            if child is None or child.parent is not None:
                if nested >= MAX_NESTED:
                    why = f"nested stack {logical_id}: more than {MAX_NESTED:,} templates are nested"
                    skipped.append(Skipped(str(draft.path), why))
                    continue
                try:
                    body = read_template(path, synthesized=True, skipped=skipped)
                except InputError as error:
                    skipped.append(Skipped(str(path), f"template of nested stack {logical_id}: {error.why}"))
                    continue
                nested += 1
                child = UnlinkedTemplate(path, draft.root, body, "")
                free.setdefault(path.resolve(), child)
                read.append(child)
            child.parent = (draft, logical_id)
        pending.extend(reversed(read))
    for draft in placed:
        _inherit(draft)
        if draft.parent is not None:
            _expand(draft)  # only now is known where it is deployed, and with which parameters
        skipped += (Skipped(str(draft.path), note) for note in draft.expanded.notes)
    return placed


def _expand(draft: UnlinkedTemplate) -> None:
    draft.expanded = expand(draft.body, Surroundings(draft.path, draft.region, draft.account, _given(draft)))


def _given(draft: UnlinkedTemplate) -> frozenset[str]:
    """Parameters whose values the stack that nests this one passes."""
    if draft.parent is None:
        return frozenset()
    outer, logical_id = draft.parent
    properties = outer.expanded.body["Resources"][logical_id].get("Properties")
    parameters = properties.get("Parameters") if isinstance(properties, dict) else None
    return frozenset(parameters) if isinstance(parameters, dict) else frozenset()


def _lineage(draft: UnlinkedTemplate | None) -> set[Path]:
    found = set()
    while draft is not None:
        found.add(draft.path.resolve())
        draft = draft.parent[0] if draft.parent else None
    return found


def _inherit(draft: UnlinkedTemplate) -> None:
    """A nested stack's template: the environment of the outermost stack, and a name that tells where it is nested."""
    names: list[str] = []
    outer = draft
    while outer.parent is not None:
        names.append(outer.parent[1])
        outer = outer.parent[0]
    if names:
        draft.region, draft.account = outer.region, outer.account
        draft.stack_name = "-".join([outer.stack_name, *reversed(names)])
        draft.construct_path, draft.validate_on_synth = outer.construct_path, outer.validate_on_synth
        draft.metadata = outer.metadata


def _give_keys(drafts: list[UnlinkedTemplate]) -> None:
    """A key for each template: its path below the input it was found in; told apart where that is not enough."""
    plain = {id(draft): _below(draft.path, draft.root) for draft in drafts}
    counts = Counter(plain.values())
    taken: set[str] = set()
    for draft in drafts:
        path = plain[id(draft)]
        key = str(path)
        if counts[path] > 1 and draft.parent is not None and key in taken:
            key = f"{path}@{draft.parent[1]}"
        elif key in taken:
            key = f"{draft.root.resolve().name}/{path}"
        number = 2
        while key in taken:
            key, number = f"{path}#{number}", number + 1
        taken.add(key)
        draft.key = key


def _below(path: Path, root: Path) -> PurePosixPath:
    relative = os.path.relpath(path, root)
    if relative.startswith(".."):
        relative = os.path.relpath(path.resolve(), root.resolve())
    return PurePosixPath(relative.replace(os.sep, "/"))


def _resources(draft: UnlinkedTemplate, ids: SiteIds, skipped: list[Skipped]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for logical_id, raw in draft.expanded.body["Resources"].items():
        why = _fault(raw)
        if why is not None:
            skipped.append(Skipped(str(draft.path), f"resource {logical_id}: {why}"))
            continue
        metadata = raw.get("Metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        construct_path = metadata.get("aws:cdk:path")
        if not isinstance(construct_path, str) or not construct_path:
            construct_path = draft.metadata.paths.get((draft.path.name, logical_id))
        condition = raw.get("Condition")
        label = draft.expanded.labels.get(logical_id, "")
        found[logical_id] = Resource(
            Address(draft.key, logical_id),
            raw["Type"],
            raw.get("Properties") or {},
            metadata,
            condition if isinstance(condition, str) else None,
            construct_path,
            ids.give(draft.key, label or logical_id, construct_path),
            label.partition(".")[0] or None,
        )
    return found


def _fault(raw: Json) -> str | None:
    """Why an entry of `Resources` cannot be read as a resource; None if it can."""
    if not isinstance(raw, dict):
        return "is not an object"
    if not isinstance(raw.get("Type"), str):
        meant = next((key for key in raw if isinstance(key, str) and key.lower() == "type"), None)
        return "has no Type" if meant in (None, "Type") else f"has no Type; did you mean Type where it says {meant}?"
    if not isinstance(raw.get("Properties") or {}, dict):
        return "its Properties are not an object"
    return None
