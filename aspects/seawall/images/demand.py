"""How many images of a repository are needed at the same time, as one rule sees it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from .families import form, may_be_one
from .names import looks_unique
from .policy import LifecyclePolicy, LifecycleRule, StorageClass, TagStatus
from .references import Consumer, ImageReference
from .repositories import Repository
from .tag_states import TagMatch, TagState, deployed


class Window(Struct, frozen=True):
    """What a counting rule keeps against what is needed of it."""

    rule_priority: int
    kept: int
    running: int
    """Different images in use at once, retained versions among them."""
    wanted: int
    """The same with the images that rollbacks need, or at least the one that the next deployment brings."""
    back: int = 1
    """Images that rollbacks need; 0 where it is only that one."""

    @property
    def short(self) -> bool:
        """Whether the rule keeps fewer images than are wanted."""
        return self.kept < self.wanted


def identified(rule: LifecycleRule, consumers: Iterable[Consumer]) -> tuple[Consumer, ...]:
    """The consumers whose image the rule surely identifies at its deployment, one for each image named differently."""
    found: dict[object, Consumer] = {}
    for consumer in consumers:
        if deployed(consumer).match(rule.selection) is TagMatch.SURE:
            image = consumer.reference.identity or (consumer.id,)
            best = found.setdefault(image, consumer)
            if consumer.retained > best.retained:
                found[image] = consumer
    return tuple(found.values())


def bare(rule: LifecycleRule, consumer: Consumer, consumers: Iterable[Consumer]) -> tuple[Consumer, ...]:
    """The others that name an image by its digest, which may be without a tag as that of `consumer` may: a rule for
    untagged images counts them all then.
    """
    if rule.selection.tag_status is not TagStatus.UNTAGGED or deployed(consumer).tagged is not None:
        return ()
    found = {each.reference.identity or each.id: each for each in consumers if deployed(each).tagged is None}
    found.pop(consumer.reference.identity or consumer.id, None)
    return tuple(found.values())


def distinct(consumer: Consumer, others: Iterable[Consumer]) -> tuple[Consumer, ...]:
    """Those of `others` whose image cannot be that of `consumer`, nor one another's."""
    found = [consumer]
    one_form = _form(consumer.reference)
    seen = {consumer.reference.identity}
    for other in others:
        alike = one_form is not None and _form(other.reference) == one_form
        if alike:
            different = other.reference.identity not in seen
        else:
            different = all(surely_different(other.reference, each.reference) for each in found)
        if different:
            found.append(other)
            seen.add(other.reference.identity)
            one_form = one_form if alike else None
    return tuple(found[1:])


def _form(reference: ImageReference) -> str | None:
    """The same for references that name different images unless they are equal; None for others."""
    if reference.digest is not None:
        return "digest"
    if reference.pinned or reference.tag is None or reference.tags - {reference.tag}:
        return None
    return form(reference.tag)


def surely_different(one: ImageReference, other: ImageReference) -> bool:
    """Whether no image has both names: two digests, or two tags that are each given to one build only.

    A tag may stand on the image of a digest, tags such as `prod` and `latest` often stand on one image, and what is not
    known may be anything.
    """
    if one.digest is not None and other.digest is not None:
        return one.digest != other.digest
    if one.by_digest or other.by_digest or one.tag is None or other.tag is None:
        return False
    return one.known_tags.isdisjoint(other.known_tags) and not may_be_one(one.tag, other.tag)


def owned(
    rule: LifecycleRule, needed: Iterable[Consumer], consumers: Iterable[Consumer], policy: LifecyclePolicy
) -> tuple[Consumer, ...]:
    """Of the consumers that `rule` identifies (`needed`), those whose image no rule above it may own: of these it takes
    one for each that it does not keep, whichever was pushed first.
    """
    consumers = tuple(consumers)
    states = ((each, shared(deployed(each), each, consumers)) for each in needed)
    first = ((each, next(state.walk(policy), None)) for each, state in states)
    return tuple(each for each, claim in first if claim == (rule, TagMatch.SURE))


def shared(state: TagState, consumer: Consumer, consumers: Iterable[Consumer]) -> TagState:
    """`state` with the tags that others name, as far as these may stand on the same image."""
    if not state.complete:
        return state  # it may carry any tag as it is
    references = [each.reference for each in consumers]
    others = [each for each in references if not surely_different(consumer.reference, each)]
    tags = frozenset[str]().union(*(each.known_tags for each in others)) - state.tags
    unread = any(each.tag is None and not each.by_digest for each in others)
    tagged = state.tagged or (None if tags or unread else state.tagged)
    return replace(state, perhaps=state.perhaps | tags, tagged=tagged, complete=state.complete and not unread)


def retained(rule: LifecycleRule, consumer: Consumer, repository: Repository) -> int:
    """Images of a consumer's retained versions that are identified as its present one is.

    What follows a tag retains none. Where the tag moves on, the older images are untagged: a rule for any image sees
    them, but one for untagged images may have claimed them before.
    """
    if consumer.late:
        return 0
    tag = consumer.reference.tag
    if tag is not None and (looks_unique(tag) or repository.stable(tag)):
        return consumer.retained
    rules = () if repository.policy is None else repository.policy.of(StorageClass.STANDARD)
    claimed = any(each.selection.tag_status is TagStatus.UNTAGGED for each in rules)
    return consumer.retained if rule.selection.tag_status is TagStatus.ANY and not claimed else 0


def window(rule: LifecycleRule, consumers: Iterable[Consumer], repository: Repository, rollbacks: int) -> Window:
    """What the rule keeps, and what it would have to keep."""
    consumers = tuple(consumers)
    needed = identified(rule, consumers)
    running = sum(1 + retained(rule, each, repository) for each in needed)
    back = {each.reference.identity or (each.id,): each for each in consumers if each.needs_rollback}
    spare = sum(
        max(rollbacks - retained(rule, each, repository), 0)
        for each in back.values()
        if deployed(each).match(rule.selection) is TagMatch.SURE
    )
    return Window(rule.priority, rule.selection.count_number, running, running + max(spare, 1), spare)


def together(rule: LifecycleRule, consumer: Consumer, needed: Iterable[Consumer]) -> tuple[Consumer, ...]:
    """Of the consumers that `rule` identifies (`needed`), one per image, those whose images are surely all different.

    The one with the image of `consumer` comes first, if the rule identifies it. What follows a tag speaks for itself:
    it never needs the older images that others with the same tag retain.
    """
    mine = identified(rule, (consumer,)) if consumer.late else (each for each in needed if _same(each, consumer))
    return (*mine, *distinct(consumer, needed))


def _same(one: Consumer, other: Consumer) -> bool:
    identity = one.reference.identity
    return one.id == other.id if identity is None else identity == other.reference.identity
