"""How often code runs again: attempts, loops, collateral runs and time, as pure functions of the flow."""

from .analysis import Analysis, analyse
from .attempts import EntryAttempts
from .collateral import Collateral, collateral
from .count import Count
from .events import Attempts, EntryEvents
from .execution_cycles import PlanLoop, plan_loops
from .executions import Factor
from .loops import Loop, find_loops
from .paths import Figure, Path, figure

__all__ = [
    "Analysis",
    "Attempts",
    "Collateral",
    "Count",
    "EntryAttempts",
    "EntryEvents",
    "Factor",
    "Figure",
    "Loop",
    "Path",
    "PlanLoop",
    "analyse",
    "collateral",
    "figure",
    "find_loops",
    "plan_loops",
]
