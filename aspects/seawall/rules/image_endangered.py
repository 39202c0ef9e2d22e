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
        "Looks at each repository's lifecycle policy together with everything in the app that runs its images. Fires "
        "where pushes, days and a tag that moves on, as they happen in any week, end with an image deleted that "
        "something still needs. The finding says after how many pushes, and lists the events as an example: they have "
        "been run through ECR's rules of evaluation before they are shown."
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
        "Put a rule for the tags in use above the others: the first rule that matches an image decides alone. Of "
        "releases, each with a tag of its own (v1, v2), it keeps as many as run, as rollbacks need, and a few more; of "
        "a tag that moves, it is the exact tag with keep 1. Untagged images stay for longer than anything stays "
        "deployed. The finding prints the whole policy, and what to do until it is deployed."
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
