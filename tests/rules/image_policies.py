"""Lifecycle policies for the repository `Images` of the scenarios."""

from __future__ import annotations

import json
from typing import Any

from .judging import Raw

KEPT: Raw = {"countType": "imageCountMoreThan"}
AGE: Raw = {"countType": "sinceImagePushed", "countUnit": "days"}
PULLED: Raw = {"countType": "sinceImagePulled", "countUnit": "days"}
ARCHIVE: Raw = {"type": "transition", "targetStorageClass": "archive"}


def repository(template: Raw) -> Any:
    return template["Resources"]["Images"]["Properties"]


def rule(priority: int, *, action: Raw | None = None, **selection: Any) -> Raw:
    return {"rulePriority": priority, "selection": selection, "action": action or {"type": "expire"}}


def rules(*selections: Raw, action: Raw | None = None) -> list[Raw]:
    """One for each selection, in this order."""
    return [rule(number, action=action, **selection) for number, selection in enumerate(selections, 1)]


def policy(*rules: Raw) -> Raw:
    return {"LifecyclePolicyText": json.dumps({"rules": list(rules)})}


def with_policy(template: Raw, *rules: Raw) -> Raw:
    repository(template)["LifecyclePolicy"] = policy(*rules)
    return template
