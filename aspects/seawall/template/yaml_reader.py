"""YAML, read from its parser's events one after the other.

So neither deep nesting nor aliases of aliases can exhaust memory or the stack.
"""

from __future__ import annotations

from typing import Any

from .errors import InputError
from .limits import MAX_ALIASED, MAX_DEPTH, MAX_REPEATED
from .repeated import Repeated
from .yaml_nodes import Open, YamlNode, long_form, short_form
from .yaml_scalars import scalar


def read_nodes(path: str, text: str) -> tuple[YamlNode, list[Repeated]]:
    """The document in `text`, and the keys that are repeated in it; `InputError` names `path` and the place in it."""
    import yaml

    reader = _Reader(path)
    take = {
        yaml.ScalarEvent: reader.scalar,
        yaml.MappingStartEvent: reader.mapping,
        yaml.SequenceStartEvent: reader.sequence,
        yaml.MappingEndEvent: reader.end,
        yaml.SequenceEndEvent: reader.end,
        yaml.AliasEvent: reader.alias,
        yaml.DocumentStartEvent: reader.document,
    }
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if type(event) in take:
                take[type(event)](event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise InputError(path, f"is not YAML: {error.problem or error.context}", line, column) from None
    except yaml.reader.ReaderError as error:
        raise _control_character(path, text, error.character) from None
    return reader.root, reader.repeated


def _control_character(path: str, text: str, found: int | str | bytes) -> InputError:
    code = found if isinstance(found, int) else ord(found[:1])
    before = text[: max(text.find(chr(code)), 0)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return InputError(path, f"is not YAML: it holds the control character U+{code:04X}", line, column)


class _Reader:
    """Puts nodes together out of a parser's events."""

    def __init__(self, path: str) -> None:
        self.root = YamlNode(1, None)
        self.repeated: list[Repeated] = []
        self._path = path
        self._open: list[Open] = []
        self._anchors: dict[str, tuple[YamlNode, int]] = {}
        """What each anchor names, and how many nodes that is."""
        self._nodes = self._aliased = self._documents = 0

    def document(self, event: Any) -> None:
        """A document begins."""
        self._documents += 1
        if self._documents > 1:
            raise self._error("holds more than one YAML document", event)

    def scalar(self, event: Any) -> None:
        """Text, a number, ..., or a key."""
        name, line = short_form(event.tag), event.start_mark.line + 1
        if self._open and self._open[-1].wants_key:
            if name is not None:
                raise self._error("a key is not text", event)
            if event.anchor:
                self._anchors[event.anchor] = (YamlNode(line, event.value), 1)
            self._open[-1].line = line
            if event.value == "<<" and event.implicit[0]:
                self._open[-1].merge = True
            else:
                self._open[-1].key = event.value
            return
        self._nodes += 1
        if name is None:
            node = YamlNode(line, scalar(event.value, event.tag, not event.implicit[0]))
        else:
            node = long_form(name, YamlNode(line, event.value))
        self._place(node, event.anchor, 1, event)

    def mapping(self, event: Any) -> None:
        """An object begins."""
        self._begin(event, {})

    def sequence(self, event: Any) -> None:
        """A list begins."""
        self._begin(event, [])

    def _begin(self, event: Any, content: list[YamlNode] | dict[str, YamlNode]) -> None:
        if self._open and self._open[-1].wants_key:
            raise self._error("a key is not text", event)
        if len(self._open) >= MAX_DEPTH:
            raise self._error("is nested too deeply", event)
        node = YamlNode(event.start_mark.line + 1, content, 1)
        self._open.append(Open(node, short_form(event.tag), event.anchor, self._nodes))
        self._nodes += 1

    def end(self, event: Any) -> None:
        """An object or a list ends."""
        closed = self._open.pop()
        self._place(closed.closed(), closed.anchor, self._nodes - closed.before, event)

    def alias(self, event: Any) -> None:
        """What an anchor names, once more."""
        if event.anchor not in self._anchors:
            raise self._error(f"the alias *{event.anchor} names nothing that is complete before it", event)
        node, size = self._anchors[event.anchor]
        around, line = self._open[-1], event.start_mark.line + 1
        if around.wants_key:
            if not isinstance(node.content, str):
                raise self._error("a key is not text", event)
            around.key, around.line = node.content, line
            return
        self._nodes += size
        self._aliased += size
        if self._aliased > MAX_ALIASED:
            raise self._error(f"its aliases stand for more than {MAX_ALIASED:,} values", event)
        self._place(YamlNode(line, node.content, node.height), None, size, event)

    def _place(self, node: YamlNode, anchor: str | None, size: int, event: Any) -> None:
        """Put what is complete where it belongs."""
        if anchor:
            self._anchors[anchor] = (node, size)
        if len(self._open) + node.height > MAX_DEPTH:
            raise self._error("is nested too deeply", event)
        if not self._open:
            self.root = node
            return
        around = self._open[-1]
        content = around.node.content
        if around.merge:
            around.merged += self._mergeable(node, event)
            around.merge = False
        elif isinstance(content, list):
            content.append(node)
        elif isinstance(content, dict) and around.key is not None:
            node.line = around.line
            if around.key in content and len(self.repeated) <= MAX_REPEATED:
                inside = tuple(each.key for each in self._open[:-1] if each.key is not None)
                self.repeated.append(Repeated(inside, around.key, content[around.key].line, around.line))
            content[around.key] = node
            around.key = None
        around.node.height = max(around.node.height, node.height + 1)

    def _mergeable(self, node: YamlNode, event: Any) -> list[YamlNode]:
        found = node.content if isinstance(node.content, list) else [node]
        if not all(isinstance(each.content, dict) for each in found):
            raise self._error("<< takes an object or a list of objects", event)
        return found

    def _error(self, why: str, event: Any) -> InputError:
        return InputError(self._path, why, event.start_mark.line + 1, event.start_mark.column + 1)
