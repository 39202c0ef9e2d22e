"""What to do about an image in danger: the corrected policy, what its rules do, and what it keeps and costs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, floor

from seawall.graph import Place
from seawall.images import CountType, LifecycleRule, MadeRule, PolicyRepair, Question, TagStatus, to_json
from seawall.images.analysis import RepositoryCase
from seawall.images.facts import PRICE
from seawall.images.families import moves
from seawall.images.matching import at_most_one_image, entries, is_universal
from seawall.images.questions import MOVING_TAGS, ImageStatement, listed, merged
from seawall.images.references import Consumer, short_text
from seawall.images.settings import ImageSettings, days_text
from seawall.remedies.search import Edit, Remedy
from seawall.remedies.statements import repository_stated, stated_line
from seawall.template import Json, is_yaml, language_of
from seawall.words import plural, some

from .context import Context
from .fixes import Fix, Step
from .image_places import policy_place
from .repository_settings import mutability_setting

MANY = 10
"""How many times as many images a corrected policy keeps before it is said what would let fewer do."""
MOST_FILTERS = 5
"""Exclusion filters of a repository (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html,
read 2026-11-22)."""
IMAGE_GIGABYTES = 0.5
"""The size at which storage is told: that of a service's image with its runtime. Layers in common are stored once."""


def advice(context: Context, case: RepositoryCase) -> Fix:
    """What to do about a danger: what to ask first, the corrected policy with what its rules do, what is left open, and
    what it keeps and costs.
    """
    if not isinstance(case.repaired, PolicyRepair):
        return Fix.of(
            "put a rule for the tags in use (a tag that moves: its exact tag, keep 1; releases and builds: their "
            f"pattern, keep as many as the next deployments need) above everything else; {case.repaired.why}"
        )
    found, place = case.repaired, case.found.place if case.found is not None else policy_place(context, case)
    left = _left(found)
    made = changes(context, case)
    notes = (*_rules(found), *_fewer(case, found), *_written_out(context, case))
    replaced = Step(_replaced(case, found, left), notes=notes, changes=made, paste=found.json)
    asked = {each.family: each.rule for each in found.rules if each.family}
    said = ["build_tags"] if asked else []
    said += [question.states.trait for question in left if question.states is not None]
    closed = (_closing(context, case, place, question, said, list(asked)) for question in left)
    every = (
        (repository_stated(context.app, place.address, case.repository.key, "build_tags", list(asked)),)
        if asked
        else ()
    )
    return Fix((replaced, *closed), _first(place, asked), _stored(found), correction=every)


def question_step(context: Context, case: RepositoryCase, place: Place, question: Question) -> Step:
    """What to state of the repository at `place`, or to do, about an open question."""
    states = question.states
    if states is None:
        return Step(question.answer)
    if_ = f"if {_if(case, question, states)}, say so in {_called(place)} as below"
    return Step(
        f"{if_}; {_other(context, case, place, question)}", changes=(_stated(context, case, place, question, states),)
    )


def _closing(
    context: Context, case: RepositoryCase, place: Place, question: Question, said: Sequence[str], asked: list[str]
) -> Step:
    """The same as a step of the fix, with what it is for; `said`: all that the fix asks to be stated, in
    order; `asked`: the tags that `build_tags` is asked of.
    """
    wish = f"see to it that {question.wish} (else {question.cost('the image in use')})"
    wish = wish if question.wish else f"rule this out: {question.risk('the image in use')}"
    states = question.states
    if question.moves:
        tags = listed([tag for group in question.again for tag in group], "or")
        wish = f"keep the image in use once {tags} is pushed again (else {question.cost('it')})"
    elif states is None:
        return Step(f"{wish}: {question.answer}")
    if states is None or (question.moves and said.count(states.trait) > 1):
        return Step(wish, notes=(question.answer,))  # which of the tags move is stated with those that do not
    before = said[: said.index(states.trait)]
    value = _value(case, question, states)
    earlier: dict[str, Json] = {"build_tags": list(asked)} if before == ["build_tags"] else {}
    line = stated_line(context.app, place.address, {**earlier, states.trait: value}) if earlier else ""
    beside = f", in the same seawall block as {' and '.join(before)} if that is there" if before else ""
    beside += f": {line}" if line else ""
    notes = (
        f"if {_if(case, question, states)}: say so in {_called(place)} as below{beside}",
        _other(context, case, place, question),
    )
    return Step(wish, notes=notes, changes=(_stated(context, case, place, question, states),))


