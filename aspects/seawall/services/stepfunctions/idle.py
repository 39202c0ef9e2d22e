"""Retriers that can never act."""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.model import IdleSetting

from ..wiring import Wiring
from . import failures
from .definition import State
from .errors import ANY_OTHER, shadowed
from .failures import CHILD_FAILED
from .integrations import Integration
from .reading import Machine, names_of, signals_of


def idle_retriers(wiring: Wiring, found: Machine, state: State) -> None:
    """Retriers behind one that takes all their errors, and those that name an error of a `.sync` child."""
    site = found.id(state)
    taken = shadowed(state.retriers)
    for index, before in taken:
        errors, earlier = ", ".join(state.retriers[index].errors), ", ".join(state.retriers[before].errors)
        what = f"retrier {index + 1} ({errors})"
        why = f"retrier {before + 1} ({earlier}) stands before it and takes every error it names"
        wiring.idle.append(IdleSetting(site, found.place(state, f"Retry.{index}"), what, why))
    if state.branches and not state.distributed:
        _cannot_come_out(wiring, found, state, dict(taken))
    called = found.call(state) if state.type == "Task" else None
    if not isinstance(called, Integration) or CHILD_FAILED not in failures.signals(state, called).values():
        return
    for index, retrier in enumerate(state.retriers):
        if retrier.errors and all(map(_own_error_of_child, retrier.errors)) and index not in dict(taken):
            what = f"retrier {index + 1} ({', '.join(retrier.errors)})"
            why = "a child execution that fails arrives as States.TaskFailed, whatever error it failed with"
            wiring.idle.append(IdleSetting(site, found.place(state, f"Retry.{index}"), what, why))


def _cannot_come_out(wiring: Wiring, found: Machine, state: State, taken: Mapping[int, int]) -> None:
    """Retriers of a Parallel or Map whose errors none of the states inside lets out."""
    leaving = {name for signal in signals_of(found, state) for name in names_of(found, state, signal)}
    if any(ANY_OTHER in name for name in leaving):
        return  # errors that nobody names come out, and these may be among them
    for index, retrier in enumerate(state.retriers):
        named = set(retrier.errors)
        if named and index not in taken and not named & leaving and all(map(_own_error_of_child, named)):
            outward = f"only {', '.join(sorted(leaving))} comes out of it" if leaving else "no failure comes out of it"
            what = f"retrier {index + 1} ({', '.join(retrier.errors)})"
            why = f"what is inside catches its failures: {outward}"
            wiring.idle.append(IdleSetting(found.id(state), found.place(state, f"Retry.{index}"), what, why))


def _own_error_of_child(name: str) -> bool:
    return not name.startswith(("States.", "StepFunctions.", "Sfn."))
