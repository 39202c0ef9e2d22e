"""`lifecycle-dead-rule`: a lifecycle rule that selects nothing, or nothing that a rule above leaves to it."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.images import Dead, DeadRule
from seawall.images.analysis import RepositoryCase
from seawall.images.matching import entries

from .context import Context
from .fixes import Fix
from .image_places import TOPIC, policy_place
from .model import Confidence, Example, Finding, Rule, Severity

SHIELD = 1000
"""Images to keep from which a rule is there to protect, not to clean up."""


def check(context: Context) -> Iterator[Finding]:
    """One finding per dead rule."""
    for case in context.images.cases:
        for dead in case.dead:
            if _speaks(case, dead):
                yield _finding(context, case, dead)


def _speaks(case: RepositoryCase, dead: DeadRule) -> bool:
    """Whether it is worth saying. That no template names a tag of a family does not make its rule dead: builds do."""
    if dead.how is not Dead.SHIELDS_NOTHING:
        return True
    if any(not each.reference.known_tags for each in case.consumers):
        return False
    exact = not dead.rule.selection.prefixes and not any("*" in entry for entry in entries(dead.rule.selection))
    return exact or dead.rule.selection.count_number >= SHIELD


def _finding(context: Context, case: RepositoryCase, dead: DeadRule) -> Finding:
    says = {
        Dead.SHADOWED: "never acts",
        Dead.AND_LIST: "matches no image in use: ECR wants all of its tags on one image, not any of them",
        Dead.SHIELDS_NOTHING: "protects no image in use",
    }[dead.how]
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH if dead.certain else Confidence.MEDIUM,
        place=policy_place(context, case),
        site=case.repository.key,
        headline=f"rule {dead.rule.priority} of {case.repository.key} ({dead.rule.what}) {says}",
        facts=(dead.why,),
        fix=Fix.of(_mended(case, dead)),
        shape=(str(dead.how), *entries(dead.rule.selection)),
    )


def _mended(case: RepositoryCase, dead: DeadRule) -> str:
    number = dead.rule.priority
    if dead.how is Dead.SHADOWED:
        return f"move rule {number} above rule {dead.above}, or remove it"
    if any(each.endangered for each in case.used):
        return "replace the policy as the finding about the image says"
    if dead.how is Dead.AND_LIST:
        return f"write a rule of its own for each of {', '.join(entries(dead.rule.selection))}"
    return f"name the tags that are in use in rule {number}, or remove it"


RULE = Rule(
    id="lifecycle-dead-rule",
    severity=Severity.WARNING,
    title="a lifecycle rule that can select nothing, or is shadowed by one above it",
    what=(
        "Fires on a rule whose images all match a rule above it, as the first match alone decides; on a list of tags "
        "of which an image in use has some, though ECR wants all of them on one image; and on a rule that seems to be "
        "there to protect images from one for any image below it, though no tag in use matches it. A rule for a family "
        "of tags that no template names is left alone: builds push these."
    ),
    why=(
        "Such a rule is usually meant to protect something. It does not, and the next rule deletes what it was there "
        "for."
    ),
    example=Example(
        """\
ecr.LifecycleRule(tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["prod", "staging"], max_image_count=9999)
# only an image with both tags
"""
    ),
    fix="Write one rule per tag; put exact tags above families, and both above everything broader.",
    better=Example(
        """\
ecr.LifecycleRule(tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["prod"], max_image_count=1)
ecr.LifecycleRule(tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["staging"], max_image_count=1)
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html",
    ),
    check=check,
    topic=TOPIC,
)
