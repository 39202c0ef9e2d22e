"""`group-blocked`: a FIFO group waits for one failing message."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from msgspec.structs import replace

from seawall.graph import Bound, FailureClass, Hop, Polling, QueueSettings, Tries, in_words
from seawall.remedies.advice import proposed
from seawall.remedies.changes import bounded, enough
from seawall.remedies.settings_changes import receives, visibility
from seawall.retries import Factor
from seawall.services.keeping import WATCHED

from .context import Context
from .fixes import Fix, Step
from .model import Example, Finding, Rule, Severity
from .pollers import delivery, of_queues, read_from, readers
from .short_visibility import needed, sum_of
from .wording import assumptions, change_notes, confidence

_Found = tuple[float, Hop, Polling, QueueSettings]


def check(context: Context) -> Iterator[Finding]:
    """One finding per FIFO queue, for the reader behind which its groups wait longest, and per FIFO subscriber."""
    blocked: dict[str, list[_Found]] = {}
    for polling, queue in of_queues(context):
        hop = delivery(context, polling)
        if queue.fifo.value and hop is not None and _works(context, polling):
            seconds = hop.tries_for(FailureClass.ERROR).seconds(0.0)
            if seconds is not None and seconds > context.settings.blocked_group_seconds:
                blocked.setdefault(queue.site, []).append((seconds, hop, polling, queue))
    for found in blocked.values():
        yield _finding(context, found)
    yield from _subscribers(context)


def _subscribers(context: Context) -> Iterator[Finding]:
    """Subscribers that deliver in order: a failing call holds up everything behind it, whatever its group."""
    for polling in context.analysis.flow.pollings:
        hop = delivery(context, polling) if polling.in_order is not None and polling.in_order.value else None
        tries = hop.tries_for(FailureClass.ERROR) if hop is not None else None
        if hop is None or tries is None or tries.total == 1 or tries.limit is None:
            continue
        if tries.limit > context.settings.blocked_group_seconds:
            yield Finding(
                rule=RULE.id,
                severity=RULE.severity,
                confidence=confidence([hop], [tries]),
                place=replace(polling.place, property="RetryPolicy.MaxEventAgeInSeconds"),
                site=polling.source,
                headline=f"one failing event can hold up every group of {polling.source} for {in_words(tries.limit)}",
                facts=(
                    "a FIFO subscriber delivers nothing else while it tries a call again: events of all groups wait",
                    f"until the event is {in_words(tries.limit)} old (MaxEventAgeInSeconds)"
                    + (f", or sooner after {tries.total:,} tries" if tries.total is not None else ""),
                ),
                assumptions=tuple(assumptions([hop])),
                fix=_fix_subscriber(context, polling),
                failure=FailureClass.ERROR,
                trace=read_from(hop, tries.note, tries.total),
                shape=(polling.reader,),
            )


def _fix_subscriber(context: Context, polling: Polling) -> Fix:
    age = int(context.settings.blocked_group_seconds)
    return Fix.of(
        f"set MaxEventAgeInSeconds {age} or less on {polling.source}, with an OnFailureConfiguration that keeps what "
        "failed",
        otherwise="where order does not matter, set Type UNORDERED",
    )


def _works(context: Context, polling: Polling) -> bool:
    """Whether code can fail on what is read: a pipe that only hands over has nothing to fail."""
    return not polling.pipe or any(hop.awaits for hop in context.analysis.flow.out_of(polling.reader))


def _finding(context: Context, found: list[_Found]) -> Finding:
    seconds, hop, polling, queue = max(found, key=lambda one: one[0])
    tries = hop.tries_for(FailureClass.ERROR)
    counted = tries.bounded_by is Bound.COUNT
    headline = f"one failing message of {queue.site} can hold up its group for {in_words(seconds)}"
    facts = list[str]()
    if counted:
        facts.append(
            f"{in_words(seconds)} = {tries.total:,} (maxReceiveCount) x {tries.interval:g} s "
            f"({tries.interval_set or 'visibility timeout'})"
        )
    else:
        whose = tries.limit_set or "retention"
        facts.append(f"nothing counts its tries: it is received until it expires, after {in_words(seconds)} ({whose})")
    end = "moves to the dead-letter queue" if counted else "is deleted"
    facts.append(f"until then no later message of the group is received; then this one {end} and the group goes on")
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=confidence([hop], [tries]),
        place=replace(queue.place, property=tries.setting),
        site=queue.site,
        headline=headline,
        facts=tuple(facts),
        assumptions=tuple(assumptions([hop])),
        fix=_shorter(context, polling, queue, tries) if counted else _bounded(context, hop, queue),
        failure=FailureClass.ERROR,
        trace=read_from(hop, tries.note, tries.total),
        also=tuple(reader for reader in readers([one[2] for one in found]) if reader != polling.reader),
        shape=(polling.reader,),
    )


def _bounded(context: Context, hop: Hop, queue: QueueSettings) -> Fix:
    """A dead-letter queue, and how often a message is received before it moves there."""
    analysis = context.analysis
    made = bounded(analysis.flow, Factor(hop, hop.tries_for(FailureClass.ERROR)), enough(context.settings))
    changes = [proposed(analysis, change, "") for change in made]
    policy = f"a redrive policy (maxReceiveCount {context.settings.least_receives} or a little more)"
    return Fix.of(
        f"give {queue.site} {policy} with a FIFO dead-letter queue, {WATCHED}", changes, notes=change_notes(changes)
    )


def _shorter(context: Context, polling: Polling, queue: QueueSettings, tries: Tries) -> Fix:
    """No longer hidden than AWS asks for, and no more receives; what is left is the author's to decide."""
    wanted, least = needed(polling, context.settings.visibility_factor), context.settings.least_receives
    received, interval, most = tries.total or 0, tries.interval or 0.0, context.settings.blocked_group_seconds
    steps = list[Step]()
    if wanted is not None and wanted < interval:
        interval, why = ceil(wanted), sum_of(polling, context.settings.visibility_factor, wanted)
        hidden = visibility(queue, interval)
        steps.append(Step(f"set VisibilityTimeout {interval} on {queue.site}", notes=(why,), changes=(hidden,)))
    if received > least:
        received, changes = least, () if queue.receives is None else (receives(queue, least),)
        steps.append(Step(f"set maxReceiveCount {least} on {queue.site}", changes=changes))
    if polling.pipe and polling.window.value:
        steps.append(Step("drop the pipe's batching window, which hides messages for 7 min 30 s and longer"))
    elif received * interval > most or not steps:
        timeouts = "the function's timeout and the visibility timeout with it" if polling.called else ""
        steps.append(Step(f"shorten {timeouts or 'the visibility timeout to what one run needs'}"))
    else:
        blocked = f"then a group waits for {received:,} x {interval:g} s = {in_words(received * interval)} at most"
        steps[-1] = replace(steps[-1], notes=(*steps[-1].notes, blocked))
    return Fix(
        tuple(steps),
        otherwise=(
            "use finer message groups; where some failures need no second try, send those to the dead-letter queue "
            "from the handler"
        ),
    )


