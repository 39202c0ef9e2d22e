"""`batch-retry`: one bad record runs its healthy neighbours again."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph import Bound, FailureClass, Handling, Hop, Polling, SiteKind, Tries, reach
from seawall.remedies.settings_changes import partial_responses, single
from seawall.settings import LEAST_RECEIVES

from .context import Context
from .fixes import Fix, Step
from .model import Example, Finding, Rule, Severity
from .pollers import by_default, delivery, read_from
from .wording import assumptions, confidence, idempotence


def check(context: Context) -> Iterator[Finding]:
    """One finding per function and kind of source: its code is what can name the failed records. One for all pipes
    that share a source.
    """
    whole: dict[tuple[str, bool], list[Polling]] = {}
    silent = {each.site for each in context.analysis.flow.handlings if each.partial is False and each.raises}
    for polling in context.analysis.flow.pollings:
        named = polling.partial.value is not False and not (polling.pipe and polling.reader in silent)
        names = named or polling.bisects.value is not False
        size = polling.batch.value
        framework = context.analysis.flow.sites[polling.reader].framework
        if size is not None and size > 1 and not names and not framework and _fails(context, polling):
            mended = polling.source if polling.pipe else polling.reader
            whole.setdefault((mended, polling.queue is None), []).append(polling)
    for found in whole.values():
        yield _finding(context, found)


def _fails(context: Context, polling: Polling) -> bool:
    """Whether a batch fails with one message: behind a pipe not where the machine catches each item's failure."""
    if not polling.pipe or context.analysis.flow.sites[polling.reader].kind == SiteKind.FUNCTION:
        return True
    flow = context.analysis.flow
    work = reach([polling.reader], flow.awaiting) & context.analysis.working_leaves.keys()
    ordinary = (site for site in work if _ordinary(context, site))
    return any(each.others for site in ordinary for each in context.analysis.neighbours(site))


def _ordinary(context: Context, site: str) -> bool:
    """Whether a message comes there although nothing else has failed: what a Catch leads to needs two failures."""
    entries = (events.all for events in context.analysis.attempts.leading_to(site))
    return any(not one.ordinary.isdisjoint(one.copies(site)) for one in entries)


def _finding(context: Context, found: list[Polling]) -> Finding:
    polling = max(found, key=lambda one: _collateral(context, one))
    hop, reader = delivery(context, polling), context.analysis.flow.sites[polling.reader]
    hops = [hop] if hop is not None else []
    failure = _failure(hop)
    tries = hop.tries_for(failure) if hop is not None else Tries(None)
    neighbours = (polling.batch.value or 1) - 1
    word = polling.unit
    others = f"{neighbours:,} good {word}{'' if neighbours == 1 else 's'}"
    does = f"makes {polling.reader} process up to {others} of its batch again{_often(tries)}"
    if tries.total == 1:
        end = "to the dead-letter queue" if polling.queue and polling.queue.receives else "to be discarded"
        does = f"can send up to {others}, which {polling.reader} has processed, {end} with it"
    each = ""
    if tries.total is not None and tries.total > 1:
        fresh = "" if _in_order(polling) else ", possibly different ones"
        each = f"up to {neighbours:,} others each time{fresh}{_in_all(neighbours, tries)}: "
    bad = f"one bad {word}" if failure is FailureClass.ERROR else f"a timeout or crash on one {word}"
    headline = f"{bad} of {polling.source}{', a FIFO queue,' if _in_order(polling) else ''} {does}"
    facts = [
        f"{each}BatchSize = {by_default(polling.batch)}, {tries.note}",
        _end(polling, tries),
    ]
    beside = list(dict.fromkeys(other.reader for other in found if other.reader != polling.reader))
    return Finding(
        rule=RULE.id,
        severity=Severity.NOTE if reader.idempotent else RULE.severity,
        confidence=confidence(hops, [tries]),
        place=replace(polling.place, property=polling.batch.property if polling.pipe else "FunctionResponseTypes"),
        site=polling.reader,
        headline=headline,
        facts=(*facts, *idempotence(reader)),
        assumptions=tuple(assumptions(hops)),
        fix=_fix(context, found, polling),
        failure=failure,
        trace=read_from(hop, tries.note, tries.total) if hop is not None else (),
        also=(*dict.fromkeys(other.source for other in found if other.source != polling.source), *beside),
        shape=(polling.source,),
    )


def _in_order(polling: Polling) -> bool:
    """Whether a FIFO queue is read, of which the same group comes back in the same order."""
    return polling.queue is not None and polling.queue.fifo.value is True


def _collateral(context: Context, polling: Polling) -> tuple[bool, int]:
    hop = delivery(context, polling)
    total = hop.tries_for(_failure(hop)).total if hop is not None else None
    return total is None, (polling.batch.value or 0) * (total or 1)


def _failure(hop: Hop | None) -> FailureClass:
    """How a batch fails: where its author states that errors stay in the handler, by a timeout or crash."""
    swallowed = hop is not None and hop.shown(FailureClass.ERROR) is None
    return FailureClass.TIMEOUT if swallowed else FailureClass.ERROR


def _often(tries: Tries) -> str:
    if tries.total is None:
        return ", an unknown number of times" if tries.unknown else ", again and again"
    return f", on each of its {tries.total:,} tries"


def _in_all(neighbours: int, tries: Tries) -> str:
    """Runs of good messages that fail with the bad one; where only a clock ends the tries, nobody meets so often."""
    if tries.bounded_by is not Bound.COUNT or tries.total is None:
        return ""
    return f", {neighbours:,} x {tries.total:,} = {neighbours * tries.total:,} in all at most"


