"""Putting templates together: nested stacks found and linked, resources read, names made unique."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from . import assembly
from .apps import app_names
from .errors import InputError
from .metadata import Metadata, merged
from .model import Acknowledged, App, Resource, Skipped, Template
from .near_names import did_you_mean
from .nested import Child, children, passed
from .origins import Origins, followed
from .sites import SiteIds
from .source import read_template
from .sources import SourceLines, together
from .transforms import EVERYTHING, Expanded, Mentions, Note, Surroundings, expand
from .values import Address, Json

_SECTIONS = ("Resources", "Parameters", "Conditions", "Mappings", "Outputs", "Rules", "Transform", "Globals")
MAX_NESTED = 2_500
"""Templates that are read because they are nested: files that nest one another several times would never end."""


class UnlinkedTemplate(Struct):
    """A template that was read and is not linked yet."""

    path: Path
    root: Path
    """The input that it was found in."""
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
    home: Path | None = None
    """The folder of its app: a cloud assembly, or what was named; None for `root`."""
    app: str = ""
    deployed: bool = False
    """It was found deployed, by `seawall audit`."""
    mentions: Mentions = EVERYTHING
    expanded: Expanded = field(default_factory=lambda: Expanded({}))
    """`body`, which is as written, once its transforms have run."""
    construct_paths: Mapping[str, str] = field(default_factory=dict)
    """By logical id: where the construct of a resource stands in the CDK app."""
    inline: tuple[str, ...] = ()
    """Where in the template around it its text stands; empty for a file."""
    elsewhere: bool = False
    """It is deployed in accounts and Regions of its own, not in those of the template around it."""
    hidden: list[Note] = field(default_factory=list)
    """Resources of which something was not read."""
    real: str = ""
    """The file's real path."""

    def __post_init__(self) -> None:
        self.real = self.real or os.path.realpath(self.path)


def build(
    drafts: list[UnlinkedTemplate], skipped: list[Skipped], acknowledged: Iterable[tuple[Path, Acknowledged]] = ()
) -> App:
    """Link `drafts` into an app, reading the nested stacks' templates they lead to.

    `acknowledged` is what authors acknowledged outside the stacks, with the folder of the app that says so.
    """
    skipped = list(skipped)
    drafts = _once(drafts)
    homes = {folder: folder.resolve() for folder in {_home(draft) for draft in drafts}}
    names = app_names(sorted(set(homes.values())))
    for draft in drafts:
        draft.app = names[homes[_home(draft)]]
    drafts = _without_replaced(drafts, skipped)
    assets: dict[Path, dict[str, str]] = {}
    placed = _with_children(drafts, assets)
    _give_keys(placed)
    for draft in placed:
        notes = (*draft.hidden, *draft.expanded.notes, *_misnamed(draft.body))
        skipped += (Skipped(str(draft.path), each.why, hides=each.hides, template=draft.key) for each in notes)
        draft.construct_paths = _construct_paths(draft)
    ids = SiteIds([draft.key for draft in placed], _in_several_apps(placed))
    templates: dict[str, Template] = {}
    for draft in placed:
        parent = Address(draft.parent[0].key, draft.parent[1]) if draft.parent else None
        resources = _resources(draft, ids, skipped)
        templates[draft.key] = Template(
            draft.key, str(draft.path), draft.stack_name, draft.expanded.body, resources,
            draft.region, draft.account, parent, draft.assets, draft.construct_path, draft.validate_on_synth,
            _origins(draft), draft.app, draft.deployed,
        )  # fmt: skip
    outermost = [draft for draft in placed if draft.parent is None]
    stated = chain(
        (replace(one, app=names.get(home.resolve(), "")) for home, one in acknowledged),
        (replace(one, app=draft.app) for draft in outermost for one in draft.metadata.acknowledged),
    )
    return App(templates, tuple(skipped), merged(stated), _sources(outermost))


def _sources(outermost: Iterable[UnlinkedTemplate]) -> Mapping[str, SourceLines]:
    """Lines of the author's code, by app."""
    found: dict[str, list[SourceLines]] = {}
    for draft in outermost:
        if draft.metadata.sources:
            found.setdefault(draft.app, []).append(draft.metadata.sources)
    return {app: together(lines) for app, lines in found.items()}


def _origins(draft: UnlinkedTemplate) -> Origins:
    """Where in the file stands what is in the template; of one that is text in another, where that text stands."""
    if not draft.inline:
        return draft.expanded.origins
    return followed({("Resources",): (*draft.inline, "Resources")}, draft.expanded.origins)


