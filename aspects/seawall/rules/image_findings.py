"""What the rules about images share: the finding of a danger, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.images import PolicyRepair, Used, Verdict
from seawall.images.analysis import NAMED, NOT_RUN, RepositoryCase
from seawall.images.notes import ARCHIVED, consequence
from seawall.images.proof import DEPLOYMENTS
from seawall.images.references import short_text
from seawall.words import plural, some

from .context import Context
from .image_advice import advice
from .image_dangers import consequences, danger_rule, headline, told_by_age
from .image_places import policy_place
from .image_rescue import until_then
from .model import Confidence, Finding, Rule, Severity


def dangers(context: Context, rule: Rule, verdict: Verdict) -> Iterator[Finding]:
    """One finding per lifecycle rule that takes images in use, at the policy."""
    for case in context.images.cases:
        groups: dict[int, list[Used]] = {}
        for used in case.used:
            if used.judgement.verdict is verdict and used.judgement.rule is not None:
                groups.setdefault(used.judgement.rule.priority, []).append(used)
        for group in groups.values():
            yield _danger(context, rule, case, group)


def _danger(context: Context, rule: Rule, case: RepositoryCase, group: list[Used]) -> Finding:
    used, *others = sorted(group, key=lambda each: (unsure(each), each.use.kind in (NOT_RUN, NAMED)))
    judgement = used.judgement
    assert judgement.witness is not None  # noqa: S101
    weak, felt = used.use.kind in (NOT_RUN, NAMED), consequence(used.consumer)
    return Finding(
        rule=rule.id,
        severity=Severity.WARNING if weak else rule.severity,
        confidence=Confidence.MEDIUM if unsure(used) else Confidence.HIGH,
        place=policy_place(context, case),
        site=used.use.site,
        headline=headline(case, used),
        facts=tuple(consequences(case, used)),
        events=() if told_by_age(used) else tuple(map(short_text, judgement.witness.timeline())),
        assumptions=(
            *(each for each in judgement.assumptions if not _told(used, each)),
            *assumed(used),
            *by_default(context, case, used),
        ),
        details=(
            judgement.why,
            *(each for each in judgement.assumptions if _told(used, each)),
            *_proof(case),
            *(note for note in judgement.notes if note not in (ARCHIVED, felt)),
        ),
        fix=advice(context, case),
        stop_now=until_then(context, case, used),
        also=tuple(dict.fromkeys(each.use.site for each in others if each.use.site != used.use.site)),
        shape=(case.repository.key, f"rule {danger_rule(used).priority}", used.consumer.id),
    )


def _told(used: Used, assumption: str) -> bool:
    """Whether an assumption is the pace in the headline."""
    judgement = used.judgement
    return judgement.younger is not None and bool(judgement.days) and assumption == judgement.paced


def _proof(case: RepositoryCase) -> Iterator[str]:
    """What the corrected policy was tried on."""
    if isinstance(case.repaired, PolicyRepair):
        days = plural(case.repaired.settings.days_between_deployments, "day")
        apart = f"{days} apart (days-between-deployments in seawall.toml)"
        yield f"the corrected policy was simulated over the next {DEPLOYMENTS} deployments, {apart}"


def unsure(used: Used) -> bool:
    """Whether a verdict rests on more than what the templates declare."""
    return bool(used.conditions) or used.use.kind in (NOT_RUN, NAMED) or used.use.binds.value == "unknown"


def by_default(context: Context, case: RepositoryCase, used: Used) -> Iterator[str]:
    """The parameters whose defaults decide which image it is, or what the policy says."""
    places = (used.use.place, *(() if case.text is None else (case.text.place,)))
    found = (
        each.clause for place in places for each in context.app.reading.defaults_of(place.address, str(place.property))
    )
    for clause in dict.fromkeys(found):
        yield f"assumes that {clause}"


_VALUE = " is "
"""In what a deployment chose, as ``Keep is 2``; no name of a condition has spaces."""


def assumed(used: Used) -> Iterator[str]:
    """What has to hold for a verdict to hold."""
    chosen = [each for each in used.conditions if _VALUE in each]
    if chosen:
        yield f"this is so when {' and '.join(chosen)}"
    if len(chosen) < len(used.conditions):
        named = [each for each in used.conditions if each not in chosen]
        yield f"assumes what the conditions {some(named, 3)} lead to"
    if used.use.kind == NAMED:
        yield f"{used.use.site} names the image; how it is used is not known"
    if used.use.kind == NOT_RUN:
        yield f"assumes something outside the app starts tasks of {used.use.site}"
