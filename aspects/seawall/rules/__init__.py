"""Rules: each in a file of its own, with its page and its check."""

from seawall.settings import DEFAULT_MAX_ATTEMPTS, DEFAULT_ROLLBACKS, Settings

from .acknowledgements import GAP, AcceptedGap, Acknowledgement, Suppressed
from .context import Context
from .fixes import Fix, FixPart, Step, StopNow, StopStep
from .model import Confidence, Example, Finding, Harm, Mark, Rule, Severity
from .run import BrokenRule, Judged, all_rules, chosen_rules, judge, order, proposals

__all__ = [
    "DEFAULT_MAX_ATTEMPTS",
    "DEFAULT_ROLLBACKS",
    "GAP",
    "AcceptedGap",
    "Acknowledgement",
    "BrokenRule",
    "Confidence",
    "Context",
    "Example",
    "Finding",
    "Fix",
    "FixPart",
    "Harm",
    "Judged",
    "Mark",
    "Rule",
    "Settings",
    "Severity",
    "Step",
    "StopNow",
    "StopStep",
    "Suppressed",
    "all_rules",
    "chosen_rules",
    "judge",
    "order",
    "proposals",
]
