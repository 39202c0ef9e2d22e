"""Loops: `Fn::ForEach` of the language extensions, written out.

A loop is ``"Fn::ForEach::Name": [identifier, collection, {key: value}]``, in any section that holds objects and inside
properties. Each item of the collection gives one copy, with ``${identifier}``, ``&{identifier}`` (without what a
logical id may not hold) and ``{"Ref": identifier}`` replaced.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from ..origins import Path
from ..text import as_text
from ..values import Json, Known, Unknown
from .expanded import Expanded, Note, Surroundings, hides

PREFIX = "Fn::ForEach::"
MAX_COPIES = 10_000
"""Copies that the loops of one template may make; CloudFormation takes 500 resources."""
MAX_VALUES = 1_000_000
"""Values, of whatever kind, that these copies may hold."""
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9]")


class _TooMuch(Exception):  # noqa: N818
    """The loop asks for more than is written out."""


def unrolled(body: Mapping[str, Json], surroundings: Surroundings) -> Expanded:
    """`body` with its loops written out; loops that cannot be are left out and noted."""
    work = _Unrolling(body, surroundings)
    expanded = work.walk(dict(body), (), (), {})
    return Expanded(expanded, work.origins, {}, tuple(dict.fromkeys(work.notes)))


class _Unrolling(Struct):
    body: Mapping[str, Json]
    surroundings: Surroundings
    origins: dict[Path, Path] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    copies: int = 0
    values: int = 0
    """Values within copies."""

    def walk(self, node: Json, at: Path, written: Path, items: Mapping[str, str]) -> Json:
        """`node`, which comes to stand at `at` and was written at `written`, without loops.

        `items` are those of the loops around it, by identifier.
        """
        if items:
            self.values += 1
            if self.values > MAX_VALUES:
                raise _TooMuch
        if isinstance(node, str):
            return _text(node, items)
        if isinstance(node, list):
            return [self.walk(each, (*at, str(i)), (*written, str(i)), items) for i, each in enumerate(node)]
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and isinstance(node.get("Ref"), str) and node["Ref"] in items:
            return items[node["Ref"]]
        found: dict[str, Json] = {}
        for key, value in node.items():
            if key.startswith(PREFIX):
                found.update(self._loop(key, value, at, written, items))
            else:
                name = _text(key, items)
                found[name] = self.walk(value, (*at, name), (*written, key), items)
        return found

    def _loop(self, key: str, loop: Json, at: Path, written: Path, items: Mapping[str, str]) -> dict[str, Json]:
        try:
            why, found = self._copies(key, loop, at, written, items)
        except _TooMuch:
            if items:
                raise
            why, found = f"loops ask for more than {MAX_COPIES:,} copies, or {MAX_VALUES:,} values in them", {}
        if why:
            left_out = f"loop {key.removeprefix(PREFIX)} in {'.'.join(written)} is left out: {why}"
            self.notes.append(Note(left_out, hides(written)))
        return found

    def _copies(
        self, key: str, loop: Json, at: Path, written: Path, items: Mapping[str, str]
    ) -> tuple[str, dict[str, Json]]:
        match loop:
            case [str() as identifier, collection, dict() as fragment]:
                chosen = self._items(self.walk(collection, (), (), items))
            case _:
                return "it is not of the form [identifier, collection, {key: value}]", {}
        if isinstance(chosen, Unknown):
            return chosen.why, {}
        found: dict[str, Json] = {}
        for item in chosen:
            self.copies += len(fragment)
            if self.copies > MAX_COPIES:
                raise _TooMuch
            inside = {**items, identifier: item}
            for name in fragment:
                self.origins[(*at, _text(name, inside))] = (*written, key, "2", name)
            found.update(self.walk(fragment, at, (*written, key, "2"), inside))
        return "", found

    def _items(self, collection: Json) -> list[str] | Unknown:
        if not isinstance(collection, list):
            value = self.surroundings.value(self.body, collection)
            if not isinstance(value, Known):
                return value if isinstance(value, Unknown) else Unknown("only the deployment knows its collection")
            collection = value.value
        if not isinstance(collection, list):
            return Unknown("its collection is no list")
        items: list[str] = []
        for raw in collection:
            value = self.surroundings.value(self.body, raw)
            text = as_text(value.value) if isinstance(value, Known) else None
            if text is None:
                why = value.why if isinstance(value, Unknown) else "it is no text that the template gives"
                return Unknown(f"item {len(items) + 1} of its collection is not known: {why}")
            items.append(text)
        return items


def _text(text: str, items: Mapping[str, str]) -> str:
    """`text` with the items in place of their identifiers."""
    if items and "{" in text:
        for identifier, item in items.items():
            text = text.replace(f"${{{identifier}}}", item)
            text = text.replace(f"&{{{identifier}}}", _NOT_IN_IDS.sub("", item))
    return text
