"""The census as data: `entries.json`, which `docs/census.py` makes out of CloudFormation's schemas.

A path reads like ``Rules[].Actions[].InvokeLambda.FunctionArn``: ``[]`` stands for the entries of a list, ``{}`` for
those of an object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

MODELLED, OPEN = "modelled", "open"
RETRY = "retry"
"""What an entry is that reads like a retry; the others are what they can name."""


class Census(Struct, frozen=True):
    """Every resource type of CloudFormation's schemas, as far as it concerns the flow of events."""

    source: Mapping[str, str]
    """The schemas' package and their date."""
    reasons: Mapping[str, str]
    """Why entries are harmless, by verdict."""
    types: Mapping[str, Mapping[str, tuple[str, str]]]
    """By type and path: what the property can name (or ``retry``), and the verdict."""
    others: frozenset[str]
    """Types without any entry."""

    def open(self, type_: str) -> Mapping[str, str]:
        """Paths of a type that are not followed, with what they can name."""
        entries = self.types.get(type_, {})
        return {path: kind for path, (kind, verdict) in entries.items() if verdict == OPEN}

    def decided(self, type_: str) -> re.Pattern[str]:
        """The properties of a type that the census has, as the places of a resource are written."""
        paths = map(re.escape, self.types.get(type_, {}))
        places = (path.replace(r"\[\]", r"(\.\d+)?").replace(r"\{\}", r"\.[^.]+") for path in paths)
        return re.compile("|".join(f"{each}(\\.\\d+)?" for each in places) or "(?!)")

    def knows(self, type_: str) -> bool:
        """Whether the schemas hold the type."""
        return type_ in self.types or type_ in self.others


@cache
def census() -> Census:
    """The census, read once."""
    return msgspec.json.decode(Path(__file__).with_name("entries.json").read_bytes(), type=Census)
