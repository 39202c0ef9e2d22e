"""What a transform is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as File

from msgspec import Struct, field

from ..intrinsics import resolve
from ..model import App, Template
from ..origins import Origins
from ..values import Address, Json, Value


class Expanded(Struct, frozen=True):
    """A template's body once what makes other things of it has run."""

    body: Mapping[str, Json]
    origins: Origins = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """For resources that were made from another one: that one's logical id and what it is there, ``Worker.Orders``."""
    notes: tuple[str, ...] = ()
    """What was not expanded, and why."""


class Mentions(Struct, frozen=True):
    """What the text of a template tells, at next to no cost, of what is in it."""

    transforms: bool = True
    """It may have a `Transform`, or a loop."""
    choices: bool = True
    """It may have conditions, and an `Fn::If`."""

    @classmethod
    def of(cls, text: str, body: Mapping[str, Json]) -> Mentions:
        """What the text of `body` tells.

        >>> Mentions.of('{"Resources": {}}', {"Resources": {}})
        Mentions(transforms=False, choices=False)
        """
        return cls("Transform" in text or "Fn::ForEach" in text, "Conditions" in body and "If" in text)


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
