"""Who wrote a resource: the constructs around it, as the CDK notes them in ``tree.json``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct, field

from .errors import InputError
from .files import read_text
from .model import App, Resource, Template

TREE = "tree.json"
_NEAR = 4
"""Folders upwards in which the tree of a nested assembly is looked for."""
_DEEPEST = 200
_BOOTSTRAP = {"CheckBootstrapVersion", "BootstrapVersion"}
"""A rule and a parameter that the CDK's usual synthesizers put into each template."""
_HASH = re.compile(r"(?P<said>[A-Za-z][A-Za-z0-9]*[A-Za-z])(?:[0-9A-F]{8}){1,2}")
"""A logical id as the CDK makes it: the path without its separators, and a hash of it; the last step of a path may be a
logical id itself.

Source: https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html#identifiers-logical-ids, read 2026-11-30
"""


class _Info(Struct):
    fqn: str = ""


class _Node(Struct):
    info: _Info = field(default_factory=_Info, name="constructInfo")
    children: dict[str, _Node] = field(default_factory=dict)


class _Tree(Struct):
    tree: _Node = field(default_factory=_Node)


def construct_kinds(app: App, resource: Resource) -> Mapping[str, str]:
    """The class of each construct of the app that made `resource`, by path, such as ``aws-cdk-lib.aws_sqs.Queue``; of
    an author's own class, the class of a library that it is made from.
    """
    read: dict[Path | None, Mapping[str, str]] = app.memo.setdefault("construct kinds", {})
    folder = Path(app.templates[resource.address.template].path).parent
    trees: dict[Path, Path | None] = app.memo.setdefault("construct trees", {})
    if folder not in trees:
        trees[folder] = _tree_of(folder)
    tree = trees[folder]
    if tree not in read:
        read[tree] = {} if tree is None else _kinds(tree)
    return read[tree]


def _tree_of(folder: Path) -> Path | None:
    """The tree of the outermost assembly around a folder."""
    found = None
    for each in (folder, *folder.parents)[:_NEAR]:
        if not (each / "manifest.json").is_file():
            break
        if (each / TREE).is_file():
            found = each / TREE
    return found


def _kinds(tree: Path) -> dict[str, str]:
    try:
        root = msgspec.json.decode(read_text(tree), type=_Tree).tree
    except (InputError, msgspec.DecodeError, RecursionError):
        return {}
    found: dict[str, str] = {}
    pending = [(name, node, 0) for name, node in root.children.items()]
    while pending:
        path, node, depth = pending.pop()
        found[path] = node.info.fqn
        if depth < _DEEPEST:
            pending += [(f"{path}/{name}", inner, depth + 1) for name, inner in node.children.items()]
    return found


def written_by_cdk(template: Template) -> bool:
    """Whether the CDK wrote a template, even if it left out its metadata."""
    rules, parameters = template.body.get("Rules"), template.body.get("Parameters")
    return any(isinstance(each, dict) and bool(_BOOTSTRAP & each.keys()) for each in (rules, parameters))


def without_hash(logical_id: str) -> str | None:
    """The path of a construct without its separators, which the CDK made a logical id of; None where it has no hash.

    >>> without_hash("OrdersA9B65338"), without_hash("FnStream6B91D22533D472A8"), without_hash("Orders")
    ('Orders', 'FnStream', None)
    """
    found = _HASH.fullmatch(logical_id)
    return None if found is None else found["said"]


def stands_alone(logical_id: str) -> str | None:
    """The id of a construct that stands in its stack itself and made the resource, as the hash tells; None else.

    >>> stands_alone("OrdersA9B65338"), stands_alone("ShopOrdersA9B65338")
    ('Orders', None)
    """
    said = without_hash(logical_id)
    if said is None:
        return None
    from hashlib import md5  # takes long to load, and few runs need it

    made = md5(f"{said}/Resource".encode(), usedforsecurity=False).hexdigest()[:8].upper()
    return said if logical_id == f"{said}{made}" else None
