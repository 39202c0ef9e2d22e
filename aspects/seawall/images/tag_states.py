"""In which state, as far as its tags go, the rules may meet the image that a consumer needs.

The tags that a template names are known; others may be there too, and matching can only grow with them. A consumer
that bound a digest also needs its image after the tag has moved on, and then it may be untagged.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from .families import moves, stays_put
from .matching import entries, is_universal, satisfied
from .names import before, looks_unique
from .policy import LifecyclePolicy, LifecycleRule, Selection, StorageClass, TagStatus
from .references import Binds, Consumer
from .repositories import Repository
from .settings import ImageSettings


class TagMatch(Enum):
    """How certain it is that a rule identifies an image."""

    SURE = "sure"
    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"


class TagState(Struct, frozen=True):
    """What is known about the tags of an image at some time."""

    tags: frozenset[str]
    """Tags that it surely carries."""
    tagged: bool | None
    """Whether it carries any tag; None: not known."""
    perhaps: frozenset[str] = frozenset()
    """Tags that it may carry besides."""
    complete: bool = False
    """Whether it carries nothing beyond `tags` and `perhaps`."""
    moved: tuple[str, ...] = ()
    """The tags that another image took away."""
    ordinary: bool = True
    """Whether an ordinary course of events leads here."""
    initial: bool = False
    """Whether it may be the state at deployment."""
    unnamed: bool = False
    """Whether its tag, which only the deployment knows, is on another image."""

    @property
    def superseded(self) -> bool:
        """Whether a later push took the tag that the app names."""
        return bool(self.moved) and not self.initial

    def match(self, selection: Selection) -> TagMatch:
        """Whether `selection` identifies an image in this state.

        >>> from .policy import CountType
        >>> prod = Selection(TagStatus.TAGGED, CountType.IMAGES, 1, patterns=("prod*",))
        >>> TagState(frozenset({"prod-1"}), True).match(prod).value, TagState(frozenset({"v1"}), True).match(prod).value
        ('sure', 'possible')
        """
        if selection.tag_status is TagStatus.ANY:
            return TagMatch.SURE
        if selection.tag_status is TagStatus.UNTAGGED:
            return {None: TagMatch.POSSIBLE, False: TagMatch.SURE, True: TagMatch.IMPOSSIBLE}[self.tagged]
        if self.tagged is False:
            return TagMatch.IMPOSSIBLE
        if satisfied(selection, self.tags) or (self.tagged and all(map(is_universal, entries(selection)))):
            return TagMatch.SURE
        if self.complete and not satisfied(selection, self.tags | self.perhaps):
            return TagMatch.IMPOSSIBLE
        return TagMatch.POSSIBLE

    def walk(self, policy: LifecyclePolicy) -> Iterator[tuple[LifecycleRule, TagMatch]]:
        """The rules that may act on the image, in order: no rule after the first sure match ever does."""
        for rule in policy.of(StorageClass.STANDARD):
            match = self.match(rule.selection)
            if match is not TagMatch.IMPOSSIBLE:
                yield rule, match
            if match is TagMatch.SURE:
                return


def deployed(consumer: Consumer) -> TagState:
    """The state of a consumer's image at its deployment."""
    wanted = consumer.reference
    tagged = True if wanted.known_tags or not wanted.by_digest else (False if wanted.complete else None)
    return TagState(wanted.known_tags, tagged, complete=wanted.complete and wanted.identity is not None)


def earlier_state(consumer: Consumer) -> TagState | None:
    """The state of the image that a consumer ran before, taken to carry the tag that it is named by and no other: as it
    is known, else what the tag of a release or a build makes likely. None where the tag stays the same, and moved.
    """
    wanted, known = consumer.reference, consumer.earlier
    if known is not None:
        same = known.identity == wanted.identity
        return None if same else replace(deployed(replace(consumer, reference=known)), complete=True, ordinary=False)
    if wanted.tag is None or wanted.by_digest or not looks_unique(wanted.tag):
        return None
    return TagState(frozenset({before(wanted.tag)}), True, complete=True, ordinary=False)


def tag_states(
    consumer: Consumer, repository: Repository, settings: ImageSettings | None = None
) -> tuple[TagState, ...]:
    """Every state to be considered, each either tagged or untagged; those at deployment are `initial`.

    The last ones carry the least: whatever tags are there in between, their unknown further tags stand for them.
    """
    settings = settings or ImageSettings()
    wanted = consumer.reference
    known = wanted.known_tags
    first = replace(deployed(consumer), initial=True)
    if first.tagged is None:
        movable = repository.stable("latest") is False
        bare = replace(first, tagged=False, moved=("latest",) if movable else (), ordinary=movable)
        return replace(first, tagged=True), bare
    stays = {wanted.tag} if consumer.late else set()
    gone = frozenset(tag for tag in known - stays if not repository.stable(tag) and not stays_put(tag, settings))
    binding = consumer.binds is Binds.DIGEST or wanted.by_digest
    moving = {tag for tag in gone if repository.stable(tag) is False and moves(tag, settings)} if binding else set()
    found = [first]
    if moving:
        found.extend(_without(first, known, frozenset(moving), ordinary=True))
    if gone - moving:
        found.extend(_without(first, known, gone, ordinary=False))
    unnamed = wanted.tag is None and not wanted.by_digest
    fixed = repository.stable(None) or settings.moving_tags == ()
    if unnamed and not consumer.late and not fixed:
        found.append(TagState(known - gone, bool(known - gone), ordinary=False, unnamed=True))
    return tuple(found)


def _without(first: TagState, known: frozenset[str], gone: frozenset[str], *, ordinary: bool) -> Iterator[TagState]:
    """The image after `gone` has moved on, of which a part may still be there."""
    kept = known - gone
    moved = tuple(sorted(gone))
    perhaps = frozenset() if len(gone) == 1 else gone
    if kept or perhaps or not first.complete:
        yield TagState(kept, True, perhaps, first.complete, moved, ordinary and bool(kept))
    if not kept:
        yield TagState(kept, False, frozenset(), True, moved, ordinary)
