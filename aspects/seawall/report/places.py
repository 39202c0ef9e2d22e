"""Where in which file something stands."""

from __future__ import annotations

import re

from msgspec import Struct

from seawall.graph import Place
from seawall.remedies.places import path_of
from seawall.template import App, Resource, SourceLine, line_of

_STATE = re.compile(r"(?:^|\.)States\.(?P<name>[^.]+)(?P<rest>(?:\.(?!States\.)[^.]+)*)$")


class Location(Struct, frozen=True):
    """A place as a reader finds it: the resource, if a template declares it, and the line in the file."""

    resource: Resource | None
    template: str
    """The template's key: unique in a report, and the same wherever the command is run."""
    path: str
    """The file, as it can be opened from where the command is run."""
    setting: str
    """Dotted path of the property; empty where the resource as a whole is meant."""
    line: int | None
    logical_id: str = ""
    """As the author knows it."""
    source: SourceLine | None = None
    """The line of a function's code that is meant, or of the code that made the resource, where the CDK noted it."""

    @property
    def file(self) -> str:
        """The file that the author wrote: the code that made the resource, or else the template."""
        return self.source.file if self.source else self.path

    @property
    def file_line(self) -> int | None:
        """The line in `file`."""
        return (self.source.line or None) if self.source else self.line

    @property
    def in_template(self) -> str:
        """``template:line``, the shorter form."""
        return self.template if self.line is None else f"{self.template}:{self.line}"


def locate(app: App, place: Place) -> Location:
    """Where `place` stands; an address that no template declares keeps its name and has no line."""
    template = app.templates.get(place.address.template)
    if template is None:
        missing = place.address
        return Location(None, missing.template, missing.template, place.property, None, missing.logical_id)
    resource = app.resource(place.address)
    line = line_of(template, path_of(resource, place)) if resource else None
    source = _source(app, resource, place.property) if resource else None
    source = place.code or source
    logical_id = resource.logical_id if resource else place.address.logical_id
    return Location(resource, template.key, template.path, place.property, line, logical_id, source)


def _source(app: App, resource: Resource, setting: str) -> SourceLine | None:
    sources = app.sources.get(resource.app)
    if sources is None:
        return None
    path = resource.construct_path or ""
    state = _STATE.search(setting)
    found = sources.of_state(path, state["name"], ".Retry" in state["rest"]) if state else None
    return found or sources.of(path)
