"""What a repair does, as data: property overrides, and what it leaves alone although somebody might expect otherwise.

What to change is decided below: an override is an edit of a `remedies.Change`, of a finding or of a definition, in the
form that the CDK applies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from seawall.remedies.search import Edit
from seawall.template import Address, Json

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Override:
    """One property that gets another value, or a resource that is added."""

    address: Address
    """The resource that is changed, or beside whose construct one is added."""
    keys: tuple[str, ...]
    """The way to the property, below `Properties`; for a resource that is added, the id of its construct."""
    new: Json
    """None: the property goes. For a resource that is added, `Type` and `Properties`."""
    why: str
    """A clause."""
    old: Json = None
    """None: it was not there, so that the service's default counted."""
    adds: bool = False
    """A resource is added."""
    depends_on: tuple[Override, ...] = ()
    """Resources, added by earlier changes, that have to be there before."""
    said: str = ""
    """The change in words, where old and new are too long to be read."""
    construct_path: str = ""
    """Set once the change is made: where it was."""

    @classmethod
    def of(cls, edit: Edit, why: str) -> Override:
        """An edit of the model's: a number that is set, or a property that goes."""
        old = int(edit.old) if edit.old.isdecimal() else None
        return cls(edit.place.address, tuple(edit.place.property.split(".")), edit.value, why, old)

    def at(self, construct_path: str) -> Override:
        """The same, made there."""
        return replace(self, construct_path=construct_path)

    @property
    def setting(self) -> str:
        """The way to the property, dotted."""
        return ".".join(self.keys)

    @property
    def logical_id(self) -> str:
        """Of the resource that was changed."""
        return self.address.logical_id

    @property
    def text(self) -> str:
        """The change in one line."""
        if self.said:
            return f"{self.said}: {self.why}"
        if self.adds:
            kind = self.new.get("Type") if isinstance(self.new, dict) else None
            return f"added {kind}: {self.why}"
        if self.new is None:
            return f"removed {self.setting}: {self.why}"
        before = "nothing" if self.old is None else _short(self.old)
        return f"set {self.setting} to {_short(self.new)} (was {before}): {self.why}"


@dataclass(frozen=True, slots=True)
class Left:
    """Something that the repair is about, and leaves alone because changing it would do harm or cannot be done."""

    site: str
    why: str
    """A clause."""
    address: Address | None = None

    @property
    def text(self) -> str:
        """In one line."""
        return f"left {self.site} alone: {self.why}"


def _short(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
