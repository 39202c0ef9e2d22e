"""State machines in files of their own: each is read as a template that declares nothing but the one machine."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence

from .sites import stem
from .values import Json

_OWN_FILE = "seawall:definition-file"
_STRING_OR_HOLE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|\$\{[^{}"]*\}')


def is_definition(keys: Container[str]) -> bool:
    """Whether a document with these keys is a definition in the Amazon States Language."""
    return "StartAt" in keys and "States" in keys and "Resources" not in keys


def as_template(file_name: str, definition: Mapping[str, Json]) -> dict[str, Json]:
    """The template of the machine in a file, which is named as the file is."""
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": definition}}
    return {"Metadata": {_OWN_FILE: True}, "Resources": {machine_of(file_name): machine}}


def machine_of(file_name: str) -> str:
    """The name of the machine in a file."""
    return stem(file_name)


def is_own_file(body: Mapping[str, Json]) -> bool:
    """Whether `body` is such a template."""
    metadata = body.get("Metadata")
    return isinstance(metadata, dict) and metadata.get(_OWN_FILE) is True


def in_definition(path: Sequence[str | int]) -> Sequence[str | int]:
    """A path in such a template as a path in the definition's own file."""
    return path[len(("Resources", "<logical id>", "Properties", "Definition")) :]


def quoted(text: str) -> str:
    """JSON text with quotes around every ``${Name}`` that stands where no string is, such as for a number.

    >>> quoted('{"TimeoutSeconds": ${Seconds}, "Comment": "${Kept}"}')
    '{"TimeoutSeconds": "${Seconds}", "Comment": "${Kept}"}'
    """
    return _STRING_OR_HOLE.sub(lambda found: found[0] if found[0][0] == '"' else f'"{found[0]}"', text)
