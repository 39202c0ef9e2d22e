"""Retriers that can never act."""

from __future__ import annotations

from seawall.graph.model import IdleSetting

from ..wiring import Wiring
from . import failures
from .definition import State
from .errors import shadowed
from .failures import CHILD_FAILED
from .integrations import Integration
from .reading import Machine


def idle_retriers(wiring: Wiring, found: Machine, state: State) -> None:
    """Retriers behind one that takes all their errors, and those that name an error of a `.sync` child."""
    site = found.id(state)
    taken = shadowed(state.retriers)
    for index, before in taken:
        errors, earlier = ", ".join(state.retriers[index].errors), ", ".join(state.retriers[before].errors)
        what = f"retrier {index + 1} ({errors})"
        why = f"retrier {before + 1} ({earlier}) stands before it and takes every error it names"
        wiring.idle.append(IdleSetting(site, found.place(state, f"Retry.{index}"), what, why))
    called = found.call(state) if state.type == "Task" else None
    if not isinstance(called, Integration) or CHILD_FAILED not in failures.signals(state, called).values():
        return
    for index, retrier in enumerate(state.retriers):
        if retrier.errors and all(map(_own_error_of_child, retrier.errors)) and index not in dict(taken):
            what = f"retrier {index + 1} ({', '.join(retrier.errors)})"
            why = "a child execution that fails arrives as States.TaskFailed, whatever error it failed with"
            wiring.idle.append(IdleSetting(site, found.place(state, f"Retry.{index}"), what, why))


def _own_error_of_child(name: str) -> bool:
    return not name.startswith(("States.", "StepFunctions.", "Sfn."))
