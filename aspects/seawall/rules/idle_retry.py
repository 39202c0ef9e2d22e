"""`idle-retry`: a setting that cannot act."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph import IdleSetting
from seawall.remedies.search import Edit, Remedy
from seawall.remedies.settings_changes import removed
from seawall.template import Address
from seawall.words import some

from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Rule, Severity


def check(context: Context) -> Iterator[Finding]:
    """One finding per stack and kind of setting that acts on no path, with every site that has it."""
    alike: dict[tuple[str, str, str], list[IdleSetting]] = {}
    for idle in context.analysis.flow.idle:
        if not context.analysis.flow.sites[idle.site].framework:
            alike.setdefault((idle.place.address.template, idle.what, idle.why), []).append(idle)
    for (_, what, why), found in alike.items():
        settings = sorted(found, key=lambda idle: (idle.site, idle.place.address, idle.place.property))
        sites = [idle.site for idle in settings]
        yield Finding(
            rule=RULE.id,
            severity=RULE.severity,
            confidence=Confidence.HIGH,
            place=settings[0].place,
            site=sites[0],
            headline=f"{what} of {some(sites, 5)} never acts: {why}",
            fix=Fix.of("remove it", _changes(what, settings), otherwise="set the retry where the failure is seen"),
            also=tuple(sites[1:]),
            shape=(what,),
        )


def _changes(what: str, settings: list[IdleSetting]) -> tuple[Remedy, ...]:
    """The setting goes; of several retriers of one state the last ones first, as their positions count."""
    edits = sorted(removed(settings), key=_last_first)
    return (Remedy(f"remove {what}", tuple(dict.fromkeys(edits))),)


def _last_first(edit: Edit) -> tuple[Address, str, int]:
    head, _, number = edit.place.property.rpartition(".")
    return (edit.place.address, head, -int(number) if number.isdecimal() else 0)


RULE = Rule(
    id="idle-retry",
    severity=Severity.WARNING,
    title="a retry or dead-letter setting cannot act on any path",
    what=(
        "Fires on asynchronous settings and on the dead-letter queue of a function that is only called synchronously, "
        "on settings for streams on a mapping that reads a queue, on no retries (`MaximumRetryAttempts` 0) where a "
        "rule or schedule hands an event to a function that tries again by itself, on a retrier behind one that takes "
        "every error it names, on a retrier of a Parallel or Map that names an error which cannot come out, and on a "
        "parent's retrier that names an error of a `.sync` child."
    ),
    why="Somebody relies on it. It is read as protection, or turned down as a cure, and does neither.",
    example=Example(
        """\
lambda_.Function(self, "Handler", retry_attempts=0, ...)   # asynchronous retries; Step Functions calls synchronously
"""
    ),
    fix="Remove the setting, or set the retry at the layer that sees the failure.",
    better=Example('tasks.LambdaInvoke(self, "Handle", lambda_function=handler, retry_on_service_exceptions=False)\n'),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
        "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
    ),
    check=check,
)
