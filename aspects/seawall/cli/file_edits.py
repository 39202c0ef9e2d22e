"""Edits of YAML and JSON texts at exact places: everything else in the file stays as it is, comments and layout too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml
from msgspec import Struct

from seawall.remedies.definitions import MemberEdit, UneditableError, in_text
from seawall.remedies.json_text import Keys, removed, replaced, scan

_SCALARS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "str", "null"))
_MORE = "the edit would change more than that"
_TEXTS = ("Fn::Sub",)
"""Functions around a text that is edited in place."""


class TextEdit(Struct, frozen=True):
    """One value to set, or one key to take away."""

    path: tuple[str, ...]
    """Keys, and positions in lists, from the top of the file."""
    value: str
    """As JSON; empty: the key goes, with its value."""


class NotEditableError(Exception):
    """Why a text cannot be edited at a place."""


def edited(text: str, edit: TextEdit, *, is_json: bool = False) -> str:
    """`text` with the edit made. `NotEditableError` where the place is not written out there, or more would change."""
    made = _in_json(text, edit) if is_json else _in_yaml(text, edit)
    return made[:-1] if made.endswith("\n") and not text.endswith("\n") else made


def _in_json(text: str, edit: TextEdit) -> str:
    try:
        spans = scan(text)
    except ValueError as error:
        raise NotEditableError(f"the file cannot be read: {error}") from None
    keys: Keys = ()
    for number, step in enumerate(edit.path):
        found = next((each for each in ((*keys, step), (*keys, _number(step))) if each in spans), None)
        inner = next(((*keys, name) for name in _TEXTS if (*keys, name) in spans), None)
        if found is None and inner is not None:
            keys = (*inner, 0) if (*inner, 0) in spans else inner
            found = None
        span = spans[keys]
        inside = text[span.start : span.end]
        if found is None and inside.startswith('"'):
            made = _inside(json.loads(inside), edit.path[number:], edit.value)
            return replaced(text, keys, json.dumps(made, ensure_ascii=inside.isascii()), spans)
        if found is None and number == len(edit.path) - 1 and edit.value and inside.startswith("{"):
            _no_function([str(each[-1]) for each in spans if each and each[:-1] == keys])
            return _member_added(text, spans[keys].start, spans[keys].end, step, edit.value)
        if found is None:
            raise NotEditableError(f"{step} is not written out there")
        keys = found
    if not edit.value:
        if len(keys) > 1 and not any(other[:-1] == keys[:-1] and other != keys for other in spans if other):
            raise NotEditableError("nothing would be left around it")
        return removed(text, keys, spans)
    if text[spans[keys].start] in "{[":
        raise NotEditableError("no plain value stands there")
    return replaced(text, keys, edit.value, spans)


def _no_function(names: Sequence[str]) -> None:
    """CloudFormation refuses whatever else stands beside the name of a function."""
    found = next((each for each in names if each.startswith("Fn::") or each == "Ref"), None)
    if found is not None:
        raise NotEditableError(f"it is what {found} gives there")


def _number(step: str) -> str | int:
    return int(step) if step.isdecimal() else step


def _member_added(text: str, start: int, end: int, key: str, value: str) -> str:
    """An object with one member more, at its end, on a line of its own where the others have one."""
    inside = text[start + 1 : end - 1]
    member = f"{json.dumps(key)}: {value}"
    if not inside.strip():
        return f"{text[: start + 1]}{member}{text[end - 1 :]}"
    stop = start + 1 + len(inside.rstrip())
    line = inside[: len(inside) - len(inside.lstrip())]
    return f"{text[:stop]},{line or ' '}{member}{text[stop:]}"


def _inside(text: str, path: Sequence[str], value: str) -> str:
    """A definition that is a text, edited."""
    try:
        return in_text(text, MemberEdit(".".join(path), value))
    except UneditableError as error:
        raise NotEditableError(str(error)) from None


def _in_yaml(text: str, edit: TextEdit) -> str:
    root = _composed(text)
    above, key, value, rest = _found(root, edit.path)
    if isinstance(value, yaml.ScalarNode) and rest:
        made = _text_edited(text, value, rest, edit.value)
        wanted = None
    elif not rest and not edit.value:
        start, end = _span(text, above, key, value)
        made, wanted = text[:start] + text[end:], edit
    elif not rest:
        if not isinstance(value, yaml.ScalarNode) or value.tag not in _SCALARS or value.style in ("|", ">"):
            raise NotEditableError("no plain value stands there")
        made = text[: value.start_mark.index] + edit.value + text[value.end_mark.index :]
        wanted = edit
    elif len(rest) == 1 and edit.value and isinstance(value, yaml.MappingNode):
        made, wanted = _added(text, value, rest[0], edit.value), edit
    else:
        raise NotEditableError(f"{rest[0]} is not written out there")
    _only(root, made, wanted, edit)
    return made


def _only(root: yaml.Node, made: str, wanted: TextEdit | None, edit: TextEdit) -> None:
    """Nothing but the edit has changed."""
    try:
        before, found = _plain(root), _plain(_composed(made))
    except NotEditableError:
        raise NotEditableError(_MORE) from None
    if wanted is not None:
        _apply(before, wanted)
    else:
        depth = _depth(before, edit.path)
        _cut(before, edit.path[:depth])
        _cut(found, edit.path[:depth])
    if before != found:
        raise NotEditableError(_MORE)


def _composed(text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise NotEditableError(f"the file cannot be read: {str(error).splitlines()[0]}") from None
    if root is None:
        raise NotEditableError("the file is empty")
    return root


def _found(
    root: yaml.Node, path: Sequence[str]
) -> tuple[yaml.Node | None, yaml.Node | None, yaml.Node, tuple[str, ...]]:
    """What holds the value, its key, the value, and what is left of the path where that is not written out."""
    above, key, node = None, None, root
    for number, step in enumerate(path):
        pair = None
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == step), None)
            text = next((v for k, v in node.value if k.value in _TEXTS), None)
            if pair is None and text is not None:
                node = text.value[0] if isinstance(text, yaml.SequenceNode) else text
                return above, key, node, tuple(path[number:])
        elif isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
            pair = (None, node.value[int(step)])
        elif isinstance(node, yaml.SequenceNode) and node.tag == "!Sub" and node.value:
            return above, key, node.value[0], tuple(path[number:])
        if pair is None:
            return above, key, node, tuple(path[number:])
        above, (key, node) = node, pair
    return above, key, node, ()


def _text_edited(text: str, node: yaml.ScalarNode, path: Sequence[str], value: str) -> str:
    """A definition in a block of text: its lines with the edit made, indented as they were."""
    made = _inside(node.value, path, value)
    start, end = node.start_mark.index, node.end_mark.index
    if node.style != "|":
        if node.style not in ('"', None) or "\n" in node.value:
            raise NotEditableError("its definition is folded text")
        tag, _, rest = text[start:end].partition(" ") if text[start] == "!" else ("", "", "")
        head = f"{tag} " if rest else ""
        return text[:start] + head + json.dumps(made, ensure_ascii=False) + text[end:]
    first = text.index("\n", start) + 1
    line = text[first : text.index("\n", first) if "\n" in text[first:] else len(text)]
    indent = line[: len(line) - len(line.lstrip())]
    newline = "\r\n" if text[first - 2 : first] == "\r\n" else "\n"
    body = "".join(f"{indent if each else ''}{each}{newline}" for each in made.rstrip("\n").split("\n"))
    tail = text[first:end]
    kept = tail[len(tail.rstrip()) :].partition("\n")[2] if "\n" in tail[len(tail.rstrip()) :] else ""
    return text[:first] + body + kept + text[end:]


def _span(text: str, above: yaml.Node | None, key: yaml.Node | None, value: yaml.Node) -> tuple[int, int]:
    """What to cut so that a key goes: its lines, or in a flow its text with one comma."""
    if key is None or not isinstance(above, yaml.MappingNode) or len(above.value) < 2:
        raise NotEditableError("nothing would be left around it")
    start, end = key.start_mark.index, value.end_mark.index
    if above.flow_style:
        after = end + len(text[end:]) - len(text[end:].lstrip())
        if text[after : after + 1] == ",":
            behind = text[after + 1 :]
            return start, after + 1 + len(behind) - len(behind.lstrip())
        before = text[:start].rstrip()
        return (len(before) - 1 if before.endswith(",") else start), end
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip():
        raise NotEditableError("it does not stand on lines of its own")
    stop = _line_end(text, value)
    return line, stop


def _line_end(text: str, value: yaml.Node) -> int:
    """Where the line ends on which a value does, its comment included."""
    last = len(text[: value.end_mark.index].rstrip())
    while True:  # a block collection ends where the next thing starts: comments before that are not its own
        newline = text.find("\n", last)
        start = text.rfind("\n", 0, last) + 1
        if not text[start:last].lstrip().startswith("#") or start <= value.start_mark.index:
            return len(text) if newline < 0 else newline + 1
        last = len(text[:start].rstrip())


def _added(text: str, mapping: yaml.MappingNode, key: str, value: str) -> str:
    """A mapping with one key more, at its end."""
    if not mapping.value:
        raise NotEditableError(f"{key} is not written out there")
    _no_function([str(each.value) for each, _ in mapping.value])
    if mapping.flow_style:
        return _member_added(text, mapping.start_mark.index, mapping.end_mark.index, key, value)
    first, (_, last) = mapping.value[0][0], mapping.value[-1]
    stop = _line_end(text, last)
    newline = "\r\n" if "\r\n" in text else "\n"
    head = text[:stop] if text[:stop].endswith("\n") else text[:stop] + newline
    return f"{head}{' ' * first.start_mark.column}{key}: {value}{newline}{text[stop:]}"


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
    if edit.value:
        data[edit.path[-1]] = _plain(_composed(edit.value))
    else:
        del data[edit.path[-1]]


def _depth(data: Any, path: Sequence[str]) -> int:
    """How much of a path is written out as YAML."""
    for number, step in enumerate(path):
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        else:
            return number
    return len(path)


def _cut(data: Any, path: Sequence[str]) -> None:
    for step in path[:-1]:
        data = data[int(step)] if isinstance(data, list) else data[step]
    data.pop(int(path[-1]) if isinstance(data, list) else path[-1])
