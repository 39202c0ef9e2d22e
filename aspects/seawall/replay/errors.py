"""What can go wrong in a replay that the user can put right."""

from __future__ import annotations


class ReplayError(Exception):
    """The experiment cannot be made, or the emulator could not be started, or died; the message says which and why."""


class StubError(ReplayError):
    """A stub could not do what it was told: a mistake of ours, unless the emulator is gone."""
