"""On which line of its file something in a template stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from . import asl
from .documents import looks_yaml, parse_nodes
from .errors import InputError
from .files import read_text
from .json_lines import JsonLines
from .model import Template
from .origins import original
from .yaml_nodes import YamlLines


class Lines(Protocol):
    """The lines of one file."""

    def line(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of the value at `path`, or of the deepest thing on the way to it that is there."""


def line_of(template: Template, path: Sequence[str | int]) -> int | None:
    """The line, from 1, of the value at `path`, or of the deepest thing on the way to it that is there.

    None if the file cannot be read any more. The text is read on the first question only.
    """
    if "lines" not in template.memo:
        template.memo["lines"] = _lines(Path(template.path))
    lines: Lines | None = template.memo["lines"]
    return None if lines is None else lines.line(in_file(template, path))


def in_file(template: Template, path: Sequence[str | int]) -> Sequence[str | int]:
    """Where in its file stands what is at `path` in the template as it is deployed."""
    return asl.in_definition(path) if asl.is_own_file(template.body) else original(template.origins, path)


def is_yaml(template: Template, file: Path | None = None) -> bool:
    """Whether a file of a template, its own unless another is given, is in YAML; not where it cannot be read."""
    file = file or Path(template.path)
    key = f"yaml {file}"
    if key not in template.memo:
        try:
            template.memo[key] = looks_yaml(file, read_text(file))
        except InputError:
            template.memo[key] = False
    found: bool = template.memo[key]
    return found


def _lines(path: Path) -> Lines | None:
    try:
        text = read_text(path)
        return YamlLines(parse_nodes(path, text)[0]) if looks_yaml(path, text) else JsonLines(text)
    except InputError:
        return None
