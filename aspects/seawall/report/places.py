"""Where in which file something stands."""

from __future__ import annotations

from dataclasses import dataclass

from seawall.services import Place
from seawall.template import App, Resource, line_of


@dataclass(frozen=True, slots=True)
class Location:
    """A place as a reader finds it: the resource, if a template declares it, and the line in the file."""

    resource: Resource | None
    template: str
    """The template's key: unique in a report, and the same wherever the command is run."""
    path: str
    """The file, as it can be opened from where the command is run."""
    setting: str
    """Dotted path of the property; empty where the resource as a whole is meant."""
    line: int | None

    @property
    def in_file(self) -> str:
        """``file:line``, for a person who wants to open it."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    @property
    def in_template(self) -> str:
        """``template:line``, the shorter form."""
        return self.template if self.line is None else f"{self.template}:{self.line}"


def locate(app: App, place: Place) -> Location:
    """Where `place` stands; an address that no template declares keeps its name and has no line."""
    template = app.templates.get(place.address.template)
    if template is None:
        return Location(None, place.address.template, place.address.template, place.property, None)
    resource = app.resource(place.address)
    line = line_of(template, _path(resource, place)) if resource else None
    return Location(resource, template.key, template.path, place.property, line)


def _path(resource: Resource, place: Place) -> tuple[str, ...]:
    base = ("Resources", resource.address.logical_id)
    if not place.property:
        return base
    steps = place.property.replace("[", ".").replace("]", "").split(".")
    if steps[0] not in resource.properties:
        # A path into a state machine's definition starts below the property that holds it.
        steps = [name for name in resource.properties if name.startswith("Definition")][:1] + steps
    return (*base, "Properties", *steps)
