"""Reading one template: what CloudFormation would be given, and whether it is a template at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from . import asl
from .documents import YAML_SUFFIXES, looks_yaml, parse_document
from .errors import InputError, NotATemplateError
from .files import read_text
from .json_reader import parse_json
from .limits import MAX_DEPTH
from .model import Skipped
from .repeated import told
from .transforms.expanded import Mentions
from .values import Json

_NO_RESOURCES = "is not a CloudFormation template: it has no Resources"
__all__ = ["YAML_SUFFIXES", "ReadTemplate", "deeper_than", "read_json", "read_template", "read_text"]


def read_json(path: Path) -> Json:
    """The JSON document in `path`; `InputError` with line and column if it is not one."""
    text = read_text(path)
    try:
        found: Json = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return parse_json(str(path), text)[0]  # which takes what Python takes, or tells the place
    return found


class ReadTemplate(Struct, frozen=True):
    """A template as its author wrote it."""

    body: Mapping[str, Json]
    mentions: Mentions


def read_template(path: Path, synthesized: bool = False, skipped: list[Skipped] | None = None) -> ReadTemplate:
    """The CloudFormation template in `path`, as its author wrote it; `InputError` says why it is none.

    JSON or YAML, told from the text; short-form tags are written out, so that ``!Ref Q`` is ``{"Ref": "Q"}``. A state
    machine's definition is read as the template of that machine. A `synthesized` file is known to be a template, so
    it may lack `Resources`, as CDK's empty stacks do. What is left out of the file is added to `skipped`.
    """
    text = read_text(path)
    if not synthesized and looks_yaml(path, text) and not any(name in text for name in ("Resources", "StartAt")):
        raise NotATemplateError(str(path), _NO_RESOURCES)
    document = parse_document(path, text)
    body: Json = document.body
    if not isinstance(body, dict):
        raise InputError(str(path), f"the top level is {_kind(body)}, not an object")
    if deeper_than(body, MAX_DEPTH):
        raise InputError(str(path), "is nested too deeply")
    if asl.is_definition(body):
        body = asl.as_template(path.name, body)
    elif synthesized and "Resources" not in body:
        body["Resources"] = {}
    if not isinstance(body.get("Resources"), dict):
        kind = InputError if body.get("Resources") is not None else NotATemplateError
        raise kind(str(path), _why_none(body))
    if skipped is not None:
        skipped += (Skipped(str(path), why) for why in told(document.repeated))
    return ReadTemplate(body, Mentions.of(text, body))


def _why_none(body: Mapping[str, Json]) -> str:
    if isinstance(body.get("artifacts"), dict):
        return "this is the manifest of a cloud assembly, not a template; give its directory"
    if "Resources" in body:
        return f"Resources is {_kind(body['Resources'])}, not an object"
    meant = next((key for key in body if isinstance(key, str) and key.lower() == "resources"), None)
    return _NO_RESOURCES if meant is None else f"{_NO_RESOURCES}; did you mean Resources where it says {meant}?"


_CONTAINERS = (dict, list)


def deeper_than(document: Json, limit: int) -> bool:
    """True if `document` nests more than `limit` objects and lists, so that walking it recursively could fail."""
    level = [document] if type(document) in _CONTAINERS else []
    for _ in range(limit):
        level = [
            inside
            for item in level
            for inside in (item.values() if type(item) is dict else item)
            if type(inside) in _CONTAINERS
        ]
        if not level:
            return False
    return True


def _kind(value: Json) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "a string"
    return "null" if value is None else "true or false" if isinstance(value, bool) else "a number"
