"""Writing a policy: as the JSON that ECR reads, and as CDK code."""

from __future__ import annotations

import json
from typing import Any

from .policy import ActionType, CountType, LifecyclePolicy, LifecycleRule, StorageClass


def to_object(policy: LifecyclePolicy) -> dict[str, Any]:
    """The policy as a JSON object; keys that are not set are left out, for ECR refuses null."""
    return {"rules": [_rule(rule) for rule in policy.rules]}


def to_json(policy: LifecyclePolicy, *, indent: int | None = None) -> str:
    """The policy as text: compact, as CDK writes it, unless an indent is given.

    >>> from .policy import Selection, TagStatus
    >>> to_json(LifecyclePolicy((LifecycleRule(1, Selection(TagStatus.ANY, CountType.IMAGES, 3)),)))
    '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3},\
"action":{"type":"expire"}}]}'
    """
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(to_object(policy), indent=indent, separators=separators, ensure_ascii=False)


def _rule(rule: LifecycleRule) -> dict[str, Any]:
    chosen = rule.selection
    selection: dict[str, Any] = {"tagStatus": str(chosen.tag_status)}
    if chosen.patterns:
        selection["tagPatternList"] = list(chosen.patterns)
    if chosen.prefixes:
        selection["tagPrefixList"] = list(chosen.prefixes)
    if chosen.storage_class is not None:
        selection["storageClass"] = str(chosen.storage_class)
    selection["countType"] = str(chosen.count_type)
    if chosen.count_unit is not None:
        selection["countUnit"] = chosen.count_unit
    selection["countNumber"] = chosen.count_number
    action = {"type": str(rule.action.type)}
    if rule.action.target is not None:
        action["targetStorageClass"] = str(rule.action.target)
    described = {} if rule.description is None else {"description": rule.description}
    return {"rulePriority": rule.priority, **described, "selection": selection, "action": action}


def to_cdk(policy: LifecyclePolicy) -> str:
    """The policy as Python code for CDK, with `from aws_cdk import Duration, aws_ecr as ecr` before it.

    `ecr.LifecycleRule` knows neither the archive nor the pull clock: a policy with either becomes the text of a
    `CfnRepository`.

    >>> from .policy import Selection, TagStatus
    >>> one = Selection(TagStatus.TAGGED, CountType.IMAGES, 1, patterns=("v42",))
    >>> print(to_cdk(LifecyclePolicy((LifecycleRule(1, one),))))
    lifecycle_rules=[
        ecr.LifecycleRule(
            rule_priority=1,
            tag_status=ecr.TagStatus.TAGGED,
            tag_pattern_list=["v42"],
            max_image_count=1,
        ),
    ]
    """
    if not all(map(_in_cdk, policy.rules)):
        text = json.dumps(to_json(policy), ensure_ascii=False)
        return f"lifecycle_policy=ecr.CfnRepository.LifecyclePolicyProperty(\n    lifecycle_policy_text={text},\n)"
    lines = ["lifecycle_rules=["]
    for rule in policy.rules:
        lines += ["    ecr.LifecycleRule(", *(f"        {argument}," for argument in _arguments(rule)), "    ),"]
    return "\n".join([*lines, "]"])


def _in_cdk(rule: LifecycleRule) -> bool:
    counted = rule.selection.count_type in (CountType.IMAGES, CountType.PUSHED)
    return counted and rule.action.type is ActionType.EXPIRE and rule.storage_class is StorageClass.STANDARD


def _arguments(rule: LifecycleRule) -> list[str]:
    chosen = rule.selection
    found = [f"rule_priority={rule.priority}"]
    if rule.description is not None:
        found.append(f"description={_quoted(rule.description)}")
    found.append(f"tag_status=ecr.TagStatus.{chosen.tag_status.name}")
    if chosen.patterns:
        found.append(f"tag_pattern_list=[{', '.join(map(_quoted, chosen.patterns))}]")
    if chosen.prefixes:
        found.append(f"tag_prefix_list=[{', '.join(map(_quoted, chosen.prefixes))}]")
    if chosen.count_type is CountType.IMAGES:
        found.append(f"max_image_count={chosen.count_number}")
    else:
        found.append(f"max_image_age=Duration.days({chosen.count_number})")
    return found


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
