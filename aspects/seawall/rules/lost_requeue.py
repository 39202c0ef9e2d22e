"""`lost-requeue`: a FIFO queue takes what is sent back for a message that it has had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from seawall.graph import (
    DEDUPLICATION_INTERVAL,
    Evidence,
    FailureClass,
    Flow,
    Hop,
    QueueSettings,
    SiteKind,
    When,
    in_words,
    reach,
)
from seawall.words import some

from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Harm, Mark, Rule, Severity
from .pollers import of_queues
from .wording import assumptions, verdict

_INTERVAL = DEDUPLICATION_INTERVAL.value
_GROUP = "messageGroup"


def check(context: Context) -> Iterator[Finding]:
    """One finding per FIFO queue, with everything that sends back to it."""
    flow = context.analysis.flow
    queues = {queue.site: queue for _, queue in of_queues(context) if _drops_equals(queue)}
    if queues:
        soon = {site: [hop for hop in hops if hop.when is not When.EXHAUSTED] for site, hops in flow.outgoing.items()}
        for queue in queues.values():
            hops = [hop for hop in _sent_back(flow, soon, queue) if hop.same_id is not True]
            if hops:
                yield _finding(queue, hops)
    for queue in {queue.site: queue for _, queue in of_queues(context) if queue.fifo.value}.values():
        for hop in flow.into(queue.site):
            if hop.same_id:
                yield _one_id(queue, hop)


def _drops_equals(queue: QueueSettings) -> bool:
    """Whether an equal body that is sent as soon as the first one was received is surely taken for a duplicate."""
    at_once = queue.delay.value is not None and queue.delay.value < _INTERVAL
    return bool(queue.fifo.value and queue.by_content.value and queue.scope.known and at_once)


def _sent_back(flow: Flow, soon: Mapping[str, Sequence[Hop]], queue: QueueSettings) -> Iterator[Hop]:
    """Sends into the queue by what its messages lead to, soon enough to be taken for a duplicate."""
    sends = [hop for hop in flow.into(queue.site) if _sends_own_body(flow, hop)]
    waits = _waits(flow, soon, queue.site) if sends else {}
    for hop in sends:
        if hop.source in waits and waits[hop.source] + (queue.delay.value or 0) < _INTERVAL:
            yield hop


def _sends_own_body(flow: Flow, hop: Hop) -> bool:
    """Whether code, a task or a pipe sends, without an id of its own: a queue that redrives sends nothing, and what a
    rule or a topic delivers is no longer the body that was received.
    """
    sender = flow.sites[hop.source]
    sends = not hop.awaits and (sender.works or sender.kind == SiteKind.PIPE) and not sender.framework
    return sends and hop.source not in flow.deduplicated and hop.same_id is not False


def _waits(flow: Flow, soon: Mapping[str, Sequence[Hop]], start: str) -> Mapping[str, float]:
    """Seconds that pass at least until an event of `start` gets to a site, for every site that it can get to: only
    queues whose receives are spent first make it wait.
    """
    found = dict.fromkeys(reach([start], soon), 0.0)
    while late := [
        (found[hop.source] + seconds, hop.target)
        for site in found
        for hop in flow.out_of(site)
        if hop.when is When.EXHAUSTED and hop.target not in found and (seconds := _spent(flow, site)) is not None
    ]:
        seconds, target = min(late)
        for site in reach([target], soon):
            found.setdefault(site, seconds)
    return found


def _spent(flow: Flow, site: str) -> float | None:
    """Seconds until the tries of what waits at a site are spent; None where that is unknown."""
    times = [hop.tries_for(FailureClass.ERROR).seconds(0.0) for hop in flow.out_of(site) if hop.awaits]
    return min((one for one in times if one is not None), default=None)


def _one_id(queue: QueueSettings, hop: Hop) -> Finding:
    """Code that sends all messages under one deduplication id."""
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH,
        place=replace(hop.place, code=hop.at),
        site=queue.site,
        headline=(
            f"{queue.site} silently drops what {hop.source} sends within {in_words(_INTERVAL)} of the last message "
            "that it took: all carry one MessageDeduplicationId"
        ),
        facts=(
            *((f"the id is a constant in the code, {hop.at.short}",) if hop.at is not None else ()),
            "the send succeeds and nothing is queued: the event is gone without an error, a retry or a dead letter",
        ),
        assumptions=tuple(assumptions([hop])),
        fix=Fix.of("give every message a MessageDeduplicationId of its own, such as the event's id and the round"),
        trace=(Mark(hop.source, 1), Mark(queue.site, 1, "one id for all", hop.kind, False, place=hop.place)),
        also=(hop.source,),
        shape=("one id", f"{hop.kind}>{hop.source}"),
    )


def _finding(queue: QueueSettings, hops: list[Hop]) -> Finding:
    senders = list(dict.fromkeys(hop.source for hop in hops))
    surest = max(hops, key=lambda hop: hop.evidence)
    grouped = queue.scope.value == _GROUP
    sends = "sends" if len(senders) == 1 else "send"
    headline = (
        f"{queue.site} silently drops what {some(senders)} {sends} back to it within {in_words(_INTERVAL)} of its "
        "first arrival"
    )
    facts = [
        "ContentBasedDeduplication takes an equal body for the same message, even after that was deleted",
        "the send succeeds and nothing is queued: the event is gone without an error, a retry or a dead letter",
    ]
    assumed = ["assumes the body is sent back as it came, without a MessageDeduplicationId"]
    if grouped:
        assumed.append(f"assumes it is sent back into its message group (DeduplicationScope {_GROUP})")
    sure = surest.evidence >= Evidence.READ and not grouped
    return Finding(
        rule=RULE.id,
        severity=Severity.WARNING if grouped else verdict([surest], RULE.severity),
        confidence=Confidence.HIGH if sure and surest.evidence is Evidence.DECLARED else Confidence.MEDIUM,
        place=replace(queue.place, property=queue.by_content.property),
        site=queue.site,
        headline=headline,
        facts=tuple(facts),
        assumptions=(*assumed, *assumptions(hops)),
        fix=Fix.of(
            f"do not send a failed message back: raise the error, and {queue.site} delivers it again after its "
            "visibility timeout",
            otherwise="if it has to be sent, give every send a MessageDeduplicationId of its own",
        ),
        trace=(Mark(surest.source, 1), Mark(queue.site, 1, "sent back", surest.kind, False, place=surest.place)),
        also=tuple(senders),
        shape=tuple(f"{hop.kind}>{hop.source}" for hop in hops),
    )


RULE = Rule(
    id="lost-requeue",
    severity=Severity.ERROR,
    title="a FIFO queue silently drops the event that is sent back to it",
    what=(
        "Fires where a FIFO queue with `ContentBasedDeduplication` receives messages from code, a task or a pipe that "
        "its own messages lead to. A task or pipe that sets `MessageDeduplicationId` is safe; a redrive is no send. "
        "Neither a `DelaySeconds` of 5 minutes nor receives that take as long before the dead letters are sent back "
        "leave an equal message to be found. It is a warning where the send is inferred from a permission alone, or "
        "where duplicates are looked for within the message group only (`DeduplicationScope: messageGroup`, high "
        "throughput), because the template does not tell the group. Where the sender's code was read, an id of its own "
        "for each message is safe, and one constant id for all of them fires on any FIFO queue."
    ),
    why=(
        "AWS: messages with identical content that are sent within the deduplication interval are treated as "
        "duplicates, and only one copy is delivered; SQS goes on tracking the deduplication id even after the message "
        "has been received and deleted. A handler that puts a failed event back and returns has therefore deleted the "
        "only copy: the send is answered with success, and nothing is queued."
    ),
    example=Example(
        """\
queue = sqs.Queue(self, "Orders", fifo=True, content_based_deduplication=True)
queue.grant_send_messages(worker)   # worker reads the queue and sends back what it cannot handle yet
"""
    ),
    fix=(
        "Do not send: raise, or return the message among the `batchItemFailures`, and the queue delivers it again. "
        "Where it has to be sent, give every send a deduplication id of its own, such as its id and the round."
    ),
    better=Example(
        """\
sqs_client.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group,
                        MessageDeduplicationId=f"{message_id}-{round}")
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-key-terms.html",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html",
    ),
    check=check,
    harm=Harm.LOSES,
)
