"""The sentences that several rules share, so that figures read the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from seawall.graph import (
    CLASSES,
    LAPS,
    Evidence,
    FailureClass,
    Flow,
    Hop,
    HopKind,
    Place,
    RetryOwner,
    Site,
    SiteKind,
    Tries,
    When,
    in_words,
)
from seawall.remedies.search import Remedy
from seawall.remedies.settings_changes import is_alarm
from seawall.retries import Path
from seawall.retries.lasting import NO_TIME, WAITS, Lasting, after_tries, as_sum, known_waits, one_by_one, waits
from seawall.retries.wording import layer_site, sent_at
from seawall.words import some

from .model import Confidence, Mark, Severity

FAILS = {
    FailureClass.ERROR: "raises an error",
    FailureClass.TIMEOUT: "times out or crashes",
    FailureClass.THROTTLE: "is throttled",
    FailureClass.FAULT: "meets a service error (5xx) or a lost connection",
}


def fails(failure: FailureClass, service: str = "service error (5xx)") -> str:
    """How something fails, as a verb."""
    return f"meets a {service}" if failure is FailureClass.FAULT else FAILS[failure]


def fails_itself(failure: FailureClass, of_lambda: bool) -> str:
    """A failure that no code raises, as a clause on what was named before."""
    if failure is FailureClass.FAULT:
        return f"{'Lambda' if of_lambda else 'the service'} itself returns service errors (5xx)"
    return f"it {FAILS[failure]}"


def service_error(of_lambda: bool) -> str:
    """What is said of a fault, which is nobody's code: whose it is."""
    return "Lambda service error (5xx)" if of_lambda else "service error (5xx)"


def class_names(of_lambda: bool) -> Mapping[FailureClass, str]:
    """What each kind of failure is called where it happens: of a function, a timeout is its own."""
    timeout = {FailureClass.TIMEOUT: "function timeout"} if of_lambda else {}
    return {**{each: each.value for each in CLASSES}, **timeout, FailureClass.FAULT: service_error(of_lambda)}


def give_up(seconds: float | None, path: Path | None = None, when: str = "") -> list[str]:
    """When the retries end, as a line; as far as that is known, and none where nothing is. The sum of it where `path`
    makes it; `when`: on which failures.
    """
    begin = f"{when}, the retries" if when else "the retries"
    if seconds is None:
        return [] if path is None else _at_least(path, begin)
    if seconds == 0:
        return [f"{begin} follow each other at once"]
    lasts = waits(path) if path is not None else None
    if lasts is None or lasts.seconds != seconds:
        return [f"{begin} last about {in_words(seconds)}, plus the runs themselves"]
    return [f"{begin} last {as_sum(lasts)}{_runs_beside(lasts)}"]


def _runs_beside(lasts: Lasting) -> str:
    return ", plus the runs themselves" if any(WAITS in part for part in lasts.parts) else ""


def _at_least(path: Path, begin: str) -> list[str]:
    lasts, untold = known_waits(path)
    if not lasts.seconds:
        return []
    hops = [one.hop for one in untold]
    whose = some([hop.target if hop.kind == HopKind.PIPE_SOURCE else layer_site(hop) for hop in hops])
    unknown = f"how long {whose} waits between its tries is not known"
    return [f"{begin} last at least {as_sum(lasts)}{_runs_beside(lasts)}; {unknown}"]


def beside_each_other(path: Path) -> list[str]:
    """That tries run beside each other, where those inside take longer than a message stays hidden."""
    inner = NO_TIME
    for factor in path.awaited:
        hidden = factor.tries.interval
        if factor.hop.keeps and hidden is not None and inner.seconds > hidden:
            longer = f"a try waits {in_words(inner.seconds)} in all, and its message is hidden for {hidden:g} s only"
            return [f"{longer}: tries then run beside each other"]
        inner = after_tries(factor, one_by_one(factor.copies, inner)) or NO_TIME
    return []


SEEN = {
    Evidence.STRONG: "role and environment",
    Evidence.MEDIUM: "the role alone",
    Evidence.WEAK: "the environment alone",
}
"""What speaks for a hop that is inferred."""


def assumptions(hops: Iterable[Hop], world: str = "") -> list[str]:
    """What has to hold for a figure to hold, one line for each reason; `world`: the deployment, where it is told of all
    hops together.
    """
    inferred: dict[str, dict[tuple[str, str], list[str]]] = {}
    found: dict[str, None] = {}
    for hop in dict.fromkeys(hops):
        if hop.evidence < Evidence.READ:
            inferred.setdefault(SEEN[hop.evidence], {}).setdefault((hop.kind, hop.target), []).append(hop.source)
        if hop.assumption:
            found[f"assumes that {hop.assumption} ({hop.source})"] = None
        found.update(dict.fromkeys(f"assumes that {each}" for each in hop.defaults))
        if hop.world and not world:
            found[f"when {hop.world}"] = None
        if hop.for_each:
            does = f"{hop.source} {'calls' if hop.awaits else 'sends to'} {hop.target}"
            where = f" ({sent_at(hop)})" if hop.at is not None else ""
            found[f"counted for each of a loop or batch in which {does}{where}: how many these are is not told"] = None
        if hop.per_batch:
            known = "as its code says" if hop.evidence is Evidence.READ else "as stated"
            found[f"{hop.target} runs once for each batch of {hop.source}, {known}"] = None
    lines = [
        f"inferred from {seen}: {'; '.join(_does(kind, sources, target) for (kind, target), sources in told.items())}"
        for seen, told in inferred.items()
    ]
    return [*lines, *found]


