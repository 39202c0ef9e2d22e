"""What the rule that claims an image does to it in the long run, and how many days it leaves it.

The days are those of the model of time (`ImageSettings`). A rule that counts images is divided by the pace at which
younger ones arrive, from when all images that the app names are deployed: with K of them in use, the rule that keeps N
takes the oldest at the (N - K + 1)th younger one. What the days weigh depends on whether the image still has a tag that
the app names, or lost it to a later push (a superseded image, which is needed until the next deployments come):

==============================  =============================================================================
age, image named                certain below `window_days`, then a window; where a push may hand over a
                                younger image, a danger below `window_days`, then a window
images, fewer than are needed   certain, where no two of them may be one; else a danger
images, any or builds           a danger below `endangered_days`, a window below `window_days`, then enough
images, releases                a window where those in use and their rollbacks are not covered; one arrives with
                                each deployment
age since pulls not known of    a window at most, with the question whether they come
superseded image                a danger below the days of a deployment, a window below those of its rollbacks
==============================  =============================================================================
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct

from seawall.words import plural

from .facts import IMAGE_QUOTA
from .families import Family, family_of, is_broad, met, moves
from .matching import at_most_one_image
from .policy import CountType, LifecycleRule
from .references import Consumer
from .settings import ImageSettings, assumed, pushes_text, span
from .tag_states import TagState

RECORDED_WITHIN = 1
"""Days within which ECR brings the time of the last pull up to date (API model of ECR, lastRecordedPullTime)."""


class Force(IntEnum):
    """How hard a rule hits, from never to certainly."""

    NEVER = 0
    BOUND = 1
    """Not before a stated number of images or days, and that is enough."""
    WINDOW = 2
    """The image that runs has time, but less than is wanted."""
    DANGER = 3
    """After an ordinary course of events."""
    CERTAIN = 4


class Argument(StrEnum):
    """Why an image is safe."""

    NO_POLICY = "no rule for any image"
    NO_RULE_SELECTS = "no rule can select it"
    EXACT_TAG = "an exact tag, which only one image has at a time"
    QUOTA = "keeps more images than the repository's default quota"


class Survival(Struct, frozen=True):
    """How long an image surely survives a rule."""

    rule_priority: int
    images: int | None = None
    """Younger images, counted from when all that the app names are deployed, that the rule may come to match before
    the image is marked."""
    day: int | None = None
    """Days after `since` before which it is not marked."""
    since: str = "push"
    among: int = 1
    """Images in use at once that the rule counts."""

    @property
    def text(self) -> str:
        """The bound in words."""
        if self.images is not None:
            images = "image" if self.images == 1 else f"{self.images} images"
            whole = "" if self.among <= 1 else f" after all {self.among} in use are deployed"
            return f"survives the next {images} that rule {self.rule_priority} matches{whole}"
        return f"survives until day {self.day} after its {self.since} (rule {self.rule_priority})"


class RuleEffect(Struct, frozen=True):
    """What one rule does to one consumer's image."""

    rule: LifecycleRule
    force: Force
    text: str
    bound: Survival | None = None
    argument: Argument | None = None
    day: int | None = None
    """For rules that count days: the day from which it acts."""
    days: float | None = None
    """The window: days that it surely leaves the image in the model of time; None where it never takes it."""
    assumed: str = ""
    """The pace that `days` rests on; empty where it rests on none."""
    releases: bool = False
    """Whether it counts releases, which come with deployments."""
    assumptions: tuple[str, ...] = ()
    """The numbers of the model of time that `days` and `force` rest on, with the settings that say them."""
    younger: int | None = None
    """For rules that count images and keep as many as are in use: the younger ones after which it takes this one."""
    pulled: bool = False
    """Whether it hangs on pulls of which nothing is known."""
    paced: str = ""
    """Of the assumptions the one that says `assumed`, and nothing more; empty where none does."""


class Demand(Struct, frozen=True):
    """What a counting rule has to keep at the same time."""

    running: int
    """Images in use that it identifies, each name taken for one image."""
    certain: int
    """How many of these cannot be one, and are no rule's above it."""
    distinct: int
    """How many cannot be one, whosever they are."""
    wanted: int
    """`running`, with the images that rollbacks need."""
    bare: bool = False
    """Whether the images are known by their digests, and may have tags."""


