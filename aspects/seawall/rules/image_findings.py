"""What the rules about images share: where they report, how they word a danger, and the policy that mends it.

Sources of the commands, read 2026-11-30: https://docs.aws.amazon.com/cli/latest/reference/ecr/describe-images.html,
https://docs.aws.amazon.com/cli/latest/reference/ecr/delete-lifecycle-policy.html; the physical id of a repository is
its name (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from shlex import quote

from seawall.graph import Place
from seawall.images import (
    ActionType,
    CountType,
    LifecycleRule,
    PolicyRepair,
    Question,
    TagStatus,
    Used,
    Verdict,
    to_json,
)
from seawall.images.analysis import NAMED, NOT_RUN, RepositoryCase
from seawall.images.facts import PRICE
from seawall.images.families import moves
from seawall.images.notes import ARCHIVED, consequence
from seawall.images.proof import DEPLOYMENTS
from seawall.images.settings import days_text
from seawall.remedies.search import Edit, Remedy
from seawall.template import language_of
from seawall.words import plural, some

from .commands import looked_up
from .context import Context
from .fixes import Fix, StopNow
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
    assert judgement.witness is not None  # noqa: S101
    weak, felt = used.use.kind in (NOT_RUN, NAMED), consequence(used.consumer)
    return Finding(
        rule=rule.id,
        severity=Severity.WARNING if weak else rule.severity,
        confidence=Confidence.MEDIUM if unsure(used) else Confidence.HIGH,
        place=policy_place(context, case),
        site=used.use.site,
        headline=headline(used),
        facts=(*([f"{used.consumer.id} {felt}"] if felt else ()), *_besides(used)),
        events=() if _is_told(used) else judgement.witness.timeline(),
        assumptions=(*(each for each in judgement.assumptions if not _in_headline(used, each)), *assumed(used)),
        details=(
            judgement.why,
            *(each for each in judgement.assumptions if _in_headline(used, each)),
            *_proof(case),
            *(note for note in judgement.notes if note not in (ARCHIVED, felt)),
        ),
        fix=advice(case, changes(context, case)),
        stop_now=_until_then(context, case, used),
        also=tuple(dict.fromkeys(each.use.site for each in others if each.use.site != used.use.site)),
        shape=(case.repository.key, f"rule {_rule(used).priority}", used.consumer.id),
    )


def headline(used: Used) -> str:
    """The rule, the image that it takes, after what, and who runs it then."""
    judgement, rule = used.judgement, _rule(used)
    image = f"the image of {used.consumer.id}" if judgement.moved else used.consumer.reference.text
    once = f", once a later push has taken its tag {' and '.join(judgement.moved)}" if judgement.moved else ""
    outage = f": {OUTAGE}" if rule.action.type is ActionType.TRANSITION else ""
    while_ = "while it is in use" if judgement.moved else f"even while {used.consumer.id} runs it"
    unless = " (unless a newer image is deployed by then)" if _is_told(used) else ""
    which = f"rule {rule.priority} of {judgement.repository} ({rule.what})"
    return f"{which} {rule.action.does} {image} {_when(used)}, {while_}{once}{unless}{outage}"


def _rule(used: Used) -> LifecycleRule:
    """The rule that takes the image."""
    assert used.judgement.rule is not None  # noqa: S101
    return used.judgement.rule


def _is_told(used: Used) -> bool:
    """Whether the headline tells all of the course of events: an image is pushed, deployed, and too old one day."""
    return _rule(used).selection.count_type is not CountType.IMAGES and not used.judgement.moved


def _when(used: Used) -> str:
    """After what the rule takes it: the fact first, and what it comes to at the assumed pace."""
    judgement, chosen = used.judgement, _rule(used).selection
    if chosen.count_type is not CountType.IMAGES:
        since = "last pull" if chosen.count_type is CountType.PULLED else "push"
        return f"{plural(chosen.count_number, 'day')} after its {since}"
    if judgement.younger is None or judgement.days is None:
        return "as soon as all that are in use are there, which are more than it keeps"
    one, many = ("image", "images") if " images each" in judgement.assumed else ("push", "pushes")
    more = f"{judgement.younger:,} more {one if judgement.younger == 1 else many}"
    pace = judgement.assumed.replace(f" {many} a day", " a day").replace(f" {one} a day", " a day")
    return f"after {more} ({days_text(judgement.days)} at an assumed {pace})"


def _besides(used: Used) -> Iterator[str]:
    """What else there is to know of when the rule acts, and what the events are."""
    judgement, chosen = used.judgement, _rule(used).selection
    every = chosen.tag_status is TagStatus.ANY and not judgement.moved
    pushes = "any push counts, those of builds too" if every else "ordinary pushes do it"
    needed = "it happens without any push or deployment" if _is_told(used) else pushes
    yield f"{needed}; ECR acts within 24 hours after that (as AWS documents){_in_all(used)}"
    if judgement.younger is None and chosen.count_type is CountType.IMAGES:
        yield judgement.why
    if not _is_told(used):
        yield "for example, with made-up names:"


def _in_all(used: Used) -> str:
    """From when to when the image goes, where the headline tells a time at a pace; with the setting of the pace."""
    days = used.judgement.days
    if days is None or not _paced(used):
        return ""
    if days < 2:
        span = f"{int(days * 24)} to {int(days * 24) + 24} hours"
    else:
        span = f"{days_text(days).removesuffix(' days')} to {days_text(days + 1)}"
    return f": {span} in all (another pace: pushes-per-day in seawall.toml)"


def _paced(used: Used) -> bool:
    """Whether the headline tells the pace of pushes that is assumed."""
    return any(_in_headline(used, each) for each in used.judgement.assumptions)


def _in_headline(used: Used, assumption: str) -> bool:
    """Whether an assumption is the pace in the headline."""
    judgement = used.judgement
    told = judgement.younger is not None and judgement.days is not None and bool(judgement.assumed)
    return told and not _is_told(used) and assumption.startswith(f"assumes {judgement.assumed} (")


def _until_then(context: Context, case: RepositoryCase, used: Used) -> StopNow:
    """What to look at and what to take away until the policy is corrected, with the commands."""
    if case.found is None:
        return StopNow()
    image, place = used.consumer.reference, case.found.place
    literal = case.found.name if case.found.name and "$" not in case.found.name else ""
    of = f"--repository-name {quote(literal) if literal else '$id'}"
    commands = () if literal else looked_up(context.app, place)
    which = f"imageTag={image.tag}" if image.tag else f"imageDigest={image.digest}" if image.digest else ""
    if used.judgement.moved:
        which = ""  # the tag names another image by then
    if which:
        query = "  --query 'imageDetails[0].imagePushedAt' --output text"
        commands = (*commands, f"aws ecr describe-images {of} --image-ids {quote(which)} \\", query)
    look = f"see when {image.text} was pushed, and " if which else ""
    stays = "CloudFormation sets it again only when the policy in the template changes"
    gone = (
        f"; if {image.text} is gone already (ImageNotFoundException), push it again or deploy another" if which else ""
    )
    words = f"{look}take the policy off the repository ({stays}){gone}"
    return StopNow(words, (*commands, f"aws ecr delete-lifecycle-policy {of}"), "until it is fixed")


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


def advice(case: RepositoryCase, made: Iterable[Remedy] = ()) -> Fix:
    """What to do about a danger: the corrected policy, what its numbers are made of, and what it keeps and costs;
    `made`: the change that sets it.
    """
    if not isinstance(case.repaired, PolicyRepair):
        return Fix.of(
            "put a rule for the tags in use (a tag that moves: its exact tag, keep 1; releases and builds: their "
            f"pattern, keep as many as the next deployments need) above everything else; {case.repaired.why}"
        )
    found, settings = case.repaired, case.settings
    back = ", and nothing to roll back to," if settings.rollbacks else ""
    wishes = dict.fromkeys((*found.while_, *(question.wish for question in _left(found) if question.wish)))
    if_ = f"as long as {' and '.join(wishes)}, " if wishes else ""
    first = f"replace the policy by the corrected one: {if_}nothing in use{back} is deleted then"
    notes = (*found.numbers, *_storage(found), *_fewer(case, found), *_still_open(found))
    return Fix.of(first, made, notes=notes, paste=found.json)


def _left(found: PolicyRepair) -> tuple[Question, ...]:
    """What the verdicts under the corrected policy hang on; it was so before as well, or worse."""
    return tuple(dict.fromkeys(question for each in found.judgements for question in each.open if question.risk))


def _still_open(found: PolicyRepair) -> Iterator[str]:
    """What to see to after the policy is corrected."""
    for question in _left(found):
        risk = question.risk.format("the image in use").replace("rule ", "new rule ")
        yield f"still open after the fix, as it is today: {risk}. To close it: {question.answer}"


def _proof(case: RepositoryCase) -> Iterator[str]:
    """What the corrected policy was tried on."""
    if isinstance(case.repaired, PolicyRepair):
        days = plural(case.repaired.settings.days_between_deployments, "day")
        apart = f"{days} apart (days-between-deployments in seawall.toml)"
        yield f"the corrected policy was simulated over the next {DEPLOYMENTS} deployments, {apart}"


def _storage(found: PolicyRepair) -> Iterator[str]:
    """How many images are kept before and after, and what they cost where that is a dollar or more."""
    before, after = found.before, found.after
    if before == after:
        yield f"images kept: {before.held}, as now"
    elif before.grows or after.grows or before.archived or after.archived:
        yield f"images kept: {before.held} now, {after.held} then"
    else:
        pace = f"; {found.settings.assumed_pace} are assumed (pushes-per-day)" if before.days or after.days else ""
        kept = f"{before.images:,} now{before.parts('old')}, {after.images:,} then{after.parts('new')}"
        yield f"images kept at most: {kept}, and what waits for ECR's next run (up to 24 hours){pace}"
        if abs(after.price(IMAGE_GIGABYTES) - before.price(IMAGE_GIGABYTES)) >= 1:
            prices = f"${before.price(IMAGE_GIGABYTES):,.2f} a month now, ${after.price(IMAGE_GIGABYTES):,.2f} then"
            made = f"images x {IMAGE_GIGABYTES:g} GB (assumed) x ${PRICE.value:.2f} a GB (list price)"
            yield f"storage: {prices} = {made}"


def _fewer(case: RepositoryCase, found: PolicyRepair) -> Iterator[str]:
    """What would let fewer images do, where many are kept because their tag moves on while they run."""
    bound = {
        each.reference.text
        for each in case.consumers
        if not each.late and each.reference.tag is not None and moves(each.reference.tag, case.settings)
    }
    if not bound or case.repository.stable(None) or found.after.images < MANY * max(found.before.images, 1):
        return
    yield (
        f"most of these stay because nothing marks which image under {some(sorted(bound), 3)} is deployed: with a tag "
        "of its own for each deployment (v1, v2) a few would do"
    )


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
