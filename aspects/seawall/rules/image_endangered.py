"""`image-endangered`: an ordinary course of events ends with an image in use gone."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.images import Verdict

from .context import Context
from .image_findings import dangers
from .image_places import TOPIC
from .model import Example, Finding, Harm, Rule, Severity


def check(context: Context) -> Iterator[Finding]:
    """One finding per lifecycle rule."""
    return dangers(context, RULE, Verdict.ENDANGERED)


RULE = Rule(
    id="image-endangered",
    severity=Severity.ERROR,
    title="a lifecycle rule deletes or archives an image in use after an ordinary course of events",
    what=(
        "Joins each repository's lifecycle policy to everything in the app that runs its images. Fires where pushes, "
        "days and one moved tag, as they happen in any week, end with an image gone that something still needs. The "
        "finding lists these events; they have been replayed through the evaluation before they are shown."
    ),
    why=(
        "A rule that keeps the last five images of any kind is spent on five builds of a review environment, and the "
        "image of the production service is the one that goes. A tag does not protect it, and neither does running: "
        "tasks that run go on, but each one that has to start again fails with CannotPullContainerError."
    ),
    example=Example(
        """\
ecr.Repository(self, "Images", lifecycle_rules=[ecr.LifecycleRule(max_image_count=5)])   # five of any kind
ecs.ContainerImage.from_ecr_repository(images, "production")
"""
    ),
    fix=(
        "Put one rule per tag in use above everything else: its exact tag, keep 1. Give releases tags of their own "
        "that cannot be moved, and keep as many as run, as rollbacks need, and a few more. Replace a rule for any "
        "image by one per family of tags that may go, and one for untagged images after longer than anything stays "
        "deployed."
    ),
    better=Example(
        """\
ecr.LifecycleRule(rule_priority=1, tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["production"], max_image_count=1)
ecr.LifecycleRule(rule_priority=2, tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["review-*"], max_image_count=5)
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
    ),
    check=check,
    harm=Harm.LOSES,
    topic=TOPIC,
)
