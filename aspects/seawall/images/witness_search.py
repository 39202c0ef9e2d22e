"""Finding a short and plausible course of events that ends with an image gone.

A course is put together from what the verdict says: the image is pushed and deployed; if need be its tag moves on;
then days pass, or as many younger images arrive as the rule keeps. Several spellings of it are tried, the most
ordinary first, and the first one that the evaluator confirms is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from msgspec import Struct, field

from .demand import bare, identified, retained, together
from .effects import RuleEffect
from .families import is_broad
from .matching import identifies
from .names import before, fresh_tags, looks_unique
from .policy import CountType, Selection, TagStatus
from .references import Consumer
from .repositories import Repository
from .settings import ImageSettings
from .tag_states import TagState
from .witness import Witness, WitnessAction, WitnessStep, holds, run
from .world import ImpossibleStepError, Loss


class Danger(Struct, frozen=True):
    """A rule that takes the image of a consumer, in a state that its tags can have."""

    consumer: Consumer
    state: TagState
    effect: RuleEffect


class _Draft(Struct):
    """Steps written so far, with names that are their own."""

    steps: list[WitnessStep] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    tags: dict[str, frozenset[str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    number: int = 0
    """Counts the tags made up."""

    def push(self, day: int, tags: Iterable[str]) -> str:
        tags = tuple(tags)
        stem = tags[0] if tags else "untagged"
        name = stem
        number = 1
        while name in self.names:
            number += 1
            name = f"{stem} ({number})"
        self.names.add(name)
        if self.taken(tags):
            self.tags = {image: has - set(tags) for image, has in self.tags.items()}
        self.used.update(tags)
        self.tags[name] = frozenset(tags)
        self.steps.append(WitnessStep(day, WitnessAction.PUSH, name, tags))
        return name

    def deploy(self, day: int, consumer: str, image: str) -> None:
        self.steps.append(WitnessStep(day, WitnessAction.DEPLOY, image, consumer=consumer))

    def shares(self, tags: Iterable[str]) -> bool:
        """Whether an image carries one of `tags` already, which may then be the image meant."""
        return not frozenset().union(*self.tags.values()).isdisjoint(tags)

    def taken(self, tags: Iterable[str]) -> bool:
        """Whether one of `tags` was used before."""
        return not self.used.isdisjoint(tags)

    def fresh(self, selection: Selection, like: str | None) -> tuple[str, ...]:
        """Tags not used before, of an image that `selection` identifies."""
        while True:
            self.number += 1
            tags = fresh_tags(selection, like, self.number)
            if not self.taken(tags):
                return tags


class _Pace(Struct, frozen=True):
    """What arrives, and how many a day."""

    per_day: float | None
    """None: all at once."""
    like: str | None
    """The forerunner of the tags that arrive; None for those of other lines of builds."""
    bare: bool = False
    """Whether what arrives has no tag."""


def find(
    danger: Danger, consumers: tuple[Consumer, ...], repository: Repository, settings: ImageSettings
) -> Witness | None:
    """A witness of `danger` that holds, or None."""
    if repository.policy is None:
        return None
    for whole, tags, pace in product((False, True), _own_tags(danger), _paces(danger, settings)):
        try:
            witness = _try(danger, consumers, repository, tags, pace, whole=whole)
        except ImpossibleStepError:
            continue
        if witness is not None and holds(repository.policy, witness):
            return witness
    return None


def _own_tags(danger: Danger) -> Iterator[tuple[str, ...]]:
    """Tags that the image may have when it is pushed."""
    wanted = danger.consumer.reference
    if wanted.known_tags:
        first = () if wanted.tag is None else (wanted.tag,)
        yield (*first, *sorted(wanted.known_tags - set(first)))
        return
    if danger.state.tagged is False:
        yield danger.state.moved
    else:
        yield from (("v1",), ("release-1",), ("build-1",), ("x",))


def _paces(danger: Danger, settings: ImageSettings) -> tuple[_Pace, ...]:
    rule = danger.effect.rule
    if rule.selection.count_type is not CountType.IMAGES:
        return (_Pace(1, None),)
    own = danger.consumer.reference.tag or "v1"
    many = settings.pace
    if rule.selection.tag_status is TagStatus.UNTAGGED:
        return (_Pace(many, own), _Pace(many, None, bare=True), _Pace(None, None, bare=True))
    if is_broad(rule.selection):
        return (_Pace(many, None), _Pace(many, own), _Pace(None, None), _Pace(None, own), _Pace(None, None, bare=True))
    return (_Pace(many, own), _Pace(1, own), _Pace(None, own), _Pace(None, None))


def _try(
    danger: Danger,
    consumers: tuple[Consumer, ...],
    repository: Repository,
    own: tuple[str, ...],
    pace: _Pace,
    *,
    whole: bool,
) -> Witness | None:
    rule, consumer = danger.effect.rule, danger.consumer
    draft = _Draft()
    draft.used.update(*(each.reference.known_tags for each in consumers))
    moves = danger.state.moved
    counts = rule.selection.count_type is CountType.IMAGES
    older = _older(danger, repository) if counts else ()
    target = draft.push(0, older[:1] or own)
    draft.deploy(0, consumer.id, target)
    if counts:
        _others(draft, danger, consumers, repository, (*(older[1:]), own[0]) if older else ())
    if moves:
        draft.push(1, moves)
    if counts:
        _crowd(draft, target, danger, moves, pace, whole=whole)
    assert repository.policy is not None  # noqa: S101
    mutability = repository.effective
    until = max(step.day for step in draft.steps) + (0 if counts else max(rule.selection.count_number, 1))
    steps = tuple(draft.steps)
    final = run(repository.policy, mutability, steps, until, watch=target)
    loss = next((loss for loss in final.losses if loss.image == target), None)
    if loss is None or not _as_expected(loss, danger):
        return None
    kept = tuple(step for step in steps if step.day <= loss.day)
    return Witness(
        consumer.id, kept, mutability, loss, consumer.reference.tag if consumer.late else None, consumer.retained
    )


def _older(danger: Danger, repository: Repository) -> tuple[str, ...]:
    """The tags of the images that older versions of the consumer keep in use, the oldest first, where each had its own:
    a rule that counts takes that one before the present image.
    """
    tag = danger.consumer.reference.tag
    if tag is None or danger.state.superseded or not looks_unique(tag):
        return ()
    found = [tag]
    for _ in range(retained(danger.effect.rule, danger.consumer, repository)):
        found.append(before(found[-1]))
    met = all(identifies(danger.effect.rule.selection, frozenset({each})) for each in found)
    return tuple(reversed(found[1:])) if met and len(set(found)) == len(found) else ()


def _as_expected(loss: Loss, danger: Danger) -> bool:
    rule = danger.effect.rule
    if (loss.rule_priority, loss.action) != (rule.priority, rule.action):
        return False
    return danger.effect.day is None or loss.day >= danger.effect.day


def _others(
    draft: _Draft,
    danger: Danger,
    consumers: tuple[Consumer, ...],
    repository: Repository,
    versions: tuple[str, ...],
) -> None:
    """Everything else that is in use at once, deployed after the image that will be lost: first the later `versions` of
    the consumer itself, the present one last, where that image is of an older one.
    """
    rule, consumer = danger.effect.rule, danger.consumer
    if danger.state.superseded:
        return
    needed = identified(rule, consumers)
    first = together(rule, consumer, needed)
    unnamed = bare(rule, consumer, consumers) if danger.state.tagged is False else ()
    for other in (*first, *(each for each in needed if each not in first), *unnamed):
        wanted = other.reference
        name = other.id
        if wanted.identity != consumer.reference.identity and draft.shares(wanted.known_tags):
            continue
        if wanted.identity != consumer.reference.identity:
            name = other.id if other.id != consumer.id else f"{other.id} {wanted.text}"
            tags = tuple(sorted(wanted.known_tags))
            if not tags or (wanted.digest is not None and draft.taken(tags)):
                tags = draft.fresh(rule.selection, None)
            draft.deploy(0, name, draft.push(0, tags))
        if versions and wanted.identity == consumer.reference.identity:
            for tag in versions if other.id == consumer.id else ():
                draft.deploy(0, name, draft.push(0, (tag,)))
            continue
        again = wanted.tag is not None and not looks_unique(wanted.tag) and repository.stable(wanted.tag) is False
        if again and consumer.late and wanted.identity == consumer.reference.identity:
            continue  # what was retained had the tag before the image that has it now
        for _ in range(retained(rule, other, repository)):
            tags = (wanted.tag or "",) if again else draft.fresh(rule.selection, wanted.tag or "v1")
            draft.deploy(0, name, draft.push(0, tags))


def _crowd(draft: _Draft, target: str, danger: Danger, moves: tuple[str, ...], pace: _Pace, *, whole: bool) -> None:
    """Younger images until the rule has more than it keeps; `whole` counts none that arrived before, which may be gone
    by then.
    """
    selection = danger.effect.rule.selection
    arrived = list(draft.tags)[list(draft.tags).index(target) + 1 :]
    missing = selection.count_number
    missing -= 0 if whole else sum(identifies(selection, draft.tags[name]) for name in arrived)
    if selection.tag_status is TagStatus.UNTAGGED and pace.like is not None and moves:
        for number in range(missing):
            draft.push(1 + int(number / (pace.per_day or missing)), moves)
        return
    for arrival in range(max(missing, 0)):
        tags = () if pace.bare else draft.fresh(selection, pace.like)
        draft.push(1 + int(arrival / (pace.per_day or missing)), tags)
