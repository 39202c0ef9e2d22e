"""The one model of time around a repository: what arrives, how often something is deployed, and what goes back.

Every number has a default; a finding that rests on one names it. Settings hold for all repositories; what is stated of
one repository (see `stated`) takes their place there.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor

from msgspec import Struct

from .facts import BOOTSTRAP_WINDOW
from .matching import matches_pattern


class ImageSettings(Struct, frozen=True):
    """The habits that separate an ordinary course of events from a far-fetched one."""

    rollbacks: int = 1
    """Earlier images that a consumer must be able to go back to."""
    pushes_per_day: float = 10
    """Builds that a repository, or a family of tags that CI pushes, gets per day. Above 0."""
    paces: tuple[tuple[str, float], ...] = ()
    """Patterns of tags, and how many builds a day get such tags, where that is stated family by family. Then
    `pushes_per_day` is their sum."""
    days_between_deployments: int = 30
    """Days for which one deployment stays: the time that an image which lost its tag is needed for, and again for each
    rollback. It excuses no rule that takes an image which still has the tag that the app names."""
    images_per_push: int = 1
    """Manifests that one push leaves: an index, one for each platform, one for each attestation."""
    endangered_days: int = 30
    """A rule that leaves an image fewer days than these, in an ordinary course of events, endangers it."""
    window_days: int = BOOTSTRAP_WINDOW.value
    """Days from which nothing is said of such a rule; a rule that takes an image by age is certain doom below them."""
    build_tags: tuple[str, ...] = ()
    """Patterns of tags that CI pushes, one for each build, beside those that look like it."""
    builds_stated: bool = False
    """Whether it is stated which tags CI pushes, also that it pushes none besides those that look like it."""
    release_tags: tuple[str, ...] = ()
    """Patterns of tags that releases push although they look like those of builds."""
    moving_tags: tuple[str, ...] | None = None
    """Patterns of all tags that are pushed again; None: those that name no build."""
    deployments_only: bool = False
    """Whether all that arrives is the next deployment's own image, so that images kept are deployments kept."""

    @property
    def pace(self) -> float:
        """Manifests that arrive per day."""
        return self.pushes_per_day * self.images_per_push

    def pushes_of(self, tags: Iterable[str]) -> float:
        """Builds per day that get tags as these: what is stated of their family; of no family, all builds.

        >>> stated = ImageSettings(pushes_per_day=22, paces=(("sha-*", 20), ("pr-*", 2)))
        >>> stated.pushes_of(("sha-1f3e5d7",)), stated.pushes_of(("v42",)), stated.states(("pr-7",))
        (20, 22, True)
        """
        return self._stated(tags) or self.pushes_per_day

    def states(self, tags: Iterable[str]) -> bool:
        """Whether it is stated how often builds with tags as these arrive."""
        return self._stated(tags) > 0

    def _stated(self, tags: Iterable[str]) -> float:
        tags = tuple(tags)
        return sum(pace for pattern, pace in self.paces if any(matches_pattern(pattern, tag) for tag in tags))

    def needed_days(self, *, rollback: bool = True) -> int:
        """Days for which an image is needed from its deployment on: its own time, and that of each rollback to it.

        >>> ImageSettings().needed_days(), ImageSettings().needed_days(rollback=False)
        (60, 30)
        """
        return self.days_between_deployments * (1 + (self.rollbacks if rollback else 0))

    @property
    def kept_days(self) -> int:
        """Days for which an image is needed from its push on, which is a day before its deployment at most.

        >>> ImageSettings().kept_days
        61
        """
        return self.needed_days() + 1

    @property
    def assumed_pace(self) -> str:
        """The pace in words.

        >>> ImageSettings().assumed_pace, ImageSettings(pushes_per_day=0.5, images_per_push=3).assumed_pace
        ('10 pushes a day', '0.5 pushes a day of 3 images each')
        """
        return self.pace_text(self.pushes_per_day)

    def pace_text(self, pushes: float) -> str:
        """So many pushes a day in words."""
        each = "" if self.images_per_push == 1 else f" of {self.images_per_push} images each"
        return f"{pushes_text(pushes)}{each}"

    def pace_assumption(self, pushes: float) -> str:
        """So many pushes a day as an assumption, with the settings that say it.

        >>> ImageSettings().pace_assumption(10)
        'assumes 10 pushes a day (if not, set pushes-per-day in seawall.toml)'
        >>> ImageSettings(images_per_push=3).pace_assumption(10)
        'assumes 10 pushes a day of 3 images each (if not, set pushes-per-day and images-per-push in seawall.toml)'
        """
        more = "" if self.images_per_push == 1 else " and images-per-push"
        return f"assumes {self.pace_text(pushes)} (if not, set pushes-per-day{more} in seawall.toml)"

    @property
    def deployments_text(self) -> str:
        """How often something is deployed, in words.

        >>> ImageSettings().deployments_text, ImageSettings(days_between_deployments=1).deployments_text
        ('a deployment every 30 days', 'a deployment every day')
        """
        days = self.days_between_deployments
        return f"a deployment every {'day' if days == 1 else f'{days} days'}"

    @property
    def deployments_assumption(self) -> str:
        """How often something is deployed and goes back, as an assumption, with the settings that say it.

        >>> ImageSettings().deployments_assumption
        'assumes a deployment every 30 days and 1 image to roll back to (if not, set days-between-deployments and \
rollbacks in seawall.toml)'
        """
        back = f"{self.rollbacks or 'no'} image{'s' if self.rollbacks > 1 else ''} to roll back to"
        where = "(if not, set days-between-deployments and rollbacks in seawall.toml)"
        return f"assumes {self.deployments_text} and {back} {where}"


def pushes_text(pushes: float) -> str:
    """So many pushes a day in words, whatever one push leaves.

    >>> pushes_text(10), pushes_text(1), pushes_text(0.5)
    ('10 pushes a day', '1 push a day', '0.5 pushes a day')
    """
    return f"{pushes:g} push{'' if pushes == 1 else 'es'} a day"


def assumed(pushes: float) -> str:
    """What stands before so many pushes a day: nobody has said so where it is the number that is assumed.

    >>> assumed(10), assumed(3)
    ('an assumed ', '')
    """
    return "an assumed " if pushes == ImageSettings().pushes_per_day else ""


def span(days: float) -> str:
    """From when to when the image goes that ECR is to take in so many days, as it acts within 24 hours.

    >>> span(0.5), span(2.3), span(10.0), span(0.02)
    ('12 to 36 hours', '2 to 4 days', '10 to 11 days', 'up to 25 hours')
    """
    days = round(days, 6)
    if days >= 2:
        return f"{floor(days)} to {ceil(days + 1)} days"
    hours = round(days * 24, 6)
    least, most = floor(hours), ceil(hours) + 24
    return f"{least} to {most} hours" if least else f"up to {most} hours"


def days_text(days: float) -> str:
    """A span of days for a reader, never longer than it is.

    >>> days_text(10.0), days_text(1), days_text(2.37), days_text(0.1), days_text(0)
    ('10 days', '1 day', '2.3 days', '2 hours', 'no time')
    """
    if days <= 0:
        return "no time"
    if days < 1:
        hours = int(days * 24)
        return f"{hours} hour{'' if hours == 1 else 's'}" if hours else "less than an hour"
    shown = int(days * 10) / 10
    return f"{shown:g} day{'' if shown == 1 else 's'}"