def _if(case: RepositoryCase, question: Question, states: ImageStatement) -> str:
    """When it may be stated; of tags that are not to move, beside those in use that do."""
    moving = _moving(case) if question.again and not question.moves else []
    return f"{states.if_}, but for {listed(moving)}" if moving else states.if_


def _stated(context: Context, case: RepositoryCase, place: Place, question: Question, states: ImageStatement) -> Remedy:
    value = _value(case, question, states)
    return repository_stated(context.app, place.address, case.repository.key, states.trait, value)


def _value(case: RepositoryCase, question: Question, states: ImageStatement) -> Json:
    """What is stated: of tags that are not to move, those in use that do."""
    return _moving(case) if question.again and not question.moves else _json(states.value)


def _other(context: Context, case: RepositoryCase, place: Place, question: Question) -> str:
    """What to do where it may not be stated."""
    states = question.states
    fixed = states is not None and states.trait == MOVING_TAGS and not question.moves
    return _immutable(context, case, place) if fixed else question.answer


def _immutable(context: Context, case: RepositoryCase, place: Place) -> str:
    """How ECR is made to refuse that a tag is pushed again, and what that does to tags that move."""
    moving = _moving(case)
    if len(moving) > MOST_FILTERS:
        return (
            f"if it may, have your pipeline refuse it: ECR can refuse the second push of any tag but those of "
            f"{MOST_FILTERS} patterns, and of the tags in use {len(moving)} move ({listed(moving)})"
        )
    meant = "also of one that is meant to move, such as latest, unless a filter of IMMUTABLE_WITH_EXCLUSION names it"
    but = f"any but {listed(moving)}" if moving else meant
    return f"if it may, have ECR refuse the second push of a tag, {but} ({mutability_setting(context, place, moving)})"


def _moving(case: RepositoryCase) -> list[str]:
    """The tags in use that are meant to move."""
    tags = {each.reference.tag for each in case.consumers if each.reference.tag is not None}
    return sorted(tag for tag in tags if moves(tag, case.settings))


def _json(value: tuple[str, ...] | bool) -> Json:
    return list(value) if isinstance(value, tuple) else value


def _called(place: Place) -> str:
    return place.address.logical_id


def _replaced(case: RepositoryCase, found: PolicyRepair, left: Sequence[Question]) -> str:
    back = " and nothing to roll back to" if found.settings.rollbacks else ""
    wishes = {number: question.wish for number, question in enumerate(left, 2) if question.wish}
    if_ = f", as long as {' and '.join(wishes.values())} ({_steps(wishes)})" if wishes else ""
    if days := _within(found):
        if_ += f"{' and' if wishes else ', as long as'} a newer image is deployed within {days}"
    others = [number for number, question in enumerate(left, 2) if not question.wish]
    but = f", except for what {_steps(others)} {'is' if len(others) == 1 else 'are'} about" if others else ""
    which = "" if case.text is None or not case.text.conditions else f" for {' and '.join(case.text.conditions)}"
    return f"replace the policy{which}; then nothing in use{back} is deleted{but}{if_}"


def _within(found: PolicyRepair) -> str:
    """The days for which an image in use surely stays, where that is not for good."""
    days = [short.days for each in found.judgements for short in each.short if short.days is not None]
    return days_text(floor(min(days))) if days else ""


def _steps(numbers: Iterable[int]) -> str:
    said = [str(number) for number in numbers]
    return f"step{'s' if len(said) > 1 else ''} {listed(said)}"


def _left(found: PolicyRepair) -> tuple[Question, ...]:
    """What the verdicts under the corrected policy hang on; it was so before as well, or worse."""
    left = (question for each in found.judgements for question in each.open if question.bad or question.again)
    return merged(left, lambda each: (each.states, each.loss, each.answer if each.states is None else ""))


def _first(place: Place, asked: Mapping[str, LifecycleRule]) -> str:
    """What has to be known before: whether only releases get the tags whose images are counted."""
    if not asked:
        return ""
    kept = [f"the {rule.selection.count_number:,} that rule {rule.priority} below keeps" for rule in asked.values()]
    return (
        f"does every build get a {' or '.join(asked)} tag, or do only releases? Only releases: go on. Every build: "
        f"{' and '.join(kept)} are too few; say so in {_called(place)} as below, and check again"
    )


