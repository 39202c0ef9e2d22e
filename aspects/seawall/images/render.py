"""Writing a policy: as the JSON that ECR reads, and as CDK code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from seawall.template import AuthorLanguage

from .policy import ActionType, CountType, LifecyclePolicy, LifecycleRule, StorageClass


def to_object(policy: LifecyclePolicy) -> dict[str, Any]:
    """The policy as a JSON object; keys that are not set are left out, for ECR refuses null."""
    return {"rules": [_rule(rule) for rule in policy.rules]}


def to_json(policy: LifecyclePolicy, *, rows: bool = False) -> str:
    """The policy as text: compact, as CDK writes it, or with a row for each rule.

    >>> from .policy import Selection, TagStatus
    >>> to_json(LifecyclePolicy((LifecycleRule(1, Selection(TagStatus.ANY, CountType.IMAGES, 3)),)))
    '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3},\
"action":{"type":"expire"}}]}'
    """
    if rows:
        written = (f"  {json.dumps(_rule(rule), ensure_ascii=False)}" for rule in policy.rules)
        return '{"rules": [\n' + ",\n".join(written) + "\n]}"
    return json.dumps(to_object(policy), separators=(",", ":"), ensure_ascii=False)


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


def to_cdk(policy: LifecyclePolicy, language: AuthorLanguage = AuthorLanguage.PYTHON, *, text: bool = False) -> str:
    """The policy as code for the CDK, in Python with `from aws_cdk import Duration, aws_ecr as ecr` before it, or in
    TypeScript with `import { Duration, aws_ecr as ecr } from 'aws-cdk-lib'`.

    `ecr.LifecycleRule` knows neither the archive nor the pull clock: a policy with either becomes the text of a
    `CfnRepository`, and so does one that an author wrote as such (`text`).

    >>> from .policy import Selection, TagStatus
    >>> one = LifecyclePolicy((LifecycleRule(1, Selection(TagStatus.TAGGED, CountType.IMAGES, 1, patterns=("v42",))),))
    >>> print(to_cdk(one))
    lifecycle_rules=[
        ecr.LifecycleRule(
            rule_priority=1,
            tag_status=ecr.TagStatus.TAGGED,
            tag_pattern_list=["v42"],
            max_image_count=1,
        ),
    ]
    >>> print(to_cdk(one, AuthorLanguage.TYPESCRIPT))
    lifecycleRules: [
        {
            rulePriority: 1,
            tagStatus: ecr.TagStatus.TAGGED,
            tagPatternList: ["v42"],
            maxImageCount: 1,
        },
    ]
    """
    script = language is AuthorLanguage.TYPESCRIPT
    if text or not all(map(_in_cdk, policy.rules)):
        rules = "".join(f"\n        {json.dumps(_rule(rule), ensure_ascii=False)}," for rule in policy.rules)
        written = f'{{"rules": [{rules}\n    ]}}'
        if script:
            return f"lifecyclePolicy: {{\n    lifecyclePolicyText: JSON.stringify({written}),\n}}"
        written = f"json.dumps({written})"
        return f"lifecycle_policy=ecr.CfnRepository.LifecyclePolicyProperty(\n    lifecycle_policy_text={written},\n)"
    start, end = ("    {", "    },") if script else ("    ecr.LifecycleRule(", "    ),")
    lines = ["lifecycleRules: [" if script else "lifecycle_rules=["]
    for rule in policy.rules:
        given = (f"{_camel(name)}: {value}" if script else f"{name}={value}" for name, value in _arguments(rule))
        lines += [start, *(f"        {each}," for each in given), end]
    return "\n".join([*lines, "]"])


def _in_cdk(rule: LifecycleRule) -> bool:
    counted = rule.selection.count_type in (CountType.IMAGES, CountType.PUSHED)
    return counted and rule.action.type is ActionType.EXPIRE and rule.storage_class is StorageClass.STANDARD


def _arguments(rule: LifecycleRule) -> Iterator[tuple[str, str]]:
    """Names in Python and values, which both languages write alike."""
    chosen = rule.selection
    yield "rule_priority", str(rule.priority)
    if rule.description is not None:
        yield "description", _quoted(rule.description)
    yield "tag_status", f"ecr.TagStatus.{chosen.tag_status.name}"
    if chosen.patterns:
        yield "tag_pattern_list", f"[{', '.join(map(_quoted, chosen.patterns))}]"
    if chosen.prefixes:
        yield "tag_prefix_list", f"[{', '.join(map(_quoted, chosen.prefixes))}]"
    if chosen.count_type is CountType.IMAGES:
        yield "max_image_count", str(chosen.count_number)
    else:
        yield "max_image_age", f"Duration.days({chosen.count_number})"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
