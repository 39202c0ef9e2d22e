"""Functions that never run, because no concurrency is reserved for them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from ..registry import finisher
from ..wiring import Wiring
from .functions import FUNCTION, halted


@finisher(order=19)
def never_run(wiring: Wiring) -> None:
    """No event gets into such a function, and none comes out: whoever calls it is throttled."""
    still = {each.site_id for each in wiring.app.by_type.get(FUNCTION, ()) if halted(wiring, each)}
    if still:
        wiring.hops = [hop for hop in wiring.hops if hop.target not in still and hop.source not in still]
