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
        "Looks at each repository's lifecycle policy together with everything in the app that runs its images. Fires "
        "where a rule deletes an image in use without anybody pushing or deploying anything: by an age below a year, "
        "or because it keeps fewer images than are in use at once. It is harmless only if a newer image "
        "is deployed by then. ECR acts within 24 hours after a rule matches; the days in the finding include these."
    ),
    why=(
        "ECR does not look at who uses an image. Tasks that run go on, so nothing is noticed until one has to start "
        "again: then the pull fails, and a service can go down to no tasks at all. Functions become inactive. The "
        "image is gone for good; one in the archive cannot be pulled until somebody restores it."
    ),
    example=Example(
        """\
ecr.Repository(self, "Images", lifecycle_rules=[ecr.LifecycleRule(max_image_age=Duration.days(30))])
ecs.ContainerImage.from_ecr_repository(images, "v42")   # gone 30 to 31 days after its push
"""
    ),
    fix=(
        "Put a rule for the tags of releases above the others, which keeps as many as run, as rollbacks need, and a "
        "few more: the first rule that matches an image decides alone, so that no rule below deletes it. A tag that "
        "moves, such as latest, gets a rule of its own: its exact tag, keep 1, which deletes nothing, as a tag is on "
        "one image at a time. The finding prints the whole policy, and what to do until it is deployed."
    ),
    better=Example(
        """\
ecr.LifecycleRule(rule_priority=1, tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["v*"], max_image_count=7)
ecr.LifecycleRule(rule_priority=2, max_image_age=Duration.days(30))   # any image that is not tagged v*
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
