"""What a reader should know besides the verdict: consequences, and risks that the sources leave open."""

from __future__ import annotations

from .effects import Argument
from .kinds import KINDS
from .policy import ActionType, CountType, LifecyclePolicy, LifecycleRule, StorageClass, TagStatus
from .references import Consumer
from .repositories import Repository, RepositoryKind

INDEX = (
    "an untagged rule should spare the parts of a multi-platform image while its index stays; users have reported "
    "otherwise, so this is neither counted as a danger nor as proof of safety"
)
MANIFESTS = "a multi-platform push counts as several images: the index, each platform, each attestation"
RETAG = "the age counts from the first push of the manifest: a tag added later does not make it younger"
QUOTA = "while the quota of images per repository is not raised"
CACHE = "a pull-through cache usually fetches an expired image again, unless it is pinned by digest or gone upstream"
ARCHIVED = "an archived image cannot be pulled (404) until somebody restores it"


def consequence(consumer: Consumer) -> str:
    """When a consumer needs its image again, and what happens if it is gone; empty where that is not known."""
    kind = KINDS.get(consumer.kind)
    return "" if kind is None else f"needs the image {kind.again}; without it, {kind.gone}"


def notes(
    repository: Repository, consumer: Consumer, rule: LifecycleRule | None, argument: Argument | None
) -> tuple[str, ...]:
    """The notes on one verdict, which rests on `rule`."""
    policy = repository.policy or LifecyclePolicy()
    found: list[str] = []
    if rule is not None and argument is None:
        found += filter(None, [consequence(consumer)])
        found.extend(_rule(rule, policy))
    if argument is Argument.QUOTA:
        found.append(QUOTA)
    if any(each.selection.tag_status is TagStatus.UNTAGGED for each in policy.rules):
        found.append(INDEX)
    if repository.kind is RepositoryKind.PULL_THROUGH:
        found.append(CACHE)
    return tuple(found)


def _rule(rule: LifecycleRule, policy: LifecyclePolicy) -> list[str]:
    found = []
    broad = rule.selection.tag_status is not TagStatus.TAGGED
    if rule.selection.count_type is CountType.IMAGES and broad:
        found.append(MANIFESTS)
    if rule.selection.count_type is CountType.PUSHED:
        found.append(RETAG)
    if rule.action.type is ActionType.TRANSITION:
        found.append(ARCHIVED)
        for later in policy.of(StorageClass.ARCHIVE):
            days = later.selection.count_number
            found.append(f"rule {later.priority} deletes images {days} days after they were archived")
    return found
