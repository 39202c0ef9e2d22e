"""Whether ECR accepts a policy.

Every constraint stands in `problems` with its source; those that the sources leave open yield problems that are not
`certain`. CDK checks some of them at synthesis and lets the others through to a failing deployment.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from seawall.words import plural

from . import problems as must
from .facts import ARCHIVE_DAYS, LEAST_CHARACTERS, MOST_CHARACTERS, MOST_RULES, MOST_WILDCARDS
from .policy import DAYS, ActionType, CountType, LifecyclePolicy, LifecycleRule, StorageClass, TagStatus
from .problems import Constraint, Problem
from .render import to_json


def validate(policy: LifecyclePolicy) -> tuple[Problem, ...]:
    """Everything that ECR refuses, or may refuse, about `policy`.

    The length counts the text the policy was read from, or else the compact JSON that CDK writes.

    >>> from .policy import Selection
    >>> for problem in validate(LifecyclePolicy((LifecycleRule(1, Selection(TagStatus.TAGGED, CountType.IMAGES, 0)),))):
    ...     print(problem)
    rule 1: tagStatus is tagged and no tag is named (ECR requires: tagStatus tagged has a tagPatternList or a \
tagPrefixList)
    rule 1: countNumber is 0 (ECR requires: countNumber is 1 or more)
    """
    found = [*policy.noted, *_whole(policy)]
    for rule in policy.rules:
        for constraint, text in (*_tags(rule), *_count(rule), *_action(rule)):
            found.append(Problem(rule.priority, constraint, text))
    for storage_class in StorageClass:
        found.extend(_together(policy.of(storage_class)))
    return tuple(found)


def is_valid(policy: LifecyclePolicy) -> bool:
    """Whether no constraint is surely broken."""
    return not any(problem.certain for problem in validate(policy))


def _whole(policy: LifecyclePolicy) -> Iterator[Problem]:
    if len(policy.rules) > MOST_RULES.value:
        yield Problem(None, must.RULES, plural(len(policy.rules), "rule"))
    characters = len(to_json(policy)) if policy.characters is None else policy.characters
    if not LEAST_CHARACTERS.value <= characters <= MOST_CHARACTERS.value:
        length = must.TOO_SHORT if characters < LEAST_CHARACTERS.value else must.TOO_LONG
        yield Problem(None, length, plural(characters, "character"))
    seen: set[int] = set()
    for rule in policy.rules:
        if rule.priority < 1:
            yield Problem(rule.priority, must.PRIORITY, f"rulePriority is {rule.priority}")
        if rule.priority in seen:
            yield Problem(rule.priority, must.UNIQUE_PRIORITY, f"rulePriority {rule.priority} is used again")
        seen.add(rule.priority)


def _tags(rule: LifecycleRule) -> Iterator[tuple[Constraint, str]]:
    chosen = rule.selection
    listed = (*chosen.patterns, *chosen.prefixes)
    if chosen.tag_status is TagStatus.TAGGED and not listed:
        yield must.NEEDS_LIST, "tagStatus is tagged and no tag is named"
    if chosen.tag_status is not TagStatus.TAGGED and listed:
        yield must.NO_LIST, f"tagStatus is {chosen.tag_status} and tags are named: {', '.join(listed)}"
    if chosen.patterns and chosen.prefixes:
        yield must.ONE_LIST, "both lists are given"
    for pattern in chosen.patterns:
        if pattern.count("*") > MOST_WILDCARDS.value:
            yield must.WILDCARDS, f"{pattern} has {pattern.count('*')} *"
    if "" in listed:
        yield must.EMPTY_ENTRY, "an entry is empty"


def _count(rule: LifecycleRule) -> Iterator[tuple[Constraint, str]]:
    chosen = rule.selection
    if chosen.count_number < 1:
        yield must.COUNT, f"countNumber is {chosen.count_number}"
    if chosen.count_type is CountType.IMAGES and chosen.count_unit is not None:
        yield must.NO_UNIT, f"imageCountMoreThan with countUnit {chosen.count_unit}"
    if chosen.count_type is not CountType.IMAGES and chosen.count_unit != DAYS:
        yield must.NEEDS_UNIT, f"{chosen.count_type} without countUnit"
    if chosen.count_type is CountType.TRANSITIONED:
        if chosen.storage_class is not StorageClass.ARCHIVE:
            yield must.ARCHIVE_ONLY, f"sinceImageTransitioned with storageClass {rule.storage_class}"
        if 1 <= chosen.count_number < ARCHIVE_DAYS.value:
            yield must.ARCHIVE_STAY, f"countNumber is {chosen.count_number}"
    elif chosen.storage_class is StorageClass.ARCHIVE:
        yield must.STANDARD_ONLY, f"{chosen.count_type} with storageClass archive"
    elif chosen.storage_class is StorageClass.STANDARD:
        yield must.EXPLICIT_STANDARD, "storageClass is standard"


def _action(rule: LifecycleRule) -> Iterator[tuple[Constraint, str]]:
    kind, action = rule.selection.count_type, rule.action
    expires = action.type is ActionType.EXPIRE
    if kind is CountType.PULLED and expires:
        yield must.PULLED_ARCHIVES, "sinceImagePulled with action expire"
    if kind is CountType.TRANSITIONED and not expires:
        yield must.ARCHIVE_EXPIRES, "sinceImageTransitioned with action transition"
    if expires and action.target is not None:
        yield must.NO_TARGET, f"action expire with targetStorageClass {action.target}"
    if not expires and action.target is not StorageClass.ARCHIVE:
        yield must.NEEDS_TARGET, f"action transition with targetStorageClass {action.target or 'left out'}"


def _together(rules: tuple[LifecycleRule, ...]) -> Iterator[Problem]:
    """What rules of one storage class demand of each other; `rules` are in the order of their priorities."""
    anys = [rule for rule in rules if rule.selection.tag_status is TagStatus.ANY]
    untagged = [rule for rule in rules if rule.selection.tag_status is TagStatus.UNTAGGED]
    for rule in anys[1:]:
        yield Problem(rule.priority, must.ONE_ANY, f"it is for any images, as rule {anys[0].priority} is")
    for rule in anys[:1]:
        after = [other.priority for other in rules if other.priority > rule.priority and other not in anys]
        if after:
            text = f"it is for any images, and rule {', '.join(map(str, after))} comes after it"
            yield Problem(rule.priority, must.ANY_LAST, text)
    for rule in untagged[1:]:
        yield Problem(rule.priority, must.ONE_UNTAGGED, f"it is for untagged images, as rule {untagged[0].priority} is")
    for first, second in combinations(rules, 2):
        for ours, theirs in (
            (set(first.selection.patterns), set(second.selection.patterns)),
            (set(first.selection.prefixes), set(second.selection.prefixes)),
        ):
            shared = ours & theirs
            if ours and ours == theirs:
                yield Problem(second.priority, must.SAME_LIST, f"the same tags as rule {first.priority}")
            elif shared:
                text = f"{', '.join(sorted(shared))} stands in rule {first.priority} too"
                yield Problem(second.priority, must.OVERLAP, text)
