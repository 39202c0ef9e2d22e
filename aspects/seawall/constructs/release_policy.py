"""From what a repository is for to its lifecycle policy, proven by the evaluator. Knows no CDK."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seawall.images import (
    ImageReference,
    ImageSettings,
    Judgement,
    LifecyclePolicy,
    LifecycleRule,
    Mode,
    Mutability,
    Repository,
    Selection,
    TagStatus,
    consumer,
    dead_rules,
    validate,
)
from seawall.images.facts import MOST_FILTERS
from seawall.images.matching import is_exact, matches_pattern
from seawall.images.names import fill, looks_unique
from seawall.images.policy import DAYS, CountType
from seawall.images.proof import DEPLOYMENTS, policy_proof
from seawall.images.references import Consumer
from seawall.images.repositories import IMMUTABLE

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,299}")
_FILTER = re.compile(r"[0-9a-zA-Z._*-]{1,128}")
"""What ECR takes as an exclusion filter (`ImageTagMutabilityExclusionFilter` in its API model, read 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a repository holds, and what of it has to stay."""

    keep_releases: int
    release_tags: Sequence[str]
    protect: Sequence[str]
    review_tags: Sequence[str]
    review_days: int
    untagged_days: int | None
    """None: as long as an image without its tag is needed."""
    moving_tags: Sequence[str] | None
    promoted: bool
    rollbacks: int
    deployed_days: int

    @property
    def habits(self) -> ImageSettings:
        """The model of time. No rule here counts builds, so any pace will do that pushes each tag once a day."""
        return ImageSettings(
            rollbacks=self.rollbacks,
            pushes_per_day=len(self.protect) + 1,
            days_between_deployments=self.deployed_days,
            release_tags=tuple(self.release_tags),
        )

    @property
    def policy(self) -> LifecyclePolicy:
        """Protection first, then what is counted, then what ages; no rule for any image."""
        selections = [
            *(("In use", _counted(tag, 1)) for tag in self.protect),
            *(("Releases to roll back to", _counted(tag, self.keep_releases)) for tag in self.release_tags),
            *(("Review environments", _aged(self.review_days, tag)) for tag in self.review_tags),
            ("Left behind by tags that moved on", _aged(self.untagged_days or self.habits.kept_days)),
        ]
        rules = (LifecycleRule(number, chosen, description=text) for number, (text, chosen) in enumerate(selections, 1))
        return LifecyclePolicy(tuple(rules))

    @property
    def moving(self) -> tuple[str, ...]:
        """Patterns of tags that may move: unless stated, those of reviews, and protected ones that name no build."""
        if self.moving_tags is not None:
            return tuple(dict.fromkeys(self.moving_tags))
        return tuple(dict.fromkeys((*(tag for tag in self.protect if not looks_unique(tag)), *self.review_tags)))

    @property
    def mutability(self) -> Mutability:
        """Immutable, but for tags that move."""
        return Mutability(Mode.IMMUTABLE_WITH_EXCLUSION, self.moving) if self.moving else IMMUTABLE

    def keeps(self, tag: str) -> bool:
        """Whether an image with this tag stays: it is protected, or a release."""
        return tag in self.protect or any(
            _TAG.fullmatch(tag) and matches_pattern(one, tag) for one in self.release_tags
        )

    @property
    def examples(self) -> tuple[str, ...]:
        """A tag of each family of releases."""
        return tuple(fill(pattern, 1) for pattern in self.release_tags)

    def consumers(self, key: str) -> Iterator[Consumer]:
        """Who has to find their image: whatever runs a protected tag, and as many different releases at once.

        They are taken as functions, which bind the digest at their deployment and never pull: the hardest to please.
        That a protected image is no review's is taken for granted: what is promoted from one is pushed as a release.
        """
        for tag in self.protect:
            also = frozenset(self.examples[:1]) if self.promoted else frozenset()
            yield consumer(f"a service on {tag}", "lambda", ImageReference(key, tag, tags=also, complete=True))
        for pattern in self.release_tags:
            for number in range(1, max(len(self.protect), 1) + 1):
                release = fill(pattern, number)
                yield consumer(f"a service on {release}", "lambda", ImageReference(key, release, complete=True))


def proven(intent: Intent, key: str) -> tuple[Judgement, ...]:
    """The proof that everything in use stays. `ValueError` says what ECR refuses, or who loses an image and how."""
    _check(intent)
    policy = intent.policy
    problems = [str(problem) for problem in validate(policy) if problem.certain]
    if problems:
        raise ValueError("; ".join(problems))
    consumers = tuple(intent.consumers(key))
    proof = policy_proof(Repository(key, policy, intent.mutability), consumers, intent.habits)
    for found in proof.endangered:
        raise ValueError(f"{found.consumer.id} may lose its image: {found.why}")
    for found in proof.judgements:
        if found.window is not None and found.window.short:
            raise ValueError(
                f"keep_releases is {found.window.kept}, and {found.window.wanted} images are needed at once: "
                f"{found.window.running} that run, and to roll back {intent.rollbacks} for each of them"
            )
        for short in found.short:
            raise ValueError(f"{found.consumer.id} may lose what it rolls back to: {short.rule.summary}: {short.text}")
    for lost in proof.lost:
        raise ValueError(
            f"over the next {DEPLOYMENTS} deployments, {intent.deployed_days} days apart, an image is gone that is "
            f"needed ({lost}): expire_untagged of {intent.habits.kept_days} days keeps it"
        )
    for dead in dead_rules(policy, consumers):
        raise ValueError(f"{dead.rule.summary} would never act: {dead.why}")
    return proof.judgements


def _check(intent: Intent) -> None:
    """`ValueError` on what is wrong whatever else is set."""
    if not intent.release_tags:
        raise ValueError("release_tags needs a pattern such as 'v*'")
    for name in ("keep_releases", "review_days", "untagged_days", "deployed_days"):
        if (given := getattr(intent, name)) is not None and given < 1:
            raise ValueError(f"{name.replace('_days', '')} must be at least 1{' day' if 'days' in name else ''}")
    if intent.rollbacks < 0:
        raise ValueError(f"rollbacks must be at least 0, not {intent.rollbacks}")
    for tag in intent.protect:
        if not is_exact(tag) or not _TAG.fullmatch(tag):
            raise ValueError(f"protect takes tags such as 'prod', not {tag!r}: patterns are for release_tags")
    if len(intent.moving) > MOST_FILTERS.value:
        raise ValueError(f"{len(intent.moving)} tags may move, and ECR takes {MOST_FILTERS.value} exceptions at most")
    for pattern in intent.moving:
        moves = [release for release in intent.examples if matches_pattern(pattern, release)]
        if moves:
            raise ValueError(f"tags that match {pattern!r} may move, and releases such as {moves[0]} must not")
        if not _FILTER.fullmatch(pattern):
            raise ValueError(f"{pattern!r} is no pattern of tags that ECR takes as an exception")


def _counted(pattern: str, number: int) -> Selection:
    return Selection(TagStatus.TAGGED, CountType.IMAGES, number, (pattern,))


def _aged(days: int, pattern: str | None = None) -> Selection:
    status = TagStatus.UNTAGGED if pattern is None else TagStatus.TAGGED
    return Selection(status, CountType.PUSHED, days, () if pattern is None else (pattern,), count_unit=DAYS)