def _home(draft: UnlinkedTemplate) -> Path:
    return draft.home or draft.root


def _without_replaced(drafts: list[UnlinkedTemplate], skipped: list[Skipped]) -> list[UnlinkedTemplate]:
    """`drafts` without the deployed stacks that one of the others is about to replace."""
    coming = [draft for draft in drafts if not draft.deployed]
    if len(coming) == len(drafts):
        return drafts
    left: list[UnlinkedTemplate] = []
    for draft in drafts:
        new = next((each for each in coming if draft.deployed and _same_stack(draft, each)), None)
        if new is None:
            left.append(draft)
        else:
            skipped.append(Skipped(str(draft.path), f"stack {draft.stack_name} is read as {new.path} will deploy it"))
    return left


def _same_stack(one: UnlinkedTemplate, other: UnlinkedTemplate) -> bool:
    places = ((one.region, other.region), (one.account, other.account))
    return one.stack_name == other.stack_name and all(None in pair or pair[0] == pair[1] for pair in places)


def _in_several_apps(drafts: Iterable[UnlinkedTemplate]) -> frozenset[str]:
    """Construct paths that more than one app has."""
    by_app: dict[str, set[str]] = {}
    for draft in drafts:
        if draft.app:
            own = (path.removesuffix("/Resource") for path in draft.construct_paths.values())
            by_app.setdefault(draft.app, set()).update(own)
    seen: set[str] = set()
    several: set[str] = set()
    for paths in by_app.values():
        several |= seen & paths
        seen |= paths
    return frozenset(several)


def _construct_paths(draft: UnlinkedTemplate) -> dict[str, str]:
    """By logical id: where a resource's construct stands in the CDK app, as its metadata says; none outside the CDK."""
    found: dict[str, str] = {}
    others, file = draft.metadata.paths, draft.path.name
    for logical_id, raw in draft.expanded.body["Resources"].items():
        metadata = raw.get("Metadata") if isinstance(raw, dict) else None
        path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
        if not isinstance(path, str) or not path:
            path = others.get((file, logical_id)) if others and isinstance(raw, dict) else None
        if path is not None:
            found[logical_id] = path
    return found


def _once(drafts: list[UnlinkedTemplate]) -> list[UnlinkedTemplate]:
    """Each file once, however often it was named."""
    found: dict[str, UnlinkedTemplate] = {}
    for draft in drafts:
        found.setdefault(draft.real, draft)
    return list(found.values())


def _with_children(drafts: list[UnlinkedTemplate], assets: dict[Path, dict[str, str]]) -> list[UnlinkedTemplate]:
    """`drafts`, each followed by the nested stacks' templates that were not among them."""
    free = {draft.real: draft for draft in drafts}
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
        lineage = _lineage(draft)
        for each in children(draft.expanded.body, directory, draft.assets):
            real = os.path.realpath(each.path) if each.path is not None else ""
            child = free.get(real) if real else None
            if child is None or child.parent is not None or real in lineage:
                made = (
                    f"more than {MAX_NESTED:,} templates are nested"
                    if nested >= MAX_NESTED
                    else _read(draft, each, real, lineage)
                )
                if isinstance(made, str):
                    draft.hidden.append(Note(f"{each.what} {each.logical_id}: {made}", each.logical_id))
                    continue
                nested += 1
                child = made
                free.setdefault(child.real, child)
                read.append(child)
            child.parent, child.elsewhere = (draft, each.logical_id), each.elsewhere
        pending.extend(reversed(read))
    for draft in placed:
        _inherit(draft)
        if draft.parent is not None:
            _expand(draft)  # only now is known where it is deployed, and with which parameters
    return placed


def _read(draft: UnlinkedTemplate, each: Child, real: str, lineage: set[str]) -> UnlinkedTemplate | str:
    """The template that a resource of `draft` deploys, or why it is not read."""
    if each.body is not None:
        return UnlinkedTemplate(draft.path, draft.root, each.body, "", home=draft.home, inline=each.at)
    if each.path is None:
        return each.why
    if real in lineage:
        return f"the {each.what}'s template is the one that holds it"
    try:
        found = read_template(each.path, synthesized=True)
    except InputError as error:
        return f"its template ({each.path}) cannot be read: {error.why}"
    return UnlinkedTemplate(
        each.path,
        draft.root,
        found.body,
        "",
        home=draft.home,
        mentions=found.mentions,
        hidden=list(found.repeated),
        real=real,
    )


