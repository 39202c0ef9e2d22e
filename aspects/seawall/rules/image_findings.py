"""What the rules about images share: where they report, how they word a danger, and the policy that mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seawall.graph import Place
from seawall.images import ActionType, Repair, Used, Verdict
from seawall.images.analysis import NOT_RUN, Case
from seawall.images.matching import at_most_one_image
from seawall.images.notes import ARCHIVED
from seawall.words import some

from .context import Context
from .model import Confidence, Finding, Rule, Severity

TOPIC = "images"
OUTAGE = "an archived image cannot be pulled"


def policy_place(context: Context, case: Case) -> Place:
    """Where the policy of a repository stands; the repository, if it has none."""
    if case.text is not None:
        return case.text.place
    return case.found.place if case.found is not None else context.place(case.repository.key)


def dangers(context: Context, rule: Rule, verdict: Verdict) -> Iterator[Finding]:
    """One finding per lifecycle rule that takes images in use, at the policy."""
    for case in context.images.cases:
        groups: dict[int, list[Used]] = {}
        for used in case.used:
            if used.judgement.verdict is verdict and used.judgement.rule is not None:
                groups.setdefault(used.judgement.rule.priority, []).append(used)
        for group in groups.values():
            yield _danger(context, rule, case, group)


def _danger(context: Context, rule: Rule, case: Case, group: list[Used]) -> Finding:
    used, *others = sorted(group, key=lambda each: (unsure(each), each.use.kind == NOT_RUN))
    judgement = used.judgement
    assert judgement.rule is not None  # noqa: S101
    assert judgement.witness is not None  # noqa: S101
    lines = [
        headline(used),
        judgement.why,
        *judgement.witness.timeline(),
        *(note for note in judgement.notes if note != ARCHIVED),
        *assumed(used),
    ]
    weak = used.use.kind == NOT_RUN
    return Finding(
        rule=rule.id,
        severity=Severity.WARNING if weak else rule.severity,
        confidence=Confidence.MEDIUM if unsure(used) else Confidence.HIGH,
        place=policy_place(context, case),
        site=used.use.site,
        message="\n".join(lines),
        fix=advice(case),
        also=tuple(dict.fromkeys(each.use.site for each in others if each.use.site != used.use.site)),
        shape=(case.repository.key, f"rule {judgement.rule.priority}", used.consumer.id),
        paste=paste(case),
    )


def headline(used: Used) -> str:
    """The image, who runs it, and the rule that takes it."""
    judgement = used.judgement
    assert judgement.rule is not None  # noqa: S101
    assert judgement.witness is not None  # noqa: S101
    archives = judgement.rule.action.type is ActionType.TRANSITION
    act = "archives" if archives else "deletes"
    sure = judgement.verdict is Verdict.DOOMED
    how = f"certainly {act}" if sure else act
    when = "" if sure else f", on day {judgement.witness.loss.day} of an ordinary course of events"
    outage = f": {OUTAGE}" if archives else ""
    image = f"{used.consumer.reference.text}, which {used.consumer.id} runs"
    return f"{judgement.rule.summary} of {judgement.repository} {how} {image}{when}{outage}"


def unsure(used: Used) -> bool:
    """Whether a verdict rests on more than what the templates declare."""
    return bool(used.conditions) or used.use.kind == NOT_RUN or used.use.binds.value == "unknown"


def assumed(used: Used) -> Iterator[str]:
    """What has to hold for a verdict to hold."""
    if used.conditions:
        yield f"assumes what the conditions {some(used.conditions, 3)} lead to"
    if used.use.kind == NOT_RUN:
        yield f"assumes something outside the app starts tasks of {used.use.site}"


def advice(case: Case) -> str:
    """What to do about a danger, with the effect of the corrected policy."""
    tags = sorted({tag for each in case.consumers for tag in each.reference.known_tags})
    if not isinstance(case.repaired, Repair):
        return (
            "put a rule for the exact tag of each image in use (tagPatternList without *, imageCountMoreThan 1) above "
            f"everything else, and no rule for any image below it; {case.repaired.why}"
        )
    found = case.repaired
    proven = {each.verdict for each in found.judgements}
    effect = "is safe" if proven == {Verdict.SAFE} else f"is {' or '.join(sorted(proven))}"
    exact = {rule.selection.patterns[0] for rule in found.policy.rules if at_most_one_image(rule.selection)}
    named = [tag for tag in tags if tag in exact]
    how = (
        f": a rule for each exact tag in use ({some(named, 3)}) stands above everything else"
        if tags and named == tags
        else ""
    )
    sentences = [f"use the corrected policy given here: every image in use {effect} under it, which is proven{how}"]
    if found.mutability is not None:
        sentences.append("It needs tags that do not move, so give each release a tag of its own")
    sentences.append(
        "To clean up more, add rules below these for tags that may go, such as pr-*, and for untagged images after "
        "longer than anything stays deployed; never one for any image"
    )
    return ". ".join(sentences)


def paste(case: Case) -> str:
    """The corrected policy as JSON and as CDK code; empty if none is proven."""
    if not isinstance(case.repaired, Repair):
        return ""
    found = case.repaired
    parts = ["# LifecyclePolicyText, as JSON", found.json]
    if found.mutability is not None and found.mutability.mode is not None:
        parts += ["# ImageTagMutability", found.mutability.mode.name]
        parts += (f"# an exclusion filter (WILDCARD)\n{each}" for each in found.mutability.filters)
    return "\n".join([*parts, "", "# aws_ecr.Repository, in Python", found.cdk])


def sites(used: Iterable[Used]) -> tuple[str, ...]:
    """Who uses the images, each once."""
    return tuple(dict.fromkeys(each.use.site for each in used))
