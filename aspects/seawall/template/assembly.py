"""Cloud assemblies: what `cdk synth` writes into ``cdk.out``. Manifest, stacks, nested assemblies, assets."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from .errors import InputError
from .files import real_path
from .metadata import Metadata, read_metadata
from .source import read_json
from .values import Json

MANIFEST = "manifest.json"
SNAPSHOT = "seawall:snapshot"
"""Type of the artifact by which an assembly says that it holds what `seawall audit` found deployed."""


class StackFile(Struct, frozen=True):
    """A stack's template file and what the manifest says of the stack."""

    path: Path
    stack_name: str
    region: str | None = None
    account: str | None = None
    construct_path: str | None = None
    validate_on_synth: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    unread: InputError | None = None
    """Why the metadata is missing, if it cannot be read."""
    deployed: bool = False
    """It was found deployed, by `seawall audit`."""


def is_assembly(directory: Path) -> bool:
    """True if `directory` holds a cloud assembly's manifest, be it broken or whole."""
    manifest = directory / MANIFEST
    if not manifest.is_file():
        return False
    try:
        body = read_json(manifest)
    except InputError:
        return (directory / "cdk.out").exists() or any(directory.glob("*.template.json"))
    return isinstance(body, dict) and isinstance(body.get("artifacts"), dict)


def is_half_written(directory: Path) -> bool:
    """True if `directory` holds templates and assets of an assembly, and no manifest."""
    if (directory / MANIFEST).exists():
        return False
    return any(directory.glob("*.template.json")) and any(directory.glob("*.assets.json"))


def stacks(directory: Path) -> Iterator[StackFile]:
    """Every stack of the assembly and of the assemblies nested in it, in the manifest's order.

    `InputError` if the manifest cannot be read, or names a file that is not there: a synth that did not finish.
    """
    yield from _stacks(directory, frozenset())


def _stacks(directory: Path, outer: frozenset[Path]) -> Iterator[StackFile]:
    manifest = directory / MANIFEST
    artifacts = list(_artifacts(manifest))
    deployed = any(kind == SNAPSHOT for _, kind, _ in artifacts)
    for name, kind, artifact in artifacts:
        properties = artifact.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        if kind == "aws:cloudformation:stack":
            yield replace(_stack(manifest, name, artifact, properties), deployed=deployed)
        elif kind == "cdk:cloud-assembly":
            nested = directory / _named(manifest, name, properties, "directoryName")
            if not (nested / MANIFEST).is_file():
                raise InputError(str(manifest), f"names the nested assembly {nested}, which has no {MANIFEST}")
            seen = outer | {directory.resolve()}
            if nested.resolve() in seen:
                raise InputError(str(manifest), f"nested assembly {name} is the assembly itself")
            yield from _stacks(nested, seen)


def _artifacts(manifest: Path) -> Iterator[tuple[str, str, dict[str, Json]]]:
    body = read_json(manifest)
    artifacts = body.get("artifacts") if isinstance(body, dict) else None
    if not isinstance(artifacts, dict):
        raise InputError(str(manifest), "is not the manifest of a cloud assembly: it has no artifacts")
    for name, artifact in artifacts.items():
        if isinstance(artifact, dict) and isinstance(artifact.get("type"), str):
            yield name, artifact["type"], artifact


def _named(manifest: Path, name: str, properties: Mapping[str, Json], key: str) -> str:
    value = properties.get(key)
    if not isinstance(value, str) or not value or "\0" in value:
        raise InputError(str(manifest), f"artifact {name} has no {key}")
    return value


