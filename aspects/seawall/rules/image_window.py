"""`image-window`: what a rule keeps does not cover what runs and the rollbacks asked for."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from seawall.images import CountType, PolicyRepair, Shortage, Used
from seawall.images.analysis import RepositoryCase
from seawall.images.references import short_text
from seawall.images.settings import days_text, span
from seawall.words import plural

from .context import Context
from .fixes import Fix
from .image_advice import advice
from .image_dangers import clock, counts, danger_text, days_span, images_after, named, pace_text, tag_taken, that_one
from .image_findings import assumed, by_default, unsure
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
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.MEDIUM if unsure(used) else Confidence.HIGH,
        place=policy_place(context, case),
        site=used.use.site,
        headline=_headline(case, used, short),
        facts=tuple(_oldest(case, short)),
        assumptions=(*short.assumptions, *assumed(used), *by_default(context, case, used)),
        details=(short.text,),
        fix=_fix(context, case, short),
        also=tuple(site for site in sites(each for each, _ in others) if site != used.use.site),
        shape=(case.repository.key, f"rule {short.rule.priority}"),
    )


def _headline(case: RepositoryCase, used: Used, short: Shortage) -> str:
    rule, window = short.rule, short.window
    if window is not None:
        where = f"rule {rule.priority} of {case.repository.key} ({rule.what})"
        more = f"{window.back} to roll back to" if window.back else "the one that the next deployment brings"
        return f"{where} keeps too few: {window.wanted} are needed = {window.running} in use + {more}"
    image = f"the image that {used.consumer.id} runs" if short.moved else named(used)
    if short.earlier:
        needed = days_text(case.settings.needed_days())
        image = f"{short_text(short.earlier)}, which {used.consumer.id} may go back to for {needed},"
    return f"{danger_text(case, rule)} {image} {_when(short)}"


def _when(short: Shortage) -> str:
    """When the rule takes the image, and what would keep it."""
    rule = short.rule
    taken = tag_taken(short.moved)
    moved = f"{taken}, " if taken else ""
    if counts(rule):
        if short.younger is not None and short.days is None:
            have = "a newer image has" if short.younger == 1 else f"{short.younger:,} newer images have"
            return f"{moved}once {have} another tag of these (its own moves along)"
        if short.younger is None or not short.days:
            return f"{moved}within 24 hours"
        pushes = round(short.younger / short.days, 6)
        among = that_one(rule, taken)
        if among and short.younger == rule.selection.count_number:
            exist = f"{taken} and {images_after(rule, short.younger)}"  # that push is one of them
            return f"{exist}: {span(short.days)} after its push, at {pace_text(pushes)} a day"
        more = "more push" if short.younger == 1 else "more pushes"
        return f"{moved}after {short.younger:,} {more}{among}: {span(short.days)} at {pace_text(pushes)} a day"
    after = f"{moved}{days_span(rule.selection.count_number)} after its {clock(rule)}"
    if short.earlier or short.moved:
        return after
    pulled = rule.selection.count_type is CountType.PULLED
    return f"{after}, unless {'it is pulled in between' if pulled else 'a newer image is deployed by then'}"


def _oldest(case: RepositoryCase, short: Shortage) -> Iterator[str]:
    """What the days of a rule that counts releases are made of."""
    if short.window is None or short.younger is None or short.days is None:
        return
    more, running = short.younger, short.window.running
    between = case.settings.days_between_deployments
    of = f" / {running} in use" if running > 1 else ""
    made = f"{more} x {plural(between, 'day')} between deployments{of}"
    yield f"the oldest in use is deleted after {plural(more, 'more release')}: {days_text(short.days)} = {made}"


def _fix(context: Context, case: RepositoryCase, short: Shortage) -> Fix:
    number = short.rule.priority
    if short.window is not None:
        return Fix.of(f"keep {short.window.wanted} or more in rule {number}")
    if isinstance(case.repaired, PolicyRepair):
        return advice(context, case)
    if not short.assumed:
        return Fix.of(f"put a rule for the tag of what runs above rule {number}, as the image is needed for longer")
    return Fix.of(f"keep {_enough(case, short)}, or put a rule for the tag of what runs above it")


def _enough(case: RepositoryCase, short: Shortage) -> str:
    """How many images a rule has to keep for what is short to be enough."""
    if short.younger is None or not short.days:
        return f"more in rule {short.rule.priority}"
    settings, pushes = case.settings, round(short.younger / short.days, 6)
    days = settings.kept_days if short.moved or short.earlier else settings.window_days
    others = short.rule.selection.count_number - short.younger
    beside = f" + {others:,} more in use" if others else ""
    number = ceil(round(days * pushes, 6)) + others
    made = f"{days} days x {pace_text(pushes)} a day{beside}"
    return f"{number:,} or more in rule {short.rule.priority} ({made})"


RULE = Rule(
    id="image-window",
    severity=Severity.WARNING,
    title="kept images do not cover the running image and the rollbacks asked for",
    what=(
        "Fires where nothing that runs is in danger soon, yet a lifecycle rule leaves it less than is wanted: a rule "
        "that counts 365 days or more from the push (a function that nobody deploys again loses its image then); a "
        "rule by the last pull, at any age, where nothing is known of the pulls; a number of images that builds use up"
        " in 30 to 365 days; releases of which fewer are kept than run and than `rollbacks` (1 unless set) need; and "
        "the image before the one in use, where another rule deletes it before a rollback can need it. "
        "`pushes_per_day` (10 unless set) is the pace of builds."
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
