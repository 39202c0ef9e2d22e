"""Rules: each in a file of its own, with its page and its check."""

from .context import Context
from .model import Confidence, Example, Finding, Mark, Rule, Severity
from .run import all_rules, chosen_rules, judge
from .settings import DEFAULT_MAX_ATTEMPTS, DEFAULT_ROLLBACKS, Settings
from .settle import Acknowledgement, Suppressed, order

__all__ = [
    "DEFAULT_MAX_ATTEMPTS",
    "DEFAULT_ROLLBACKS",
    "Acknowledgement",
    "Confidence",
    "Context",
    "Example",
    "Finding",
    "Mark",
    "Rule",
    "Settings",
    "Severity",
    "Suppressed",
    "all_rules",
    "chosen_rules",
    "judge",
    "order",
]
