"""The one model of time around a repository: what arrives, how often something is deployed, and what goes back.

Every number has a default; a finding that rests on one names it. Settings hold for all repositories; what is stated of
one repository (see `stated`) takes their place there.
"""

from __future__ import annotations

from msgspec import Struct

from .facts import BOOTSTRAP_WINDOW


class ImageSettings(Struct, frozen=True):
    """The habits that separate an ordinary course of events from a far-fetched one."""

    rollbacks: int = 1
    """Earlier images that a consumer must be able to go back to."""
    pushes_per_day: float = 10
    """Builds that a repository, or a family of tags that CI pushes, gets per day. Above 0."""
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

    def needed_days(self, *, rollback: bool = True) -> int:
        """Days for which an image is needed from its deployment on: its own time, and that of each rollback to it.

        >>> ImageSettings().needed_days(), ImageSettings().needed_days(rollback=False)
        (60, 30)
        """
        return self.days_between_deployments * (1 + (self.rollbacks if rollback else 0))

    @property
    def assumed_pace(self) -> str:
        """The pace in words.

        >>> ImageSettings().assumed_pace, ImageSettings(pushes_per_day=0.5, images_per_push=3).assumed_pace
        ('10 pushes a day', '0.5 pushes a day of 3 images each')
        """
        each = "" if self.images_per_push == 1 else f" of {self.images_per_push} images each"
        return f"{self.pushes_per_day:g} push{'' if self.pushes_per_day == 1 else 'es'} a day{each}"


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
