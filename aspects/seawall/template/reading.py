"""Reading a resource's properties: sections, numbers, texts, flags and lists, each with how certain it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct

from .limits import MAX_NUMBER
from .model import App, Resource, Template
from .near_names import in_another_case
from .scope import may_be_intrinsic
from .text import as_text, render
from .tree import Fork, Node, Raw, descend, forked, kind, leaves, opened, parsed, value_of, written_out
from .values import (
    ABSENT,
    Absent,
    Either,
    Json,
    Known,
    Setting,
    Unknown,
    Value,
    ValueStatus,
    conditions_of,
    outcomes,
    whys,
)

T = TypeVar("T")


class Props(Struct, frozen=True):
    """A section of a resource's properties. Nothing here raises: nonsense in a template reads as unknown, with why."""

    app: App
    template: Template
    """The template that declares the resource."""
    resource: Resource
    path: tuple[str | int, ...]
    node: Node

    @classmethod
    def of(cls, app: App, resource: Resource) -> Props:
        """All properties of `resource`."""
        return cls(app, app.templates[resource.address.template], resource, (), Raw(resource.properties))

    @property
    def property(self) -> str:
        """The dotted path of this section, such as ``Targets.0.RetryPolicy``; empty for all properties."""
        return dotted(self.path)

    def at(self, *path: str | int) -> Props:
        """The section at `path`. Conditions on the way are kept; a string that holds JSON is read as JSON."""
        return Props(self.app, self.template, self.resource, (*self.path, *path), self._walk(path))

    def _walk(self, path: tuple[str | int, ...]) -> Node:
        if not path:
            return self.node
        found = descend(self.app, self.template, self.node, path)
        if found is ABSENT and isinstance(self.node, Raw):
            self._slip(self.node.json, path)
        return found

    def either(self, *names: str) -> Props:
        """The section under the first of several names that is there, else the first: services take some things in two
        spellings.
        """
        found = next((name for name in names if self.exists(name)), names[0])
        self.app.reading.slips.pop((self.resource.address, dotted((*self.path, found))), None)
        return self.at(found)

    def _slip(self, raw: Json, path: tuple[str | int, ...]) -> None:
        """Note a key that is what was asked for but for its case."""
        for depth, step in enumerate(path):
            if type(raw) is not dict or type(step) is not str:
                return
            if step not in raw:
                found = _in_another_case(tuple(raw), step)
                if found is not None:
                    at = dotted((*self.path, *path[:depth], found))
                    self.app.reading.slips.setdefault((self.resource.address, at), step)
                return
            raw = raw[step]

    def raw(self, *path: str | int) -> Json | None:
        """The JSON as written; None where there is none, or where a condition decides what it is."""
        node = forked(self.app, self.template, self._walk(path))
        if isinstance(node, Fork):
            self._need([node.condition])
        return node.json if isinstance(node, Raw) else None

    def value(self, *path: str | int) -> Value:
        """What stands at `path`, with intrinsics resolved; absent if nothing does."""
        plain = self._written_out(path)
        if plain is not None:
            return plain
        reading = self.app.reading
        before, reading.by_default = reading.by_default, {}
        value = value_of(self.app, self.template, self._walk(path))
        if reading.by_default:
            found = dict(reading.by_default)
            reading.rested(self.resource.address, dotted((*self.path, *path)))
            before.update(found)
        reading.by_default = before
        why = next(whys(value), None)
        if why is not None:
            self._unresolved(path, why)
        return value

    def _written_out(self, path: tuple[str | int, ...]) -> Known | Absent | None:
        """The same where nothing is to be worked out, as for most values of every template."""
        found = written_out(self.node, path)
        if found is ABSENT and path and isinstance(self.node, Raw):
            self._slip(self.node.json, path)
        return found

    def _unresolved(self, path: tuple[str | int, ...], why: str) -> None:
        self.app.reading.unresolved.setdefault((self.resource.address, dotted((*self.path, *path))), why)

    def exists(self, *path: str | int) -> bool:
        """True if something stands at `path`, at least under some condition."""
        value = self.value(*path)
        if not isinstance(value, Either):
            return not isinstance(value, Absent)
        there = {not isinstance(leaf, Absent) for leaf in outcomes(value)}
        if len(there) > 1:
            self._need(conditions_of(value))
        return True in there

    def _need(self, conditions: Iterable[str]) -> None:
        """One answer is asked for, and conditions leave several."""
        self.app.reading.need(self.template, conditions)

    def integer(self, *path: str | int, default: int | None = None) -> Setting[int]:
        """A whole number; CloudFormation takes ``"5"`` for 5."""
        return self._setting(path, default, _integer)

    def number(self, *path: str | int, default: float | None = None) -> Setting[float]:
        """A number; whole ones stay `int`."""
        return self._setting(path, default, _number)

    def text(self, *path: str | int, default: str | None = None) -> Setting[str]:
        """Literal text."""
        return self._setting(path, default, _text)

    def flag(self, *path: str | int, default: bool | None = False) -> Setting[bool]:
        """True or false; CloudFormation takes ``"true"`` for true."""
        return self._setting(path, default, _flag)

    def items(self, *path: str | int) -> tuple[Item, ...]:
        """The entries of a list. Conditions around the list or an entry are kept with what they decide.

        A value that is no list counts as a list of one. Where the list itself cannot be resolved, the one item given
        reads as unknown.
        """
        section = self.at(*path)
        node = section.node
        if type(node) is Raw and type(node.json) is list:
            return tuple(section._listed([Raw(entry, node.decided) for entry in node.json], ()))
        return () if node is ABSENT else tuple(section._items(node, ()))

    def _items(self, node: Node, conditions: tuple[str, ...]) -> Iterator[Item]:
        for leaf, found in leaves(forked(self.app, self.template, node), conditions):
            entries = self._entries(leaf)
            if isinstance(entries, Fork):
                yield from self._items(entries, found)
            elif entries is None:
                if not isinstance(leaf, Absent) and leaf != Raw(None):
                    yield Item(Props(self.app, self.template, self.resource, self.path, leaf), found)
            else:
                yield from self._listed(entries, found)

    def _listed(self, entries: Iterable[Raw], conditions: tuple[str, ...]) -> Iterator[Item]:
        for index, entry in enumerate(entries):
            path = (*self.path, index)
            if not may_be_intrinsic(entry.json):
                yield Item(Props(self.app, self.template, self.resource, path, entry), conditions)
                continue
            for side, sides in leaves(forked(self.app, self.template, entry), conditions):
                if not isinstance(side, Absent):
                    yield Item(Props(self.app, self.template, self.resource, path, side), sides)

    def _entries(self, node: Node) -> list[Raw] | Fork | None:
        """The entries of a list; a fork if only now a condition shows; None if this is no list."""
        inside = opened(self.app, self.template, node)
        if isinstance(inside, Fork):
            return inside
        if not isinstance(inside, Raw):
            return None
        raw = parsed(inside.json)
        return [Raw(entry, inside.decided) for entry in raw] if isinstance(raw, list) else None

    def mapping(self, *path: str | int) -> Iterator[tuple[str, Props]]:
        """The entries of an object, such as ``Environment.Variables``; nothing if it is not one."""
        section = self.at(*path)
        names: dict[str, None] = {}
        for leaf, _ in leaves(opened(self.app, self.template, section.node)):
            entries = parsed(leaf.json) if isinstance(leaf, Raw) else None
            if isinstance(entries, dict):
                names.update(dict.fromkeys(entries))
        for name in names:
            yield name, section.at(name)

    def _decisive(self, path: tuple[str | int, ...]) -> Value:
        """A value of which one is asked for: a parameter in text that may have several is to be decided as well."""
        reading = self.app.reading
        passed, reading.passed = reading.passed, {}
        value = self.value(*path)
        if reading.passed:
            self._need(reading.passed)
        reading.passed = passed
        return value

    def _setting(self, path: tuple[str | int, ...], default: T | None, read: Callable[[Json], T | None]) -> Setting[T]:
        reading, name = self.app.reading, dotted((*self.path, *path))
        reading.by_default.clear()
        value: Value | None = self._written_out(path)
        if value is None:
            value = self._decisive(path)
            reading.rested(self.resource.address, name)
        if not isinstance(value, Either):
            found = _reading(value, default, read, name)
            if found.status is ValueStatus.UNKNOWN and read is not _text:
                self._unresolved(path, found.why)
            return found
        readings = [_reading(each, default, read, name) for each in outcomes(value)]
        first = readings[0]
        if all((one.value, one.known) == (first.value, first.known) for one in readings):
            return next((one for one in readings if one.status is ValueStatus.KNOWN), first)
        conditions = dict.fromkeys(conditions_of(value))
        self._need(conditions)
        return Setting(None, ValueStatus.UNKNOWN, name, f"depends on condition {', '.join(conditions)}")


