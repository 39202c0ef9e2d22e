"""What an audit finds: resources in CloudFormation's form, with values in place of references."""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct, field

Json: TypeAlias = "dict[str, Any]"


class LiveResource(Struct, frozen=True):
    """One resource as AWS describes it."""

    type: str
    """Of CloudFormation."""
    name: str
    """What tells it from others of its type: the end of its physical id, as a rule."""
    properties: Json
    """Everything that was asked for; None for what is not set."""


class StackRead(Struct, frozen=True):
    """One stack."""

    name: str
    id: str
    template: Json
    """As processed: with transforms done."""
    physical: dict[str, str]
    """Physical ids by logical id."""
    parameters: dict[str, str]
    """Values that the deployment gave; those that nobody is to see are missing."""
    parent: str = ""
    """Id of the stack that this one is nested in."""


class Snapshot(Struct):
    """All that was read."""

    account: str
    region: str
    stacks: list[StackRead] = field(default_factory=list)
    found: list[LiveResource] = field(default_factory=list)
    repositories: list[Json] = field(default_factory=list)
    running: list[Json] = field(default_factory=list)
    """Images by digest or tag, with what runs them."""
    code: dict[str, str] = field(default_factory=dict)
    """Files of functions' code, by function."""
    unread: list[str] = field(default_factory=list)
    """What could not be read, and why."""
