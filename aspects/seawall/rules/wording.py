"""The sentences that several rules share, so that figures read the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seawall.graph import Evidence, FailureClass, Hop, Site, Tries, When, in_words
from seawall.retries import Path
from seawall.words import some

from .model import Confidence, Mark, Severity

FAILS = {
    FailureClass.ERROR: "raises an error",
    FailureClass.TIMEOUT: "times out or crashes",
    FailureClass.THROTTLE: "is throttled",
    FailureClass.FAULT: "meets a service error (5xx) or a lost connection",
}


def give_up(seconds: float | None) -> str:
    """The time to give up, as a line."""
    if seconds is None:
        return "gives up after a time that is not known"
    if seconds == 0:
        return "gives up at once"
    return f"gives up after about {in_words(seconds)}, not counting the runs themselves"


SEEN = {
    Evidence.STRONG: "role and environment",
    Evidence.MEDIUM: "role alone",
    Evidence.WEAK: "environment alone",
}
"""What speaks for a hop that is inferred."""


def assumptions(hops: Iterable[Hop]) -> list[str]:
    """What has to hold for a figure to hold, one line for each target and reason."""
    inferred: dict[tuple[str, str, str], list[str]] = {}
    found: dict[str, None] = {}
    for hop in dict.fromkeys(hops):
        if hop.evidence < Evidence.READ:
            seen = SEEN[hop.evidence]
            inferred.setdefault((hop.kind, hop.target, seen), []).append(hop.source)
        if hop.assumption:
            found[f"assumes {hop.assumption} ({hop.source})"] = None
        found.update(dict.fromkeys(f"assumes that {each}" for each in hop.defaults))
        if hop.world:
            found[f"when {hop.world}"] = None
        if hop.per_batch:
            found[f"{hop.target} runs once per batch, as stated: for all events that {hop.source} read at once"] = None
    lines = [
        f"assumes {some(sources)} {_calls(kind, len(sources))} {target} ({kind}, inferred from {seen})"
        for (kind, target, seen), sources in inferred.items()
    ]
    return [*lines, *found]


def idempotence(site: Site) -> list[str]:
    """What the author stated about repeated runs of a site, as a line; idempotency reduces effects, not runs."""
    if not site.idempotent:
        return []
    why = "" if site.idempotent == "stated" else f" ({site.idempotent})"
    return [f"{site.id} is stated to be idempotent{why}: its runs repeat no effect, but cost and load as many"]


def _calls(kind: str, callers: int) -> str:
    action, s = kind.partition(":")[2], "s" if callers == 1 else ""
    if action.startswith("Start"):
        return f"start{s}"
    return f"call{s}" if action.startswith("Invoke") else f"send{s} to"


def trace(path: Path) -> tuple[Mark, ...]:
    """A path as stations with the running product, which starts afresh behind each hand-off."""
    marks = [Mark(path.entry, 1, running=1)]
    running: int | None = 1
    for one in path.factors:
        hop, tries = one.hop, one.tries.total
        running = (running * tries if running is not None and tries is not None else None) if hop.awaits else 1
        note = one.tries.note if tries != 1 else ""
        if hop.when is not When.ALWAYS:
            note = f"on {'failure' if hop.when is When.FAILURE else 'exhaustion'}"
        marks.append(Mark(hop.target, tries, note, hop.kind, hop.awaits, running, hop.place))
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
