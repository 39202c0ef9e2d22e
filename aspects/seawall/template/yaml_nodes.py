"""Nodes of YAML: what JSON can say, with short-form tags written out, and the line of everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, Union

from msgspec import Struct, field

from .values import Json

Content: TypeAlias = Union[str, int, float, bool, "list[YamlNode]", "dict[str, YamlNode]", None]


_STANDARD = "tag:yaml.org,2002:"


class YamlNode(Struct):
    """A value, and the line, from 1, on which a reader finds it: that of its key, if it has one."""

    line: int
    content: Content
    height: int = 0
    """How many objects and lists are nested here, itself included."""


class Open(Struct):
    """An object or a list that is being read."""

    node: YamlNode
    tag: str | None
    anchor: str | None
    before: int
    """How many nodes there were before it."""
    key: str | None = None
    """The key whose value comes next."""
    line: int = 0
    """The key's line."""
    merge: bool = False
    """The value that comes next is to be merged into this object."""
    merged: list[YamlNode] = field(default_factory=list)

    @property
    def wants_key(self) -> bool:
        """What comes next is a key."""
        return self.key is None and not self.merge and isinstance(self.node.content, dict)

    def closed(self) -> YamlNode:
        """The node, complete: what is merged into it stands behind its own keys, and earlier before later."""
        node = self.node
        if self.merged and isinstance(node.content, dict):
            found: dict[str, YamlNode] = {}
            for each in reversed(self.merged):
                found |= each.content if isinstance(each.content, dict) else {}
            node.content = found | node.content
        return node if self.tag is None else long_form(self.tag, node)


def short_form(tag: str | None) -> str | None:
    """The name of an intrinsic in a tag such as ``!Sub``; None for a standard tag or none.

    A tag of a program's own, such as ``!!python/tuple``, is no intrinsic that anybody knows.
    """
    if tag is not None and tag.startswith(_STANDARD) and "/" in tag:
        return tag.removeprefix(_STANDARD)
    return tag[1:] if tag is not None and tag[:1] == "!" and len(tag) > 1 else None


def long_form(name: str, node: YamlNode) -> YamlNode:
    """The intrinsic `name` of `node`, as JSON has it.

    >>> written(long_form("GetAtt", YamlNode(1, "Child.Outputs.Arn")))
    {'Fn::GetAtt': ['Child', 'Outputs.Arn']}
    """
    if name == "GetAtt" and isinstance(node.content, str) and "." in node.content:
        node = YamlNode(node.line, [YamlNode(node.line, part) for part in node.content.split(".", 1)], 1)
    return YamlNode(node.line, {name if name in ("Ref", "Condition") else f"Fn::{name}": node}, node.height + 1)


def written(node: YamlNode) -> Json:
    """`node` as JSON; what an alias stands for is written out."""
    content = node.content
    if isinstance(content, dict):
        return {key: written(each) for key, each in content.items()}
    return [written(each) for each in content] if isinstance(content, list) else content


class YamlLines(Struct, frozen=True):
    """The lines of one document."""

    root: YamlNode

    def line(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of the value at `path`, or of the deepest thing on the way to it that is there."""
        node = self.root
        for step in path:
            content = node.content
            if isinstance(content, dict) and str(step) in content:
                node = content[str(step)]
            elif isinstance(content, list) and str(step).isdecimal() and int(step) < len(content):
                node = content[int(step)]
            else:
                break
        return node.line
