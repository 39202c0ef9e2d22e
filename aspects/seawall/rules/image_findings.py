"""What the rules about images share: where they report, how they word a danger, and the policy that mends it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from seawall.graph import Place
from seawall.images import ActionType, PolicyRepair, Used, Verdict, to_json
from seawall.images.analysis import NAMED, NOT_RUN, RepositoryCase
from seawall.images.families import moves
from seawall.images.notes import ARCHIVED, consequence
from seawall.images.proof import DEPLOYMENTS
from seawall.images.settings import days_text
from seawall.remedies.search import Edit, Remedy
from seawall.template import language_of
from seawall.words import some

from .context import Context
from .model import Confidence, Finding, Rule, Severity

TOPIC = "images"
OUTAGE = "an archived image cannot be pulled"


def policy_place(context: Context, case: RepositoryCase) -> Place:
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


def _danger(context: Context, rule: Rule, case: RepositoryCase, group: list[Used]) -> Finding:
    used, *others = sorted(group, key=lambda each: (unsure(each), each.use.kind in (NOT_RUN, NAMED)))
    judgement = used.judgement
    assert judgement.rule is not None  # noqa: S101
    assert judgement.witness is not None  # noqa: S101
    weak, felt = used.use.kind in (NOT_RUN, NAMED), consequence(used.consumer)
    return Finding(
        rule=rule.id,
        severity=Severity.WARNING if weak else rule.severity,
        confidence=Confidence.MEDIUM if unsure(used) else Confidence.HIGH,
        place=policy_place(context, case),
        site=used.use.site,
        headline=headline(used),
        facts=(*(note for note in judgement.notes if note == felt), judgement.why, _course(used)),
        events=judgement.witness.timeline(),
        assumptions=(*judgement.assumptions, *assumed(used)),
        details=tuple(note for note in judgement.notes if note not in (ARCHIVED, felt)),
        fix=advice(case),
        changes=changes(context, case),
        also=tuple(dict.fromkeys(each.use.site for each in others if each.use.site != used.use.site)),
        shape=(case.repository.key, f"rule {judgement.rule.priority}", used.consumer.id),
        paste=paste(case),
    )


def headline(used: Used) -> str:
    """The rule, the image that it takes and who runs it, and how many days it leaves it."""
    judgement = used.judgement
    assert judgement.rule is not None  # noqa: S101
    archives = judgement.rule.action.type is ActionType.TRANSITION
    act = "archives" if archives else "deletes"
    sure = judgement.verdict is Verdict.DOOMED
    how = f"certainly {act}" if sure else act
    outage = f": {OUTAGE}" if archives else ""
    image = f"{used.consumer.reference.text}, which {used.consumer.id} runs"
    return f"{judgement.rule.summary} of {judgement.repository} {how} {image}{_when(used)}{outage}"


def _when(used: Used) -> str:
    """The window, the figure of the finding; a rule that counts days has it in its own words."""
    judgement = used.judgement
    days = judgement.days
    if days is None:
        return ""
    if judgement.assumed:
        return f", after {days_text(days)} of {judgement.assumed}" if days > 0 else ", as soon as all of them are there"
    return "" if days > 0 else ", as more are in use than it keeps"


def _course(used: Used) -> str:
    """What the events below are: made up, at a pace that is assumed."""
    pace = f" at {used.judgement.assumed}, which is assumed" if used.judgement.assumed else ""
    return f"an example{pace}:"


def unsure(used: Used) -> bool:
    """Whether a verdict rests on more than what the templates declare."""
    return bool(used.conditions) or used.use.kind in (NOT_RUN, NAMED) or used.use.binds.value == "unknown"


def assumed(used: Used) -> Iterator[str]:
    """What has to hold for a verdict to hold."""
    if used.conditions:
        yield f"assumes what the conditions {some(used.conditions, 3)} lead to"
    if used.use.kind == NAMED:
        yield f"{used.use.site} names the image; how it is used is not known"
    if used.use.kind == NOT_RUN:
        yield f"assumes something outside the app starts tasks of {used.use.site}"


MANY = 10
"""How many times as many images a corrected policy keeps before it is said what would let fewer do."""
IMAGE_GIGABYTES = 0.5
"""The size at which storage is told: that of a service's image with its runtime. Layers in common are stored once."""


def advice(case: RepositoryCase) -> str:
    """What to do about a danger: the corrected policy, what it keeps, and what that costs."""
    if not isinstance(case.repaired, PolicyRepair):
        return (
            "put a rule for the tags in use (a tag that moves: its exact tag, keep 1; releases and builds: their "
            f"pattern, keep as many as the next deployments need) above everything else; {case.repaired.why}"
        )
    found, settings = case.repaired, case.settings
    back = f" and {settings.rollbacks} to roll back to" if settings.rollbacks else ""
    proof = (
        f"replace the policy by the corrected one below, which keeps every image in use{back} (simulated over the next "
        f"{DEPLOYMENTS} deployments, {settings.days_between_deployments} days apart, at {settings.assumed_pace})"
    )
    after, before = found.after.text(IMAGE_GIGABYTES), found.before.text(IMAGE_GIGABYTES)
    size = f"it then holds {after}, the present one {before}, at {IMAGE_GIGABYTES:g} GB an image"
    return f"{proof}; {size}{_fewer(case, found)}"


def _fewer(case: RepositoryCase, found: PolicyRepair) -> str:
    """What would let fewer images do, where many are kept because their tag moves on while they run."""
    bound = {
        each.reference.text
        for each in case.consumers
        if not each.late and each.reference.tag is not None and moves(each.reference.tag, case.settings)
    }
    if not bound or case.repository.stable(None) or found.after.images < MANY * max(found.before.images, 1):
        return ""
    return (
        f". Most of these stay because nothing marks which image under {some(sorted(bound), 3)} is deployed: with a "
        "tag of its own for each deployment (v1, v2) a few would do"
    )


def paste(case: RepositoryCase) -> str:
    """The corrected policy as JSON (`LifecyclePolicyText`); empty if none is proven."""
    return case.repaired.json if isinstance(case.repaired, PolicyRepair) else ""


def changes(context: Context, case: RepositoryCase) -> tuple[Remedy, ...]:
    """The corrected policy as a change of the property that holds the present one."""
    found = case.repaired
    if case.text is None or case.text.text is None or not isinstance(found, PolicyRepair):
        return ()
    policy = to_json(found.policy)
    edit = Edit(
        case.text.place, case.text.text, policy, _as_written(context, case, found), value=json.dumps(policy), given=True
    )
    effect = f"{found.before.images:,} -> {found.after.images:,} images kept"
    return (Remedy("set the corrected lifecycle policy", (edit,), effect),)


def _as_written(context: Context, case: RepositoryCase, found: PolicyRepair) -> str:
    """The corrected policy in the author's language: CDK code where a construct stands behind the resource."""
    place = policy_place(context, case)
    resource, template = context.app.resource(place.address), context.app.templates[place.address.template]
    if resource is not None and resource.construct_path is not None:
        own = not resource.construct_path.endswith("/Resource")  # no `ecr.Repository` made it
        return found.cdk(language_of(context.app, resource), text=own)
    if template.path.endswith((".yaml", ".yml")):
        block = "\n".join(f"  {line}" for line in found.json.splitlines())
        return f"{place.property.rpartition('.')[2]}: |\n{block}"
    return f'"{place.property.rpartition(".")[2]}": {json.dumps(to_json(found.policy))}'


def sites(used: Iterable[Used]) -> tuple[str, ...]:
    """Who uses the images, each once."""
    return tuple(dict.fromkeys(each.use.site for each in used))
