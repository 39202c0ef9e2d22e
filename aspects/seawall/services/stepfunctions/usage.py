"""What an execution uses: transitions of a Standard machine; a request and its time of an Express one.

Source: https://aws.amazon.com/step-functions/pricing/: each retry is a transition, and Express executions are charged
for their time in chunks of 64 MB.
"""

from __future__ import annotations

from seawall.graph.usage import Charge, ChargedBy, Usage
from seawall.template import Resource

from ..prices import EXPRESS_GIGABYTE_SECOND, EXPRESS_REQUEST, STATE_TRANSITION
from ..registry import sites
from ..wiring import Wiring
from .machine import MACHINE, express
from .reading import nested, read

_CHUNK = 64 / 1024
"""Gigabytes: the least that an Express execution is charged for."""
_TIMED = "an Express execution takes 64 MB, for as long as it waits for functions and between its own tries"
_STATES = "transitions are counted of tasks, Parallels and Maps"


@sites(MACHINE)
def machine_usage(wiring: Wiring, resource: Resource) -> None:
    """An unknown type is charged as Standard, the dearer one."""
    found = read(wiring, resource)
    states = [found.id(state) for state, _ in nested(found)] if found is not None else []
    if express(wiring, resource):
        timed = Charge(
            "Express GB-second",
            EXPRESS_GIGABYTE_SECOND,
            _CHUNK,
            by=ChargedBy.AWAITED_SECOND,
            assumption=_TIMED,
            each="64 MB",
        )
        wiring.usages.append(Usage(resource.site_id, (Charge("Express request", EXPRESS_REQUEST), timed)))
        wiring.usages += [Usage(state) for state in states]
        return
    transition = Charge("state transition", STATE_TRANSITION, assumption=_STATES)
    wiring.usages.append(Usage(resource.site_id))
    wiring.usages += [Usage(state, (transition,)) for state in states]
