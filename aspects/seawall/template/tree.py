"""A property as it may turn out: raw JSON, split wherever a condition decides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from .intrinsics import resolve
from .model import App, Template
from .scope import MAX_DEPTH, is_intrinsic, is_literal, may_be_intrinsic
from .text import render
from .textual import document
from .values import ABSENT, Absent, Concat, Either, Json, Known, Unknown, Value, side_of

Decided: TypeAlias = tuple[tuple[str, bool], ...]


class Raw(Struct, frozen=True, eq=False):
    """JSON as written, at its place in the template. Equal to what is written alike, wherever it stands."""

    json: Json
    decided: Decided = ()
    """Sides taken of the conditions further up: the same condition asked again below has its answer."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Raw) and bool(self.json == other.json)

    def __hash__(self) -> int:
        return hash(self.json)


class Fork(Struct, frozen=True):
    """What a section is, depending on a condition."""

    condition: str
    then: Node
    otherwise: Node


Node: TypeAlias = Raw | Fork | Unknown | Absent
"""`Unknown` where the template does not say what stands there; `Absent` where nothing does."""


def forked(app: App, template: Template, node: Node, depth: int = 0) -> Node:
    """`node` with ``Fn::If`` as forks; other intrinsics stay as written."""
    if not isinstance(node, Raw) or not is_intrinsic(node.json):
        return node
    if node.json.get("Ref") == "AWS::NoValue":
        return ABSENT
    argument = node.json.get("Fn::If")
    if not (isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)):
        return node
    if depth > MAX_DEPTH:
        return Unknown("conditions are nested too deeply")
    condition, then, otherwise = argument
    decided = {(template.key, name): holds for name, holds in node.decided}
    taken = decided.get((template.key, condition))
    if taken is None:
        taken = app.reading.side(template, condition, decided)
    if taken is not None:
        return forked(app, template, Raw(then if taken else otherwise, node.decided), depth + 1)
    return Fork(
        condition,
        forked(app, template, Raw(then, (*node.decided, (condition, True))), depth + 1),
        forked(app, template, Raw(otherwise, (*node.decided, (condition, False))), depth + 1),
    )


def opened(app: App, template: Template, node: Node) -> Node:
    """`node` ready to be walked into: forked, intrinsics that give a literal or a document's text as what they give."""
    node = forked(app, template, node)
    if isinstance(node, Fork):
        return Fork(node.condition, opened(app, template, node.then), opened(app, template, node.otherwise))
    if isinstance(node, Raw) and is_intrinsic(node.json):
        value = resolve(app, template, node.json, node.decided)
        written = document(node.json) if isinstance(value, Concat) else None
        return _node(value, node.decided) if written is None else Raw(written, node.decided)
    return node


def _node(value: Value, decided: Decided) -> Node:
    if isinstance(value, Known):
        return Raw(value.value, decided)
    if isinstance(value, (Unknown, Absent)):
        return value
    if isinstance(value, Either):
        return Fork(value.condition, _node(value.then, decided), _node(value.otherwise, decided))
    return Unknown(f"is {render(value)}, which only the deployment knows")


def descend(app: App, template: Template, node: Node, path: Sequence[str | int]) -> Node:
    """The node at `path` below `node`; plain objects, which most of every template is, are walked without more ado."""
    if isinstance(node, Raw):
        raw = _in_plain_objects(node.json, path)
        if raw is not _ELSEWHERE:
            return ABSENT if raw is ABSENT else Raw(raw, node.decided)
    for step in path:
        node = child(app, template, node, step)
    return node


def written_out(node: Node, path: Sequence[str | int]) -> Known | Absent | None:
    """What stands at `path` below `node`, where that is a literal in plain objects; None where anything is to be
    worked out.
    """
    if type(node) is not Raw:
        return None
    raw = _in_plain_objects(node.json, path)
    if raw is None or raw is ABSENT:
        return ABSENT
    return Known(raw) if raw is not _ELSEWHERE and is_literal(raw) else None


_ELSEWHERE = object()


def _in_plain_objects(raw: Json, path: Sequence[str | int]) -> Json:
    """What stands at `path`, `ABSENT` if surely nothing does; `_ELSEWHERE` if the way leads through anything else."""
    for step in path:
        if type(raw) is not dict or (len(raw) == 1 and is_intrinsic(raw)):
            return _ELSEWHERE
        if step not in raw:
            return ABSENT if type(step) is str and "Fn::Transform" not in raw else _ELSEWHERE
        raw = raw[step]
    return raw


def child(app: App, template: Template, node: Node, step: str | int) -> Node:
    """The node one step down: a key of an object, or a position in a list."""
    if isinstance(node, Absent):
        return node
    if not isinstance(node, Raw) or may_be_intrinsic(node.json):
        node = opened(app, template, node)
    if isinstance(node, Fork):
        then, otherwise = child(app, template, node.then, step), child(app, template, node.otherwise, step)
        return then if then == otherwise else Fork(node.condition, then, otherwise)
    if not isinstance(node, Raw):
        return node
    raw = parsed(node.json)
    if isinstance(raw, dict):
        if str(step) in raw:
            return Raw(raw[str(step)], node.decided)
        return Unknown("may come out of a Fn::Transform") if "Fn::Transform" in raw else ABSENT
    if isinstance(raw, list) and (isinstance(step, int) or (step.isdecimal() and len(step) < 10)):
        return Raw(raw[int(step)], node.decided) if int(step) < len(raw) else ABSENT
    if raw is None:
        return ABSENT
    return Unknown(f"{kind(raw)} stands where {'a list' if isinstance(step, int) else 'an object'} is expected")


def parsed(raw: Json) -> Json:
    """The document in a string that holds an object or a list as JSON text; anything else as it is."""
    if isinstance(raw, str) and raw.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            return raw
    return raw


def kind(raw: Json) -> str:
    """What a reader would call this piece of JSON."""
    if isinstance(raw, dict):
        return "an object"
    if isinstance(raw, list):
        return "a list"
    if raw is None:
        return "null"
    return "text" if isinstance(raw, str) else "true or false" if isinstance(raw, bool) else "a number"


def leaves(node: Node, conditions: tuple[str, ...] = ()) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Every node that is no fork, with the conditions that lead to it."""
    if isinstance(node, Fork):
        yield from leaves(node.then, (*conditions, side_of(node.condition, holds=True)))
        yield from leaves(node.otherwise, (*conditions, side_of(node.condition, holds=False)))
    else:
        yield node, conditions


def value_of(app: App, template: Template, node: Node) -> Value:
    """What the node stands for; a fork becomes an `Either`."""
    if isinstance(node, Raw):
        value = resolve(app, template, node.json, node.decided)
        return ABSENT if isinstance(value, Known) and value.value is None else value
    if isinstance(node, Fork):
        then, otherwise = value_of(app, template, node.then), value_of(app, template, node.otherwise)
        return then if then == otherwise else Either(node.condition, then, otherwise)
    return node
