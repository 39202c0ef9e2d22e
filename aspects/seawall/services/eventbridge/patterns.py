"""What an EventBridge event pattern lets through, as far as wiring asks.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html and
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from seawall.template import Props

_AWS = "aws."
"""What the sources of AWS services start with; `PutEvents` refuses it."""


def lets_app_events_in(pattern: Props) -> bool:
    """False where the pattern names sources and all of them are services of AWS."""
    sources = [item.props.text().value or item.props.text("prefix").value for item in pattern.items("source")]
    return not sources or not all(source is not None and source.startswith(_AWS) for source in sources)


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
