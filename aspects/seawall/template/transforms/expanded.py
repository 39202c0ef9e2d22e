"""What a transform is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as File

from msgspec import Struct, field

from ..intrinsics import resolve
from ..model import App, Template
from ..origins import Origins, Path
from ..values import Address, Json, Value


class Note(Struct, frozen=True):
    """What was not expanded, and why."""

    why: str
    hides: str | None = None
    """The logical id of the resource that is not seen for what it is, empty for all of them; None: no resource is."""


class Expanded(Struct, frozen=True):
    """A template's body once what makes other things of it has run."""

    body: Mapping[str, Json]
    origins: Origins = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """For resources that were made from another one: that one's logical id and what it is there, ``Worker.Orders``."""
    notes: tuple[Note, ...] = ()


def hides(at: Path) -> str | None:
    """What resources are not seen for what they are where something at a place is not expanded: as `Note.hides`.

    A property of one that nothing resolves is a gap of its own, where somebody asks for it.

    >>> hides(("Transform",)), hides(("Resources", "Q")), hides(("Resources", "Q", "Properties", "VisibilityTimeout"))
    ('', 'Q', None)
    """
    if at in ((), ("",), ("Transform",), ("Resources",)) or (at[:1] == ("Resources",) and at[1].startswith("Fn::")):
        return ""
    return at[1] if at[0] == "Resources" and at[2:] in ((), ("Properties",)) else None


class Mentions(Struct, frozen=True):
    """What the text of a template tells, at next to no cost, of what is in it."""

    transforms: bool = True
    """It may have a `Transform`, a loop, or resources of SAM."""
    choices: bool = True
    """It may have conditions, and an `Fn::If`."""

    @classmethod
    def of(cls, text: str, body: Mapping[str, Json]) -> Mentions:
        """What the text of `body` tells.

        >>> Mentions.of('{"Resources": {}}', {"Resources": {}})
        Mentions(transforms=False, choices=False)
        >>> Mentions.of('{"Resources": {"F": {"Type": "AWS::Serverless::Function"}}}', {"Resources": {}}).transforms
        True
        """
        transforms = any(word in text for word in ("Transform", "Fn::ForEach", "AWS::Serverless::"))
        return cls(transforms, "Conditions" in body and "If" in text)


class Surroundings(Struct, frozen=True):
    """The file that a template stands in, and what is known of its deployment."""

    file: File
    region: str | None = None
    account: str | None = None
    given: frozenset[str] = frozenset()
    """Parameters whose values another template gives, so that their defaults say nothing."""

    def value(self, body: Mapping[str, Json], raw: Json) -> Value:
        """What `raw` stands for in a template of this body, of which no resource is known yet."""
        parameters = body.get("Parameters")
        if self.given and isinstance(parameters, dict):
            body = {**body, "Parameters": {name: self._parameter(name, each) for name, each in parameters.items()}}
        key = str(self.file)
        # A nested stack's template takes its name from nowhere: the name of a plain file's stack would be a guess.
        template = Template(key, key, "", body, {}, self.region, self.account, Address("", ""))
        return resolve(App({key: template}), template, raw)

    def _parameter(self, name: str, raw: Json) -> Json:
        if name not in self.given or not isinstance(raw, dict):
            return raw
        return {key: value for key, value in raw.items() if key != "Default"}


def transforms(body: Mapping[str, Json]) -> list[Json]:
    """The entries of the template's `Transform`, which may be one or a list of them."""
    named = body.get("Transform")
    return named if isinstance(named, list) else [] if named is None else [named]
