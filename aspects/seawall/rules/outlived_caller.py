"""`outlived-caller`: work goes on although its waiter gave up, and runs again beside itself."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph import in_words
from seawall.graph.waiting import ShortWait
from seawall.retries.abandoned import Abandoned
from seawall.retries.wording import derivation, number
from seawall.words import some

from .context import Context
from .model import Confidence, Example, Finding, Rule, Severity
from .wording import assumptions, confidence, idempotence, trace

_CLIENTS = ("api", "function-url", "load-balancer", "target-group", "function", "user-pool")
"""What somebody outside the app may call, and call again."""
_SHOWN = 4


def check(context: Context) -> Iterator[Finding]:
    """One finding per site whose work outlives somebody that waits for it."""
    for found in context.analysis.abandoned.values():
        site = context.analysis.flow.sites[found.site]
        again = found.count.value > 1 or not found.count.exact
        if not site.framework and (again or _from_outside(context, found)):
            yield _finding(context, found, again)


def _from_outside(context: Context, found: Abandoned) -> bool:
    """Whether a client outside the app waits in the end, and may try again."""
    entry = found.path.entry if found.path is not None else found.waits[0].waiter
    awaited = found.path is None or all(hop.awaits for hop in found.path.hops)
    return awaited and context.analysis.flow.sites[entry].kind in _CLIENTS


def _finding(context: Context, found: Abandoned, again: bool) -> Finding:
    wait, site = found.waits[0], context.analysis.flow.sites[found.site]
    hops = [wait.hop, *(found.path.hops if found.path is not None else ())]
    gives_up = f"{wait.hop.source} gives up on it after {in_words(wait.seconds)}, and a run may take {_long(wait)}"
    if again:
        at_once = f", up to {found.at_once:,} at once" if found.at_once > 1 else ""
        times = f"is started {number(found.count)} times{at_once}"
        first = f"{found.site} {times}: {gives_up}"
    else:
        first = f"{found.site} goes on when nobody waits for it any more: {gives_up}"
    severity = RULE.severity if again else Severity.NOTE
    if again and site.idempotent:
        severity = Severity.NOTE
    return Finding(
        rule=RULE.id,
        severity=severity,
        confidence=confidence(hops, ()) if again else Confidence.MEDIUM,
        place=context.place(found.site),
        site=found.site,
        headline=first,
        facts=(*_facts(context, found, again), *idempotence(site)),
        assumptions=tuple(assumptions(hops)),
        fix=_fix(wait),
        attempts=found.count.max if again else None,
        trace=trace(found.path) if found.path is not None else (),
        also=tuple(dict.fromkeys(each.hop.source for each in found.waits)),
        shape=(wait.hop.kind, wait.hop.source),
    )


def _facts(context: Context, found: Abandoned, again: bool) -> Iterator[str]:
    wait = found.waits[0]
    yield f"{wait.hop.source} is held to {wait.limit}; what it called is not stopped by that"
    if again:
        shown = ", ".join(f"t+{in_words(start) if start else '0'}" for start in found.starts[:_SHOWN])
        more = ", ..." if len(found.starts) > _SHOWN else ""
        yield f"starts at {shown}{more}; a run started then may last until {_long(wait)} later"
        figure = context.analysis.figure(wait.waiter, wait.shows)
        if len(found.waits) == 1 and figure.layers:
            yield f"{wait.waiter}: {derivation(figure)}"
    else:
        yield "nothing in the app tries again; a client that does starts a second run beside the first"
    if len(found.waits) > 1:
        yield f"so do {some([each.hop.source for each in found.waits[1:]], 3)}"
    if wait.beside:
        yield wait.beside


def _long(wait: ShortWait) -> str:
    return in_words(wait.works)


def _fix(wait: ShortWait) -> str:
    longer = f"let {wait.hop.source} wait for more than {in_words(wait.works)}"
    shorter = f"shorten what {wait.hop.target} may take to less than {in_words(wait.seconds)}"
    return f"{longer}, or {shorter}, or hand the work off and answer later; make a second run harmless"


RULE = Rule(
    id="outlived-caller",
    severity=Severity.WARNING,
    title="a waiter gives up before the work it waits for may end",
    what=(
        "Fires where something waits for less long than the work behind it may take: an API (29 s, HTTP 30 s, or what "
        "its integration sets), a load balancer (60 s idle), a user pool (5 s), EventBridge in front of an endpoint "
        "(5 s), SNS over HTTPS (15 s), Firehose, a pipe (5 min each), AppSync (30 s), a function that calls another "
        "and has the shorter timeout, a state with `TimeoutSeconds`, an execution that is ended, a queue behind whose "
        "pipe the work takes longer than its messages are hidden. A warning where a layer of the app tries again, with "
        "how many runs are started and how many of them may run at once; a note where only a client outside can."
    ),
    why=(
        "Giving up stops the waiting, not the work. The next try runs beside the first, so that two or more copies "
        "write at the same time: of all duplicates this is the one that is reported most."
    ),
    example=Example(
        """\
tasks.LambdaInvoke(self, "Charge", lambda_function=slow, task_timeout=sfn.Timeout.duration(Duration.seconds(20)))
# slow has a timeout of 300 s; with a Retry on States.Timeout the second run starts while the first still charges
"""
    ),
    fix="Let the waiter wait longer than the work may take, or bound the work, or hand it off.",
    better=Example(
        """\
slow = lambda_.Function(self, "Slow", timeout=Duration.seconds(15), ...)   # ends before the state gives up
"""
    ),
    sources=(
        "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html",
    ),
    check=check,
)