def _rules(found: PolicyRepair) -> list[str]:
    """What each rule of the corrected policy is for, in their order; those of which the same is said together."""
    said: dict[tuple[str, str], list[str]] = {}
    whys: set[str] = set()
    for number, each in enumerate(found.rules):
        rule, before = each.rule, each.before
        if before is None:
            said.setdefault(("new", _why(each)), []).append(f"rule {rule.priority} ({rule.what})")
        elif rule.selection != before.selection:
            why = _why(each)
            sum_ = "the same sum" if why in whys else why
            whys.add(why)
            said[f"{_changed(rule, before)}; {sum_}", ""] = []
        elif beside := _beside(found, number):
            said[f"{_unchanged(rule, before)}{beside}", ""] = []
        else:
            said.setdefault(("same", ""), []).append(_unchanged(rule, before))
    return [_line(what, why, rules) for (what, why), rules in said.items()]


def _line(what: str, why: str, rules: Sequence[str]) -> str:
    if what == "same":
        return "; ".join(rules)
    return f"{' and '.join(rules)} {'is' if len(rules) == 1 else 'are'} new: {why}" if rules else what


def _why(each: MadeRule) -> str:
    return "; ".join(filter(None, (each.why, each.used and f"{each.family} as {each.used}")))


def _unchanged(rule: LifecycleRule, before: LifecycleRule) -> str:
    """A rule that stays, maybe under another number."""
    same = "stays as it is" if rule.priority == before.priority else f"is your rule {before.priority}, unchanged"
    return f"rule {rule.priority} ({rule.what}) {same}"


def _changed(rule: LifecycleRule, before: LifecycleRule) -> str:
    """A rule that gets another number of images or days."""
    mine = "" if rule.priority == before.priority else f", your rule {before.priority}"
    number = before.selection.count_number
    unit = f"{number:,}" if before.selection.count_type is CountType.IMAGES else plural(number, "day")
    was = unit if rule.selection.count_type is before.selection.count_type else before.keeps
    return f"rule {rule.priority} ({rule.selects}{mine}): {rule.keeps}, not {was}"


def _beside(found: PolicyRepair, number: int) -> str:
    """What a rule for any image does to those of the rules above it, and to the others, as a sentence of its own."""
    rule = found.rules[number].rule
    above = [each for each in found.rules[:number] if each.rule.storage_class is rule.storage_class]
    above = [each for each in above if each.rule.selection.tag_status is TagStatus.TAGGED]
    if not above or rule.selection.tag_status is not TagStatus.ANY:
        return ""
    every = any(all(map(is_universal, entries(each.rule.selection))) for each in above)
    names = " or ".join(" and ".join(entries(each.rule.selection)) for each in above)
    images = "tagged images" if every else f"{names} images"
    decide = f"rule {above[0].rule.priority} alone decides" if len(above) == 1 else "the rules above it alone decide"
    others = _others(found.settings, rule, above, images)
    return f". It never {rule.action.does} {images}: {decide} about them{others}"


def _others(settings: ImageSettings, rule: LifecycleRule, above: Sequence[MadeRule], images: str) -> str:
    """What a rule that counts any images leaves of those of no rule above it."""
    if rule.selection.count_type is not CountType.IMAGES or rule.selection.tag_status is not TagStatus.ANY:
        return ""
    number = rule.selection.count_number
    held = sum(1 if at_most_one_image(each.rule.selection) else each.rule.selection.count_number for each in above)
    waits = sum(_waiting(settings, each) for each in above)
    known = all(each.rule.selection.count_type is CountType.IMAGES for each in above)
    left = number - held - waits
    counted = f". They still count among its {number:,}"
    if not known or left <= 0:
        newest = "newest image is one of them" if number == 1 else f"{number:,} newest images are all {images}"
        return f"{counted}: if the {newest}, it keeps no other image, as today"
    waiting = f" - {waits:,} waiting for ECR's next run" if waits else ""
    return f"{counted}: at worst it keeps {left:,} other images ({number:,} - {held:,} kept{waiting})"


def _waiting(settings: ImageSettings, each: MadeRule) -> int:
    """Images that a rule does not keep and that are still there when ECR runs, which it does within a day."""
    chosen = each.rule.selection
    if at_most_one_image(chosen):
        return 0
    return 1 if each.family else ceil(settings.pushes_of(entry.replace("*", "1") for entry in entries(chosen)))


