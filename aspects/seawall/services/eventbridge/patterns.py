"""What an EventBridge event pattern lets through, as far as wiring asks.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html and
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from seawall.graph.patterns import AnythingBut, Field, Formula, Text
from seawall.template import Props, Resource

from ..pattern_language import pattern as pattern_in
from ..wiring import Wiring

_AWS = "aws."
"""What the sources of AWS services start with; `PutEvents` refuses it."""


def rule_pattern(wiring: Wiring, rule: Resource) -> Formula:
    """The pattern of a rule, of which only what can be decided is."""
    key = ("event pattern", rule.address)
    return wiring.once(key, lambda: pattern_in(wiring.props(rule).at("EventPattern")))


def app_events() -> Formula:
    """Events that an app can send: those of AWS services have sources that it cannot use."""
    return Field(("source",), (AnythingBut((Text((_AWS, "")),)),))


def sees_failed_executions(pattern: Props) -> bool:
    """Whether the pattern matches the event that Step Functions sends when a Standard execution fails."""
    return (
        pattern.exists("source")
        and _allows(pattern, "aws.states", "source")
        and _allows(pattern, "Step Functions Execution Status Change", "detail-type")
        and _allows(pattern, "FAILED", "detail", "status")
    )


def _allows(pattern: Props, wanted: str, *path: str) -> bool:
    """Whether a field may have the value `wanted`; one that the pattern does not name may have any."""
    return not pattern.exists(*path) or any(_matches(item.props, wanted) for item in pattern.items(*path))


def _matches(entry: Props, wanted: str) -> bool:
    literal = entry.text().value
    if literal is not None:
        return literal == wanted
    filters = dict(entry.mapping())
    if "anything-but" in filters:
        return not any(_matches(item.props, wanted) for item in filters["anything-but"].items())
    prefix, suffix = entry.text("prefix").value, entry.text("suffix").value
    return (prefix is not None and wanted.startswith(prefix)) or (suffix is not None and wanted.endswith(suffix))