def _stack(manifest: Path, name: str, artifact: Mapping[str, Json], properties: Mapping[str, Json]) -> StackFile:
    path = manifest.parent / _named(manifest, name, properties, "templateFile")
    if not path.is_file():
        why = f"names the template {path} of stack {name}, which does not exist; synthesize again"
        raise InputError(str(manifest), why)
    stack_name, construct_path = properties.get("stackName"), artifact.get("displayName")
    account, region = _environment(artifact.get("environment"))
    metadata, unread = Metadata(), None
    try:
        metadata = read_metadata(manifest.parent, path.name, artifact)
    except InputError as error:
        unread = error
    return StackFile(
        path,
        stack_name if isinstance(stack_name, str) else name,
        region,
        account,
        construct_path if isinstance(construct_path, str) else name,
        properties.get("validateOnSynth") is True,
        metadata,
        unread,
    )


def _environment(text: Json) -> tuple[str | None, str | None]:
    """Account and Region out of ``aws://account/region``."""
    if not isinstance(text, str) or not text.startswith("aws://"):
        return None, None
    account, _, region = text.removeprefix("aws://").partition("/")
    return (
        account if account and account != "unknown-account" else None,
        region if region and region != "unknown-region" else None,
    )


def left_over(directory: Path, read: Collection[Path]) -> Iterator[Path]:
    """Templates that lie in an assembly's folder, apart from those of its stacks and of what these nest."""
    others = [each for each in directory.glob("*.template.json") if each not in read and ".nested." not in each.name]
    known = set(assets(directory).values()) if others else set()
    yield from (path for path in sorted(others) if str(path.absolute()) not in known)


def unread(directory: Path) -> Iterator[str]:
    """What `seawall audit` was not allowed or not able to read of what this assembly says is deployed."""
    for _, kind, artifact in _artifacts(directory / MANIFEST):
        properties = artifact.get("properties") if kind == SNAPSHOT else None
        entries = properties.get("unread") if isinstance(properties, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            yield f"the audit could not read {entry}"


def stacks_if_written(directory: Path, folders: dict[str, str]) -> dict[str, StackFile]:
    """What a manifest in `directory` says of its own templates, by real path; nothing if there is none to read.

    `folders` are real paths of folders that are known.
    """
    found: dict[str, StackFile] = {}
    try:
        artifacts = list(_artifacts(directory / MANIFEST))
    except InputError:
        return found
    for name, kind, artifact in artifacts:
        properties = artifact.get("properties")
        if kind == "aws:cloudformation:stack" and isinstance(properties, dict):
            with contextlib.suppress(InputError):
                stack = _stack(directory / MANIFEST, name, artifact, properties)
                found[real_path(stack.path, folders)] = stack
    return found


def assets(directory: Path) -> dict[str, str]:
    """Where the files listed in the directory's ``*.assets.json`` lie: by hash, object key and the key's last part.

    Of images, by ``image:`` and the hash: their Dockerfile, in the folder that they are built from.
    """
    found: dict[str, str] = {}
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".assets.json"))
    except OSError:
        return found
    for name in names:
        try:
            body = read_json(directory / name)
        except InputError:
            continue
        files = body.get("files") if isinstance(body, dict) else None
        for key, entry in files.items() if isinstance(files, dict) else ():
            source = entry.get("source") if isinstance(entry, dict) else None
            path = source.get("path") if isinstance(source, dict) else None
            if isinstance(path, str):
                place = str((directory / path).absolute())
                for one in (key, *_object_keys(entry)):
                    found[one] = place
        images = body.get("dockerImages") if isinstance(body, dict) else None
        for key, entry in images.items() if isinstance(images, dict) else ():
            source = entry.get("source") if isinstance(entry, dict) else None
            folder = source.get("directory") if isinstance(source, dict) else None
            if isinstance(source, dict) and isinstance(folder, str):
                given = source.get("dockerFile")
                file = given if isinstance(given, str) else "Dockerfile"
                found[f"image:{key}"] = str((directory / folder / file).absolute())
    return found


def _object_keys(entry: Mapping[str, Json]) -> Iterator[str]:
    destinations = entry.get("destinations")
    for destination in destinations.values() if isinstance(destinations, dict) else ():
        name = destination.get("objectKey") if isinstance(destination, dict) else None
        if isinstance(name, str):
            yield name
            yield name.rpartition("/")[2]
