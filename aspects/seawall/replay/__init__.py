"""Replays a failure on a local emulator and counts: the model's prediction, made falsifiable.

A face above the report, for the command line. Needs the extra `replay`: an emulator that nobody here wrote, and boto3.
"""

from __future__ import annotations

from .counts import Key, Predicted, Row, What
from .emulator import Endpoint, MiniStack
from .errors import ReplayError
from .experiment import Experiment, plan
from .running import Bounds, Replay, ReplayOutcome

__all__ = [
    "Bounds",
    "Endpoint",
    "Experiment",
    "Key",
    "MiniStack",
    "Predicted",
    "Replay",
    "ReplayError",
    "ReplayOutcome",
    "Row",
    "What",
    "plan",
]
