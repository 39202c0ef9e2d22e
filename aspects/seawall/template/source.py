"""Reading one template: what CloudFormation would be given, and whether it is a template at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from . import asl
from .documents import YAML_SUFFIXES, Document, looks_yaml, parse_document
from .errors import InputError, NotATemplateError
from .files import read_text
from .json_reader import parse_json
from .limits import MAX_DEPTH
from .near_names import did_you_mean, in_another_case
from .repeated import told
from .transforms.expanded import Mentions, Note
from .values import Json

FILLED_IN = re.compile(r"\{%|\{\{(?!resolve:)|<%[=\-\s]")
"""What templates of Jinja, Go, Handlebars, ERB and the like hold; dynamic references begin alike."""
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
    repeated: tuple[Note, ...] = ()
    """What stands twice, so that AWS's guide does not say which counts."""


def read_template(path: Path, synthesized: bool = False) -> ReadTemplate:
    """The CloudFormation template in `path`, as its author wrote it; `InputError` says why it is none.

    JSON or YAML, told from the text; short-form tags are written out, so that ``!Ref Q`` is ``{"Ref": "Q"}``. A state
    machine's definition is read as the template of that machine. A `synthesized` file is known to be a template, so
    it may lack `Resources`, as CDK's empty stacks do.
    """
    text = read_text(path)
    if not synthesized and looks_yaml(path, text) and not any(name in text for name in ("Resources", "StartAt")):
        raise NotATemplateError(str(path), _NO_RESOURCES)
    document = _parsed(path, text)
    body: Json = document.body
    if not isinstance(body, dict):
        raise InputError(str(path), f"the top level is {_kind(body)}, not an object")
    if deeper_than(body, MAX_DEPTH):
        raise InputError(str(path), "is nested too deeply")
    machine = asl.is_definition(body)
    if machine:
        body = asl.as_template(path.name, body)
    elif synthesized and "Resources" not in body:
        body["Resources"] = {}
    if not isinstance(body.get("Resources"), dict):
        meant = body.get("Resources") is not None or _holds_resources(body.get(in_another_case(body, "Resources")))
        kind = InputError if meant else NotATemplateError
        raise kind(str(path), _why_none(body))
    repeated = told(document.repeated, asl.machine_of(path.name) if machine else None) if document.repeated else ()
    return ReadTemplate(body, Mentions.of(text, body), tuple(Note(why, hides) for why, hides in repeated))


def _parsed(path: Path, text: str) -> Document:
    try:
        return parse_document(path, text)
    except InputError as error:
        if not FILLED_IN.search(text):
            raise
        why = f"{error.why}; another program fills it in: have what that writes read"
        raise InputError(error.path, why, error.line, error.column) from None


def _why_none(body: Mapping[str, Json]) -> str:
    if isinstance(body.get("artifacts"), dict):
        return "this is the manifest of a cloud assembly, not a template; give its directory"
    if "Resources" in body:
        return f"Resources is {_kind(body['Resources'])}, not an object"
    if "service" in body and "provider" in body:
        return "is a configuration of the Serverless Framework: read what `serverless package` writes into .serverless"
    within = next((key for key, each in body.items() if isinstance(each, dict) and _holds_template(each)), None)
    if within is not None:
        return f"is no CloudFormation template, but holds one under {within}: save that as a file to have it read"
    return "; ".join(filter(None, (_NO_RESOURCES, did_you_mean(body, "Resources"))))


def _holds_template(body: Mapping[str, Json]) -> bool:
    return _holds_resources(body.get("Resources"))


def _holds_resources(entries: Json) -> bool:
    """Whether what stands under a name like `Resources` are resources."""
    each = entries.values() if isinstance(entries, dict) else ()
    return any(isinstance(one, dict) and str(one.get("Type")).startswith("AWS::") for one in each)


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
