"""Under which CloudFormation conditions a hop exists."""

from __future__ import annotations

from seawall.template import Item, Resource, Target


def under(resource: Resource, *parts: Target | Item) -> tuple[str, ...]:
    """Conditions of a hop that `resource` declares: its own, and those of what leads to it and to its ends."""
    own = (resource.condition,) if resource.condition else ()
    return tuple(dict.fromkeys((*own, *(name for part in parts for name in part.conditions))))
