"""`swallowed-failure`: code behind a retried source catches everything and returns."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph import CLASSES, FailureClass, Handling, Hop, HopKind, Place, Tries

from .code_lines import at, delivering
from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Harm, Rule, Severity
from .wording import class_names


def check(context: Context) -> Iterator[Finding]:
    """One finding per function, for the source with the most tries."""
    for handling in context.analysis.flow.handlings:
        if handling.raises is not False or not handling.swallowed or handling.reported or handling.names_failed:
            continue
        hops = [hop for hop in delivering(context, handling.site) if _retries(hop)]
        if hops and not context.analysis.flow.sites[handling.site].framework:
            yield _finding(context, handling, hops)


def _retries(hop: Hop) -> bool:
    """Whether the source would try again if the function failed."""
    return hop.tries_for(FailureClass.TIMEOUT).total != 1


def _finding(context: Context, handling: Handling, hops: list[Hop]) -> Finding:
    hop = max(hops, key=lambda each: each.tries_for(FailureClass.TIMEOUT).total or 10**6)
    tries = hop.tries_for(FailureClass.TIMEOUT)
    caught = handling.swallowed[0]
    facts = [
        f"every error of its work is caught and ends at {', '.join(each.short for each in handling.swallowed[:3])}",
        f"{hop.source} counts the event as done: no retry, no dead letter, and no alarm on errors sees it",
        f"runs by kind of failure: error 1, {_others(hop)}",
    ]
    if handling.answers is not None:
        facts.append(
            f"the status that is returned ({handling.answers.short}) means nothing to {hop.source}: only HTTP callers "
            "look at it"
        )
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH,
        place=Place(context.place(handling.site).address, "Code", caught),
        site=handling.site,
        headline=f"{handling.site} swallows every error, so an event that fails is lost: {_never(hop, tries)}",
        facts=tuple(facts),
        fix=Fix.of(
            f"let the error leave the handler (raise it again at {caught.short})"
            + (
                ", or return the records that failed as batchItemFailures, with ReportBatchItemFailures on the mapping"
                if hop.kind == HopKind.EVENT_SOURCE_MAPPING
                else ""
            ),
            otherwise="if losing an event is meant, acknowledge this with the reason",
            accept="otherwise",
        ),
        failure=FailureClass.ERROR,
        attempts=1,
        trace=at(hop, caught),
        also=tuple(dict.fromkeys(each.source for each in hops if each.source != hop.source)),
        shape=(hop.source, hop.kind),
    )


def _others(hop: Hop) -> str:
    """Tries after what no code catches."""
    names = class_names(of_lambda=True)
    return ", ".join(f"{names[each]} {_shown(hop.tries_for(each))}" for each in CLASSES[1:])


def _shown(tries: Tries) -> str:
    return f"{tries.total:,}" if tries.total is not None else "until expiry"


def _never(hop: Hop, tries: Tries) -> str:
    count = f"the {tries.total:,} tries" if tries.total is not None else "the tries"
    return f"{count} of {hop.source} never happen"


RULE = Rule(
    id="swallowed-failure",
    severity=Severity.WARNING,
    title="a handler behind a retried source catches every error and returns",
    what=(
        "Reads the function's code. Fires where a queue, stream or asynchronous invocation would try again, something "
        "in the handler can fail, every error of it is caught, and nothing on the way of a caught error raises again, "
        "sends, stores or reports it, or returns it among the `batchItemFailures`. A handler that answers "
        '`{"statusCode": 500}` to a queue, topic or stream counts as well. Code that could not be read, or followed to '
        "its end, is left alone."
    ),
    why=(
        "A handler that returns has succeeded: Lambda deletes the message, moves on in the stream, drops the "
        "asynchronous event. The retries and the dead-letter queue that were set up never see the failure; the event "
        "is gone, and the only trace is a log line. Of the retried functions of public sample apps 10 to 14 percent do "
        "so."
    ),
    example=Example(
        """\
def handler(event, context):
    try:
        for record in event["Records"]:
            process(record)
    except Exception as error:
        print(error)            # the queue deletes the messages
"""
    ),
    fix=(
        "Let the error out, or return the failed records as `batchItemFailures` with `ReportBatchItemFailures` set on "
        "the mapping. Catch only what the handler can deal with."
    ),
    better=Example(
        """\
def handler(event, context):
    for record in event["Records"]:
        process(record)         # raises: the queue delivers again, then dead-letters
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html",
    ),
    check=check,
    harm=Harm.LOSES,
)
