"""What a repair does, as data: property overrides, and what it leaves alone although somebody might expect otherwise.

What to change is decided below: an override is an edit of a `remedies.Change`, of a finding or of a definition, in the
form that the CDK applies.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from seawall.remedies.definitions import IN_TEXT, MemberEdit, UneditableError, edited, held_in, keys_of, value_at
from seawall.remedies.search import Edit
from seawall.template import Address, Json, Resource

_LONGEST = 60
FILE = "its definition is a file: edit that"
NO_DEFINITION = "it has no definition that can be edited"


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


def overrides(resource: Resource, edits: Sequence[Edit], why: str, said: str = "") -> list[Override]:
    """What the edits of a change are in the form that the CDK applies. `UneditableError` where one cannot be made."""
    in_text = [edit for edit in edits if edit.place.property.startswith(f"{IN_TEXT}.")]
    found = [_override(resource, edit, why, said) for edit in edits if edit not in in_text]
    if in_text:
        raw = resource.properties.get(IN_TEXT)
        if raw is None:
            raise UneditableError(FILE if "DefinitionS3Location" in resource.properties else NO_DEFINITION)
        members = [MemberEdit(edit.place.property.partition(".")[2], edit.value) for edit in in_text]
        found.append(Override(resource.address, (IN_TEXT,), edited(raw, members), why, raw, said=said))
    return found


def _override(resource: Resource, edit: Edit, why: str, said: str) -> Override:
    if edit.adds:
        return Override(resource.address, (edit.place.address.logical_id,), json.loads(edit.value), why, adds=True)
    root: Json = dict(resource.properties)
    keys = keys_of(edit.place.property, held_in(root))
    if edit.removes and value_at(root, keys) is None:
        raise UneditableError(f"{edit.place.property} is put together by the deployment")
    new = json.loads(edit.value) if edit.value else None
    whole = said if isinstance(new, (dict, list)) or (isinstance(new, str) and len(new) > _LONGEST) else ""
    return Override(resource.address, tuple(map(str, keys)), new, why, value_at(root, keys), said=whole)


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
