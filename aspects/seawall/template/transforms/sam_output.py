"""What the SAM translator made, put back into the author's terms: no hashes, no stand-ins, metadata where it was."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from msgspec import Struct

from ..values import Json
from .expanded import Note
from .sam_input import KEPT, MARK, STAND_IN, STAND_IN_IMAGE

_HASHED = re.compile(r"(.*[A-Za-z])[0-9a-f]{10}")
"""SAM ends the ids of deployments, versions and layers in ten digits of a hash of what they hold."""
_BUCKET, _, _KEY = STAND_IN.removeprefix("s3://").partition("/")


class Finished(Struct, frozen=True):
    """A translated body."""

    body: Mapping[str, Json]
    made: Mapping[str, str | None]
    """For each resource that the author did not write in this form: the logical id of the one that it was made
    from, if that is known."""
    notes: tuple[Note, ...]


def finished(body: Mapping[str, Json], output: Mapping[str, Json], left_out: Collection[str]) -> Finished:
    """The translator's `output` for the template `body`, made presentable."""
    written = body["Resources"]
    result: dict[str, Json] = _plain(output, written)
    resources: dict[str, Json] = result["Resources"]
    made: dict[str, str | None] = {}
    notes: list[Note] = []
    for name, resource in list(resources.items()):
        if resource.get("Type") == KEPT:
            resources[name] = written[name]
            if name not in left_out and _is_repository_application(written[name]):
                why = f"resource {name} is an application of the Serverless Application Repository: not read"
                notes.append(Note(why, name))
            continue
        metadata = resource.get("Metadata")
        origin = metadata.pop(MARK, None) if isinstance(metadata, dict) else None
        if origin is None and name in written:
            if written[name].get("Type") != resource.get("Type"):
                made[name] = name
            continue
        made[name] = origin
        if name != origin:
            resource.pop("Metadata", None)
        elif not metadata:
            del resource["Metadata"]
        if origin is not None:
            _put_back(resource, written[origin].get("Properties"), _shared(body))
    return Finished(result, made, tuple(notes))


def _plain(output: Mapping[str, Json], written: Collection[str]) -> dict[str, Json]:
    """The output as JSON, with ids that end in a hash without it."""
    taken = {*written, *output["Resources"]}
    names: dict[str, str] = {}
    for name in output["Resources"]:
        hashed = _HASHED.fullmatch(name) if name not in written else None
        if hashed and (hashed[1] not in taken or (hashed[1] in written and hashed[1] not in output["Resources"])):
            names[name] = hashed[1]
            taken.add(hashed[1])
    text = json.dumps(output)
    if names:
        text = re.sub(r"\b(?:" + "|".join(names) + r")\b", lambda found: names[found[0]], text)
    document: dict[str, Json] = json.loads(text)
    return document


def _is_repository_application(raw: Json) -> bool:
    return isinstance(raw, dict) and raw.get("Type") == "AWS::Serverless::Application"


def _shared(body: Mapping[str, Json]) -> Mapping[str, Json]:
    """What all functions have in common."""
    found = body.get("Globals")
    functions = found.get("Function") if isinstance(found, dict) else None
    return functions if isinstance(functions, dict) else {}


def _local(properties: dict[str, Json], key: str, written: Json, shared: Mapping[str, Json]) -> None:
    """Code at a path is named as before packaging, by that path; without one the property goes."""
    name = "CodeUri" if key == "Code" else "ContentUri"
    place = written.get(name, shared.get(name) if key == "Code" else None) if isinstance(written, dict) else None
    if isinstance(place, str) and "://" not in place:
        properties[key] = place
    else:
        del properties[key]


def _put_back(resource: dict[str, Json], written: Json, shared: Mapping[str, Json]) -> None:
    """Code and definitions get the paths that the author wrote in place of stand-ins."""
    properties = resource.get("Properties")
    if not isinstance(properties, dict):
        return
    for key in ("Code", "Content"):
        code = properties.get(key)
        if isinstance(code, dict) and (
            code.get("ImageUri") == STAND_IN_IMAGE or (code.get("S3Bucket"), code.get("S3Key")) == (_BUCKET, _KEY)
        ):
            _local(properties, key, written, shared)
    for key in ("DefinitionS3Location", "BodyS3Location"):
        place = properties.get(key)
        if isinstance(place, dict) and place.get("Bucket") == _BUCKET and isinstance(written, dict):
            properties[key] = written.get("DefinitionUri")
