"""`expires-before-dead-letter`: a message that is deleted before, or when, it becomes a dead letter."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from seawall.graph import DeadLetterClock, RefusedDeadLetters, in_words
from seawall.remedies.search import Remedy
from seawall.remedies.settings_changes import retention
from seawall.services.keeping import KEPT_FOR
from seawall.template import Setting, ValueStatus

from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Harm, Mark, Rule, Severity

DAY = 86_400.0
_SHOWN = 4
"""Receives that are drawn one by one."""


def check(context: Context) -> Iterator[Finding]:
    """One finding per queue whose clock, or whose dead-letter queue's, is too short, and per refused place."""
    for clock in context.analysis.flow.dead_letters:
        if not context.analysis.flow.sites[clock.queue].framework:
            yield from _short(clock)
    for refused in context.analysis.flow.refused:
        yield _refused(refused)


def _short(clock: DeadLetterClock) -> Iterator[Finding]:
    left, dead_left = clock.left, clock.dead_left
    if left is not None and left < DAY and not _ordinary(clock, clock.kept):
        yield _before(clock, left)
    elif dead_left is not None and dead_left < DAY and not _ordinary(clock, clock.dead_kept):
        yield _on_arrival(clock, dead_left)


def _ordinary(clock: DeadLetterClock, kept: Setting[int]) -> bool:
    """Whether nobody chose a retention, and the defaults are long enough for what is received."""
    both = (clock.kept.status, clock.dead_kept.status)
    lost = any(left is not None and left <= 0 for left in (clock.left, clock.dead_left))
    return kept.status is ValueStatus.DEFAULT and both == (ValueStatus.DEFAULT, ValueStatus.DEFAULT) and not lost


def _before(clock: DeadLetterClock, left: float) -> Finding:
    """The queue's own retention ends first, or soon after."""
    delayed = f", the first after {in_words(clock.delay)}," if clock.delay else ""
    receives = f"{clock.receives:,} receives every {in_words(clock.interval)}{delayed}"
    if left <= 0:
        first = (
            f"a failing message of {clock.queue} expires before it is dead-lettered: {receives} take "
            f"{in_words(clock.moved_at - clock.lived)}, and it is kept for {_words(clock.kept)}"
        )
        end = "then it is silently deleted: nothing reaches the dead-letter queue"
    else:
        first = (
            f"a message of {clock.queue} that waits for more than {in_words(left)} is never dead-lettered: it is "
            f"kept for {_words(clock.kept)}, and {receives} take {in_words(clock.moved_at - clock.lived)} of that"
        )
        end = "what expires is silently deleted: nothing of it reaches the dead-letter queue"
    longest = in_words(_enough(clock))
    changes = _changes(clock, clock.queue)
    dead = f", and of {clock.dead} to 14 days, as a dead letter's age counts from its first send"
    fix = Fix.of(
        f"set MessageRetentionPeriod of {clock.queue} to {longest} or more{dead if len(changes) > 1 else ''}",
        changes,
        otherwise="lower maxReceiveCount or the visibility timeout" if left <= 0 else "",
    )
    return _finding(clock, left <= 0, clock.queue, [first, _line(clock), end], fix)


def _on_arrival(clock: DeadLetterClock, left: float) -> Finding:
    """The dead-letter queue's retention has run down by the time a message gets there."""
    lived = in_words(clock.moved_at)
    if left <= 0:
        first = (
            f"a dead letter of {clock.queue} is silently deleted when it arrives at {clock.dead}: it is {lived} old by "
            f"then, and {clock.dead} keeps a message for {_words(clock.dead_kept)} from its first send"
        )
    else:
        since = "" if clock.renewed else f" from its first send, {lived} of which are over"
        first = (
            f"a dead letter of {clock.queue} is silently deleted after {in_words(left)} in {clock.dead}, which keeps a "
            f"message for {_words(clock.dead_kept)}{since}"
        )
    end = "a standard dead-letter queue counts from the first send, so it needs a longer retention than its source"
    if clock.renewed:
        end = "that may be too short for anybody to look at it"
    fix = Fix.of(f"set MessageRetentionPeriod of {clock.dead} to 14 days", _changes(clock, clock.dead))
    return _finding(clock, left <= 0, clock.dead, [first, _line(clock), end], fix)


