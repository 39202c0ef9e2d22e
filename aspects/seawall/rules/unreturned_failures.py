"""`unreturned-failures`: what the code returns as failed records, and what its mapping takes, do not fit."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from seawall.graph import FailureClass, Handling, Hop, Place, Polling
from seawall.remedies.settings_changes import partial_responses
from seawall.template import SourceLine

from .code_lines import at
from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Harm, Rule, Severity
from .pollers import delivery


class _Told(Struct, frozen=True):
    """What does not fit, what to do, and the line of code that says so."""

    kind: str
    what: str
    fix: str
    place: SourceLine
    declares: bool = False
    """The mapping is to take what the handler returns."""


def check(context: Context) -> Iterator[Finding]:
    """One finding per mapping."""
    handlings = {each.site: each for each in context.analysis.flow.handlings}
    for polling in context.analysis.flow.pollings:
        handling = handlings.get(polling.reader)
        hop = delivery(context, polling)
        if handling is None or hop is None or polling.pipe:
            continue
        found = _ignored(polling, handling) or _never(polling, handling) or _healthy(handling)
        if found is not None:
            yield _finding(polling, hop, handling, found)


def _ignored(polling: Polling, handling: Handling) -> _Told | None:
    """The handler names records that failed, and nobody reads that."""
    if not handling.partial or not handling.names_failed or polling.partial.value is not False:
        return None
    place = handling.partial_at or handling.handler
    what = (
        f"{polling.reader} returns batchItemFailures, which the mapping of {polling.source} does not take: every "
        "record that failed counts as done and is lost"
    )
    do = "set FunctionResponseTypes [ReportBatchItemFailures] on the mapping"
    return _Told("ignored", what, do, place, declares=True)


def _never(polling: Polling, handling: Handling) -> _Told | None:
    """The mapping asks for records that failed, and the handler never names one."""
    several = polling.batch.value is None or polling.batch.value > 1
    if handling.partial is not False or polling.partial.value is not True or handling.raises is not True or not several:
        return None
    what = (
        f"the mapping of {polling.source} asks {polling.reader} for the records that failed, and its code never "
        "returns any: one that fails runs its whole batch again"
    )
    fix = "return batchItemFailures with the records that failed, or remove ReportBatchItemFailures"
    return _Told("never", what, fix, handling.handler)


def _healthy(handling: Handling) -> _Told | None:
    """Records that worked are named, and no other."""
    if handling.names_healthy is None:
        return None
    what = f"{handling.site} returns records that worked as batchItemFailures, so that they run again"
    return _Told("healthy", what, "add a record to batchItemFailures where it failed only", handling.names_healthy)


def _finding(polling: Polling, hop: Hop, handling: Handling, told: _Told) -> Finding:
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH,
        place=Place(polling.place.address, "FunctionResponseTypes", told.place),
        site=handling.site,
        headline=told.what,
        facts=(f"as the code says, {told.place.short}",),
        fix=Fix.of(told.fix, (partial_responses([polling]),) if told.declares else ()),
        failure=FailureClass.ERROR,
        trace=at(hop, told.place),
        shape=(polling.source, told.kind),
    )


RULE = Rule(
    id="unreturned-failures",
    severity=Severity.WARNING,
    title="the records that a handler returns as failed, and what its mapping takes, do not fit",
    what=(
        "Reads the function's code beside its event source mapping. Fires where the handler returns "
        "`batchItemFailures` and the mapping lacks `ReportBatchItemFailures`; where the mapping has it, batches hold "
        "more than one record, and the code never returns any; and where the list holds the records that worked."
    ),
    why=(
        "Without `ReportBatchItemFailures` Lambda does not look at the answer: the records that the handler named as "
        "failed are deleted with the others. With it, and without an answer, a record that raises fails the whole "
        "batch as before, though the template reads as if it did not."
    ),
    example=Example(
        """\
return {"batchItemFailures": failed}    # and no ReportBatchItemFailures on the mapping: all are deleted
"""
    ),
    fix="Set both or neither: the answer in the code and `FunctionResponseTypes` on the mapping.",
    better=Example("worker.add_event_source(sources.SqsEventSource(queue, report_batch_item_failures=True))\n"),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html",
    ),
    check=check,
    harm=Harm.LOSES,
)
