"""What authors state in a resource's `Metadata`, because no template can say it. See `docs/statements.md`.

"Metadata": {"seawall": {"sends_to": [{"to": "Queue", "when": "failure", "laps": 5}], "idempotent": "keyed by order"}}
"""

from __future__ import annotations

from ..registry import finisher
from ..wiring import Wiring
from .forms import check
from .ledger import Ledger
from .stated import everything_stated
from .ties import tie
from .traits import filters, traits


@finisher(order=15)
def statements(wiring: Wiring) -> None:
    """Hops as stated, and what is stated of the sites that they join."""
    stated = [one for one in everything_stated(wiring) if check(one)]
    if not stated:
        return
    ledger = Ledger(wiring)
    for one in stated:
        tie(one, ledger)
    traits(stated, ledger)
    ledger.close()


@finisher(order=95)
def matches(wiring: Wiring) -> None:
    """Whether events pass the filters that the template sets; by then all hops through them are known."""
    filters(everything_stated(wiring), wiring)
