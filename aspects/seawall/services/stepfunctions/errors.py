"""Error names of Step Functions, and which retrier or catcher acts on which failure.

A retrier acts on an error if it is the first in its state whose `ErrorEquals` matches the name; each retrier keeps
its own counter, so errors that alternate can use up the sum of all. An exhausted retrier ends the retrying.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and
https://states-language.net/spec.html
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph.clocks import after_waits
from seawall.graph.durations import LONGEST, in_words
from seawall.graph.facts import Fact
from seawall.graph.layers import Layer, Offer, Replayed, RetryOwner, Sets
from seawall.graph.model import Bound, FailureClass, Tries
from seawall.template import ValueStatus
from seawall.words import plural

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"

MAX_ATTEMPTS = Fact(3, _GUIDE, "2026-11-22")
"""Retries of a retrier that does not say; the first try not included."""
INTERVAL = Fact(1.0, _GUIDE, "2026-11-22")
"""Seconds before the first retry."""
BACKOFF_RATE = Fact(2.0, _GUIDE, "2026-11-22")
"""Factor from one wait to the next."""

_FEW = 2
"""Errors of a retrier that are named."""
_OF_LAMBDA = "Lambda."
_MOST_OF_LAMBDA = 5
"""Those of Lambda's own that are named: four are what the CDK adds to each `LambdaInvoke`."""
MOST_TOLD = 20
"""Waits of a retrier that are told one by one."""
MOST_WAITS = 1_000
"""Retries whose waits are added up one by one."""
ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
THRESHOLD = "States.ExceedToleratedFailureThreshold"
ANSWERED = "(an answer that tells of a failure)"
"""Stands in for the name of an error where the work has failed and the call has not: no handler sees it."""
TERMINAL = frozenset({"States.Runtime", "States.DataLimitExceeded", ANSWERED})
"""Errors that nothing retries or catches by `States.ALL`."""
ANY_OTHER = "*"
"""Stands for every error name that nobody in the machine mentions."""

LAMBDA_ERRORS = Fact(
    {
        FailureClass.TIMEOUT: ("Sandbox.Timedout", "Lambda.Unknown", "Runtime.ExitError"),
        FailureClass.THROTTLE: ("Lambda.TooManyRequestsException",),
        FailureClass.FAULT: (
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.ClientExecutionTimeoutException",
        ),
    },
    "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html",
    "2026-11-22",
)
"""Names under which a task sees its function fail, by class; class `error` bears the handler's own names."""
_SERVICE_PREFIXES = ("States.", "Lambda.", "Sandbox.", "Runtime.")


class Retrier(Struct, frozen=True):
    """One entry of a state's `Retry`."""

    errors: tuple[str, ...]
    max_attempts: int | None = MAX_ATTEMPTS.value
    """Retries, the first try not included; None where it cannot be resolved."""
    interval: float = INTERVAL.value
    rate: float = BACKOFF_RATE.value
    max_delay: float | None = None
    jitter: bool = False

    @property
    def backoff(self) -> float:
        """Seconds waited in all when every retry is used, jitter at its longest."""
        count = self.max_attempts or 0
        if self.rate <= 1:
            return count * min(self.interval, self.max_delay or math.inf)
        growing = count
        if self.max_delay is not None:
            steps = math.log(max(self.max_delay / max(self.interval, 1e-9), 1.0), self.rate)
            growing = min(count, math.ceil(steps))
        try:
            waited = self.interval * (self.rate**growing - 1) / (self.rate - 1)
        except OverflowError:
            return math.inf
        return waited + (count - growing) * (self.max_delay or 0.0)

    @property
    def waits(self) -> Iterator[float]:
        """Seconds before each retry, in order, without jitter."""
        wait = self.interval
        for _ in range(self.max_attempts or 0):
            yield min(wait, self.max_delay or math.inf)
            wait = min(wait * self.rate, LONGEST)


class Catcher(Struct, frozen=True):
    """One entry of a state's `Catch`."""

    errors: tuple[str, ...]
    next: str


def matches(pattern: str, name: str) -> bool:
    """Whether an entry of `ErrorEquals` matches an error name.

    >>> matches("States.TaskFailed", "States.Timeout"), matches("States.ALL", "States.Runtime")
    (False, False)
    """
    if pattern == ALL:
        return name not in TERMINAL
    if pattern == TASK_FAILED:
        return name != TIMEOUT and name not in TERMINAL
    return pattern == name


def first_match(entries: Sequence[Retrier | Catcher], name: str) -> int | None:
    """Index of the first entry that matches `name`, the only one consulted."""
    for index, entry in enumerate(entries):
        for pattern in entry.errors:
            if matches(pattern, name):
                return index
    return None


