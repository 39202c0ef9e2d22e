"""`short-visibility`: messages come back while their batch may still be worked on."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from seawall.graph import Place, Polling, QueueSettings, in_words
from seawall.remedies.settings_changes import visibility
from seawall.words import some

from .context import Context
from .fixes import Fix
from .model import Example, Finding, Rule, Severity
from .pollers import by_default, delivery, of_queues, read_from, readers, whose
from .wording import assumptions, confidence

_PLAIN = 120
"""Seconds below which nobody asks how many minutes they are."""


def check(context: Context) -> Iterator[Finding]:
    """One finding per queue, for the reader that needs the most time."""
    short: dict[str, list[tuple[float, Polling, QueueSettings]]] = {}
    for polling, queue in of_queues(context):
        wanted = needed(polling, context.settings.visibility_factor)
        hidden = queue.visibility.value
        if wanted is not None and hidden is not None and hidden < wanted:
            short.setdefault(queue.site, []).append((wanted, polling, queue))
    for found in short.values():
        yield _finding(context, found)


def needed(polling: Polling, factor: float) -> float | None:
    """Seconds for which a reader wants its messages hidden; None where it does not matter or cannot be told."""
    timeouts = [one.timeout.value for one in polling.called]
    if polling.window.value is None or None in timeouts or not timeouts:
        return None
    if polling.pipe and polling.window.value:
        return None  # the pipe sets the visibility timeout of what it reads itself
    return factor * sum(filter(None, timeouts)) + polling.window.value


def sum_of(polling: Polling, factor: float, wanted: float) -> str:
    """What makes the seconds that a reader wants: ``18 s = 6 x 3 s (Timeout of Worker)``."""
    runs = " + ".join(by_default(one.timeout, " s") for one in polling.called)
    product = f"{factor:g} x {f'({runs})' if len(polling.called) > 1 else runs}"
    window = f" + batching window {polling.window.value} s" if polling.window.value else ""
    return f"{_with_words(wanted)} = {product} (Timeout of {some([one.site for one in polling.called], 2)}){window}"


def _shorter(polling: Polling, factor: float, hidden: float) -> str:
    """Timeouts that go with what is set."""
    most = int((hidden - (polling.window.value or 0)) / factor)
    if len(polling.called) == 1 and most >= 1:
        return f"set Timeout {most} or less on {polling.called[0].site}"
    return "shorten the timeout of what it feeds"


def _finding(context: Context, found: list[tuple[float, Polling, QueueSettings]]) -> Finding:
    wanted, polling, queue = max(found, key=lambda one: one[0])
    hop = delivery(context, polling)
    factor, hidden = context.settings.visibility_factor, queue.visibility.value or 0
    advised = ", as AWS advises where a queue feeds Lambda" if factor == 6 and not polling.pipe else ""
    timeouts = f"{factor:g} x the timeout{'s' if len(polling.called) > 1 else ''} of what it feeds"
    timeouts += " + the batching window" if polling.window.value else ""
    headline = (
        f"{queue.site} hides a message for {_with_words(hidden)}{whose(queue.visibility)}, less than the "
        f"{_with_words(wanted)} that {'AWS asks for' if advised else 'it takes'} ({timeouts})"
    )
    facts = [sum_of(polling, factor, wanted)]
    timeout = sum(one.timeout.value or 0 for one in polling.called)
    if timeout > hidden and not polling.pipe:
        facts.append(
            f"the timeout alone ({timeout:,} s) is above {hidden:,} s: Lambda refuses such a mapping, so the "
            "deployment fails, or the message runs twice at once if only the queue or the function changes later"
        )
    elif timeout > hidden:
        facts.append(f"the timeouts alone ({timeout} s) are above {hidden} s: a message can run twice at once")
    else:
        counts = ", and each receive counts towards maxReceiveCount" if queue.receives is not None else ""
        facts.append(
            f"if {polling.reader} is throttled for {hidden:,} s, its messages are received again without a run{counts}"
        )
    hops = [hop] if hop is not None else []
    everyone = readers([one[1] for one in found])
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=confidence(hops, ()),
        place=Place(queue.place.address, queue.visibility.property),
        site=queue.site,
        headline=headline,
        facts=tuple(facts),
        assumptions=tuple(assumptions(hops)),
        fix=Fix.of(
            f"set VisibilityTimeout {ceil(wanted)} or more on {queue.site}",
            (visibility(queue, ceil(wanted)),),
            trade_off=f"a message that fails is tried again after {in_words(wanted)}, not {in_words(hidden)}",
            otherwise=_shorter(polling, factor, hidden),
        ),
        trace=read_from(hop) if hop is not None else (),
        also=tuple(reader for reader in everyone if reader != polling.reader),
        shape=(polling.reader,),
    )


def _with_words(seconds: float) -> str:
    """Seconds as they are set, and as people say them where that is another number."""
    return f"{seconds:,g} s" if seconds < _PLAIN else f"{seconds:,g} s ({in_words(seconds)})"


RULE = Rule(
    id="short-visibility",
    severity=Severity.WARNING,
    title="a queue's visibility timeout is short for the function that it feeds",
    what=(
        "Fires where a queue hides a message for less than 6 times the timeout of the function that its event source "
        "mapping runs, plus `MaximumBatchingWindowInSeconds`; behind a pipe, 6 times the timeouts of its enrichment "
        "and target together, where both are functions. Absent properties count with their defaults (30 s, 3 s, 0 s), "
        "unresolved ones not at all. A pipe with a batching window sets the visibility timeout itself and is left out. "
        "`visibility-factor` in the settings file changes the 6."
    ),
    why=(
        "AWS: set the visibility timeout to at least six times the function's timeout, plus the batching window; the "
        "extra time lets Lambda retry if the function is throttled while it processes a previous batch. With less, "
        "throttling alone makes messages reappear, uses up their receives and sends them to the dead-letter queue. "
        "Below the function's timeout itself, a message runs again while its first run is still going; Lambda refuses "
        "to create or update a mapping then (`Queue visibility timeout: 30 seconds is less than Function timeout`), "
        "but checks nothing when the queue or the function changes in another stack later."
    ),
    example=Example(
        """\
queue = sqs.Queue(self, "Orders")                                        # hides for 30 s
worker = lambda_.Function(self, "Worker", timeout=Duration.seconds(10), ...)
worker.add_event_source(sources.SqsEventSource(queue))                   # needs 6 x 10 s = 60 s
"""
    ),
    fix="Set the visibility timeout to 6 times the function's timeout, plus the batching window.",
    better=Example('queue = sqs.Queue(self, "Orders", visibility_timeout=Duration.seconds(60))\n'),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html",
    ),
    check=check,
)
