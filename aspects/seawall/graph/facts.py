"""Numbers that AWS decides, each with where it was read and when."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Fact(Struct, Generic[T], frozen=True):
    """A default or limit of a service."""

    value: T
    source: str
    """A page of the AWS documentation, or what else states it."""
    checked: str
    """ISO date on which the source said so."""
    since: str = ""
    """ISO date from which the value holds, where an earlier one is still in use."""
