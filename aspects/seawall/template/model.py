"""Templates as read: resources with raw properties, and the app that links several templates together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from .origins import Origins
from .sources import SourceLines
from .values import Address, Json
from .worlds import Reading, Worlds


class Resource(Struct, frozen=True):
    """One resource of one template, with its properties as written."""

    address: Address
    type: str
    properties: Mapping[str, Json]
    metadata: Mapping[str, Json]
    condition: str | None
    construct_path: str | None
    """Where the resource's construct stands in the CDK app, e.g. ``Webhook/Queue/Resource``; None outside CDK."""
    site_id: str
    """The stable name that people read: the construct path without its last ``/Resource``, else
    ``<template name>/<logical id>``."""
    made_from: str | None = None
    """Logical id of the author's resource that a transform made this one from; None if the author wrote this one."""
    app: str = ""
    """The app that declares it; empty where only one is analysed."""

    @property
    def logical_id(self) -> str:
        """The logical id that the author knows: that of `made_from`, if a transform made this resource."""
        return self.made_from or self.address.logical_id


class Template(Struct, frozen=True, dict=True):
    """One CloudFormation template and what surrounds it."""

    key: str
    """Unique among the templates analysed; `Address.template` holds it. The path relative to the input given."""
    path: str
    """The file, as a message should name it."""
    stack_name: str
    body: Mapping[str, Json]
    resources: Mapping[str, Resource]
    region: str | None = None
    account: str | None = None
    parent: Address | None = None
    """The `AWS::CloudFormation::Stack` resource that deploys this template, if it is a nested stack."""
    assets: Mapping[str, str] = field(default_factory=dict)
    """Asset id (the hash in `S3Key`, `DefinitionS3Location.Key`, ...) -> file or directory on disk."""
    construct_path: str | None = None
    """Where the stack stands in the CDK app, of a nested stack the outermost one around it; None outside CDK."""
    validate_on_synth: bool = False
    """The app asks `cdk synth` to act on what is found in this stack, though it is not named on the command line."""
    origins: Origins = field(default_factory=dict)
    """Where in the file the author wrote what a transform (SAM, a loop, an include) put elsewhere in `body`."""
    app: str = ""
    """The app that it is part of; empty where only one is analysed."""
    deployed: bool = False
    """It was found deployed, by `seawall audit`."""

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What was worked out about this template once and is kept, such as the lines of its text."""
        return {}


CODE = "what code does"
"""Under this key an app remembers what was read in its functions' code: files do not change with its templates."""


class Skipped(Struct, frozen=True):
    """An input that was left out, and why: a first-class result, never a dropped value."""

    path: str
    why: str
    unreadable: bool = False
    """It looks like a template and cannot be read: what is in it is missing from the report."""
    hides: str | None = None
    """Of a part of a template: the logical id of the resource that is not seen for what it is, empty for all of the
    template's. None: nothing is hidden.
    """
    template: str = ""
    """The key of the template in which it hides something."""


class Acknowledged(Struct, frozen=True):
    """An acknowledgement as the CDK stores it: of any plugin's rule, not only of ours."""

    path: str
    """The construct on which it was stated, with all that is in it; empty for the whole app."""
    id: str
    """``<plugin>::<rule>``; ``Annotation::<rule>`` if the author named no plugin."""
    reason: str
    app: str = ""
    """The app that states it; empty where only one is analysed."""


class App(Struct, frozen=True, dict=True):
    """All templates analysed together, linked by exports, outputs, names and ARNs."""

    templates: Mapping[str, Template]
    skipped: tuple[Skipped, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    """What authors acknowledged through the CDK, as far as the assembly's files say."""
    sources: Mapping[str, SourceLines] = field(default_factory=dict)
    """Where in the author's code constructs were made, as far as the assembly's files say, by app."""

    @cached_property
    def memo(self) -> dict[str, Any]:
        """Indexes over the whole app that are built once and kept, such as its exports and physical names."""
        return {}

    @property
    def apps(self) -> tuple[str, ...]:
        """The names of the apps that are analysed together; empty where there is only one."""
        return tuple(sorted({template.app for template in self.templates.values()} - {""}))

    @cached_property
    def worlds(self) -> Worlds:
        """What the templates leave open together."""
        return Worlds(self)

    @cached_property
    def reading(self) -> Reading:
        """Which sides of conditions are taken while the app is read."""
        return Reading(self.worlds)

    @cached_property
    def by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        """Resources by CloudFormation type, in the order of the templates."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources():
            found.setdefault(resource.type, []).append(resource)
        return {kind: tuple(resources) for kind, resources in found.items()}

    def resources(self) -> Iterator[Resource]:
        """Every resource of every template, in order."""
        for template in self.templates.values():
            yield from template.resources.values()

    def resource(self, address: Address | None) -> Resource | None:
        """The resource at `address`, such as a target's; None if there is none, or no analysed template declares it."""
        if address is None:
            return None
        template = self.templates.get(address.template)
        return template.resources.get(address.logical_id) if template else None
