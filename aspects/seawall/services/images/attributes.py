"""Attributes of a resource that stand beside its properties: what happens when it goes.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html
"""

from __future__ import annotations

from seawall.template import Json, Known, Resource, render, resolve, settled

from ..wiring import Wiring

DEFAULT = "Delete"
"""What CloudFormation does with a resource that says nothing, on deletion and on replacement alike."""


def attribute(wiring: Wiring, resource: Resource, name: str) -> str | None:
    """An attribute as written (``?`` where it is worked out only at deployment); None if it is not set."""
    template = wiring.template(resource)
    entries: Json = template.body.get("Resources")
    entry = entries.get(resource.address.logical_id) if isinstance(entries, dict) else None
    raw = entry.get(name) if isinstance(entry, dict) else None
    if raw is None:
        return None
    value = settled(resolve(wiring.app, template, raw))
    return render(value) if isinstance(value, Known) else "?"


def deletion_policy(wiring: Wiring, resource: Resource) -> str:
    """What becomes of a resource that leaves the template."""
    return attribute(wiring, resource, "DeletionPolicy") or DEFAULT


def replace_policy(wiring: Wiring, resource: Resource) -> str:
    """What becomes of a resource that is replaced by another one."""
    return attribute(wiring, resource, "UpdateReplacePolicy") or DEFAULT