def spent(flow: Flow, hop: Hop) -> list[str]:
    """Where an event goes when the tries of a hop are spent; empty where it goes nowhere.

    Of a stream's records only a bucket gets what they hold; a queue or topic gets their sequence numbers or offsets.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, read 2026-11-30
    """
    ends = flow.ends_of(hop.source)
    whole = [end for end in ends if flow.sites[end].kind == SiteKind.BUCKET]
    if not ends or whole == ends or hop.owner is not RetryOwner.STREAM:
        return [f"then the event goes to {some(ends)}"] if ends else []
    told = f"then only the positions of the records go to {some([end for end in ends if end not in whole])}"
    return [f"{told}: what they hold has to be read from {hop.source} before it expires there"]


def idempotence(site: Site) -> list[str]:
    """What the author stated about repeated runs of a site, as a line; idempotency reduces effects, not runs."""
    if not site.idempotent:
        return []
    why = "" if site.idempotent == "stated" else f" ({site.idempotent})"
    return [f"{site.id} is stated to be idempotent{why}: a repeated run changes nothing more, but costs as much"]


def _does(kind: str, sources: Sequence[str], target: str) -> str:
    """Who does what, where a queue's reader receives of its own accord."""
    if kind == HopKind.QUEUE_READER:
        return f"{target} reads {some(sources)}"
    whom = "itself" if list(sources) == [target] else target
    return f"{some(sources)} {_calls(kind, len(sources))} {whom} ({kind})"


def _calls(kind: str, callers: int) -> str:
    action, s = kind.partition(":")[2], "s" if callers == 1 else ""
    if action.startswith("Start"):
        return f"start{s}"
    return f"call{s}" if action.startswith("Invoke") else f"send{s} to"


def change_notes(changes: Iterable[Remedy]) -> tuple[str, ...]:
    """What a fix leaves to its author: rights that are given elsewhere, and whom an alarm that it adds tells."""
    edits = [edit for change in changes for edit in change.edits]
    told = ["who is told is up to you: give the alarm an action"] if any(map(is_alarm, edits)) else []
    return tuple(dict.fromkeys([*(edit.first for edit in edits if edit.first), *told]))


def place_of(hop: Hop) -> Place:
    """Where a hop is made: on its line of code, where that was read."""
    return hop.place if hop.at is None else replace(hop.place, code=hop.at)


def beside_tries(tries: Tries, note: str = "") -> str:
    """What stands beside tries on a path: their note, or another one, and that nothing counts them."""
    said = note or tries.note
    return f"without limit, {said}" if tries.total is None and not tries.unknown else said


def trace(path: Path) -> tuple[Mark, ...]:
    """A path as stations with the running product, which starts afresh behind each hand-off.

    Rounds of a retry that is written by hand stand at the state that they run again.
    """
    marks = [Mark(path.entry, 1, running=1)]
    running: int | None = 1
    copies = 1
    for one in path.factors:
        hop, tries = one.hop, one.tries.total
        copies *= one.copies
        times = None if tries is None else tries * one.copies
        running = (running * times if running is not None and times is not None else None) if hop.awaits else copies
        note = ", ".join(
            filter(None, (sent_at(hop) if one.copies != 1 else "", beside_tries(one.tries) if tries != 1 else ""))
        )
        if hop.when is not When.ALWAYS:
            note = "when it fails" if hop.when is When.FAILURE else "after the last try"
        last = marks[-1]
        if last.hop == LAPS and last.site == hop.target:
            both = None if last.tries is None or tries is None else last.tries * tries
            said = ", ".join(filter(None, (last.note, note)))
            marks[-1] = Mark(hop.target, both, said, hop.kind, hop.awaits, running, last.place)
        else:
            place = place_of(hop)
            marks.append(Mark(hop.target, tries, note, hop.kind, hop.awaits, running, place, one.copies))
    return tuple(marks)


def confidence(hops: Sequence[Hop], tries: Iterable[Tries]) -> Confidence:
    """As certain as the weakest hop or value."""
    weakest = min((hop.evidence for hop in hops), default=Evidence.DECLARED)
    if weakest is Evidence.WEAK:
        return Confidence.LOW
    guessed = any(hop.assumption for hop in hops)
    if weakest is Evidence.MEDIUM or guessed or any(one.unknown for one in tries):
        return Confidence.MEDIUM
    return Confidence.HIGH


def verdict(hops: Iterable[Hop], usual: Severity) -> Severity:
    """A hop that only a permission speaks for carries no hard verdict."""
    if any(hop.evidence <= Evidence.MEDIUM for hop in hops):
        return min(usual, Severity.WARNING)
    return usual


def shape(path: Path) -> tuple[str, ...]:
    """What stays the same of a path when logical ids and numbers change."""
    return tuple(f"{hop.kind}>{hop.target}" for hop in path.hops)