def _expand(draft: UnlinkedTemplate) -> None:
    surroundings = Surroundings(draft.path, draft.region, draft.account, _given(draft))
    draft.expanded = expand(draft.body, surroundings, draft.mentions)


def _given(draft: UnlinkedTemplate) -> frozenset[str]:
    """Parameters whose values the stack that nests this one passes."""
    if draft.parent is None:
        return frozenset()
    outer, logical_id = draft.parent
    raw = outer.expanded.body["Resources"][logical_id]
    return frozenset(passed(raw["Type"], raw.get("Properties")))


def _lineage(draft: UnlinkedTemplate | None) -> set[str]:
    found = set()
    while draft is not None:
        found.add(draft.real)
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
        draft.region, draft.account = (None, None) if draft.elsewhere else (outer.region, outer.account)
        draft.stack_name = "-".join([outer.stack_name, *reversed(names)])
        draft.construct_path, draft.validate_on_synth = outer.construct_path, outer.validate_on_synth
        draft.app, draft.deployed = outer.app, outer.deployed
        draft.metadata = outer.metadata


def _give_keys(drafts: list[UnlinkedTemplate]) -> None:
    """A key for each template: its path below the input it was found in, or below its app's folder with the app's name
    before it where there are several; told apart where that is not enough.
    """
    plain = {id(draft): _below(draft.path, draft.root) for draft in drafts}
    for draft in drafts:
        if draft.app:
            plain[id(draft)] = f"{draft.app}/{_below(draft.path, draft.home or draft.root)}"
    counts = Counter(plain.values())
    taken: set[str] = set()
    for draft in drafts:
        key = path = plain[id(draft)]
        if counts[path] > 1 and draft.parent is not None and key in taken:
            key = f"{path}@{draft.parent[1]}"
        elif key in taken:
            key = f"{draft.root.resolve().name}/{path}"
        number = 2
        while key in taken:
            key, number = f"{path}#{number}", number + 1
        taken.add(key)
        draft.key = key


def _below(path: Path, root: Path) -> str:
    folder, name = os.path.split(path)
    if (folder or ".") == str(root):
        return name
    relative = os.path.relpath(path, root)
    if relative.startswith(".."):
        relative = os.path.relpath(path.resolve(), root.resolve())
    return relative.replace(os.sep, "/")


def _resources(draft: UnlinkedTemplate, ids: SiteIds, skipped: list[Skipped]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    labels = draft.expanded.labels
    for logical_id, raw in draft.expanded.body["Resources"].items():
        why = _fault(raw)
        if why is not None:
            by_macro = logical_id.startswith("Fn::") or (isinstance(raw, dict) and "Fn::Transform" in raw)
            if not by_macro:  # that is said of the macro
                what = f"resource {logical_id}: {why}"
                skipped.append(Skipped(str(draft.path), what, hides=logical_id, template=draft.key))
            continue
        slip = _slip(raw)
        if slip:
            what = f"resource {logical_id}: {slip}"
            skipped.append(Skipped(str(draft.path), what, hides=logical_id, template=draft.key))
        metadata = raw.get("Metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        construct_path = draft.construct_paths.get(logical_id)
        condition = raw.get("Condition")
        label = labels.get(logical_id, "") if labels else ""
        found[logical_id] = Resource(
            Address(draft.key, logical_id),
            raw["Type"],
            raw.get("Properties") or {},
            metadata,
            condition if isinstance(condition, str) else None,
            construct_path,
            ids.give(draft.key, label or logical_id, construct_path, draft.app),
            (label.partition(".")[0] or None) if label else None,
            draft.app,
        )
    return found


def _misnamed(body: Mapping[str, Json]) -> Iterator[Note]:
    """Sections of a template in the wrong case, which CloudFormation refuses: what is in them is not seen."""
    for name in _SECTIONS:
        question = did_you_mean(body, name)
        if question:
            yield Note(f"the template's sections: {question}", "")


def _slip(raw: Mapping[str, Json]) -> str:
    """What CloudFormation refuses in a resource that is read all the same; empty where that is nothing."""
    return did_you_mean(raw, "Properties") if "Properties" not in raw else ""


def _fault(raw: Json) -> str | None:
    """Why an entry of `Resources` cannot be read as a resource; None if it can."""
    if not isinstance(raw, dict):
        return "is not an object"
    if not isinstance(raw.get("Type"), str):
        return "; ".join(filter(None, ("has no Type", did_you_mean(raw, "Type"))))
    if not isinstance(raw.get("Properties") or {}, dict):
        return "its Properties are not an object"
    return None
