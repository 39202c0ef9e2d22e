"""`handoff-gap`: events that fail after a hand-off and are lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from seawall.graph import Bound, Drop, FailureClass, Hop, SiteKind, Tries, in_words
from seawall.remedies.search import Remedy
from seawall.remedies.settings_changes import kept
from seawall.template import ValueStatus
from seawall.words import AWS_DEFAULT, plural, some

from .context import Context
from .fixes import Fix
from .model import Example, Finding, Harm, Mark, Rule, Severity
from .wording import assumptions, change_notes, confidence, place_of

_READ = ("table", "stream", "kafka-topic", "kafka-cluster")
"""Where records wait to be read: who wrote them was done then, inside the app or outside."""
_BY: Mapping[str, str] = {
    "rule-target": "asynchronous invocation by a rule",
    "subscription": "asynchronous invocation by a topic",
    "schedule-target": "asynchronous invocation by a schedule",
    "bucket-notification": "asynchronous invocation by a bucket",
    "iot-action": "asynchronous invocation by an IoT rule",
}
_MAYBE_AWAITED = ("state-machine",)
"""What may as well be called and waited for by somebody outside the app, who sees it fail."""


def check(context: Context) -> Iterator[Finding]:
    """One finding per place where events are handed off to and lost when they fail."""
    flow = context.analysis.flow
    drops = {(drop.site, drop.place): drop for drop in reversed(flow.drops)}  # the same in several worlds is one
    worlds = Counter((drop.site, drop.place) for drop in flow.drops)
    for drop in reversed(drops.values()):
        handed = [hop for hop in flow.into(drop.site) if not hop.awaits]
        awaited = [hop for hop in flow.out_of(drop.site) if hop.awaits]
        own = [hop for hop in awaited if hop.place.address == drop.place.address]  # of several readers
        readers = sorted(own or awaited, key=lambda hop: -(hop.tries_for(FailureClass.ERROR).total or 0))
        concerned = (drop.site, *(hop.target for hop in readers))
        seen = flow.watched.intersection(concerned) or any(flow.sites[site].framework for site in concerned)
        kind = flow.sites[drop.site].kind
        if (handed or kind not in _MAYBE_AWAITED) and not seen:
            told = flow.worlds if drop.sides and worlds[drop.site, drop.place] == 1 else None
            when = told.words(dict(drop.sides)) if told is not None else ""
            yield _finding(drop, kind, handed, readers, when)


def _dropped(run: Hop, senders: list[str]) -> str:
    """What Lambda drops, and after how many tries."""
    tries = run.tries_for(FailureClass.ERROR)
    times = f" {plural(tries.total, 'time')}" if tries.total is not None and tries.total > 1 else ""
    of = f" of {some(senders)}" if senders else ""
    return f"if {run.target} fails{times} on an event{of}, Lambda drops the event and nothing keeps it"


def _lost(drop: Drop, kind: str, readers: list[Hop]) -> str:
    """What is lost, and where."""
    if kind == SiteKind.MACHINE:
        return f"an event that fails in {drop.site} fails unnoticed: {drop.what}"
    if kind in _READ and readers:
        return f"a record of {drop.site} that fails in {readers[0].target} is lost: {drop.what}"
    return f"an event that fails at {drop.site} is lost: {drop.what}"


def _learns(senders: list[str]) -> str:
    return "learns" if len(senders) == 1 else "learn"


def _counted(tries: Tries) -> list[str]:
    """Where the number of tries comes from."""
    if tries.total is None or tries.bounded_by is not Bound.COUNT:
        return []
    if tries.value is None:
        return ["an execution of a durable function that fails is not tried again"]
    whose = f", {AWS_DEFAULT}" if tries.status is ValueStatus.DEFAULT else ""
    return [f"{plural(tries.total, 'try')}: the first and {tries.value} more (MaximumRetryAttempts{whose})"]


def _aged(run: Hop) -> list[str]:
    """When an event is dropped that never ran."""
    tries = run.tries_for(FailureClass.THROTTLE)
    if tries.limit is None or not tries.limit_set:
        return []
    return [f"one that is throttled is dropped after {in_words(tries.limit)} ({tries.limit_set})"]


def _finding(drop: Drop, kind: str, handed: list[Hop], readers: list[Hop], world: str) -> Finding:
    senders = list(dict.fromkeys(hop.source for hop in handed))
    run = readers[0] if kind == SiteKind.ASYNCHRONOUS_QUEUE and readers else None  # nobody waits for it, as is said
    surest = max(handed, key=lambda hop: hop.evidence, default=None)
    facts = [] if run is None else [*_counted(run.tries_for(FailureClass.ERROR)), *_aged(run)]
    if len(senders) > 1 or (senders and run is None):
        does = "does" if len(senders) == 1 else "do"
        facts.append(f"{some(senders, 3)} {does} not wait for the outcome, and never {_learns(senders)} of the failure")
    steps = [Mark(drop.site, 1)]
    if handed:
        steps = [
            Mark(senders[0], 1),
            Mark(drop.site, 1, _invoked(handed[0], run), handed[0].kind, False, place=place_of(handed[0])),
        ]
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=confidence([surest] if surest else [], ()),
        place=drop.place,
        site=drop.site,
        headline=_lost(drop, kind, readers) if run is None else _dropped(run, senders),
        facts=tuple(facts),
        assumptions=tuple(dict.fromkeys([*assumptions(handed), *([f"when {world}"] if world else [])])),
        fix=_fix(drop),
        trace=tuple(steps),
        shape=tuple(hop.kind for hop in handed[:1]),
    )


def _fix(drop: Drop) -> Fix:
    """A place for what is given up on."""
    short = f"keep what fails in {drop.site}"
    changes = (Remedy(drop.fix, kept(drop.puts), short=short),) if drop.puts else ()
    return Fix.of(drop.fix, changes, notes=(*filter(None, [drop.note]), *change_notes(changes)))


def _invoked(hop: Hop, run: Hop | None) -> str:
    """How a function gets the event, in the words of AWS."""
    return "" if run is None else _BY.get(hop.kind, "asynchronous invocation")


RULE = Rule(
    id="handoff-gap",
    severity=Severity.WARNING,
    title="an event that fails after a hand-off is lost, or fails unnoticed",
    what=(
        "Fires where a sender is done once its event is accepted (StartExecution, an asynchronous invocation, a stream "
        "that reads on) and a failure behind that point meets no dead-letter queue, no destination, no catch and no "
        "alarm. Records of a stream and messages of a topic count whoever wrote them; an execution counts where the "
        "app itself starts it without waiting, for others may wait for it."
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
    harm=Harm.LOSES,
)
