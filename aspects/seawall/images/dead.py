"""Rules that can select nothing, or that never act where somebody thinks they do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from .matching import covers, entries, matches_pattern, satisfied
from .policy import LifecyclePolicy, LifecycleRule, StorageClass, TagStatus
from .references import Consumer
from .tag_states import TagMatch, deployed


class Dead(StrEnum):
    """In which way a rule is dead."""

    SHADOWED = "shadowed"
    """A rule above claims everything that it selects."""
    AND_LIST = "and-list"
    """Its list is read as AND: a tag in use meets one entry, and no image in use meets all."""
    SHIELDS_NOTHING = "shields-nothing"
    """It looks like a shield above a rule for any images, but no tag in use meets it."""


class DeadRule(Struct, frozen=True):
    """A rule, how it is dead, and why."""

    rule: LifecycleRule
    how: Dead
    why: str
    certain: bool
    """Whether it holds whatever else is in the repository."""
    above: int = 0
    """The priority of the rule that shadows it; 0 where none does."""


def dead_rules(policy: LifecyclePolicy, consumers: Iterable[Consumer] = ()) -> tuple[DeadRule, ...]:
    """The dead rules of a policy.

    >>> from .policy import CountType, Selection
    >>> def tagged(priority, *patterns):
    ...     return LifecycleRule(priority, Selection(TagStatus.TAGGED, CountType.IMAGES, 5, patterns=patterns))
    >>> [each.why for each in dead_rules(LifecyclePolicy((tagged(1, "*"), tagged(2, "prod*"))))]
    ['rule 1 (tags *, keep 5) matches all that it selects, and the first match alone decides']
    """
    consumers = tuple(consumers)
    tagsets = [each.reference.known_tags for each in consumers if each.reference.known_tags]
    found = []
    for storage_class in StorageClass:
        rules = policy.of(storage_class)
        for position, rule in enumerate(rules):
            above = next((each for each in rules[:position] if covers(each.selection, rule.selection)), None)
            if above is not None:
                why = f"{above.summary} matches all that it selects, and the first match alone decides"
                found.append(DeadRule(rule, Dead.SHADOWED, why, certain=True, above=above.priority))
            elif (dead := _unmet(rule, rules, consumers, tagsets)) is not None:
                found.append(dead)
    return tuple(found)


def _unmet(
    rule: LifecycleRule,
    rules: tuple[LifecycleRule, ...],
    consumers: tuple[Consumer, ...],
    tagsets: list[frozenset[str]],
) -> DeadRule | None:
    wanted = entries(rule.selection)
    if rule.selection.tag_status is not TagStatus.TAGGED or any(satisfied(rule.selection, tags) for tags in tagsets):
        return None
    met = sorted({tag for tags in tagsets for tag in tags if any(matches_pattern(entry, tag) for entry in wanted)})
    if len(wanted) > 1 and met:
        why = f"an image has to have tags for {' and '.join(wanted)} at once; in use are {', '.join(met)}"
        return DeadRule(rule, Dead.AND_LIST, why, certain=False)
    harmed = any(
        claim is not None and claim.selection.tag_status is TagStatus.ANY and claim.priority > rule.priority
        for claim in (_claim(each, rules) for each in consumers)
    )
    if harmed and tagsets and not met:
        named = ", ".join(sorted({tag for tags in tagsets for tag in tags}))
        return DeadRule(rule, Dead.SHIELDS_NOTHING, f"no tag in use ({named}) meets it", certain=False)
    return None


def _claim(consumer: Consumer, rules: tuple[LifecycleRule, ...]) -> LifecycleRule | None:
    """The rule that surely claims the image of a consumer."""
    state = deployed(consumer)
    return next((rule for rule in rules if state.match(rule.selection) is TagMatch.SURE), None)