class Item(Struct, frozen=True):
    """An entry of a list and the conditions under which it is there."""

    props: Props
    conditions: tuple[str, ...] = ()


_in_another_case = lru_cache(maxsize=10_000)(in_another_case)
"""Most resources of a type have the same keys."""


@lru_cache(maxsize=10_000)
def dotted(path: tuple[str | int, ...]) -> str:
    """A path as messages write it."""
    return ".".join(map(str, path))


def _reading(value: Value, default: T | None, read: Callable[[Json], T | None], name: str) -> Setting[T]:
    if isinstance(value, Absent):
        return Setting(default, ValueStatus.DEFAULT, name)
    if not isinstance(value, Known):
        why = value.why if isinstance(value, Unknown) else f"is {render(value)}, which only the deployment knows"
        return Setting(None, ValueStatus.UNKNOWN, name, why)
    found = read(value.value)
    if found is None:
        return Setting(None, ValueStatus.UNKNOWN, name, _no(value.value, _EXPECTED[read.__name__]))
    return Setting(found, ValueStatus.KNOWN, name)


def _no(raw: Json, expected: str) -> str:
    if isinstance(raw, (int, float)) and not -MAX_NUMBER <= raw <= MAX_NUMBER:
        return "a number beyond what any setting takes"
    return f"{kind(raw) if as_text(raw) is None else repr(raw)} is not {expected}"


_NUMERAL = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?")
_EXPECTED = {"_integer": "a whole number", "_number": "a number", "_text": "text", "_flag": "true or false"}


def _integer(raw: Json) -> int | None:
    found = _number(raw)
    return int(found) if found is not None and found == int(found) else None


def _number(raw: Json) -> float | None:
    if isinstance(raw, str):
        raw = (float(raw) if "." in raw else int(raw)) if _NUMERAL.fullmatch(raw) else None
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return None
    return raw if -MAX_NUMBER <= raw <= MAX_NUMBER else None  # nor is it NaN


def _text(raw: Json) -> str | None:
    return as_text(raw)


def _flag(raw: Json) -> bool | None:
    if isinstance(raw, str):
        return {"true": True, "false": False}.get(raw.lower())
    return raw if isinstance(raw, bool) else None
