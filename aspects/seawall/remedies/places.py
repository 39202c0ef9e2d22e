"""The way to a place from the top of its template."""

from __future__ import annotations

from seawall.graph import Place
from seawall.template import Json, Resource

from .definitions import held_in, keys_of


def path_of(resource: Resource, place: Place) -> tuple[str, ...]:
    """Keys, and positions in lists as text, that lead to a place."""
    base = ("Resources", resource.address.logical_id)
    if not place.property:
        return base
    properties: Json = dict(resource.properties)
    steps = [str(key) for key in keys_of(place.property, held_in(properties))]
    if steps[0] == "Metadata" and "Metadata" not in resource.properties:
        return (*base, *steps)
    if steps[0] not in resource.properties and (steps[0] == "States" or steps[0].startswith("Definition")):
        # A path into a state machine's definition starts below the property that holds it.
        steps = [name for name in resource.properties if name.startswith("Definition")][:1] + steps
    return (*base, "Properties", *steps)
