"""`image-doomed`: a lifecycle rule takes an image in use, whatever else happens."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.images import Verdict

from .context import Context
from .image_findings import dangers
from .image_places import TOPIC
from .model import Example, Finding, Harm, Rule, Severity


def check(context: Context) -> Iterator[Finding]:
    """One finding per lifecycle rule."""
    return dangers(context, RULE, Verdict.DOOMED)


RULE = Rule(
    id="image-doomed",
    severity=Severity.ERROR,
    title="a lifecycle rule deletes or archives an image that the same app uses, whatever else happens",
    what=(
        "Joins each repository's lifecycle policy to everything in the app that runs its images. Fires where the first "
        "rule that matches such an image takes it while it is in use, whatever is pushed in the meantime: an age below "
        "a year, or a number of images kept that is smaller than the number needed at once. The finding shows a course "
        "of events as an example, which has been replayed through the evaluation."
    ),
    why=(
        "ECR does not look at who uses an image. Tasks that run go on, so nothing is noticed until one has to start "
        "again: then the pull fails, and a service can go down to no tasks at all. Functions become inactive. The "
        "image is gone for good; one in the archive cannot be pulled until somebody restores it."
    ),
    example=Example(
        """\
ecr.Repository(self, "Images", lifecycle_rules=[ecr.LifecycleRule(max_image_age=Duration.days(30))])
ecs.ContainerImage.from_ecr_repository(images, "v42")   # gone 30 days after its push
"""
    ),
    fix=(
        "Put one rule per tag in use above everything else: its exact tag, keep 1. A tag is on one image at a time, so "
        "that rule never takes anything, and no later rule can take what it matches. Then one rule per family of tags "
        "that may go, and one for untagged images. Leave out rules for any image."
    ),
    better=Example(
        """\
ecr.LifecycleRule(rule_priority=1, tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["v42"], max_image_count=1)
ecr.LifecycleRule(rule_priority=2, tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["pr-*"],
                  max_image_age=Duration.days(30))
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html",
    ),
    check=check,
    harm=Harm.LOSES,
    topic=TOPIC,
)