RULE = Rule(
    id="group-blocked",
    severity=Severity.WARNING,
    title="a FIFO group stays blocked for long while one message uses up its tries",
    what=(
        "Fires on a FIFO queue with a reader where `maxReceiveCount` times the visibility timeout exceeds 15 minutes, "
        "and on one without a redrive policy, whose groups wait until the failing message expires. Behind a pipe with "
        "a batching window, messages stay hidden for 7 min 30 s plus the window, whatever the queue says; a pipe that "
        "only hands its messages over is left out, for nothing can fail on them. Fires as well on a FIFO subscriber of "
        "a custom event bus that waits for its target and tries an event for longer than that (300 s where nothing is "
        "set): it holds up every group. "
        "`blocked-group-seconds` in the settings file changes the 15 minutes: they are the longest that a single run "
        "of a function may take, and what 5 receives of a 30 s function need with the visibility timeout that AWS "
        "asks for."
    ),
    why=(
        "AWS: if the function returns an error, it attempts all retries on the affected messages before Lambda "
        "receives additional messages from the same group. One failing order holds up every later order of its "
        "customer, and nothing looks broken: the queue just grows older."
    ),
    example=Example(
        """\
sqs.Queue(self, "Orders", fifo=True, visibility_timeout=Duration.minutes(15),
          dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=10))   # 10 x 15 min = 2 h 30 min
"""
    ),
    fix=(
        "Shorten the function's timeout, and the visibility timeout with it to 6 times that; receive no more than 5 "
        "times or a little more; use message groups as fine as the order that you need; and move messages that cannot "
        "succeed to the dead-letter queue from the handler at once."
    ),
    better=Example(
        """\
sqs.Queue(self, "Orders", fifo=True, visibility_timeout=Duration.minutes(2),          # function: 20 s
          dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))    # 5 x 2 min = 10 min
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-retry.html",
    ),
    check=check,
)
