"""In which language the author of a CDK app writes, as far as its assembly tells."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from binascii import Error
from enum import StrEnum
from pathlib import Path, PurePosixPath

import msgspec

from .errors import InputError
from .files import read_text
from .model import App, Resource
from .values import Json


class AuthorLanguage(StrEnum):
    """A language that an author of the CDK writes in."""

    PYTHON = "Python"
    TYPESCRIPT = "TypeScript"
    """JavaScript as well: what is advised is the same."""
    OTHER = "another language"


SPOKEN = (AuthorLanguage.PYTHON, AuthorLanguage.TYPESCRIPT)
"""Those that advice is written in: in both, where nobody knows which one the author writes."""
_SUFFIXES = {
    ".py": AuthorLanguage.PYTHON,
    **dict.fromkeys((".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs"), AuthorLanguage.TYPESCRIPT),
}
_RUNTIMES = (
    ("Python/", AuthorLanguage.PYTHON),
    ("node.js/", AuthorLanguage.TYPESCRIPT),
    ("!jsii-runtime.Runtime", AuthorLanguage.OTHER),
)
"""How the CDK's own metadata (`AWS::CDK::Metadata`, Analytics) names what ran the app; the last stands behind each.
Source: aws-cdk-lib 2.275, core/lib/private/runtime-info and metadata-resource; apps in Python and node, 2026-11-30."""
_ANALYTICS = "v2:deflate64:"
_LANGUAGES = "languages of apps"
_NEAR = 4
"""Folders upwards in which the project's ``cdk.json`` is looked for."""
_COMMANDS = (
    (re.compile(r"\bpython[0-9.]*\b|\.py\b|\buv run\b|\bpoetry\b|\bpipenv\b"), AuthorLanguage.PYTHON),
    (re.compile(r"\bts-node\b|\btsx\b|\bnode\b|\.[cm]?[jt]s\b|\bbun\b|\bdeno\b"), AuthorLanguage.TYPESCRIPT),
    (re.compile(r"\bmvn|\bgradle|\bdotnet\b|\bgo run\b"), AuthorLanguage.OTHER),
)
_SNAPSHOT = re.compile(r"(\.\w+)\.snapshot")
"""What the CDK's integration tests keep the output of an app in: ``integ.orders.ts.snapshot``, by the app's own file.
Source: https://docs.aws.amazon.com/cdk/v2/guide/testing.html and aws-cdk's @aws-cdk/integ-runner, read 2026-11-30."""
_FOLDERS = {
    "python": AuthorLanguage.PYTHON,
    **dict.fromkeys(("typescript", "javascript"), AuthorLanguage.TYPESCRIPT),
    **dict.fromkeys(("java", "csharp", "dotnet", "golang"), AuthorLanguage.OTHER),
}
"""Folders that collections of apps in several languages have."""
_NAMED = re.compile(r"\bcdk[-_](\w+)")
"""The language in the name of an example: ``orders-cdk-typescript``, ``orders-cdk-ts``."""
_SHORT = {"ts": "typescript", "js": "javascript", "py": "python"}
_STEPS = re.compile(r"/|__")
"""What stands between the steps of a path, also of one that was made the name of a file."""
MOST_BYTES = 1_000_000


def language_of(app: App, resource: Resource) -> AuthorLanguage | None:
    """The language of the code that made `resource`: that of its line, else that of the app. None: not recorded.

    >>> from .model import App, Resource
    >>> from .sources import SourceLine, SourceLines
    >>> from .values import Address
    >>> made = Resource(Address("t", "R"), "AWS::ECR::Repository", {}, {}, None, "Shop/Images", "Shop/Images")
    >>> language_of(App({}, sources={"": SourceLines({"Shop": SourceLine("lib/shop.ts", 7)})}), made).value
    'TypeScript'
    >>> language_of(App({}), made)
    """
    lines = app.sources.get(resource.app)
    line = lines.of(resource.construct_path or "") if lines is not None else None
    found = None if line is None else _SUFFIXES.get(PurePosixPath(line.file).suffix)
    if found is None and lines is not None:
        suffixes = (PurePosixPath(each.file).suffix for each in lines.made.values())
        found = next((_SUFFIXES[suffix] for suffix in suffixes if suffix in _SUFFIXES), None)
    return found or _told(app, resource)


