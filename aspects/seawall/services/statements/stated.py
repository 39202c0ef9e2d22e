"""The statements of one resource."""

from __future__ import annotations

from msgspec import Struct

from seawall.graph.model import Place, WrongStatement
from seawall.template import Props, Resource

from ..ecs.tasks import definition_of
from ..lambda_.functions import QUALIFIED, function_of
from ..wiring import Wiring

KEY = "seawall"


class Stated(Struct, frozen=True):
    """What the metadata of `resource` says about it, or about the function that it is an alias or version of."""

    wiring: Wiring
    resource: Resource
    about: Resource
    section: Props

    @property
    def site(self) -> str:
        """Id of the site that the statements are about, which need not be a site of the app."""
        return self.about.site_id

    def place(self, section: Props) -> Place:
        """Where a part of the statements stands."""
        return Place(self.resource.address, f"Metadata.{section.property}")

    def wrong(self, section: Props, what: str, fix: str, moot: bool = False) -> None:
        """Note that a part of the statements cannot be so."""
        self.wiring.wrong.append(WrongStatement(self.site, self.place(section), what, fix, moot))

    def unknown(self, section: Props, why: str) -> None:
        """Note that a part of the statements cannot be read."""
        self.wiring.unknown(self.resource, f"Metadata.{section.property}", why)


def everything_stated(wiring: Wiring) -> tuple[Stated, ...]:
    """The statements of all resources that have any."""
    return wiring.once(
        "statements",
        lambda: tuple(_stated(wiring, one) for one in wiring.app.resources() if KEY in one.metadata),
    )


def _stated(wiring: Wiring, resource: Resource) -> Stated:
    about = function_of(wiring, resource) if resource.type in QUALIFIED else definition_of(wiring, resource)
    return Stated(wiring, resource, about or resource, wiring.metadata(resource).at(KEY))
