"""`outlived-caller`: a run goes on although its caller stopped waiting, and a second one starts beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from seawall.graph import FailureClass, Site, SiteKind, in_words
from seawall.graph.waiting import ShortWait
from seawall.remedies.search import Remedy
from seawall.remedies.settings_changes import timeouts
from seawall.retries.abandoned import Abandoned
from seawall.retries.wording import derivation, number
from seawall.words import some

from .context import Context, holds_for
from .fixes import Fix, Step
from .model import Confidence, Example, Finding, Rule, Severity
from .wording import assumptions, confidence, idempotence, trace

_CLIENTS = (
    *(SiteKind.API, SiteKind.FUNCTION_URL, SiteKind.LOAD_BALANCER, SiteKind.TARGET_GROUP),
    *(SiteKind.FUNCTION, SiteKind.USER_POOL, SiteKind.CLIENT),
)
"""What somebody outside the app may call, and call again."""
_SHOWN = 4
_FEW = 3
"""Receivers that the first line of a note names."""
_NAMED = 5
"""Receivers that another line names where they are more."""

_AGAIN = "if the client tries again, a second run starts beside the first"
_TOGETHER = "at most: the shortest wait and the most tries may be of different deployments, and are taken together"


def check(context: Context) -> Iterator[Finding]:
    """One finding per site that is started again beside itself; one per waiter where only a client tries again."""
    by_waiter: dict[str, list[Abandoned]] = {}
    for found in context.analysis.abandoned.values():
        if context.analysis.flow.sites[found.site].framework or _told_behind(context, found):
            continue
        if _again(found):
            yield _finding(context, found)
        elif _from_outside(context, found):
            by_waiter.setdefault(found.waits[0].hop.source, []).append(found)
    for waiter, group in by_waiter.items():
        yield _note(context, waiter, group)


def _told_behind(context: Context, found: Abandoned) -> bool:
    """Whether it only passes events on, to work that has a finding of its own."""
    flow = context.analysis.flow
    behind = (hop.target for hop in flow.out_of(found.site) if hop.awaits)
    return not flow.sites[found.site].works and any(site in context.analysis.abandoned for site in behind)


def _again(found: Abandoned) -> bool:
    """Whether a layer of the app starts it again."""
    return found.count.value > 1 or not found.count.exact


def _from_outside(context: Context, found: Abandoned) -> bool:
    """Whether a client outside the app waits in the end, and may try again."""
    entry = found.path.entry if found.path is not None else found.waits[0].waiter
    awaited = found.path is None or all(hop.awaits for hop in found.path.hops)
    return awaited and context.analysis.flow.sites[entry].kind in _CLIENTS


def _severity(found: Abandoned, site: Site) -> Severity:
    if site.idempotent:
        return Severity.NOTE
    over = site.budget is not None and (not found.count.exact or found.count.value > site.budget)
    return Severity.ERROR if over else RULE.severity


def _finding(context: Context, found: Abandoned) -> Finding:
    wait, site = found.waits[0], context.analysis.flow.sites[found.site]
    hops = [wait.hop, *(found.path.hops if found.path is not None else ())]
    changes = _changes(context, [wait])
    at_once = f", up to {found.at_once:,} of them at the same time" if found.at_once > 1 else ""
    most = "at most " if found.at_most else ""
    times = f"one event can start {found.site} {most}{number(found.count)} times{at_once}"
    stops = f"{wait.hop.source} waits only {_waited(wait)} for a run that may take {_long(wait)}"
    return Finding(
        rule=RULE.id,
        severity=_severity(found, site),
        confidence=confidence(hops, ()),
        place=context.place(found.site),
        site=found.site,
        headline=f"{times}: {stops}",
        facts=(*_facts(context, found), *_budget(site), *idempotence(site)),
        assumptions=tuple(assumptions(hops)),
        fix=_fix([wait], changes, Step("make the work idempotent in any case")),
        failure=FailureClass.ABANDONED,
        attempts=found.count.max,
        trace=trace(found.path) if found.path is not None else (),
        also=tuple(dict.fromkeys(each.hop.source for each in found.waits)),
        shape=(wait.hop.kind, wait.hop.source),
    )


def _facts(context: Context, found: Abandoned) -> Iterator[str]:
    wait = found.waits[0]
    yield _held(wait)
    yield from _when(found.waits)
    yield from _sooner(context, wait)
    shown = ", ".join(f"t+{in_words(start) if start else '0'}" for start in found.starts[:_SHOWN])
    more = ", ..." if len(found.starts) > _SHOWN else ""
    yield f"a run may start at {shown}{more}, and go on for {_long(wait)} each time"
    figure = context.analysis.figure(wait.waiter, wait.shows)
    if len(found.waits) == 1 and figure.layers:
        yield f"tries of {wait.waiter}: {derivation(figure)}"
        yield from (_TOGETHER,) if found.at_most else holds_for(context, figure)
    if len(found.waits) > 1:
        yield f"so do {some([each.hop.source for each in found.waits[1:]], 3)}"
    if wait.beside:
        yield wait.beside


def _when(waits: Sequence[ShortWait]) -> Iterator[str]:
    """The deployments in which somebody waits for too short a time, where a condition decides that."""
    yield from dict.fromkeys(f"this is so for {each.hop.target} when {each.world}" for each in waits if each.world)


def _sooner(context: Context, wait: ShortWait) -> Iterator[str]:
    """Who waits for the waiter, and gives up before it does."""
    around = context.analysis.abandoned.get(wait.hop.source)
    first = min(around.waits, key=lambda each: each.seconds) if around is not None else None
    if first is not None and first.seconds < wait.seconds:
        yield f"{first.hop.source}, which waits for {wait.hop.source}, gives up after {in_words(first.seconds)} already"


def _note(context: Context, waiter: str, group: list[Abandoned]) -> Finding:
    """What one waiter leaves behind, where nothing in the app tries again."""
    group = sorted(group, key=lambda found: (-found.waits[0].works, found.site))
    sites, waits = [found.site for found in group], [found.waits[0] for found in group]
    wait, changes = waits[0], _changes(context, waits)
    functions = all(context.analysis.flow.sites[site].kind == SiteKind.FUNCTION for site in sites)
    few = len(group) <= _FEW
    what = some(sites, _FEW, "or") if few else f"{len(group)} {_kind(functions)}"
    long = f"up to {_long(wait)}" if len({each.works for each in waits}) > 1 else _long(wait)
    names = [f"{site} ({_long(each)})" for site, each in zip(sites, waits, strict=True)]
    beside = dict.fromkeys(each.beside for each in waits if each.beside)
    return Finding(
        rule=RULE.id,
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        place=context.place(waiter),
        site=waiter,
        headline=f"{waiter} waits for {_waited(wait)}, but a run of {what} may take {long}{_set(functions)}",
        facts=(
            *([] if few else [f"these go on: {some(names, _NAMED)}"]),
            f"then the client gets an error and the run goes on; {_AGAIN}",
            *_when(waits),
            *beside,
        ),
        assumptions=tuple(assumptions(each.hop for each in waits)),
        fix=_fix(waits, changes),
        also=tuple(sites),
        shape=("waiter", wait.hop.kind),
    )


def _waited(wait: ShortWait) -> str:
    """How long it waits, and who decided that."""
    return f"{in_words(wait.seconds)} ({wait.whose})" if wait.whose else in_words(wait.seconds)


def _held(wait: ShortWait) -> str:
    return f"{wait.hop.source} stops waiting then ({wait.limit}), which does not stop the run"


def _budget(site: Site) -> list[str]:
    """What its author allows, as a line."""
    if site.budget is None:
        return []
    return [
        f"{site.id} is stated not to be idempotent" if site.budget == 1 else f"at most {site.budget} runs are stated"
    ]


def _long(wait: ShortWait) -> str:
    return in_words(wait.works)


def _kind(functions: bool) -> str:
    return "functions" if functions else "functions or state machines"


def _set(functions: bool) -> str:
    return " (Timeout)" if functions else ""


def _fix(waits: Sequence[ShortWait], changes: tuple[Remedy, ...], *more: Step) -> Fix:
    """What ends the work in time first: a longer wait is the last resort, and often not to be had."""
    wait, longest = waits[0], max(each.works for each in waits)
    longer = f", or let {wait.hop.source} wait for more than {in_words(longest)}"
    if wait.most is not None and wait.most <= longest:
        longer = f": {wait.hop.source} cannot wait for longer than {in_words(wait.most)}"
    return Fix(
        (Step(_shorter(waits, changes), notes=(_COLD,) if changes else (), changes=changes), *more),
        trade_off=f"a run that needs longer than {in_words(_set_to(waits))} is killed then" if changes else "",
        otherwise=f"hand the work off and answer later{longer}",
    )


_COLD = "a cold start comes on top of Timeout: where that takes longer than 1 s, set less"
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, read 2026-11-30: the Init phase
of a function with on-demand concurrency has 10 s of its own."""


