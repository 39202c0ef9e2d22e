"""What a user may tell about his habits; every number has a default that errs on the careful side."""

from __future__ import annotations

from msgspec import Struct

from .facts import BOOTSTRAP_WINDOW


class Settings(Struct, frozen=True):
    """The habits that separate an ordinary course of events from a far-fetched one."""

    rollbacks: int = 1
    """Earlier images that a consumer must be able to go back to."""
    pushes_per_day: int = 10
    """Images that arrive per day in a repository which more than one line of builds may push to."""
    quiet_days: int = BOOTSTRAP_WINDOW.value
    """Longest time in days between two deployments of one consumer. A rule that surely spares an image for that long
    leaves it bounded, not endangered."""
