"""Reading one file: its text, its JSON, and whether it is a template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from .errors import InputError
from .values import Json

_MAX_DEPTH = 250
YAML_SUFFIXES = (".yaml", ".yml", ".template")


def read_text(path: Path) -> str:
    """The text of `path`, UTF-8 with or without a byte-order mark; `InputError` if it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(str(path), (error.strerror or "cannot be read").lower()) from None
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"is not UTF-8 text (byte {error.start})") from None
    except ValueError:
        raise InputError(str(path), "is not a usable file name") from None


def read_json(path: Path) -> Json:
    """The JSON document in `path`; `InputError` with line and column if it is not one."""
    return _parse_json(path, read_text(path))


def _parse_json(path: Path, text: str) -> Json:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(str(path), f"is not JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise InputError(str(path), "is nested too deeply") from None
    except ValueError:
        raise InputError(str(path), "holds a number that is too long") from None


def read_template(path: Path, synthesized: bool = False) -> Mapping[str, Json]:
    """The CloudFormation template in `path`; `InputError` says why it is none.

    A `synthesized` file is known to be a template, so it may lack `Resources`, as CDK's empty stacks do.

    The syntax is told from the text, not from the file's name: a ``.template`` may hold either. A reader of YAML
    belongs here, in place of the error.
    """
    text = read_text(path)
    looks_json = text.lstrip()[:1] in ("{", "[", '"')
    if not looks_json and path.suffix.lower() in YAML_SUFFIXES:
        raise InputError(str(path), "YAML templates are not read yet; give the synthesized JSON")
    body = _parse_json(path, text)
    if not isinstance(body, dict):
        raise InputError(str(path), f"the top level is {_kind(body)}, not an object")
    if deeper_than(body, _MAX_DEPTH):
        raise InputError(str(path), "is nested too deeply")
    if synthesized and "Resources" not in body:
        body["Resources"] = {}
    resources = body.get("Resources")
    if not isinstance(resources, dict):
        if isinstance(body.get("artifacts"), dict):
            why = "this is the manifest of a cloud assembly, not a template; give its directory"
        elif "Resources" in body:
            why = f"Resources is {_kind(resources)}, not an object"
        else:
            why = "is not a CloudFormation template: it has no Resources"
        raise InputError(str(path), why)
    return body


def deeper_than(document: Json, limit: int) -> bool:
    """True if `document` nests more than `limit` objects and lists, so that walking it recursively could fail."""
    level = [document]
    for _ in range(limit):
        below: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below
        if not level:
            return False
    return True


def _kind(value: Json) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "a string"
    return "null" if value is None else "true or false" if isinstance(value, bool) else "a number"
