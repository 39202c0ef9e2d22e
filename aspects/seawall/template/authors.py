"""Who wrote a resource, and in which language: the constructs around it, as the CDK notes them in ``tree.json``.

The language is told by the file of a source line, else by the command in the ``cdk.json`` beside the assembly, else by
what the CDK counts of itself in the template (`AWS::CDK::Metadata`).
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct, field

from .errors import InputError
from .files import read_text
from .model import App, Resource, Template

TREE = "tree.json"
_NEAR = 4
"""Folders upwards in which the tree of a nested assembly, or the project's ``cdk.json``, is looked for."""
_DEEPEST = 200
_MOST_ANALYTICS = 1_000_000


class AuthorLanguage(StrEnum):
    """What an app is written in, as far as code for it is shown."""

    PYTHON = "Python"
    TYPESCRIPT = "TypeScript"
    """JavaScript as well: the code is the same."""
    OTHER = "other"
    """One in which no code is shown: Java, C#, Go."""


_SUFFIXES = {
    ".py": AuthorLanguage.PYTHON,
    **dict.fromkeys((".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"), AuthorLanguage.TYPESCRIPT),
    **dict.fromkeys((".java", ".kt", ".cs", ".fs", ".go"), AuthorLanguage.OTHER),
}
_COMMANDS = (
    (re.compile(r"\bpython[0-9.]*\b|\.py\b|\buv run\b|\bpoetry\b|\bpipenv\b"), AuthorLanguage.PYTHON),
    (re.compile(r"\bts-node\b|\btsx\b|\bnode\b|\.[cm]?[jt]s\b|\bbun\b|\bdeno\b"), AuthorLanguage.TYPESCRIPT),
    (re.compile(r"\bmvn|\bgradle|\bdotnet\b|\bgo run\b"), AuthorLanguage.OTHER),
)
_AGENT = re.compile(r"jsii-runtime\.Runtime")


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


def language_of(app: App, resource: Resource | None) -> AuthorLanguage | None:
    """What the app is written in that made `resource`; None where that is not noted, or no app made it."""
    if resource is None or resource.construct_path is None:
        return None
    sources = app.sources.get(resource.app)
    line = sources.of(resource.construct_path) if sources is not None else None
    by_file = _SUFFIXES.get(Path(line.file).suffix) if line is not None else None
    if by_file is not None:
        return by_file
    template = app.templates[resource.address.template]
    told: dict[str, AuthorLanguage | None] = app.memo.setdefault("languages", {})
    if resource.app not in told:
        own = [each for each in app.templates.values() if _app_of(each) == resource.app]
        told[resource.app] = _by_command(Path(template.path).parent) or _by_analytics(own)
    return told[resource.app]


def written_in(app: App, language: AuthorLanguage) -> None:
    """What an app is written in, where that is known to whoever reads it; a source line says more."""
    app.memo.setdefault("languages", {}).update(
        dict.fromkeys({_app_of(each) for each in app.templates.values()}, language)
    )


def _app_of(template: Template) -> str:
    return next((each.app for each in template.resources.values()), "")


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


def _by_command(folder: Path) -> AuthorLanguage | None:
    folder = folder.absolute()
    for each in (folder, *folder.parents)[:_NEAR]:
        try:
            body = msgspec.json.decode(read_text(each / "cdk.json")) if (each / "cdk.json").is_file() else None
        except (InputError, msgspec.DecodeError):
            return None
        if isinstance(body, dict):
            command = str(body.get("app", ""))
            return next((language for pattern, language in _COMMANDS if pattern.search(command)), None)
    return None


def _by_analytics(templates: Iterable[Template]) -> AuthorLanguage | None:
    """The library of a jsii app counts the runtime that it is called from; one that counts none runs in JavaScript."""
    counted = list(_analytics(templates))
    if not counted:
        return None
    agents = [text for text in counted if _AGENT.search(text)]
    if not agents:
        return AuthorLanguage.TYPESCRIPT
    return AuthorLanguage.PYTHON if any("Python" in text for text in agents) else AuthorLanguage.OTHER


def _analytics(templates: Iterable[Template]) -> Iterator[str]:
    for template in templates:
        for resource in template.resources.values():
            text = resource.properties.get("Analytics") if resource.type == "AWS::CDK::Metadata" else None
            if isinstance(text, str) and text.startswith("v2:deflate64:"):
                try:
                    packed = b64decode(text.removeprefix("v2:deflate64:"), validate=True)
                    inflated = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(packed, _MOST_ANALYTICS)
                except (ValueError, zlib.error):
                    continue
                yield inflated.decode("utf-8", "replace")