def effect(
    rule: LifecycleRule, consumer: Consumer, state: TagState, demand: Demand, settings: ImageSettings, *, follows: bool
) -> RuleEffect:
    """What `rule` does to the image of `consumer` in `state` if it claims it.

    `follows` says that the consumer follows a tag that moves, so that a later push may hand it a younger image.
    """
    if rule.selection.count_type is CountType.IMAGES:
        return _by_count(rule, consumer, state, demand, settings)
    number = rule.selection.count_number
    pull = rule.selection.count_type is CountType.PULLED
    bound = Survival(rule.priority, day=number, since="last pull" if pull else "push")
    text = f"{rule.action.said} from day {number} after its {bound.since}, within 24 hours"
    often = consumer.pulled_every is not None and consumer.pulled_every + RECORDED_WITHIN <= number
    if pull and (consumer.pulls or often):
        force = Force.BOUND
    elif state.superseded:
        force = _superseded(number, consumer, settings)
    elif pull and consumer.pulls is None:
        force = Force.DANGER if number < settings.window_days else Force.BOUND
    elif follows:
        force = Force.DANGER if number < settings.window_days else Force.WINDOW
    else:
        force = Force.CERTAIN if number < settings.window_days else Force.WINDOW
    hangs = pull and consumer.pulls is None and consumer.pulled_every is None
    rests = (settings.deployments_assumption,) if state.superseded and not (pull and consumer.pulls) else ()
    return RuleEffect(
        rule,
        min(force, Force.WINDOW) if hangs else force,
        text,
        bound,
        day=number,
        days=number,
        pulled=hangs,
        assumptions=rests,
    )


def _superseded(days: float, consumer: Consumer, settings: ImageSettings) -> Force:
    """What `days` are worth to an image that a later push left without its tag."""
    if days < settings.days_between_deployments:
        return Force.DANGER
    return Force.WINDOW if days < settings.needed_days(rollback=consumer.needs_rollback) else Force.BOUND


def _by_count(
    rule: LifecycleRule, consumer: Consumer, state: TagState, demand: Demand, settings: ImageSettings
) -> RuleEffect:
    number = rule.selection.count_number
    if at_most_one_image(rule.selection):
        return RuleEffect(rule, Force.NEVER, Argument.EXACT_TAG, argument=Argument.EXACT_TAG)
    if number >= IMAGE_QUOTA.value:
        return RuleEffect(rule, Force.NEVER, Argument.QUOTA, argument=Argument.QUOTA)
    running = max(demand.running, 1)
    bound = Survival(rule.priority, images=max(number - running, 0), among=running)
    if number < demand.certain:
        text = f"keeps {number} of {demand.certain} images that are needed at once"
        return RuleEffect(rule, Force.CERTAIN, text, bound, days=0)
    if number < running:
        unless = "if these are different ones" if number >= demand.distinct else "unless a rule above has the oldest"
        unless = "if these have no tags" if demand.bare else unless
        text = f"keeps {number} of {running} images that are in use, {unless}"
        return RuleEffect(rule, Force.DANGER, text, bound, days=0)
    more = number - running + 1
    mine = met(rule.selection, state.tags)
    if mine and all(moves(tag, settings) for tag in mine) and not settings.states(mine):
        force = Force.BOUND if number > running else Force.WINDOW
        text = f"{rule.action.said} once {pushed_after(more, ' with another of its tags')}"
        return RuleEffect(rule, force, text, bound, younger=more)
    text = f"{rule.action.said} once {pushed_after(more)}"
    if family_of(rule.selection, state.tags, settings) is Family.RELEASE:
        covered = number >= max(demand.wanted, running + 1)
        days = more * settings.days_between_deployments / running
        each = "" if running == 1 else f" of each of {running}"
        pace = f"{settings.deployments_text}{each}"
        return RuleEffect(
            rule,
            Force.BOUND if covered else Force.WINDOW,
            f"{text}: {span(days)} at {pace}",
            bound,
            days=days,
            assumed=pace,
            releases=True,
            younger=more,
            assumptions=(settings.deployments_assumption,),
        )
    pushes = settings.pushes_of(met(rule.selection, state.tags))
    pace = settings.pace_text(pushes) if is_broad(rule.selection) else pushes_text(pushes)
    days = more / (pushes * (settings.images_per_push if is_broad(rule.selection) else 1))
    text = f"{text}: {span(days)} at {assumed(pushes)}{pace}"
    if state.superseded:
        force = _superseded(days, consumer, settings)
    elif days < settings.endangered_days:
        force = Force.DANGER
    else:
        force = Force.WINDOW if days < settings.window_days else Force.BOUND
    paced = settings.pace_assumption(pushes)
    rests = (paced, *((settings.deployments_assumption,) if state.superseded else ()))
    told = paced if pace == settings.pace_text(pushes) else ""
    return RuleEffect(rule, force, text, bound, days=days, assumed=pace, assumptions=rests, younger=more, paced=told)


def pushed_after(number: int, such: str = "") -> str:
    """So many newer images, as a clause.

    >>> pushed_after(1), pushed_after(25, " with tags v*")
    ('1 newer image exists', '25 newer images with tags v* exist')
    """
    return f"{plural(number, 'newer image')}{such} {'exists' if number == 1 else 'exist'}"
