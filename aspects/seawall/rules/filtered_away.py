"""`filtered-away`: a filter on a queue's reader deletes what it rejects."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from msgspec.structs import replace

from seawall.graph import Hop, HopKind, Place, SiteKind
from seawall.graph.guards import Match, Pattern
from seawall.graph.patterns import described, together
from seawall.remedies.settings_changes import filter_taken
from seawall.words import some

from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Harm, Mark, Rule, Severity
from .wording import assumptions

_ROUTED = "give each kind of message a queue of its own: a topic with filter policies in front routes"
_SHARED = "a queue gives each message to one reader, and what that one's filter rejects is deleted, not left"
_ALONE = "what the filter of a queue's reader rejects counts as done: it is deleted, and not dead-lettered"


def check(context: Context) -> Iterator[Finding]:
    """One finding per queue whose readers have filters."""
    flow = context.analysis.flow
    by_queue: dict[str, dict[str, Hop]] = {}
    for hop in flow.hops:
        if (
            hop.awaits
            and hop.keeps
            and flow.sites[hop.source].kind == SiteKind.QUEUE
            and not flow.sites[hop.target].framework
        ):
            by_queue.setdefault(hop.source, {}).setdefault(_reader(hop), hop)
    for queue, readers in by_queue.items():
        if any(hop.guard.pattern is not None for hop in readers.values()):
            yield _finding(context, queue, readers)


def _reader(hop: Hop) -> str:
    """What reads: the mapping or the pipe."""
    return next((option.choice for option in hop.guard.options if option.scope == hop.source), hop.target)


def _finding(context: Context, queue: str, readers: dict[str, Hop]) -> Finding:
    patterns = {name: hop.guard.pattern for name, hop in readers.items() if hop.guard.pattern is not None}
    apart = _exclusive(patterns)
    certain = apart and not any(readers[name].kind == HopKind.PIPE_SOURCE for name in apart)
    first_name = apart[0] if apart else next(iter(patterns))
    if apart:
        one, other = apart
        first = (
            f"{one} and {other} read {queue} with filters that exclude each other: each deletes what the other wants"
        )
    elif len(readers) > 1:
        first = (
            f"messages of {queue} that the filter of {first_name} rejects are deleted, not left to its other readers"
        )
    else:
        first = f"messages of {queue} that the filter of {first_name} rejects are deleted: nobody else gets them"
    facts = [f"{name} takes messages only where {described(pattern)}" for name, pattern in patterns.items()]
    facts.append(_SHARED if len(readers) > 1 else _ALONE)
    hop = readers[first_name]
    names = [name for name in readers if name != first_name]
    place = _place(context, queue, first_name)
    return Finding(
        rule=RULE.id,
        severity=Severity.ERROR if certain else RULE.severity,
        confidence=Confidence.HIGH,
        place=place,
        site=queue,
        headline=first,
        facts=tuple(facts),
        assumptions=tuple(assumptions([each for each in readers.values() if each.conditions])),
        fix=_fix(hop, place, list(patterns)) if len(readers) == 1 else _routed(list(patterns)),
        trace=(Mark(queue, 1, running=1), Mark(hop.target, 1, "", hop.kind, True, 1, hop.place)),
        also=tuple(names),
        shape=(queue, *patterns),
    )


def _fix(hop: Hop, place: Place, names: list[str]) -> Fix:
    """The filter goes, where nobody else reads the queue."""
    change = filter_taken(place, names[0])
    return Fix.of(
        f"{change.do}, and decide in the code",
        (change,) if place.property else (),
        first="is anybody to get what the filter rejects? If not, acknowledge this",
        accept="first",
        trade_off=f"{hop.target} runs for every message",
        otherwise=_ROUTED,
    )


def _routed(names: list[str]) -> Fix:
    return Fix.of(_ROUTED, otherwise=f"take the filter off {some(names, 2)} and decide in the code")


def _place(context: Context, queue: str, reader: str) -> Place:
    """Of the filter."""
    for polling in context.analysis.flow.pollings:
        resource = context.app.resource(polling.place.address)
        if polling.source == queue and resource is not None and resource.site_id == reader:
            where = "SourceParameters.FilterCriteria" if polling.pipe else "FilterCriteria"
            return replace(polling.place, property=where)
    return context.place(queue)


def _exclusive(patterns: dict[str, Pattern]) -> tuple[str, str] | None:
    """Two readers of which one message can never pass both filters."""
    for one, other in combinations(patterns, 2):
        if together([patterns[one], patterns[other]]) is Match.NO:
            return one, other
    return None


RULE = Rule(
    id="filtered-away",
    severity=Severity.WARNING,
    title="a filter on a queue's reader deletes messages",
    what=(
        "Fires on a mapping, or a pipe, that reads a queue through a filter. A warning, and an error where the "
        "filters of two mappings of one queue exclude each other: whichever receives a message first deletes what the "
        "other was to get."
    ),
    why=(
        "Streams give every reader a copy, and there a filter chooses. A queue gives each message to one reader, and "
        "what a filter rejects counts as done: it is silently deleted, not dead-lettered."
    ),
    example=Example(
        """\
order, refund = ({"body": {"t": [kind]}} for kind in ("order", "refund"))
orders.add_event_source(sources.SqsEventSource(queue, filters=[lambda_.FilterCriteria.filter(order)]))
refunds.add_event_source(sources.SqsEventSource(queue, filters=[lambda_.FilterCriteria.filter(refund)]))
"""
    ),
    fix=(
        "Where nobody is to get what the filter rejects, acknowledge the finding. Else route before the queue: a topic "
        "with filter policies, or rules, and a queue for each kind of message."
    ),
    better=Example(
        """\
order, refund = (sns.SubscriptionFilter.string_filter(allowlist=[kind]) for kind in ("order", "refund"))
topic.add_subscription(subs.SqsSubscription(order_queue, filter_policy={"t": order}))
topic.add_subscription(subs.SqsSubscription(refund_queue, filter_policy={"t": refund}))
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html",
    ),
    check=check,
    harm=Harm.LOSES,
)