def spoken(app: App, resource: Resource | None) -> AuthorLanguage | None:
    """The language of the code that made `resource`, where advice is written in it; None for others, and if it is not
    known.
    """
    language = None if resource is None else language_of(app, resource)
    return language if language in SPOKEN else None


def written_in(app: App, language: AuthorLanguage) -> None:
    """What the only app is written in, where that is known to whoever reads it; a source line says more."""
    app.memo.setdefault(_LANGUAGES, {})[""] = language


def at_hand(app: App) -> None:
    """The only app was given as a value: no folder, least of all the one we work in, tells in what it is written."""
    app.memo.setdefault(_LANGUAGES, {})[""] = _runtimes(app).get("")


def _told(app: App, resource: Resource) -> AuthorLanguage | None:
    """By whoever reads the app, else by the CDK's metadata, by the command in the project's ``cdk.json``, or by the
    folders that it stands in.
    """
    told: dict[str, AuthorLanguage | None] = app.memo.setdefault(_LANGUAGES, {})
    if resource.app not in told:
        template = app.templates.get(resource.address.template)
        told[resource.app] = _runtimes(app).get(resource.app) or (None if template is None else _near(template.path))
    return told[resource.app]


def _near(path: str) -> AuthorLanguage | None:
    """By what stands around a template."""
    return _by_command(Path(path).parent) or _by_folder(Path(path).absolute())


def _by_folder(path: Path) -> AuthorLanguage | None:
    """By the names of the nearest folders, a scope of npm's packages among them.

    >>> _by_folder(Path("/apps/test/integ.orders.js.snapshot/Orders.template.json")).value
    'TypeScript'
    >>> _by_folder(Path("/apps/python/orders/cdk.out/Orders.template.json")).value, _by_folder(Path("/apps/a.json"))
    ('Python', None)
    """
    for step in (step.lower() for part in path.parts[: -_NEAR - 2 : -1] for step in reversed(_STEPS.split(part))):
        kept, named = _SNAPSHOT.search(step), _NAMED.search(step)
        told = named[1] if named else step
        by_name = AuthorLanguage.TYPESCRIPT if step.startswith("@") else _FOLDERS.get(_SHORT.get(told, told))
        found = _SUFFIXES.get(kept[1]) if kept else by_name
        if found is not None:
            return found
    return None


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


def _runtimes(app: App) -> dict[str, AuthorLanguage]:
    """By app, what the CDK's metadata says."""
    key = "languages by runtime"
    if key not in app.memo:
        found: dict[str, AuthorLanguage] = {}
        for each in app.by_type.get("AWS::CDK::Metadata", ()):
            text = _inflated(each.properties.get("Analytics")) or _modules(each.properties.get("Modules"))
            language = next((language for mark, language in _RUNTIMES if mark in text), None)
            if language is not None:
                found.setdefault(each.app, language)
        app.memo[key] = found
    languages: dict[str, AuthorLanguage] = app.memo[key]
    return languages


def _modules(listed: Json) -> str:
    """What older versions of the CDK wrote, ``jsii-runtime=node.js/v12.18.0`` among it, without what runs jsii."""
    return listed if isinstance(listed, str) else ""


def _inflated(packed: Json) -> str:
    """The text that is packed in the metadata; empty where it is none."""
    if not isinstance(packed, str) or not packed.startswith(_ANALYTICS):
        return ""
    try:
        raw = b64decode(packed.removeprefix(_ANALYTICS), validate=True)
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(raw, MOST_BYTES).decode("utf-8", "replace")
    except (Error, zlib.error, ValueError):
        return ""
