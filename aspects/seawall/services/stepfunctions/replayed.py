"""State machines on an emulator: it runs their definitions, with their own retriers and catchers."""

from __future__ import annotations

from ..playing import PLAYED, Played, PlayedPart, Tally
from .machine import MACHINE

PLAYED[MACHINE] = Played(
    PlayedPart.DEFINITION, arn="states:{}:{}:stateMachine:", tally=Tally.EXECUTIONS, delivered=True
)