def _stored(found: PolicyRepair) -> str:
    """How many images are kept before and after, and what they cost where that is a dollar or more."""
    before, after = found.before, found.after
    if before.held == after.held or (before.images, before.grows, before.archived) == (
        after.images,
        after.grows,
        after.archived,
    ):
        return f"none, as many images are kept as now: {after.held}"
    said = f"images kept: {before.number} now{before.parts}, {_then(found)}"
    if before.grows or after.grows or abs(after.price(IMAGE_GIGABYTES) - before.price(IMAGE_GIGABYTES)) < 1:
        return said
    prices = f"{_dollars(before.price(IMAGE_GIGABYTES))} a month now, {_dollars(after.price(IMAGE_GIGABYTES))} then"
    made = f"images x {IMAGE_GIGABYTES:g} GB (assumed) x ${PRICE.value:.2f} a GB (list price)"
    return f"{said}; storage: {prices} = {made}"


def _dollars(price: float) -> str:
    """A price a month, no finer than what it is made of.

    >>> _dollars(0.55), _dollars(30.6)
    ('under $1', 'about $31')
    """
    return f"about ${price:,.0f}" if price >= 1 else "under $1"


def _then(found: PolicyRepair) -> str:
    """The images kept after the fix; where builds stay as long as before, how many more these are at most."""
    before, after = found.before, found.after
    more = sum(number for _, number in after.counted) - sum(number for _, number in before.counted)
    same = (before.days, before.grows, before.archived) == (after.days, after.grows, after.archived)
    return f"up to {more:,} more then" if before.paced and same and more > 0 else f"{after.number} then{after.parts}"


def _fewer(case: RepositoryCase, found: PolicyRepair) -> Iterator[str]:
    """What would let fewer images do, where many are kept because their tag moves on while they run."""
    bound = {short_text(each.reference.text) for each in case.consumers if _unmarked(each, case.settings)}
    if not bound or case.repository.stable(None) or found.after.images < MANY * max(found.before.images, 1):
        return
    yield (
        f"most of these are kept because nothing marks which image under {some(sorted(bound), 3)} is deployed: with a "
        "tag of its own for each deployment (v1, v2) a few would do"
    )


def _written_out(context: Context, case: RepositoryCase) -> Iterator[str]:
    """The parameters whose values the corrected policy holds as numbers."""
    if case.text is None:
        return
    place = case.text.place
    names = [each.name for each in context.app.reading.defaults_of(place.address, str(place.property))]
    if names:
        yield f"what {listed(names)} {'is' if len(names) == 1 else 'are'} by default stands in it as a value"


def _unmarked(consumer: Consumer, settings: ImageSettings) -> bool:
    """Whether no tag stays on the image that a consumer runs."""
    tag = consumer.reference.tag
    if tag is None:
        return consumer.reference.by_digest and not consumer.reference.known_tags
    return not consumer.late and moves(tag, settings)


def changes(context: Context, case: RepositoryCase) -> tuple[Remedy, ...]:
    """The corrected policy as a change of the property that holds the present one."""
    found = case.repaired
    if case.text is None or case.text.text is None or not isinstance(found, PolicyRepair):
        return ()
    policy = to_json(found.policy)
    edit = Edit(
        case.text.place, case.text.text, policy, _as_written(context, case, found), value=json.dumps(policy), given=True
    )
    effect = f"{found.before.number} -> {found.after.number} images kept"
    return (Remedy("set the corrected lifecycle policy", (edit,), effect),)


def _as_written(context: Context, case: RepositoryCase, found: PolicyRepair) -> str:
    """The corrected policy in the author's language: CDK code where a construct stands behind the resource."""
    place = policy_place(context, case)
    resource, template = context.app.resource(place.address), context.app.templates[place.address.template]
    if resource is not None and resource.construct_path is not None:
        own = not resource.construct_path.endswith("/Resource")  # no `ecr.Repository` made it
        return found.cdk(language_of(context.app, resource), text=own)
    if is_yaml(template):
        block = "\n".join(f"  {line}" for line in found.json.splitlines())
        return f"{place.property.rpartition('.')[2]}: |\n{block}"
    return f'"{place.property.rpartition(".")[2]}": {json.dumps(to_json(found.policy))}'