def _changes(clock: DeadLetterClock, at: str) -> tuple[Remedy, ...]:
    """A longer retention: of the queue as long as its receives last and a day more, of dead letters 14 days."""
    longest = KEPT_FOR.value
    dead = retention(clock.dead, clock.dead_place, clock.dead_kept, longest)
    if at == clock.dead:
        return (dead,)
    wanted = ceil(_enough(clock))
    if wanted > longest:
        return ()
    kept = clock.dead_kept.value
    longer = not clock.renewed and kept is not None and kept < min(longest, wanted + DAY)
    return (retention(at, clock.place, clock.kept, wanted), *((dead,) if longer else ()))


def _enough(clock: DeadLetterClock) -> float:
    """Seconds of retention in which all receives fit, and a day more."""
    return max(clock.moved_at + DAY, 4 * DAY)


def _finding(clock: DeadLetterClock, lost: bool, at: str, lines: list[str], fix: Fix) -> Finding:
    note = f"{clock.receives:,} receives x {in_words(clock.interval)} = {in_words(clock.receives * clock.interval)}"
    return Finding(
        rule=RULE.id,
        severity=Severity.ERROR if lost else Severity.WARNING,
        confidence=Confidence.HIGH,
        place=clock.place if at == clock.queue else clock.dead_place,
        site=at,
        headline=lines[0],
        facts=(*lines[1:], *([f"this is so when {clock.world}"] if clock.world else [])),
        fix=fix,
        trace=(Mark(clock.queue, 1, running=1), Mark(clock.dead, 1, note, "redrive", False)),
        also=(clock.dead if at == clock.queue else clock.queue,),
        shape=(clock.queue, clock.dead),
    )


def _words(kept: Setting[int]) -> str:
    return f"{in_words(kept.value or 0)} ({kept.whose})"


def _line(clock: DeadLetterClock) -> str:
    """The life of one message: ``t+0 received, t+30 min received, t+1 h deleted, never dead-lettered``."""
    kept = clock.kept.value
    times = [clock.first + number * clock.interval for number in range(clock.receives)]
    times = [time for time in times if kept is None or time < kept]
    shown = [f"t+{in_words(time) if time else '0'} received" for time in times[:_SHOWN]]
    if len(times) > _SHOWN:
        shown = [*shown[:2], "...", f"t+{in_words(times[-1])} received"]
    if clock.left is not None and clock.left <= 0:
        shown.append(f"t+{in_words(kept or 0)} deleted, never dead-lettered")
    elif clock.dead_left is not None and clock.dead_left <= 0:
        shown.append(f"t+{in_words(clock.moved_at)} moved to {clock.dead} and deleted there")
    else:
        shown.append(f"t+{in_words(clock.moved_at)} moved to {clock.dead}")
    return ", ".join(shown)


def _refused(refused: RefusedDeadLetters) -> Finding:
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH,
        place=refused.place,
        site=refused.site,
        headline=f"no dead letter of {refused.site} can reach {refused.end}: {refused.why}",
        fix=Fix.of(f"name a queue of the right kind in place of {refused.end}"),
        also=(refused.end,),
        shape=(refused.end,),
    )


RULE = Rule(
    id="expires-before-dead-letter",
    severity=Severity.ERROR,
    title="a message expires before it is dead-lettered, or when it arrives there",
    what=(
        "Fires where the receives of a message, times the visibility timeout, take as long as its queue keeps it or "
        "longer: it is deleted and never becomes a dead letter; and where a dead-letter queue keeps it no longer than "
        "it has lived by then: it is deleted on arrival. Both are errors. Where under a day is left it is a warning, "
        "unless both retentions are the default of 4 days. Fires, too, on a dead-letter queue of a kind that AWS "
        "refuses: a standard queue for a FIFO one or the other way round, and a FIFO queue for the dead letters of a "
        "function's asynchronous invocations, a standard topic's subscriptions or an EventBridge rule. Values that "
        "only the deployment knows are left out."
    ),
    why=(
        "SQS deletes a message when its retention ends, whatever its receive count says. A queue with one hour of "
        "retention, 30 minutes of visibility and 10 receives delivers twice and then deletes. A standard dead-letter "
        "queue keeps the time of the first send, so AWS asks for a longer retention there than on the source; a FIFO "
        "one starts the clock again."
    ),
    example=Example(
        """\
dead = sqs.Queue(self, "Dead", retention_period=Duration.hours(1))
queue = sqs.Queue(
    self, "Orders", visibility_timeout=Duration.minutes(30),
    dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3),   # moved after 90 min: deleted on arrival
)
"""
    ),
    fix="Give the dead-letter queue 14 days, and the queue more than its receives take, with a day to spare.",
    better=Example(
        """\
dead = sqs.Queue(self, "Dead", retention_period=Duration.days(14))
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
    ),
    check=check,
    harm=Harm.LOSES,
)
