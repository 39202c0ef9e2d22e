"""From an app to its flow."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from seawall.graph import Flow
from seawall.template import App

from .gaps import touching, unresolved, unseen
from .wiring import read


def build(app: App, reads_code: bool = True, code_left_out: tuple[str, ...] = ()) -> Flow:
    """Sites and hops of everything in `app`: what services note in the wiring under the name of a field of `Flow`.

    `reads_code`: also out of functions' code, but for that at paths which match `code_left_out`.
    """
    wiring = read(app, reads_code, code_left_out)
    unresolved(wiring)
    unseen(wiring)
    noted = {name: getattr(wiring, name) for name in Flow.__struct_fields__ if name in vars(wiring)}
    flow = Flow(**{name: _frozen(value) for name, value in noted.items()})
    return replace(flow, unknown=touching(app, flow, wiring.unknowns)) if wiring.unknowns else flow


def _frozen(value: Any) -> Any:
    """A list as a tuple, a set as a frozen one; whatever else as it is."""
    if isinstance(value, list):
        return tuple(value)
    return frozenset(value) if isinstance(value, set) else value
