"""On which line of its file something in a template stands."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError
from .model import Template
from .source import read_text

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\],:]|\n|[^\s{}\[\],:"]+')


@dataclass(slots=True)
class Place:
    """A value's line, and the places of what is inside it: by key, or by position as a string."""

    line: int
    inside: dict[str, Place] | None = None


def line_of(template: Template, path: Sequence[str | int]) -> int | None:
    """The line, from 1, of the value at `path`, or of the deepest thing on the way to it that is there.

    None if the file cannot be read any more. The text is read on the first question only.
    """
    if "places" not in template.memo:
        try:
            template.memo["places"] = places(read_text(Path(template.path)))
        except InputError:
            template.memo["places"] = None
    place = template.memo["places"]
    if not isinstance(place, Place):
        return None
    for step in path:
        below = place.inside.get(str(step)) if place.inside else None
        if below is None:
            break
        place = below
    return place.line


def places(text: str) -> Place | None:
    """Where everything in a JSON text stands, in one pass and without recursion; None if there is nothing."""
    line = 1
    root: Place | None = None
    open_containers: list[tuple[Place, bool]] = []
    key: str | None = None
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token == "\n":
            line += 1
        elif token in (",", ":"):
            continue
        elif token in ("}", "]"):
            if open_containers:
                open_containers.pop()
            key = None
        else:
            parent, is_object = open_containers[-1] if open_containers else (None, False)
            if parent is not None and is_object and key is None:
                key = _unquoted(token)
                continue
            place = Place(line, {} if token in ("{", "[") else None)
            if parent is None:
                root = root or place
            elif parent.inside is not None:
                parent.inside[str(len(parent.inside)) if key is None else key] = place
            key = None
            if token in ("{", "["):
                open_containers.append((place, token == "{"))
    return root


def _unquoted(token: str) -> str:
    if "\\" not in token:
        return token.strip('"')
    try:
        return str(json.loads(token))
    except ValueError:
        return token