def _end(polling: Polling, tries: Tries) -> str:
    once = tries.total == 1
    worked = "those that worked" if once else "those that worked run again, and"
    if polling.queue is None:
        return f"{worked} are given up on with their batch after its last try"
    if polling.queue.receives is None:
        return f"{worked} are deleted with the bad one when they expire"
    if once:
        return "whoever redrives the dead-letter queue runs them a second time"
    return f"{worked} can move to the dead-letter queue with the bad one"


def _fix(context: Context, found: list[Polling], polling: Polling) -> Fix:
    """A mapping lets the function say which failed; what has no such setting reads one by one."""
    if not polling.pipe:
        handlings = (each for each in context.analysis.flow.handlings if each.site == polling.reader)
        return _named(found, polling, next(handlings, None))
    size, unit = polling.batch.property.rpartition(".")[2], polling.unit
    functions = all(context.analysis.flow.sites[each.reader].kind == SiteKind.FUNCTION for each in found)
    if functions:
        return Fix.of(f"return batchItemFailures with the {unit}s that failed", otherwise=f"set {size} 1")
    return Fix.of(
        f"set {size} 1",
        (single(found),),
        trade_off=f"an execution for each {unit}",
        otherwise=(
            f"catch in the machine what fails in each item and end well, and send that {unit} to a queue of its own"
        ),
    )


def _named(found: list[Polling], polling: Polling, handling: Handling | None) -> Fix:
    """The setting and the answer together: what a handler names without the setting counts as done."""
    declared = Step("set ReportBatchItemFailures", changes=(partial_responses(found),))
    if handling is not None and handling.partial and handling.names_failed:
        return Fix((replace(declared, notes=(f"{polling.reader} returns those that failed already",)),))
    word = f"{polling.unit}s"
    apart = ""
    if polling.queue is None:
        named = "the sequenceNumber of the first one that failed"
        apart = "set BisectBatchOnFunctionError, which separates the bad record from the others; "
    elif _in_order(polling):
        named = "the messageId of the first one that failed and of all behind it, so that the order holds"
    else:
        named = "the messageId of each one that failed"
    returned = f'return {{"batchItemFailures": [{{"itemIdentifier": ...}}]}} from the handler, with {named}'
    return Fix(
        (
            declared,
            Step(f"in the same deployment, {returned}", notes=_answered(polling)),
            *_more_receives(polling),
        ),
        first=f"does the handler take its {word} one by one? If so:",
        trade_off=_BEHIND if _in_order(polling) else "",
        otherwise=f"{apart}if it takes the batch as one unit, make it idempotent and acknowledge this",
        accept="otherwise",
    )


def _answered(polling: Polling) -> tuple[str, str]:
    """What becomes of the answer.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html, read 2026-11-30
    """
    lost = "reads on past" if polling.queue is None else "deletes"
    return (
        f"never this alone: without the setting Lambda does not look at the answer, and {lost} the failed ones",
        "while it still raises, the whole batch is tried again; an answer without batchItemFailures counts as success",
    )


_BEHIND = (
    "those of the group behind the bad one are received again each time, and can follow it to the dead-letter queue"
)


def _more_receives(polling: Polling) -> list[Step]:
    """That a single throttle is enough to dead-letter a message, where it is."""
    queue = polling.queue
    if queue is None or queue.receives is None or queue.receives.value != 1:
        return []
    return [
        Step(
            f"only when that runs, set maxReceiveCount {LEAST_RECEIVES} or more on {queue.site}: at 1, a single "
            "throttle dead-letters a message",
            notes=(f"before that, each good message of such a batch would run up to {LEAST_RECEIVES} times",),
        )
    ]


RULE = Rule(
    id="batch-retry",
    severity=Severity.WARNING,
    title="one failing record runs its whole batch again",
    what=(
        "Fires on an event source mapping on a queue or stream with a batch size above 1 (10 on queues and 100 on "
        "streams where nothing is set) and without `ReportBatchItemFailures`. A stream mapping that halves failing "
        "batches (`BisectBatchOnFunctionError`) is left out, and so is a pipe in front of a function, which may "
        "always name the records that failed: no property says whether it does. A pipe in front of an execution "
        "counts, unless the machine catches the failures of each item. Where partial responses are declared, the "
        "handler is taken to return what failed; one that raises still fails the whole batch. A subscriber of a "
        "custom event bus that waits for its target counts as a pipe does; where the code of its function was read "
        "and never names an event that failed, the whole batch fails."
    ),
    why=(
        "AWS: when a function meets an error while it processes a batch, all messages of that batch become visible "
        "again, including those that it processed successfully. One failing message in a batch of 10 with 5 receives "
        "runs up to 9 healthy neighbours with it, each of 5 times, and they can follow it into the dead-letter queue."
    ),
    example=Example("worker.add_event_source(sources.SqsEventSource(queue, batch_size=10))\n"),
    fix=(
        "Declare partial responses and return the failed records from the handler; Powertools' batch processor does "
        "it. A FIFO handler stops at the first failure and returns that message and all behind it; a stream handler "
        "returns the first failed sequence number, and everything from there runs again. A function that needs its "
        "batch as one unit (one bulk insert, one transaction) has no neighbours to spare: keep it idempotent and "
        "acknowledge the finding."
    ),
    better=Example(
        "worker.add_event_source(sources.SqsEventSource(queue, batch_size=10, report_batch_item_failures=True))\n"
    ),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html",
    ),
    check=check,
)
