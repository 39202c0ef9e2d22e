"""The way to a place from the top of its template, and in the file that an author edits."""

from __future__ import annotations

from pathlib import Path

from seawall.graph import Place
from seawall.graph.layers import DEPENDS_ON
from seawall.template import Json, Resource, Template, in_file
from seawall.template.definition_files import LOCATIONS, local_path

from .definitions import held_in, keys_of


def path_of(resource: Resource, place: Place) -> tuple[str, ...]:
    """Keys, and positions in lists as text, that lead to a place."""
    base = ("Resources", resource.address.logical_id)
    if not place.property:
        return base
    if place.property == DEPENDS_ON:
        return (*base, DEPENDS_ON)
    properties: Json = dict(resource.properties)
    steps = [str(key) for key in keys_of(place.property, held_in(properties))]
    if steps[0] == "Metadata" and "Metadata" not in resource.properties:
        return (*base, *steps)
    within = steps[0] == "States" or (steps[0].startswith("Definition") and steps[0] != "DefinitionSubstitutions")
    if steps[0] not in resource.properties and within:
        # A path into a state machine's definition starts below the property that holds it.
        steps = [name for name in resource.properties if name.startswith("Definition")][:1] + steps
    return (*base, "Properties", *steps)


def edited_file(template: Template, resource: Resource, place: Place) -> tuple[Path, tuple[str, ...]]:
    """The file that an author edits and the way to a place in it: the template, or a definition that lies beside it."""
    steps = tuple(str(step) for step in in_file(template, path_of(resource, place)))
    if steps[:1] == ("Globals",):  # which hold for others, too: what a resource says itself comes before them
        own = in_file(template, ("Resources", resource.address.logical_id))
        steps = (*map(str, own), "Properties", *steps[2:])
    for name in LOCATIONS:
        file = local_path(resource.properties.get(name), Path(template.path).parent)
        if file is not None and place.property.startswith("Definition") and file.is_file():
            return file, tuple(steps[steps.index("States") :]) if "States" in steps else steps
    return Path(template.path), steps
