"""Which states run side by side, and which retriers wait equally long each time.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and
https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
"""

from __future__ import annotations

from seawall.graph.polling import SteadyRetrier
from seawall.template import Resource

from ..registry import hops
from ..wiring import Wiring
from .definition import State
from .errors import Retrier
from .machine import MACHINE
from .reading import WORKING, read


@hops(MACHINE)
def waits(wiring: Wiring, resource: Resource) -> None:
    """Steady retriers of a machine, and its states that run several things at once."""
    found = read(wiring, resource)
    for state in found.definition.states() if found else ():
        if state.type not in WORKING or found is None:
            continue
        side_by_side = _side_by_side(state)
        if side_by_side:
            wiring.side_by_side[found.id(state)] = side_by_side
        for index, retrier in enumerate(state.retriers):
            if retrier.max_attempts and _steady(retrier) and _stated(state, index):
                place = found.place(state, f"Retry.{index}")
                wiring.steady.append(
                    SteadyRetrier(found.id(state), place, retrier.errors, retrier.max_attempts, retrier.interval)
                )


def _steady(retrier: Retrier) -> bool:
    growing = retrier.rate > 1 and (retrier.max_delay is None or retrier.max_delay > retrier.interval)
    return not growing and not retrier.jitter


def _stated(state: State, index: int) -> bool:
    """Whether the numbers of a retrier are numbers, not placeholders that the deployment fills in."""
    raw = [each for each in state.body["Retry"] if isinstance(each, dict)][index]
    names = ("IntervalSeconds", "BackoffRate", "MaxDelaySeconds")
    return all(isinstance(raw.get(name, 1), (int, float)) for name in names) and raw.get("JitterStrategy", "NONE") in (
        "NONE",
        "FULL",
    )


def _side_by_side(state: State) -> str:
    """What the state runs at the same time, in words; empty if nothing, or if that cannot be told."""
    if state.type == "Parallel" and len(state.branches) > 1:
        return f"runs {len(state.branches)} branches side by side"
    if state.type != "Map" or "MaxConcurrencyPath" in state.body:
        return ""
    limit = state.body.get("MaxConcurrency", 0)
    if limit == 0:
        return "runs its items side by side"
    return f"runs {limit} items side by side" if isinstance(limit, int) and limit > 1 else ""
