"""`image-window`: what a rule keeps does not cover what runs and the rollbacks asked for."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.images import Used, Verdict
from seawall.images.analysis import Case

from .context import Context
from .image_findings import TOPIC, assumed, policy_place, sites, unsure
from .model import Confidence, Example, Finding, Rule, Severity


def check(context: Context) -> Iterator[Finding]:
    """One finding per lifecycle rule; none where an image that runs is in danger, which is worse."""
    for case in context.images.cases:
        groups: dict[int, list[Used]] = {}
        for used in case.used:
            window = used.judgement.window
            fine = used.judgement.verdict in (Verdict.SAFE, Verdict.BOUNDED)
            if fine and window is not None and window.short:
                groups.setdefault(window.rule_priority, []).append(used)
        for group in groups.values():
            yield _finding(context, case, group)


def _finding(context: Context, case: Case, group: list[Used]) -> Finding:
    used, *others = sorted(group, key=unsure)
    window = used.judgement.window
    assert window is not None  # noqa: S101
    assert case.repository.policy is not None  # noqa: S101
    rule = next(each for each in case.repository.policy.rules if each.priority == window.rule_priority)
    back = window.wanted - window.running
    needed = f"{window.running} running and {back} to roll back to"
    lines = [
        f"{rule.summary} of {case.repository.key} keeps {window.kept}, and {window.wanted} are needed: {needed}",
        *assumed(used),
    ]
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.MEDIUM if unsure(used) else Confidence.HIGH,
        place=policy_place(context, case),
        site=used.use.site,
        message="\n".join(lines),
        fix=f"keep {window.wanted} or more in rule {rule.priority}, or set rollbacks to what you need",
        also=tuple(site for site in sites(others) if site != used.use.site),
        shape=(case.repository.key, f"rule {rule.priority}"),
    )


RULE = Rule(
    id="image-window",
    severity=Severity.WARNING,
    title="kept images do not cover the running image and the rollbacks asked for",
    what=(
        "Counts the different images that the app needs at once from the rule that holds them: those that run, those "
        "of older versions that an alias still names, and `rollbacks` (1 unless set) for each that may be rolled back. "
        "Fires where the rule keeps fewer. What runs is not in danger, or `image-endangered` would say so."
    ),
    why=(
        "A deployment that fails goes back to the image before. If that one has been deleted, the rollback fails as "
        "well, at the time when it is needed most."
    ),
    example=Example(
        """\
ecr.LifecycleRule(tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["v*"], max_image_count=2)   # two services run v*
"""
    ),
    fix="Keep as many images as run, as rollbacks need, and a few more.",
    better=Example(
        """\
ecr.LifecycleRule(tag_status=ecr.TagStatus.TAGGED, tag_pattern_list=["v*"], max_image_count=20)
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
    ),
    check=check,
    topic=TOPIC,
)
