"""`order-lost`: a FIFO queue's order ends where its reader hands off."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph import Hop, Place, Polling, SiteKind, When
from seawall.remedies.settings_changes import awaited

from .context import Context
from .fixes import Fix
from .model import Example, Finding, Mark, Rule, Severity
from .pollers import delivery, of_queues
from .wording import assumptions, confidence

_ENDS = {
    "state-machine": "starts executions, which run beside each other",
    "asynchronous-queue": "invokes asynchronously, and such invocations run beside each other",
    "queue": "sends on to a standard queue, which keeps no order",
    "topic": "publishes to a standard topic, which keeps no order",
    "bus": "puts events on a bus, which keeps no order",
}
"""Kinds of receivers behind which events overtake each other, and how."""


def check(context: Context) -> Iterator[Finding]:
    """One finding per reader of a FIFO queue whose one effect is to hand off."""
    for polling, queue in of_queues(context):
        if queue.fifo.value:
            end = _hands_off(context, polling)
            if end is not None:
                yield _finding(context, polling, end)


def _hands_off(context: Context, polling: Polling) -> Hop | None:
    """The hand-off that is all that a reader does, and behind which there is no order."""
    flow = context.analysis.flow
    onward = [hop for hop in flow.out_of(polling.reader) if hop.when is When.ALWAYS]
    if len({hop.target for hop in onward}) != 1 or onward[0].awaits:
        return None
    kind = flow.sites[onward[0].target].kind
    if kind not in _ENDS or _in_order(context, onward[0].target):
        return None
    return onward[0]


def _in_order(context: Context, site: str) -> bool:
    """Whether the receiver is a FIFO queue or topic, or may be one."""
    found = context.analysis.flow.sites[site].place
    resource = context.app.resource(found.address) if found is not None else None
    if resource is None:
        return context.analysis.flow.sites[site].kind in (SiteKind.QUEUE, SiteKind.TOPIC)
    return any(resource.properties.get(name) not in (None, False, "false") for name in ("FifoQueue", "FifoTopic"))


def _finding(context: Context, polling: Polling, end: Hop) -> Finding:
    flow = context.analysis.flow
    into = delivery(context, polling)
    hops = [hop for hop in (into, end) if hop is not None]
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=confidence(hops, ()),
        place=polling.place,
        site=polling.reader,
        headline=(
            f"the order of {polling.source}, a FIFO queue, is lost at {polling.reader}: it hands off to {end.target} "
            "and does not wait"
        ),
        facts=(
            f"{polling.reader} {_ENDS[flow.sites[end.target].kind]}",
            (
                "its message is deleted as soon as the hand-off is accepted: the next one of the group comes at once, "
                "and a failure behind it is not retried"
            ),
        ),
        assumptions=tuple(assumptions(hops)),
        fix=_fix(context, polling, end),
        trace=(
            Mark(polling.source, 1, running=1),
            Mark(polling.reader, 1, "", into.kind if into is not None else "", True, 1, polling.place),
            Mark(end.target, 1, "", end.kind, False, 1, end.place),
        ),
        also=(end.target,),
        shape=(polling.source, end.kind),
    )


def _fix(context: Context, polling: Polling, end: Hop) -> Fix:
    """Whoever reads the queue waits for the work."""
    otherwise = "take a standard queue where order does not matter"
    place = _invocation(context, polling, end)
    if place is not None:
        change = awaited(place, polling.reader)
        return Fix.of(
            change.do, (change,), trade_off="a failed run is tried again, in its group's turn", otherwise=otherwise
        )
    kind = context.analysis.flow.sites[end.target].kind
    if kind in (SiteKind.QUEUE, SiteKind.TOPIC):
        otherwise = f"send on to a FIFO {kind} with the message's own group, or {otherwise}"
    return Fix.of(
        f"wait for the work where {polling.source} is read: a pipe with REQUEST_RESPONSE into an Express machine, or "
        "the work in the function itself",
        otherwise=otherwise,
    )


def _invocation(context: Context, polling: Polling, end: Hop) -> Place | None:
    """Where a pipe says that it does not wait for what it could wait for; None where it cannot.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html (Standard machines are
    started without waiting only), read 2026-11-30
    """
    site = context.analysis.flow.sites[end.target]
    receiver = context.app.resource(site.place.address) if polling.pipe and site.place is not None else None
    if receiver is None:
        return None
    if site.kind == SiteKind.ASYNCHRONOUS_QUEUE:
        section = "LambdaFunctionParameters"
    elif site.kind == SiteKind.MACHINE and receiver.properties.get("StateMachineType") == "EXPRESS":
        section = "StepFunctionStateMachineParameters"
    else:
        return None
    return Place(polling.place.address, f"TargetParameters.{section}.InvocationType")


RULE = Rule(
    id="order-lost",
    severity=Severity.WARNING,
    title="the order of a FIFO queue is lost at a hand-off",
    what=(
        "Fires where all that the reader of a FIFO queue does is to hand its message off: it starts an execution "
        "without waiting, invokes asynchronously, sends to a standard queue or topic, or puts an event on a bus. A "
        "reader that does other work as well, or awaits it, is left out; so is a hand-off to another FIFO queue or "
        "topic."
    ),
    why=(
        "A FIFO queue keeps the order of a group, one message at a time, until the reader has deleted the message. A "
        "reader that only hands off deletes it within milliseconds. The work itself then runs side by side and in any "
        "order, and what the queue was chosen for is gone, retries and dead letters included."
    ),
    example=Example(
        """\
trigger.add_event_source(sources.SqsEventSource(fifo_queue))   # and trigger calls StartExecution
"""
    ),
    fix=(
        "Await the work where the queue is read (a pipe with `REQUEST_RESPONSE`), send on to another FIFO queue or "
        "topic with the message's own group, or take a standard queue."
    ),
    better=Example(
        """\
pipes.CfnPipe(self, "Pipe", source=fifo_queue.queue_arn, target=express.state_machine_arn, ...)   # REQUEST_RESPONSE
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html",
    ),
    check=check,
)
