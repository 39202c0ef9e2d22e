"""What the rule that claims an image does to it in the long run."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct

from .facts import IMAGE_QUOTA
from .matching import at_most_one_image, entries, is_universal
from .policy import CountType, Rule, Selection, TagStatus
from .references import Consumer
from .settings import Settings


class Force(IntEnum):
    """How hard a rule hits, from never to certainly."""

    NEVER = 0
    BOUND = 1
    """Not before a stated number of images or days, and that is enough."""
    DANGER = 2
    """After an ordinary course of events."""
    CERTAIN = 3


class Argument(StrEnum):
    """Why an image is safe."""

    NO_POLICY = "no rule for any image"
    NO_RULE_SELECTS = "no rule can select it"
    EXACT_TAG = "an exact tag, which only one image has at a time"
    QUOTA = "keeps more images than the repository's default quota"


class Bound(Struct, frozen=True):
    """How long an image surely survives a rule."""

    rule_priority: int
    images: int | None = None
    """Younger images, counted from when it is the youngest, that the rule may come to match before it is marked."""
    day: int | None = None
    """Days after `since` before which it is not marked."""
    since: str = "push"

    @property
    def text(self) -> str:
        """The bound in words."""
        if self.images is not None:
            images = "image" if self.images == 1 else f"{self.images} images"
            return f"survives the next {images} that rule {self.rule_priority} matches"
        return f"survives until day {self.day} after its {self.since} (rule {self.rule_priority})"


class Effect(Struct, frozen=True):
    """What one rule does to one consumer's image."""

    rule: Rule
    force: Force
    text: str
    bound: Bound | None = None
    argument: Argument | None = None
    day: int | None = None
    """For rules that count days: the day from which it acts."""


def is_broad(selection: Selection) -> bool:
    """Whether a rule takes images of every kind, so that anything pushed uses up what it keeps."""
    if selection.tag_status is TagStatus.TAGGED:
        return all(map(is_universal, entries(selection)))
    return True


def effect(rule: Rule, consumer: Consumer, running: int, certain: int, settings: Settings, *, follows: bool) -> Effect:
    """What `rule` does to the image of `consumer` if it claims it.

    `running` is the number of images needed at once that the rule identifies, `certain` how many of these are surely
    different; `follows` says that the consumer follows a tag that moves, so that a later push may hand it a younger
    image.
    """
    if rule.selection.count_type is CountType.IMAGES:
        return _by_count(rule, running, certain, settings)
    number = rule.selection.count_number
    pull = rule.selection.count_type is CountType.PULLED
    bound = Bound(rule.priority, day=number, since="last pull" if pull else "push")
    text = f"{rule.action.outcome} from day {number} after its {bound.since}, within 24 hours"
    if number >= settings.quiet_days or (pull and consumer.pulls):
        return Effect(rule, Force.BOUND, text, bound, day=number)
    sure = consumer.pulls is False if pull else not follows
    return Effect(rule, Force.CERTAIN if sure else Force.DANGER, text, bound, day=number)


def _by_count(rule: Rule, running: int, certain: int, settings: Settings) -> Effect:
    number = rule.selection.count_number
    if at_most_one_image(rule.selection):
        return Effect(rule, Force.NEVER, Argument.EXACT_TAG, argument=Argument.EXACT_TAG)
    if number >= IMAGE_QUOTA.value:
        return Effect(rule, Force.NEVER, Argument.QUOTA, argument=Argument.QUOTA)
    bound = Bound(rule.priority, images=number - 1)
    spare = number - running
    if number < certain:
        text = f"keeps {number} of {certain} images that are needed at once"
        return Effect(rule, Force.CERTAIN, text, bound)
    younger = "1 younger image matches" if number == 1 else f"{number} younger images match"
    text = f"{rule.action.outcome} once {younger}"
    if is_broad(rule.selection):
        days = (spare + 1) / settings.pushes_per_day
        return Effect(rule, Force.BOUND if days >= settings.quiet_days else Force.DANGER, text, bound)
    return Effect(rule, Force.BOUND if spare > 0 else Force.DANGER, text, bound)
