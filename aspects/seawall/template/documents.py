"""A document in either syntax, whatever the name of its file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from .asl import quoted
from .errors import InputError
from .files import too_large
from .json_reader import no_collection, parse_json
from .limits import MAX_YAML_BYTES
from .repeated import Repeated
from .values import Json
from .yaml_nodes import YamlNode, written

YAML_SUFFIXES = (".yaml", ".yml")
_YAML_KEY = re.compile(r"""^[ ]*+["']?(?:Resources|StartAt)["']?[ ]*:""", re.MULTILINE)


class Document(Struct, frozen=True):
    """What a file holds."""

    body: Json
    repeated: Sequence[Repeated] = ()


def parse_document(path: Path, text: str) -> Document:
    """The JSON or YAML document that is the text of `path`."""
    if not looks_yaml(path, text):
        try:
            return Document(*parse_json(str(path), text))
        except InputError:
            whole = quoted(text) if '"StartAt"' in text else text
            if whole == text:
                raise
            return Document(*parse_json(str(path), whole))
    node, repeated = parse_nodes(path, text)
    return Document(written(node), repeated)


def parse_nodes(path: Path, text: str) -> tuple[YamlNode, list[Repeated]]:
    """The YAML document that is the text of `path`, with the lines of everything."""
    from .yaml_reader import read_nodes

    if len(text) > MAX_YAML_BYTES:
        raise too_large(path, MAX_YAML_BYTES, "YAML file")
    with no_collection():
        return read_nodes(str(path), text)


def looks_yaml(path: Path, text: str) -> bool:
    """Whether to read `text` as YAML.

    What begins with a brace or a bracket is JSON, in a file for YAML only if it can be read as such. A file for JSON
    may hold a template in YAML, but nothing else.
    """
    braced = text.lstrip()[:1] in ("{", "[")
    if path.suffix.lower() == ".json":
        return not braced and _YAML_KEY.search(text) is not None
    if not braced or path.suffix.lower() not in YAML_SUFFIXES:
        return not braced
    try:
        parse_json(str(path), text)
    except InputError:
        return True
    return False
