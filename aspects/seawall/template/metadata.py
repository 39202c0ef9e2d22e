"""What the CDK writes beside a template: construct paths, source lines, and what authors acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from .errors import InputError
from .model import Acknowledged
from .source import read_json
from .sources import NO_SOURCES, SourceLines, sources_of
from .values import Json

PLUGIN = "Seawall"
"""Our name among the CDK's validation plugins, and so the first part of each of our rules' ids there."""
VALIDATION_REPORT = "validation-report.json"

_LOGICAL_ID, _TEMPLATE_FILE = "aws:cdk:logicalId", "aws:cdk:templateFile"
ACKNOWLEDGED_RULES = "aws:cdk:acknowledged-rules"
"""Type of the metadata entry in which the CDK keeps acknowledgements, as an object of reasons by id."""


class Metadata(Struct, frozen=True):
    """What the metadata of one stack says of it and of the stacks nested in it."""

    paths: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Construct paths by the template file's name and the logical id there."""
    acknowledged: tuple[Acknowledged, ...] = ()
    sources: SourceLines = NO_SOURCES
    """Where in the author's code the stack's constructs were made, as far as the CDK noted it."""


def read_metadata(directory: Path, template: str, artifact: Mapping[str, Json]) -> Metadata:
    """The metadata of a stack: a file that its artifact names, or, from an older library, a part of the artifact.

    `template` is the name of the stack's template file; `InputError` if the file cannot be read.
    """
    entries = artifact.get("metadata")
    file = artifact.get("additionalMetadataFile")
    if isinstance(file, str) and file and "\0" not in file:
        body = read_json(directory / file)
        if not isinstance(body, dict):
            raise InputError(str(directory / file), "is not the metadata of a stack")
        entries = {**entries, **body} if isinstance(entries, dict) else body
    return _metadata(template, entries if isinstance(entries, dict) else {})


def reported(directory: Path) -> tuple[Acknowledged, ...]:
    """Acknowledgements that matched in the last synth, out of the CDK's report on it.

    It is the only file that knows those stated outside stacks: on the App, or on a Stage. A report older than the
    manifest is of an earlier synth and says nothing.
    """
    report = directory / VALIDATION_REPORT
    try:
        if report.stat().st_mtime_ns < (directory / "manifest.json").stat().st_mtime_ns:
            return ()
        body = read_json(report)
    except (OSError, InputError):
        return ()
    found: dict[Acknowledged, None] = {}
    for plugin in _objects(body, "pluginReports"):
        for violation in _objects(plugin, "suppressedViolations") if plugin.get("pluginName") == PLUGIN else ():
            name, at, reason = (violation.get(key) or "" for key in ("acknowledgedId", "acknowledgedAt", "reason"))
            if isinstance(name, str) and isinstance(at, str) and name:
                found[Acknowledged(at, name, reason if isinstance(reason, str) else "")] = None
    return tuple(found)


def merged(acknowledged: Iterator[Acknowledged]) -> tuple[Acknowledged, ...]:
    """Each place and id once: as in the CDK, the last reason given there stands."""
    return tuple({(one.app, one.path, one.id): one for one in acknowledged}.values())


def _metadata(template: str, body: Mapping[str, Json]) -> Metadata:
    files: dict[str, str] = {}
    logical_ids: list[tuple[str, str]] = []
    acknowledged: list[Acknowledged] = []
    for path, entries in body.items():
        for entry in entries if isinstance(entries, list) else ():
            kind, data = (entry.get("type"), entry.get("data")) if isinstance(entry, dict) else (None, None)
            if kind == _LOGICAL_ID and isinstance(data, str):
                logical_ids.append((path, data))
            elif kind == _TEMPLATE_FILE and isinstance(data, str):
                files[path] = data
            elif kind == ACKNOWLEDGED_RULES:
                acknowledged += acknowledgements(path.strip("/"), data)
    paths = {(_file(path, files) or template, name): path.strip("/") for path, name in logical_ids}
    return Metadata(paths, merged(iter(acknowledged)), sources_of(body))


def acknowledgements(path: str, data: Json) -> Iterator[Acknowledged]:
    """What one metadata entry of the construct at `path` acknowledges."""
    for name, reason in data.items() if isinstance(data, Mapping) else ():
        yield Acknowledged(path, str(name), reason if isinstance(reason, str) else "")


def _file(path: str, files: Mapping[str, str]) -> str:
    """The template file of the nearest stack around a construct; logical ids are unique within one file only."""
    while path and path not in files:
        path = path.rpartition("/")[0]
    return files.get(path, "")


def _objects(body: Json, key: str) -> Iterator[Mapping[str, Json]]:
    entries = body.get(key) if isinstance(body, Mapping) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping):
            yield entry
