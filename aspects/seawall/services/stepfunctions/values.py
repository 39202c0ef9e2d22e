"""Values in a running machine as far as its definition tells them.

A value is known, unknown, or partly known: an object some of whose fields are known, or a number that has only grown.
Everything is immutable, and `repr` tells two values apart.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from seawall.template import Json


class UnknownData(Struct, frozen=True):
    """Nothing is known."""


class Missing(Struct, frozen=True):
    """There is no such value."""


class Other(Struct, frozen=True):
    """Some text that stands nowhere in the machine, such as the name of an error that nobody mentions."""


class Grown(Struct, frozen=True):
    """A number that came in and has grown: by how much at least. What came in is taken to be 0 or more."""

    by: float


class Fields(Struct, frozen=True):
    """An object: some of its fields, and whether it may have others."""

    known: tuple[tuple[str, Value], ...]
    open: bool = False

    def get(self, name: str) -> Value:
        """A field."""
        for each, value in self.known:
            if each == name:
                return value
        return UNKNOWN if self.open else MISSING

    def put(self, name: str, value: Value) -> Fields:
        """The same with one field set."""
        return Fields(tuple(sorted((dict(self.known) | {name: value}).items())), self.open)


Scalar: TypeAlias = "str | int | float | bool | None"
Value: TypeAlias = "UnknownData | Missing | Other | Grown | Fields | tuple[Value, ...] | Scalar"

UNKNOWN, MISSING, OTHER = UnknownData(), Missing(), Other()
NOTHING = Fields(())
ANYTHING = Fields((), open=True)
"""An object of which no field is known."""


def literal(raw: Json) -> Value:
    """A value as a definition writes it; text with a place for a substitution may become anything.

    >>> literal({"most": "${Most}", "unit": "s"})
    Fields(known=(('most', UnknownData()), ('unit', 's')), open=False)
    """
    if isinstance(raw, dict):
        return Fields(tuple(sorted((str(key), literal(each)) for key, each in raw.items())))
    if isinstance(raw, list):
        return tuple(literal(each) for each in raw)
    scalar: Scalar = raw
    return UNKNOWN if isinstance(scalar, str) and "${" in scalar else scalar


def put_at(value: Value, path: tuple[str, ...], new: Value) -> Value:
    """`value` with `new` at a path of names. What nothing is known of stays so where something unknown is put there:
    a second lap is entered with what the first one was.
    """
    if not path:
        return new
    if isinstance(value, UnknownData) and isinstance(new, UnknownData):
        return value
    found = value if isinstance(value, Fields) else ANYTHING
    inner = found.get(path[0])
    if isinstance(inner, UnknownData) and isinstance(new, UnknownData):
        return found
    return found.put(path[0], put_at(inner if isinstance(inner, Fields) else _room(found, inner), path[1:], new))


def _room(found: Fields, inner: Value) -> Value:
    """Where a field is set into something that is no known object."""
    return ANYTHING if found.open or isinstance(inner, UnknownData) else NOTHING


def merged(left: Value, right: Value) -> Value:
    """Two objects as one; where both have a field, that of the right one counts."""
    if not isinstance(right, Fields):
        return ANYTHING if isinstance(right, UnknownData) else UNKNOWN
    if right.open or not isinstance(left, Fields):
        return Fields(right.known, open=True)  # a field that is not known may take the place of any of the left one
    return Fields(tuple(sorted({**dict(left.known), **dict(right.known)}.items())), left.open)


def is_number(value: Value) -> bool:
    """Whether it is a known number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def add(left: Value, right: Value) -> Value:
    """The sum; something unknown that has a positive number added has grown by it."""
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left + right if is_number(left) and is_number(right) else UNKNOWN
    for one, other in ((left, right), (right, left)):
        if isinstance(one, (int, float)) and not isinstance(one, bool) and one > 0:
            if isinstance(other, Grown):
                return Grown(other.by + one)
            if isinstance(other, UnknownData):
                return Grown(one)
    return UNKNOWN


def compare(left: Value, operator: str, right: Value) -> bool | None:
    """Whether a comparison of numbers or texts holds; None where that is not known."""
    if operator in ("=", "!="):
        same = _same(left, right)
        return same if same is None or operator == "=" else not same
    if isinstance(left, Grown) and isinstance(right, (int, float)) and not isinstance(right, bool):
        return _grown(left.by, operator, right)
    if isinstance(right, Grown) and isinstance(left, (int, float)) and not isinstance(left, bool):
        return _grown(right.by, _TURNED[operator], left)
    comparable = (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))
    return _ORDERED[operator](left, right) if comparable else None


def _same(left: Value, right: Value) -> bool | None:
    if isinstance(left, Grown) and isinstance(right, (int, float)):
        return False if left.by > right else None
    if isinstance(right, Grown):
        return _same(right, left) if not isinstance(left, Grown) else None
    if isinstance(left, Other) or isinstance(right, Other):
        texts = all(isinstance(each, (str, int, float, bool, type(None))) for each in (left, right) if each != OTHER)
        return False if texts and left != right else None
    vague = (UnknownData, Missing, Fields)
    if isinstance(left, vague) or isinstance(right, vague):
        return None
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _grown(by: float, operator: str, limit: float) -> bool | None:
    """Whether a number of `by` or more compares so to `limit`."""
    if operator in ("<", "<="):
        return False if not _ORDERED[operator](by, limit) else None
    return True if _ORDERED[operator](by, limit) else None


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ORDERED = {
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
}
