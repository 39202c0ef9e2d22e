"""What a rule's check may ask."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from seawall.graph import Place
from seawall.images.analysis import ImageAnalysis, analyse_images
from seawall.images.settings import Settings as Habits
from seawall.retries import Analysis
from seawall.template import Address, App

from .settings import Settings


class Context(Struct, frozen=True, dict=True):
    """An analysed app and what the user has set."""

    app: App
    analysis: Analysis
    settings: Settings

    @cached_property
    def images(self) -> ImageAnalysis:
        """The images in use and what becomes of them; worked out when the first rule asks."""
        return analyse_images(self.analysis.flow, Habits(rollbacks=self.settings.rollbacks))

    def place(self, site: str) -> Place:
        """Where a site stands in the templates; one outside them stands where its first hop is declared."""
        flow = self.analysis.flow
        found = flow.sites[site].place
        if found is None:
            found = next((hop.place for hop in (*flow.into(site), *flow.out_of(site))), None)
        return found or Place(Address(next(iter(self.app.templates), ""), ""))

    @cached_property
    def working_leaves(self) -> Mapping[str, int]:
        """Sites at which work is done that no other site of the app does for them, in order: functions, and states
        that call nothing analysed.
        """
        flow = self.analysis.flow
        found: list[str] = []
        for site in flow.sites.values():
            if site.works and not site.framework and site.plan is None:
                callees = (flow.sites[hop.target] for hop in flow.out_of(site.id) if hop.awaits)
                if site.inside is None or not any(callee.works for callee in callees):
                    found.append(site.id)
        return {name: number for number, name in enumerate(found)}
