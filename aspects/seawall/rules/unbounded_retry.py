"""`unbounded-retry`: a layer that counts no tries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from seawall.cost.runs import event_cost
from seawall.graph import Bound, FailureClass, Hop, Layer, RetryOwner, Tries, When, in_words
from seawall.remedies.advice import one_layer
from seawall.remedies.changes import bounded, enough, filled, parked
from seawall.remedies.search import Change
from seawall.remedies.what_if import Proposal, each_alone
from seawall.remedies.work import work_behind
from seawall.retries import Count, Factor
from seawall.retries.wording import derivation, number

from .context import Context, holds_for, layer_of, world_of
from .fixes import Fix, Step
from .model import Example, Finding, Harm, Mark, Rule, Severity
from .wording import assumptions, beside_tries, change_notes, confidence, give_up, verdict


def check(context: Context) -> Iterator[Finding]:
    """One finding per layer whose tries on a handler error only time ends."""
    flow = context.analysis.flow
    by_place: dict[object, list[Hop]] = {}
    for hop in flow.hops:
        tries = hop.tries_for(FailureClass.ERROR)
        unbounded = tries.bounded_by is not Bound.COUNT and tries.counted is None and not tries.unknown
        if hop.awaits and unbounded and not flow.sites[hop.target].framework:
            by_place.setdefault(hop.place, []).append(hop)
    for hops in by_place.values():
        yield _finding(context, hops)


def _finding(context: Context, hops: list[Hop]) -> Finding:
    hop = max(hops, key=lambda each: Count.of(each.tries_for(FailureClass.ERROR)).weight)  # one for each world
    tries = hop.tries_for(FailureClass.ERROR)
    work = work_behind(context.analysis, hop)
    found = context.analysis.figure(work or hop.target, FailureClass.ERROR)
    on_path = any(factor.hop.place == hop.place for path in found.paths for factor in path.factors)
    passes = on_path and (tries.total is not None or not found.count.exact)  # else another way makes the figure
    count = found.count if passes else Count.of(tries)
    event = "event" if passes else f"event of {hop.source}"
    does = f"one failing {event} can {'run' if work else 'go through'} {found.site}"
    if count.exact:
        lasts = f" ({in_words(tries.limit)})" if tries.limit is not None else ""
        first = f"{does} {number(count)} times: {_uncounted(hop, tries)}{lasts}"
    else:
        first = f"{does} again and again {tries.note}: {_uncounted(hop, tries)}"
    layer = tries.layer or Layer()
    end = filled(hop, tries, layer.then)
    changes = changes_to(context, hop)
    step = one_layer(context.analysis, found if passes else Factor(hop, tries), changes)
    said = len(found.layers) == 1 and not found.count.exact
    derived = () if said or not passes else (derivation(found),)
    return Finding(
        rule=RULE.id,
        severity=verdict(hops, RULE.severity if work else Severity.WARNING),
        confidence=confidence(hops, [tries]),
        place=hop.place,
        site=hop.source,
        headline=first,
        facts=(
            *_made(tries),
            *(derived if count.max != tries.total else ()),
            *holds_for(context, found),
            *filter(None, [end]),
        ),
        assumptions=tuple(assumptions(hops, world_of(context, found))),
        details=(*(derived if count.max == tries.total else ()), *give_up(tries.limit)),
        fix=_fix(context, hop, tries, step, changes),
        failure=FailureClass.ERROR,
        attempts=count.max,
        cost=event_cost(context.analysis, found.site, FailureClass.ERROR) if passes else None,
        trace=(
            Mark(hop.source, 1, running=1),
            Mark(hop.target, tries.total, _drawn(tries), hop.kind, True, tries.total, hop.place),
        ),
        also=tuple(dict.fromkeys(other.target for other in hops if other.target != hop.target)),
        shape=(hop.kind, hop.target),
    )


def _made(tries: Tries) -> list[str]:
    """What makes the number, where it is a time divided by another."""
    if tries.total is None and tries.limit is not None and tries.limit_set:
        return [f"a record is kept for {in_words(tries.limit)} ({tries.limit_set})"]
    if tries.total is None or tries.interval is None or tries.limit is None or not tries.interval_set:
        return []
    long, short = f"{in_words(tries.limit)} ({tries.limit_set})", f"{in_words(tries.interval)} ({tries.interval_set})"
    return [f"{tries.total:,} tries = {long} / {short}"]


def _drawn(tries: Tries) -> str:
    """What stands beside them in the drawing: without the division that stands below it."""
    return beside_tries(tries, tries.drawn if _made(tries) else "")


def _fix(context: Context, hop: Hop, tries: Tries, step: Step | None, changes: Sequence[Change]) -> Fix:
    """A count, and what comes of it."""
    layer = tries.layer or Layer()
    do, more = filled(hop, tries, layer.to_bound), filled(hop, tries, layer.bound_note)
    made = replace(step, do=do) if step is not None else Step(do)
    notes = filter(None, (*made.notes, *_ending(hop, changes), more, *change_notes(made.changes)))
    trade_off = "; ".join(filter(None, (_outage(hop, changes), _with_it(context, hop))))
    return Fix((replace(made, notes=tuple(notes)),), trade_off=trade_off)


def _outage(hop: Hop, changes: Sequence[Change]) -> str:
    """What a count does to good records of a stream: nothing else takes them out of the way of what works on them."""
    total = _counted(hop, changes)
    if not total or hop.owner is not RetryOwner.STREAM:
        return ""
    return f"in an outage that outlasts {total:,} tries, good records are given up on, too"


def _with_it(context: Context, hop: Hop) -> str:
    """What is given up on together with a bad record, where a batch is given up on as one.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, read 2026-11-30
    """
    read = (each for each in context.analysis.flow.pollings if (each.source, each.reader) == (hop.source, hop.target))
    whole = [each for each in read if each.queue is None and not each.bisects.value and not each.partial.value]
    most = max((each.batch.value or 1 for each in whole), default=1)
    if most == 1:
        return ""
    return (
        f"a batch is given up on as one, up to {most - 1:,} good {whole[0].unit}s with the bad one, unless batches are "
        "halved (BisectBatchOnFunctionError) or the code says which failed (ReportBatchItemFailures)"
    )


def _ending(hop: Hop, changes: Sequence[Change]) -> list[str]:
    """When a message is given up on afterwards."""
    total, step = _counted(hop, changes), hop.tries_for(FailureClass.ERROR).interval
    if total and hop.owner is RetryOwner.STREAM:
        return [f"{total:,} tries = the first and {total - 1:,} more (MaximumRetryAttempts)"]
    if not total or not step or not _made(hop.tries_for(FailureClass.ERROR)):
        return []
    return [f"then it gives up after {total:,} x {in_words(step)} = {in_words(total * step)}"]


def _counted(hop: Hop, changes: Sequence[Change]) -> int:
    """The tries to which the one change bounds a layer; 0 where there is none, or where it sets no count."""
    now = changes[0].tries.get(hop, {}).values() if len(changes) == 1 else ()
    return next((each.total or 0 for each in now if each.bounded_by is Bound.COUNT), 0)


def _uncounted(hop: Hop, tries: Tries) -> str:
    """Why a layer counts no tries."""
    return filled(hop, tries, (tries.layer or Layer()).uncounted)


def changes_to(context: Context, hop: Hop) -> list[Change]:
    """What gives the layer a count."""
    factor = Factor(hop, hop.tries_for(FailureClass.ERROR))
    return list(bounded(context.analysis.flow, factor, enough(context.settings)))


def _what_if(context: Context, finding: Finding) -> Proposal | None:
    hop, flow = layer_of(context, finding), context.analysis.flow
    if hop is None:
        return None
    changes = changes_to(context, hop)
    if any(before.when is When.EXHAUSTED for before in flow.into(hop.source)):
        changes += [change for change in parked(flow, hop.source) if hop in change.gone]
    work = work_behind(context.analysis, hop) or hop.target
    return each_alone(context.analysis, changes, "a count that ends the tries", work)


RULE = Rule(
    id="unbounded-retry",
    severity=Severity.ERROR,
    title="a layer on the path of work has no bound on the number of tries",
    what=(
        "Fires on a queue with a consumer and no redrive policy, and on a stream mapping or pipe with "
        "`MaximumRetryAttempts` at -1, its default: a failing event is tried until it is too old. A pipe that reads "
        "Kafka has no such setting."
    ),
    why=(
        "A queue that keeps messages for 4 days and hides them for 30 s delivers one failing message 11,520 times and "
        "then silently deletes it. A stream mapping blocks its shard until the record expires."
    ),
    example=Example(
        """\
queue = sqs.Queue(self, "Orders")                                   # 4 days / 30 s = 11,520 runs
fn.add_event_source(sources.DynamoEventSource(table, starting_position=LATEST))   # until the record is 24 h old
"""
    ),
    fix=(
        "Give the queue a redrive policy, and its dead-letter queue an alarm; give the mapping `MaximumRetryAttempts` "
        "and an on-failure destination."
    ),
    better=Example(
        """\
queue = sqs.Queue(self, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))
fn.add_event_source(
    sources.DynamoEventSource(table, starting_position=LATEST, retry_attempts=3, on_failure=sources.SqsDlq(dead))
)
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html",
    ),
    check=check,
    harm=Harm.GROWS,
    what_if=_what_if,
)
