"""Values of parameters, as far as the payload tells them: from what a change set says of its resources.

The payload of a stack carries no values, and no payload carries the parameters themselves. But a change set says how
the properties of its resources will be (`afterContext`): where the template writes a reference to a parameter, the
value stands there. What it does not tell stays open, and every world counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_OPEN = "{{changeSet:"
"""How a value begins that is known only after the change: ``{{changeSet:KNOWN_AFTER_APPLY}}``.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-view.html,
read 2026-11-30."""


def told(template: Mapping[str, Any], changes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Values by parameter; left out are those told in two ways, and those that the template does not allow."""
    declared = template.get("Parameters")
    resources = template.get("Resources")
    if not isinstance(declared, dict) or not isinstance(resources, dict):
        return {}
    found: dict[str, set[str]] = {}
    for change in changes:
        resource = resources.get(str(change.get("logicalResourceId")))
        after = _after(change)
        if isinstance(resource, dict) and after is not None:
            for name, value in _pairs(resource.get("Properties"), after, 0):
                if name in declared:
                    found.setdefault(name, set()).add(value)
    return {
        name: value
        for name, values in sorted(found.items())
        if len(values) == 1 and _allowed(declared[name], value := next(iter(values)))
    }


def _after(change: Mapping[str, Any]) -> Any:
    text = change.get("afterContext")
    try:
        context = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return context.get("Properties") if isinstance(context, dict) else None


def _pairs(raw: Any, after: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Parameters that `raw` refers to, with the text that stands in their place."""
    if depth > 100:
        return
    if isinstance(raw, dict) and len(raw) == 1 and isinstance(raw.get("Ref"), str):
        if isinstance(after, str) and _OPEN not in after:
            yield raw["Ref"], after
    elif isinstance(raw, dict) and isinstance(after, dict):
        for key in raw.keys() & after.keys():
            yield from _pairs(raw[key], after[key], depth + 1)
    elif isinstance(raw, list) and isinstance(after, list) and len(raw) == len(after):
        for one, other in zip(raw, after, strict=True):
            yield from _pairs(one, other, depth + 1)


def _allowed(parameter: Any, value: str) -> bool:
    allowed = parameter.get("AllowedValues") if isinstance(parameter, dict) else None
    kind = str(parameter.get("Type", "")) if isinstance(parameter, dict) else ""
    if "SSM" in kind or kind.startswith("List"):
        return False  # the value is that of what the parameter names, or one of several
    return not isinstance(allowed, list) or value in map(str, allowed)
