"""What a template property can turn out to be once its intrinsics are resolved.

A value is never guessed: what cannot be resolved is `Unknown` and says why, and what depends on a condition
keeps both sides (`Either`) until somebody asks for one number.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

from msgspec import Struct

from seawall.words import AWS_DEFAULT

T = TypeVar("T")

Json: TypeAlias = Any
"""A JSON value as `json.load` gives it."""


class Address(Struct, frozen=True, order=True):
    """Where a resource stands: the template that declares it and its logical id there."""

    template: str
    logical_id: str


class Known(Struct, frozen=True):
    """A literal, or an expression of which every part is literal."""

    value: Json


class Reference(Struct, frozen=True):
    """A resource's attribute: `Ref` gives the attribute ``"Ref"``, `Fn::GetAtt` the attribute's name.

    `piece` is set where the template takes the value apart (`Fn::Select` of `Fn::Split` on ``:``), as CDK does to
    get a function's name out of an alias.
    """

    address: Address
    attribute: str = "Ref"
    piece: int | None = None


class Pseudo(Struct, frozen=True):
    """A pseudo parameter whose value the deployment decides, such as ``AWS::Region``."""

    name: str


class Concat(Struct, frozen=True):
    """Text put together from parts of which at least one is not literal."""

    parts: tuple[Value, ...]


class Either(Struct, frozen=True):
    """`Fn::If`: which side holds depends on a condition that the template does not settle."""

    condition: str
    then: Value
    otherwise: Value


class Unknown(Struct, frozen=True):
    """A value that cannot be resolved from the files given, and why."""

    why: str
    symbol: str = ""
    """A name for it, where it is a value of its own that stands elsewhere as well: a parameter's."""


class Absent(Struct, frozen=True):
    """Not set, or set to ``AWS::NoValue``."""


ABSENT = Absent()

Value: TypeAlias = Known | Reference | Pseudo | Concat | Either | Unknown | Absent


class ValueStatus(StrEnum):
    """How a setting came by its value."""

    KNOWN = "known"
    DEFAULT = "default"
    UNKNOWN = "unknown"


class Setting(Struct, Generic[T], frozen=True, dict=True):
    """One property read as one type: its value, how certain it is, and where it stands.

    `value` is None exactly when `status` is unknown, or when the property is absent and the service has no default.
    """

    value: T | None
    status: ValueStatus
    property: str
    why: str = ""

    @builtins.property
    def known(self) -> bool:
        """True unless the value could not be resolved."""
        return self.status is not ValueStatus.UNKNOWN

    @builtins.property
    def whose(self) -> str:
        """The property, and whether AWS chose its value: ``VisibilityTimeout, AWS's default``."""
        return f"{self.property}, {AWS_DEFAULT}" if self.status is ValueStatus.DEFAULT else self.property


def side_of(condition: str, *, holds: bool) -> str:
    """A condition with the side that it takes, in words.

    >>> side_of("Prod", holds=False), side_of("Stage is dev", holds=False)
    ('not Prod', 'Stage is not dev')
    """
    if holds:
        return condition
    return condition.replace(" is ", " is not ", 1) if " is " in condition else f"not {condition}"


def sided(text: str) -> tuple[str, bool]:
    """A condition and its side out of what `side_of` gives.

    >>> sided("not Prod"), sided("Stage is not dev"), sided("Prod")
    (('Prod', False), ('Stage is dev', False), ('Prod', True))
    """
    if " is not " in text:
        return text.replace(" is not ", " is ", 1), False
    return (text.removeprefix("not "), False) if text.startswith("not ") else (text, True)


def is_of(variable: str) -> str:
    """A parameter's name for a reader."""
    return variable.partition(" of ")[0]


def alternatives(value: Value) -> Iterator[tuple[Value, tuple[str, ...]]]:
    """Every value that `value` can turn out to be, with the sides of conditions that lead to it.

    >>> list(alternatives(Either("Prod", Known(5), ABSENT)))
    [(Known(value=5), ('Prod',)), (Absent(), ('not Prod',))]
    """
    if isinstance(value, Either):
        for side, holds in ((value.then, True), (value.otherwise, False)):
            for leaf, conditions in alternatives(side):
                yield leaf, (side_of(value.condition, holds=holds), *conditions)
    else:
        yield value, ()


def outcomes(value: Value) -> Iterator[Value]:
    """The same without what leads to them."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, Either):
            stack += (each.otherwise, each.then)
        else:
            yield each


def whys(value: Value) -> Iterator[str]:
    """Why a value, or each part of one that is put together, is unknown."""
    parts = value.parts if isinstance(value, Concat) else (value,)
    return (part.why for part in parts if isinstance(part, Unknown))


def settled(value: Value) -> Value:
    """`value` itself, or the one thing that both sides of a condition agree on, or unknown."""
    leaves = list(outcomes(value))
    if all(leaf == leaves[0] for leaf in leaves[1:]):
        return leaves[0]
    conditions = dict.fromkeys(conditions_of(value))
    return Unknown(f"depends on condition {', '.join(conditions)}")


def conditions_of(value: Value) -> Iterator[str]:
    """The conditions that decide what `value` is."""
    if isinstance(value, Either):
        yield value.condition
        yield from conditions_of(value.then)
        yield from conditions_of(value.otherwise)
    elif isinstance(value, Concat):
        for part in value.parts:
            yield from conditions_of(part)
