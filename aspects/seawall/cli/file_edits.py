"""Edits of YAML and JSON texts at exact places: everything else in the file stays as it is, comments and layout too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from msgspec import Struct


class TextEdit(Struct, frozen=True):
    """One value to set, or one key to take away."""

    path: tuple[str, ...]
    """Keys, and positions in lists, from the top of the file."""
    value: int | None
    """None: the key goes, with its value."""


class NotEditableError(Exception):
    """Why a text cannot be edited at a place."""


def edited(text: str, edit: TextEdit) -> str:
    """`text` with the edit made. `NotEditableError` where the place is not written out there, or more would change."""
    root = _composed(text)
    key, value = _found(root, edit.path)
    if edit.value is None:
        start, end = _span(text, root, edit.path, key, value)
        made = text[:start] + text[end:]
    else:
        if not isinstance(value, yaml.ScalarNode) or not value.value.strip().isdigit():
            raise NotEditableError("no plain number stands there")
        made = text[: value.start_mark.index] + str(edit.value) + text[value.end_mark.index :]
    wanted, found = _plain(root), _plain(_composed(made))
    _apply(wanted, edit)
    if wanted != found:
        raise NotEditableError("the edit would change more than that")
    return made


def _composed(text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise NotEditableError(f"the file cannot be read: {str(error).splitlines()[0]}") from None
    if root is None:
        raise NotEditableError("the file is empty")
    return root


def _found(root: yaml.Node, path: Sequence[str]) -> tuple[yaml.Node | None, yaml.Node]:
    key, node = None, root
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == step), None)
            if pair is None:
                raise NotEditableError(f"{step} is not written out there")
            key, node = pair
        elif isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
            key, node = None, node.value[int(step)]
        else:
            raise NotEditableError(f"{step} is not written out there")
    return key, node


def _span(text: str, root: yaml.Node, path: Sequence[str], key: yaml.Node | None, value: yaml.Node) -> tuple[int, int]:
    """What to cut so that a key goes: its lines, or in a flow its text with one comma."""
    _, parent = _found(root, path[:-1])
    if key is None or not isinstance(parent, yaml.MappingNode) or len(parent.value) < 2:
        raise NotEditableError("nothing would be left around it")
    start, end = key.start_mark.index, value.end_mark.index
    if parent.flow_style:
        after = end + len(text[end:]) - len(text[end:].lstrip())
        if text[after : after + 1] == ",":
            behind = text[after + 1 :]
            return start, after + 1 + len(behind) - len(behind.lstrip())
        before = text[:start].rstrip()
        return (len(before) - 1 if before.endswith(",") else start), end
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip():
        raise NotEditableError("it does not stand on lines of its own")
    last = text[:end].rstrip()
    stop = text.find("\n", len(last))
    return line, len(text) if stop < 0 else stop + 1


def _plain(node: yaml.Node) -> Any:
    """A node as plain values that can be compared, tags included."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value) for value in node.value]
    return (node.tag, node.value)


def _apply(data: Any, edit: TextEdit) -> None:
    for step in edit.path[:-1]:
        data = data[int(step)] if isinstance(data, list) else data[step]
    if edit.value is None:
        del data[edit.path[-1]]
    else:
        tag, _ = data[edit.path[-1]]
        data[edit.path[-1]] = (tag, str(edit.value))
