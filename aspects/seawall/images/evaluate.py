"""What a lifecycle policy does to an inventory at an instant.

The algorithm is the documented one (lifecycle policy page of the ECR user guide), in its four surprising parts:

1. All rules look at the same inventory. A rule identifies images by storage class and tags, those included that an
   earlier rule has claimed or marked, so images that belong to other rules use up its number of images to keep.
2. `imageCountMoreThan` marks everything after the N youngest of these; the other types mark what is *strictly* older
   than N days.
3. The first rule that identifies an image claims it: no later rule acts on it, even if the first one keeps it.
4. An image that an index lists is left alone for as long as the index stays.

Unsettled, and decided here: images of equal time are ordered by name (the greater name counts as older);
reference artifacts count like any other image, and go with their subject; a claim made in one storage class does not
carry over to the other. `Evaluation.tied` names the images for which the first of these made a difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from .inventory import Image
from .matching import identifies
from .policy import CountType, LifecyclePolicy, LifecycleRule, StorageClass


class Reason(StrEnum):
    """Why an image has its fate."""

    ACTED = "acted"
    FOLLOWS = "follows"
    """It goes with the subject that it refers to."""
    KEPT = "kept"
    SHIELDED = "shielded"
    """A later rule marks it, but an earlier one claims it."""
    REFERENCED = "referenced"
    """A rule marks it, but an index that stays lists it."""
    UNMATCHED = "unmatched"
    ARCHIVED = "archived"
    """It lies in the archive and no rule for the archive matches it."""


class ImageFate(Struct, frozen=True):
    """What becomes of one image, and why."""

    image: Image
    reason: Reason
    rule: LifecycleRule | None = None
    """The rule that acts on it, keeps it or shields it."""
    other: LifecycleRule | None = None
    """For shielded images: the rule that would have acted."""
    by: str | None = None
    """The index that protects it, or the subject that it follows."""

    @property
    def acted(self) -> bool:
        """Whether the image is expired or archived."""
        return self.reason in (Reason.ACTED, Reason.FOLLOWS)

    @property
    def text(self) -> str:
        """The fate as a sentence without its subject."""
        rule = "" if self.rule is None else self.rule.summary
        if self.rule is not None and self.acted:
            follows = "" if self.by is None else f" with its subject {self.by}"
            return f"{self.rule.action.outcome} by {rule}{follows}"
        return {
            Reason.KEPT: f"kept by {rule}",
            Reason.SHIELDED: f"shielded by {rule} from {self.other.summary if self.other else ''}",
            Reason.REFERENCED: f"marked by {rule}, protected by the index {self.by}",
            Reason.ARCHIVED: "in the archive, matched by no rule for it",
        }.get(self.reason, "matched by no rule")


class Evaluation(Struct, frozen=True):
    """The fate of every image, in the order given."""

    fates: tuple[ImageFate, ...]
    tied: tuple[str, ...] = ()
    """Images whose fate hangs on the order of equal times, which ECR does not document."""

    @property
    def acted(self) -> tuple[ImageFate, ...]:
        """What is expired or archived, oldest first."""
        return tuple(sorted((fate for fate in self.fates if fate.acted), key=lambda fate: fate.image.age_clock))

    def of(self, name: str) -> ImageFate:
        """The fate of one image."""
        return next(fate for fate in self.fates if fate.image.name == name)


def evaluate(policy: LifecyclePolicy, images: Iterable[Image], now: datetime) -> Evaluation:
    """What `policy` does to `images` at `now`. ECR carries it out within 24 hours.

    >>> from .parse import parse
    >>> policy = parse({"rules": [{"rulePriority": 1, "action": {"type": "expire"}, "selection": {
    ...     "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}}]})
    >>> day = datetime(2026, 11, 1)
    >>> images = [Image("A", frozenset({"v1"}), day), Image("B", frozenset(), day + timedelta(hours=1))]
    >>> [(fate.image.name, fate.text) for fate in evaluate(policy, images, day).fates]
    [('A', 'expired by rule 1 (any image, keep 1)'), ('B', 'kept by rule 1 (any image, keep 1)')]
    """
    images = tuple(images)
    claims: dict[str, LifecycleRule] = {}
    marks: dict[str, LifecycleRule] = {}
    shielded: dict[str, LifecycleRule] = {}
    tied: list[tuple[str, LifecycleRule]] = []
    for storage_class in StorageClass:
        pool = [image for image in images if image.storage_class is storage_class]
        for rule in policy.of(storage_class) if pool else ():
            identified = _youngest_first(rule, pool)
            for image in _marked(rule, identified, now):
                if image.name not in claims:
                    marks[image.name] = rule
                else:
                    shielded.setdefault(image.name, rule)
            tied.extend((name, rule) for name in _tied(rule, identified))
            for image in identified:
                claims.setdefault(image.name, rule)
    guards = _guard(images, marks)
    fates = []
    for image in images:
        name = image.name
        claim = claims.get(name)
        if name in guards:
            fates.append(ImageFate(image, Reason.REFERENCED, claim, by=guards[name]))
        elif name in marks:
            fates.append(ImageFate(image, Reason.ACTED, claim))
        elif image.subject in marks:
            fates.append(ImageFate(image, Reason.FOLLOWS, marks[image.subject], by=image.subject))
        elif name in shielded:
            fates.append(ImageFate(image, Reason.SHIELDED, claim, shielded[name]))
        elif claim is not None:
            fates.append(ImageFate(image, Reason.KEPT, claim))
        else:
            archived = image.storage_class is StorageClass.ARCHIVE
            fates.append(ImageFate(image, Reason.ARCHIVED if archived else Reason.UNMATCHED))
    return Evaluation(tuple(fates), tuple(name for name, rule in tied if claims[name] is rule))


def clock(rule: LifecycleRule, image: Image) -> datetime:
    """The time by which a rule orders and ages an image."""
    if rule.selection.count_type is CountType.PULLED:
        return image.pull_clock
    if rule.selection.count_type is CountType.TRANSITIONED:
        return image.archive_clock
    return image.age_clock


def _youngest_first(rule: LifecycleRule, pool: list[Image]) -> list[Image]:
    identified = sorted(
        (image for image in pool if identifies(rule.selection, image.tags)), key=lambda image: image.name
    )
    return sorted(identified, key=lambda image: clock(rule, image), reverse=True)


def _marked(rule: LifecycleRule, identified: list[Image], now: datetime) -> list[Image]:
    number = rule.selection.count_number
    if rule.selection.count_type is CountType.IMAGES:
        return identified[number:]
    limit = now - timedelta(days=number)
    return [image for image in identified if clock(rule, image) < limit]


def _tied(rule: LifecycleRule, identified: list[Image]) -> list[str]:
    """Images as old as both the last one kept and the first one marked."""
    number = rule.selection.count_number
    if rule.selection.count_type is not CountType.IMAGES or not 0 < number < len(identified):
        return []
    last = identified[number - 1].age_clock
    if identified[number].age_clock != last:
        return []
    return [image.name for image in identified if image.age_clock == last]


def _guard(images: tuple[Image, ...], marks: dict[str, LifecycleRule]) -> dict[str, str]:
    """Takes out of `marks` what an index that stays lists, to a fixed point: image by protecting index."""
    guards: dict[str, str] = {}
    while True:
        indexes = sorted((image for image in images if image.name not in marks), key=lambda image: image.name)
        found: dict[str, str] = {}
        for image in indexes:
            for child in image.children:
                if child in marks:
                    found.setdefault(child, image.name)
        if not found:
            return guards
        guards.update(found)
        for child in found:
            del marks[child]