def acting(retriers: Sequence[Retrier], names: Iterable[str]) -> tuple[int, ...]:
    """Indices of the retriers that act on errors out of `names`."""
    return tuple(sorted({index for name in names if (index := first_match(retriers, name)) is not None}))


def retry_layer(parts: tuple[tuple[str, int], ...] = ()) -> Layer:
    """A state's own `Retry`; `parts` are its counters, by their path below it."""
    return Layer(
        RetryOwner.MACHINE,
        limit=Offer(
            "let the retriers of",
            "{target} make {retries} retries in all",
            Sets.OTHER,
            new="MaxAttempts {retries} in all",
            old="{note}",
            parts=parts,
        ),
        replayed=Replayed.COUNTED,
        drop=Offer("remove the Retry of", "{target}", Sets.NOTHING, old="{note}"),
    )


RETRY = retry_layer()


def tries(
    acting: Mapping[int, Retrier], property_: str, limit: float | None = None, most: int | None = None
) -> Tries | None:
    """Worst-case runs of a state that keeps failing with errors that these retriers act on, by their position; None if
    nothing retries.

    `limit`: seconds after which the machine is ended, whatever is left of the retries; `most`: tries that fit into
    its history.
    """
    counters = {at: retrier for at, retrier in acting.items() if retrier.max_attempts != 0}
    chosen = list(counters.values())
    if not chosen:
        return None
    if any(retrier.max_attempts is None for retrier in chosen):
        return Tries(
            None,
            status=ValueStatus.UNKNOWN,
            setting=property_,
            note="MaxAttempts is unknown",
            backoff=None,
            layer=RETRY,
        )
    total = 1 + sum(retrier.max_attempts or 0 for retrier in chosen)
    each = (f"{_named(one.errors)}: {plural(one.max_attempts or 0, 'retry')}" for one in chosen)
    note = f"Retry on {', on '.join(each)} + the first try = {total}"
    backoff = sum(retrier.backoff for retrier in chosen)
    told = tuple(chain.from_iterable(islice(retrier.waits, MOST_TOLD) for retrier in chosen))
    layer = retry_layer(tuple((f"[{at}].MaxAttempts", one.max_attempts or 0) for at, one in counters.items()))
    counted = Tries(total, setting=property_, note=note, backoff=backoff, layer=layer, waits=told)
    if most is not None and total > most:
        counted = replace(counted, total=most, note=f"{note}, of which {most:,} fit into the history of an execution")
    if limit is None or backoff < limit or any(retrier.jitter for retrier in chosen):
        return counted
    waits = sorted(chain.from_iterable(islice(retrier.waits, MOST_WAITS) for retrier in chosen))
    fits = after_waits(waits, limit)
    if fits >= total or fits > MOST_WAITS:
        return counted
    note += f", but the machine is ended after {in_words(limit)}"
    short = sum(waits[: fits - 1])
    return replace(counted, total=fits, bounded_by=Bound.TIME, note=note, backoff=short, limit=limit, counted=total)


def _named(errors: tuple[str, ...]) -> str:
    """The errors that a retrier acts on, in a few words.

    >>> _named(("States.ALL",)), _named(("A", "B")), _named(("Lambda.A", "Lambda.B", "Lambda.C"))
    ('any error', 'A or B', 'Lambda.A, B or C')
    """
    if ALL in errors:
        return "any error"
    if len(errors) <= _FEW:
        return " or ".join(errors)
    if not all(one.startswith(_OF_LAMBDA) for one in errors):
        return f"{len(errors)} errors"
    if len(errors) > _MOST_OF_LAMBDA:
        return f"{len(errors)} Lambda service errors"
    first, *between, last = (one.removeprefix(_OF_LAMBDA) for one in errors)
    return f"{_OF_LAMBDA}{', '.join((first, *between))} or {last}"


def handler_names(entries: Iterable[Retrier | Catcher]) -> frozenset[str]:
    """Names in `ErrorEquals` that only the author's own code can give to an error."""
    named = {name for entry in entries for name in entry.errors}
    return frozenset(name for name in named if not name.startswith(_SERVICE_PREFIXES))


def shadowed(retriers: Sequence[Retrier]) -> list[tuple[int, int]]:
    """Retriers that can never act, each with the earlier one that takes its errors."""
    found: list[tuple[int, int]] = []
    for index, retrier in enumerate(retriers):
        before = [_taken_by(retriers[:index], pattern) for pattern in retrier.errors]
        taken = [each for each in before if each is not None]
        if before and len(taken) == len(before):
            found.append((index, taken[0]))
    return found


def _taken_by(earlier: Sequence[Retrier], pattern: str) -> int | None:
    for index, retrier in enumerate(earlier):
        for other in retrier.errors:
            wider = other == ALL or (other == TASK_FAILED and pattern not in (ALL, TIMEOUT))
            if (other == pattern or wider) and pattern not in TERMINAL:
                return index
    return None
