"""What authors state in a resource's `Metadata`, because no template can say it.

    "Metadata": {"seawall": {"sends_to": [{"to": {"Ref": "Queue"}, "when": "failure", "laps": 5}]}}

`to` is the resource that the code sends its event to, `when` is ``failure`` (the default) or ``always``, and `laps`
is how often one event is sent back at most.
"""

from __future__ import annotations

from seawall.template import Resource

from .model import Evidence, Hop, Place, When
from .registry import Arrival, finisher
from .wiring import Wiring

KEY = "seawall"


@finisher(order=15)
def statements(wiring: Wiring) -> None:
    """Stated hops; one that restates an inferred hop takes its place."""
    for resource in wiring.app.resources():
        if isinstance(resource.metadata.get(KEY), dict) and resource.site_id in wiring.sites:
            _sends(wiring, resource)


def _sends(wiring: Wiring, resource: Resource) -> None:
    section = wiring.metadata(resource).at(KEY)
    for item in section.items("sends_to"):
        laps = item.props.integer("laps")
        when = item.props.text("when", default=When.FAILURE).value
        for site, _ in wiring.receivers(resource, item.props.property, item.props.value("to"), Arrival.ASYNC):
            known = _inferred(wiring, resource.site_id, site)
            wiring.hops = [hop for hop in wiring.hops if hop not in known]
            wiring.hop(
                resource.site_id,
                site,
                known[0].kind if known else "send",
                Place(resource.address, "Metadata.seawall.sends_to"),
                when=When.ALWAYS if when == When.ALWAYS else When.FAILURE,
                evidence=Evidence.STATED,
                laps=laps.value,
                traced=bool(known) and known[0].traced,
            )


def _inferred(wiring: Wiring, source: str, target: str) -> list[Hop]:
    return [
        hop
        for hop in wiring.hops
        if hop.source == source and hop.target == target and hop.evidence < Evidence.STATED and not hop.awaits
    ]
