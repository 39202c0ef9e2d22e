"""Fixes that state their effect, computed by running the model again with the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seawall.retries import Count, Factor, Figure
from seawall.services import Hop, Tries

from .context import Context
from .wording import number, some

WAITING = ("event-source-mapping", "pipe-source")
"""Hops whose sender keeps the event while it is tried: the natural owners of a retry."""
LEAST_RECEIVES = 5
"""AWS asks for at least this `maxReceiveCount` on a queue that feeds Lambda, because throttled receives count.
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, read 2026-11-22."""


def one_owner(context: Context, found: Figure) -> str:
    """Which layer should keep the retry, and what dropping each of the others brings."""
    layers = [one for one in found.layers if (one.tries.total or 2) > 1]
    waiting = [one for one in layers if one.hop.kind in WAITING]
    owners = waiting or layers[-1:]
    changes: dict[Hop, Mapping[str, Tries]] = {}
    now, steps, together = found, [], list[str]()
    while others := [one for one in (now if waiting else found).layers if _droppable(one, owners, changes)]:
        one = max(others, key=_size)
        changes[one.hop] = {}
        after = context.analysis.what_if(found, changes)
        together.append(_dropped(one))
        if after.count != now.count:  # else another way with as many runs is left: both go together
            steps.append(f"{some(together, 3)} ({number(now.count)} -> {number(after.count)})")
            together = []
        now = after
    kept = " and ".join(_kept(one) for one in owners)
    sentence = f"keep the retry in one place, {kept}" if len(owners) == 1 else f"let {kept} retry, and nothing else"
    sentence += f": {', then '.join(steps)}" if steps else ""
    return "; then ".join([sentence, *_fewer_receives(context, found, waiting, changes, now.count)])


def _droppable(one: Factor, owners: Sequence[Factor], changes: Mapping[Hop, object]) -> bool:
    """Whether a layer retries and is neither to be kept nor dropped already."""
    return one.tries.total != 1 and one.hop not in changes and one.hop not in [owner.hop for owner in owners]


def _fewer_receives(
    context: Context, found: Figure, waiting: Sequence[Factor], changes: dict[Hop, Mapping[str, Tries]], before: Count
) -> list[str]:
    """Where receives alone break the limit: bound them, never below what AWS asks for."""
    advice = []
    for one in waiting:
        enough = LEAST_RECEIVES
        if before.value <= context.settings.max_attempts or (one.tries.total or 0) <= enough:
            continue
        changes[one.hop] = {key: Tries(enough) for key in one.hop.tries}
        after = context.analysis.what_if(found, changes).count
        advice.append(f"{_bound(one, enough)} ({number(before)} -> {number(after)})")
        before = after
    return advice


def _bound(one: Factor, enough: int) -> str:
    if one.tries.setting.endswith("MaximumRetryAttempts"):
        return f"set MaximumRetryAttempts {enough - 1} where {one.hop.source} is read"
    action = "set" if one.tries.setting.endswith("maxReceiveCount") else "add a redrive policy with"
    return f"{action} maxReceiveCount {enough} on {one.hop.source}"


def _size(one: Factor) -> int:
    return one.tries.total or 0


def _dropped(one: Factor) -> str:
    if one.hop.kind == "state":
        return f"drop the Retry of {one.hop.target}"
    if one.hop.kind == "asynchronous-invocation":
        return f"set MaximumRetryAttempts 0 on the asynchronous invocations of {one.hop.target}"
    return f"retry once only from {one.hop.source} to {one.hop.target}"


def _kept(one: Factor) -> str:
    return one.hop.target if one.hop.kind == "state" else one.hop.source
