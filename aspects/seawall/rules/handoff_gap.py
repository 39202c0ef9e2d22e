"""`handoff-gap`: failures after a hand-off that end nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.services import Drop, Hop

from .context import Context
from .model import Example, Finding, Mark, Rule, Severity
from .wording import assumptions, confidence, some


def check(context: Context) -> Iterator[Finding]:
    """One finding per place where events are handed off to and lost when they fail."""
    flow = context.analysis.flow
    for drop in flow.drops:
        handed = [hop for hop in flow.into(drop.site) if not hop.awaits]
        served = [hop.target for hop in flow.out_of(drop.site) if hop.awaits]
        concerned = (drop.site, *served)
        seen = flow.watched.intersection(concerned) or any(flow.sites[site].framework for site in concerned)
        if handed and not seen:
            queue = flow.sites[drop.site].kind == "asynchronous-queue"
            yield _finding(drop, handed, served[0] if queue and served else None)


def _finding(drop: Drop, handed: list[Hop], called: str | None) -> Finding:
    senders = list(dict.fromkeys(hop.source for hop in handed))
    surest = max(handed, key=lambda hop: hop.evidence)
    lost = f"an event that fails at {drop.site} is lost"
    if called is not None:
        lost = f"an event handed to {called} asynchronously is lost when it fails"
    done = f"{some(senders, 3)} {'is' if len(senders) == 1 else 'are'} done once the event is handed over"
    lines = [f"{lost}: {drop.what}", done]
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=confidence([surest], ()),
        place=drop.place,
        site=drop.site,
        message="\n".join([*lines, *assumptions(handed)]),
        fix=drop.fix,
        trace=(Mark(senders[0], 1), Mark(drop.site, 1, "handed off", handed[0].kind, False, place=handed[0].place)),
        shape=(handed[0].kind,),
    )


RULE = Rule(
    id="handoff-gap",
    severity=Severity.WARNING,
    title="failures after a hand-off end nowhere",
    what=(
        "Fires where a sender is done once its event is accepted (StartExecution, an asynchronous invocation, a stream "
        "that reads on) and a failure behind that point meets no dead-letter queue, no destination, no catch and no "
        "alarm."
    ),
    why=(
        "The layer in front has deleted the message and believes the work done. Nothing retries it, nothing keeps it, "
        "nobody is told."
    ),
    example=Example(
        """\
queue -> trigger function -> StartExecution   # the message is deleted, whatever happens to the execution
"""
    ),
    fix=(
        "Await the work instead (a pipe into an Express machine), or give it an end for failures: a Catch that sends "
        "to a queue, an on-failure destination, an alarm on ExecutionsFailed."
    ),
    better=Example(
        """\
queue -> pipe (REQUEST_RESPONSE) -> Express state machine   # a failed execution leaves the message on the queue
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    ),
    check=check,
)
