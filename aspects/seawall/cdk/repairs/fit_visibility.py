"""`FitVisibility`: messages stay hidden for as long as they may be worked on."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from seawall.graph import Polling, QueueSettings
from seawall.graph.facts import Fact
from seawall.remedies.settings_changes import visibility
from seawall.rules.pollers import of_queues
from seawall.rules.short_visibility import needed

from .draft import AppDraft
from .overrides import Left, Override, overrides
from .repair import Repair

LONGEST = Fact(
    43_200,
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html",
    "2026-11-22",
)
"""Seconds that a message can stay hidden at most: 12 hours."""


class FitVisibility(Repair):
    """Raises visibility timeouts that are short for what they feed: repairs `short-visibility`.

    A queue gets 6 times the timeout of the function that reads it, and its batching window on top, for the reader that
    needs the most. One that is long enough stays as it is; none is ever lowered.

    Args:
        factor: Timeouts that a message stays hidden for. At least 1; by default what the settings file says, or 6, as
            AWS asks.

    Raises:
        ValueError: `factor` is below 1.
    """

    def __init__(self, factor: float | None = None) -> None:
        super().__init__()
        if factor is not None and factor < 1:
            raise ValueError(f"factor must be at least 1, not {factor}")
        self._factor = factor

    def plan(self, found: AppDraft) -> Iterator[Override | Left]:
        """Queues whose visibility timeout is short."""
        factor = self._factor or found.context.settings.visibility_factor
        longest: dict[str, tuple[float, Polling, QueueSettings]] = {}
        for polling, queue in of_queues(found.context):
            seconds = needed(polling, factor)
            if seconds is not None and seconds > longest.get(queue.site, (0.0,))[0]:
                longest[queue.site] = (seconds, polling, queue)
        for seconds, polling, queue in longest.values():
            hidden, address = queue.visibility, queue.place.address
            if hidden.value is None or hidden.value >= seconds:
                continue
            if ceil(seconds) > LONGEST.value:
                yield Left(queue.site, f"{polling.reader} needs {ceil(seconds):,} s, and SQS allows 43,200", address)
                continue
            window = f" + {polling.window.value} s batching window" if polling.window.value else ""
            timeout = sum(each.timeout.value or 0 for each in polling.called)
            why = f"{factor:g} x {timeout} s timeout of {polling.reader}{window}"
            resource = found.app.resource(address)
            if resource is not None:
                yield from overrides(resource, visibility(queue, ceil(seconds)).edits, why)