def _shorter(waits: Sequence[ShortWait], changes: Sequence[Remedy]) -> str:
    seconds = in_words(waits[0].seconds)
    if changes:
        less = f"one second less than the {seconds}, " if waits[0].seconds - _set_to(waits) == 1 else ""
        return f"{changes[0].do}, {less}so that a run ends first"
    if len(waits) > 1:
        return f"shorten what each of them may take to less than {seconds}"
    return f"shorten what {waits[0].hop.target} may take to less than {seconds}"


def _set_to(waits: Sequence[ShortWait]) -> int:
    """Seconds after which a run ends in time."""
    return ceil(min(wait.seconds for wait in waits)) - 1


def _changes(context: Context, waits: Sequence[ShortWait]) -> tuple[Remedy, ...]:
    """The timeouts of the functions, where these alone decide how long the runs may take."""
    sites = [context.analysis.flow.sites[wait.hop.target] for wait in waits]
    seconds = _set_to(waits)
    places = [site.place for site in sites if site.kind == SiteKind.FUNCTION and site.place is not None]
    if len(places) < len(waits) or seconds < 1:
        return ()
    return (timeouts(places, [wait.works for wait in waits], [site.id for site in sites], seconds),)


RULE = Rule(
    id="outlived-caller",
    severity=Severity.WARNING,
    title="a caller stops waiting before the run it waits for may end",
    what=(
        "Fires where something waits for less long than the work behind it may take: an API (29 s, HTTP 30 s, or what "
        "its integration sets), a load balancer (60 s idle, or what its attributes set), a user pool (5 s), "
        "EventBridge in front of an endpoint (5 s), a subscriber of a custom event bus (30 s, or its "
        "InvocationTimeoutSeconds), SNS over HTTPS (15 s), Firehose, a pipe (5 min each), AppSync (30 s), a function "
        "that calls another and has the shorter timeout, or whose client has a read timeout that its code sets, a "
        "state with `TimeoutSeconds`, an execution that is ended, a queue behind whose pipe the work takes longer than "
        "its messages are hidden. A warning where a layer of the app tries again, with how many runs are started and "
        "how many of them may run at once; an error where the work is stated not to be idempotent, or to have fewer "
        "runs; one note for each waiter where only a client outside can try again."
    ),
    why=(
        "When the caller stops waiting, the run goes on. The next try runs beside it, so that two or more copies "
        "write at the same time: of all duplicates this is the one that is reported most."
    ),
    example=Example(
        """\
tasks.LambdaInvoke(self, "Charge", lambda_function=slow, task_timeout=sfn.Timeout.duration(Duration.seconds(20)))
# slow has a timeout of 300 s; with a Retry on States.Timeout the second run starts while the first still charges
"""
    ),
    fix=(
        "Bound the run to less than the caller waits, or hand the work off and answer later. Let the caller wait for "
        "longer only where AWS lets it: 29 s of a WebSocket or edge-optimized API and 30 s of an HTTP API are fixed."
    ),
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
