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
from .reading import WORKING, nested, read

_CHUNK = 64 / 1024
"""Gigabytes: the least that an Express execution is charged for."""
_TIMED = "an Express execution takes 64 MB, for as long as it waits for functions and between its own tries"
_STATES = "each Pass, Choice, Wait, Succeed and Fail of a machine is passed once in an execution"


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
    others = 0 if found is None else sum(1 for state in found.definition.states() if state.type not in WORKING)
    passed = Charge("state transition", STATE_TRANSITION, others, assumption=_STATES)
    wiring.usages.append(Usage(resource.site_id, (passed,) if others else ()))
    wiring.usages += [Usage(state, (Charge("state transition", STATE_TRANSITION),)) for state in states]
