"""AWS services, each in a file of its own, translated into sites and hops."""

from .durations import in_words
from .model import (
    CLASSES,
    ONCE,
    Bound,
    Drop,
    Evidence,
    FailureClass,
    Hop,
    IdleSetting,
    Place,
    Plan,
    Site,
    Step,
    Tries,
    UnknownWiring,
    Watch,
    When,
    class_of,
)
from .wiring import Wiring, read

__all__ = [
    "CLASSES",
    "ONCE",
    "Bound",
    "Drop",
    "Evidence",
    "FailureClass",
    "Hop",
    "IdleSetting",
    "Place",
    "Plan",
    "Site",
    "Step",
    "Tries",
    "UnknownWiring",
    "Watch",
    "When",
    "Wiring",
    "class_of",
    "in_words",
    "read",
]
