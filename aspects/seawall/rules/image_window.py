"""`image-window`: what a rule keeps does not cover what runs and the rollbacks asked for."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.images import PolicyRepair, Shortage, Used
from seawall.images.analysis import RepositoryCase
from seawall.images.settings import days_text

from .context import Context
from .fixes import Fix
from .image_advice import advice
from .image_findings import assumed, unsure
from .image_places import TOPIC, policy_place, sites
from .model import Confidence, Example, Finding, Rule, Severity


def check(context: Context) -> Iterator[Finding]:
    """One finding per lifecycle rule; none where an image that runs is in danger, which is worse."""
    for case in context.images.cases:
        groups: dict[int, list[tuple[Used, Shortage]]] = {}
        for used in case.used:
            for short in used.judgement.short:
                groups.setdefault(short.rule.priority, []).append((used, short))
        for group in groups.values():
            yield _finding(context, case, group)


def _finding(context: Context, case: RepositoryCase, group: list[tuple[Used, Shortage]]) -> Finding:
    (used, short), *others = sorted(group, key=lambda each: (each[1].days is None, each[1].days or 0, unsure(each[0])))
    rule = short.rule
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.MEDIUM if unsure(used) else Confidence.HIGH,
        place=policy_place(context, case),
        site=used.use.site,
        headline=_headline(case, used, short),
        facts=() if short.window is None else (f"the oldest in use is {short.text}",),
        assumptions=(*short.assumptions, *assumed(used)),
        fix=_fix(context, case, short),
        also=tuple(site for site in sites(each for each, _ in others) if site != used.use.site),
        shape=(case.repository.key, f"rule {rule.priority}"),
    )


def _headline(case: RepositoryCase, used: Used, short: Shortage) -> str:
    where = f"rule {short.rule.priority} of {case.repository.key} ({short.rule.what})"
    window = short.window
    if window is not None:
        back = window.wanted - window.running
        return f"{where} keeps too few: {window.wanted} are needed = {window.running} in use + {back} to roll back to"
    image = f"{used.consumer.reference.text}, which {used.consumer.id} runs"
    days = "" if short.days is None else f"{days_text(short.days)} for "
    return f"{where} leaves {days}{image}: {short.text}"


def _fix(context: Context, case: RepositoryCase, short: Shortage) -> Fix:
    if short.window is None and not isinstance(case.repaired, PolicyRepair):
        more = "keep more" if short.assumed else "let it take none that runs"
        return Fix.of(
            f"{more} in rule {short.rule.priority}, give what runs for long a tag and a rule of its own above it, or "
            "set pushes_per_day and days_between_deployments to what they are"
        )
    if short.window is None:
        return advice(context, case)
    return Fix.of(
        f"keep {short.window.wanted} or more in rule {short.rule.priority}, or set rollbacks to what you need"
    )


RULE = Rule(
    id="image-window",
    severity=Severity.WARNING,
    title="kept images do not cover the running image and the rollbacks asked for",
    what=(
        "Measures, in days, how long each lifecycle rule surely leaves an image in use, and counts the images of "
        "releases that have to be there at once. Fires where nothing that runs is in danger soon, yet less is left "
        "than is wanted: an age rule from 365 days on (a function that nobody deploys again loses its image then), "
        "and from any age on one that counts from the last pull, where nothing is known of the pulls; "
        "a number of images, over any images or those that CI pushes, that builds use up in 30 to 365 days; releases "
        "of which fewer are kept than run and `rollbacks` (1 unless set) want; and the image before the one in use, "
        "where another rule takes it before a rollback can need it. `pushes_per_day` (10 unless set) is the pace."
    ),
    why=(
        "A deployment that fails goes back to the image before. If that one has been deleted, the rollback fails as "
        "well, at the time when it is needed most. And what nobody deploys for a year is what nobody watches."
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
