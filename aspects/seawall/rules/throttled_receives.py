"""`throttled-receives`: throttling alone can use up a message's receives."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph import CalledFunction, Polling, QueueSettings
from seawall.remedies.search import Remedy
from seawall.remedies.settings_changes import at_once, receives
from seawall.template import ValueStatus

from .context import Context
from .fixes import Fix, Step
from .model import Confidence, Example, Finding, Rule, Severity
from .pollers import delivery, of_queues, read_from
from .wording import assumptions, confidence

_LEAST_CONCURRENCY = 2
"""`MaximumConcurrency` takes no less. Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

_Read = tuple[Polling, QueueSettings]


def check(context: Context) -> Iterator[Finding]:
    """One finding per function that its queues can ask for more runs than it is allowed."""
    mappings: dict[str, list[_Read]] = {}
    for polling, queue in of_queues(context):
        if not polling.pipe:  # a pipe's throttles are not counted as receives
            mappings.setdefault(polling.reader, []).append((polling, queue))
    for every in mappings.values():
        (called,) = every[0][0].called
        asked = [polling.at_once.value for polling, _ in every]
        few = [one for one in every if _few_receives(context, one[1])]
        allowed = called.reserved.value
        if few and allowed is not None and None not in asked and sum(filter(None, asked)) > allowed:
            yield _finding(context, called, every, few)


def _few_receives(context: Context, queue: QueueSettings) -> bool:
    receives = queue.receives.value if queue.receives is not None else None
    return receives is not None and receives < context.settings.least_receives


def _finding(context: Context, called: CalledFunction, every: list[_Read], few: list[_Read]) -> Finding:
    polling, queue = min(few, key=lambda one: (one[1].receives and one[1].receives.value) or 0)
    hop = delivery(context, polling)
    hops = [hop] if hop is not None else []
    receives = queue.receives.value if queue.receives is not None else 0
    asked = sum(one.at_once.value or 0 for one, _ in every)
    parts = " + ".join(_asked(one, queue.site) for one, queue in every)
    moves = "receive moves" if receives == 1 else "receives move"
    headline = (
        f"{receives} throttled {moves} a message of {queue.site} to its dead-letter queue, and its code never ran"
    )
    facts = [
        f"{called.site} may run {called.reserved.value} at once (ReservedConcurrentExecutions)",
        f"its queues ask for up to {asked:,}: {parts}",
    ]
    sure, assumed = confidence(hops, ()), list[str]()
    if queue.fifo.value is not False:
        sure = Confidence.MEDIUM
        assumed.append(f"assumes more than {called.reserved.value} message groups are active at once")
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=sure,
        place=replace(queue.place, property="RedrivePolicy.maxReceiveCount"),
        site=queue.site,
        headline=headline,
        facts=tuple(facts),
        assumptions=(*assumed, *assumptions(hops)),
        fix=_fix(context, called, every, few),
        trace=read_from(hop, f"maxReceiveCount = {receives}", receives) if hop is not None else (),
        also=tuple(dict.fromkeys(other.site for _, other in few if other.site != queue.site)),
        shape=(called.site,),
    )


def _asked(polling: Polling, queue: str) -> str:
    how = polling.at_once.property.rpartition(".")[2]
    unset = polling.at_once.status is ValueStatus.DEFAULT and how == "MaximumConcurrency"
    return f"{polling.at_once.value:,} ({queue}: {'no ' if unset else ''}{how})"


def _fix(context: Context, called: CalledFunction, every: list[_Read], few: list[_Read]) -> Fix:
    """No more runs asked for than the function may have, and more receives."""
    each, least = (called.reserved.value or 0) // len(every), context.settings.least_receives
    queues = {queue.site: queue for _, queue in few}
    raised = Step(
        f"set maxReceiveCount {least} or more on {' and '.join(queues)}",
        changes=tuple(receives(queue, least) for queue in queues.values()),
    )
    if each < _LEAST_CONCURRENCY:
        room = max(5, _LEAST_CONCURRENCY * len(every))
        return Fix((raised, Step(f"reserve {room} or more for {called.site}, and set MaximumConcurrency to match")))
    edits = tuple(at_once(one, each) for one, _ in every if one.at_once.value is None or one.at_once.value > each)
    where = f"on each queue of {called.site}, {each * len(every)} in all"
    if len(every) == 1:
        where = f"where {called.site} reads {every[0][1].site}"
    asked = Remedy(f"set MaximumConcurrency {each} on each queue of {called.site}", edits)
    return Fix((Step(f"set MaximumConcurrency {each} or less {where}", changes=(asked,)), raised))


RULE = Rule(
    id="throttled-receives",
    severity=Severity.WARNING,
    title="throttling alone can send messages to the dead-letter queue",
    what=(
        "Fires on a queue with `maxReceiveCount` under 5 that feeds a function with reserved concurrency, where the "
        "function's mappings on queues can together ask for more runs at once than it may have: 1,250 each unless "
        "`MaximumConcurrency` says less, or 10 per provisioned poller. Queues without a redrive policy and values that "
        "cannot be resolved stay silent, and so do pipes, which do not count their own throttles. `least-receives` in "
        "the settings file changes the 5."
    ),
    why=(
        "A receive counts when the message is handed to Lambda, not when the handler runs: a poller that is throttled "
        "until the visibility timeout is over has used one up. AWS asks for `maxReceiveCount` of at least 5, for five "
        "reserved runs at least, and says: don't set maximum concurrency higher than the function's reserved "
        "concurrency; reserved concurrency must be greater than or equal to the total maximum concurrency of all its "
        "queues, otherwise Lambda might throttle your messages."
    ),
    example=Example(
        """\
queue = sqs.Queue(self, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3))
worker = lambda_.Function(self, "Worker", reserved_concurrent_executions=10, ...)
worker.add_event_source(sources.SqsEventSource(queue))
"""
    ),
    fix=(
        "Set `MaximumConcurrency` on the mappings, together no more than the reserved concurrency, so that nothing is "
        "received that cannot run; and give the queue 5 receives or more."
    ),
    better=Example(
        """\
queue = sqs.Queue(self, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))
worker.add_event_source(sources.SqsEventSource(queue, max_concurrency=10))
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    ),
    check=check,
)
