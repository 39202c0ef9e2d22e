"""A repository that keeps what is in use, by construction."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
import aws_cdk.aws_ecr as ecr
import aws_cdk.aws_kms as kms
from constructs import Construct

from seawall.images import CountType, LifecyclePolicy, LifecycleRule, TagStatus
from seawall.images.facts import BOOTSTRAP_WINDOW

from .release_policy import Intent, proven

_MUTABILITY = {True: ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION, False: ecr.TagMutability.IMMUTABLE}
"""By whether any tags may move."""


class ReleaseRepository(ecr.Repository):
    """An ECR repository whose lifecycle policy is made from what the repository is for, and proven when it is made.

    The rules stand in the order of what must not be lost, as an image belongs to the first rule whose tag it carries:
    one for each protected tag, which never acts, as only one image carries the tag; one for each family of releases,
    of which the youngest stay; one for each family of review environments, whose images age; and one for what has no
    tag left. An image with a tag of another kind is left alone.

    Tags are immutable but for those that move. Images are scanned when pushed. The repository stays where it is when
    its stack is deleted. ``kept`` takes the tag of an image to run, and refuses one that no rule keeps::

        images = ReleaseRepository(self, "Images", protect=["prod"], review_tags=["pr-*"])
        image = ecs.ContainerImage.from_ecr_repository(images, images.kept("v42"))

    Args:
        keep_releases: How many images of each family in `release_tags` stay. 20 by default. Enough for as many to run
            at once as there are protected tags, each with its rollbacks.
        release_tags: Patterns of the tags of releases, ``*`` standing for any characters. ``v*`` by default.
        protect: Tags whose image never expires. ``prod`` and ``staging`` by default.
        review_tags: Patterns of tags whose images expire by age. None by default.
        expire_reviews_after: Their age, from the push. 30 days by default.
        expire_untagged_after: The age at which an image without a tag expires. A protected tag that moves on leaves its
            image without one, and it is needed while it is deployed and while it may be gone back to: by default
            `deployed_within` once, and again for each of the `rollbacks`, and a day, so 731 days. Less is refused,
            unless `promoted`.
        moving_tags: Patterns of tags that may be pushed again. By default those of `review_tags`, and of `protect`
            those that look like no version, date, number or hash. At most 5.
        promoted: What gets a protected tag always carries a release tag too, and keeps that. False by default.
        rollbacks: To how many earlier releases a deployment must be able to go back. 1 by default.
        deployed_within: The longest that anything stays deployed before its next deployment. 365 days by default.
        encryption_key: A key of your own. By default one that ECR owns (AES-256).
        repository_name: By default CloudFormation makes one up, so that the repository can be replaced.

    Raises:
        ValueError: ECR would refuse the policy, or it takes an image in use after an ordinary course of events; the
            message says which, and how.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        keep_releases: int = 20,
        release_tags: Sequence[str] = ("v*",),
        protect: Sequence[str] = ("prod", "staging"),
        review_tags: Sequence[str] = (),
        expire_reviews_after: cdk.Duration | None = None,
        expire_untagged_after: cdk.Duration | None = None,
        moving_tags: Sequence[str] | None = None,
        promoted: bool = False,
        rollbacks: int = 1,
        deployed_within: cdk.Duration | None = None,
        encryption_key: kms.IKey | None = None,
        repository_name: str | None = None,
    ) -> None:
        intent = Intent(
            keep_releases=keep_releases,
            release_tags=_several("release_tags", release_tags),
            protect=_several("protect", protect),
            review_tags=_several("review_tags", review_tags),
            review_days=_days(expire_reviews_after, 30),
            untagged_days=None if expire_untagged_after is None else int(expire_untagged_after.to_days()),
            moving_tags=None if moving_tags is None else _several("moving_tags", moving_tags),
            promoted=promoted,
            rollbacks=rollbacks,
            deployed_days=_days(deployed_within, BOOTSTRAP_WINDOW.value),
        )
        path = f"{scope.node.path}/{construct_id}".lstrip("/")
        try:
            self.judgements = proven(intent, path)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        super().__init__(
            scope,
            construct_id,
            repository_name=repository_name,
            image_tag_mutability=_MUTABILITY[bool(intent.moving)],
            image_tag_mutability_exclusion_filters=[
                ecr.ImageTagMutabilityExclusionFilter.wildcard(each) for each in intent.moving
            ]
            or None,
            image_scan_on_push=True,
            encryption=None if encryption_key is None else ecr.RepositoryEncryption.KMS,
            encryption_key=encryption_key,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            lifecycle_rules=[_rule(rule) for rule in intent.policy.rules],
        )
        self._intent = intent

    @property
    def policy(self) -> LifecyclePolicy:
        """The lifecycle policy, as the evaluator knows it."""
        return self._intent.policy

    def kept(self, tag: str) -> str:
        """`tag`, if the image that carries it stays: it is protected, or that of a release.

        Raises:
            ValueError: No rule keeps an image for this tag.
        """
        if not self._intent.keeps(tag):
            raise ValueError(
                f"{tag!r} is not kept in {self.node.path}: it is neither protected ({', '.join(self._intent.protect)}) "
                f"nor a release ({', '.join(self._intent.release_tags)})"
            )
        return tag


def _several(name: str, given: Sequence[str]) -> tuple[str, ...]:
    """A list; a text alone would be taken for a list of characters."""
    if isinstance(given, str):
        raise TypeError(f"{name} takes a list such as [{given!r}]")
    return tuple(dict.fromkeys(given))


def _days(given: cdk.Duration | None, default: int) -> int:
    return default if given is None else int(given.to_days())


def _rule(rule: LifecycleRule) -> ecr.LifecycleRule:
    chosen = rule.selection
    counts = chosen.count_type is CountType.IMAGES
    return ecr.LifecycleRule(
        rule_priority=rule.priority,
        description=rule.description,
        tag_status=ecr.TagStatus.UNTAGGED if chosen.tag_status is TagStatus.UNTAGGED else ecr.TagStatus.TAGGED,
        tag_pattern_list=list(chosen.patterns) or None,
        max_image_count=chosen.count_number if counts else None,
        max_image_age=None if counts else cdk.Duration.days(chosen.count_number),
    )
