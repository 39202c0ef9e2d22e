"""What a rule's check may ask."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from seawall.graph import Hop, Place
from seawall.images.analysis import Earlier, ImageAnalysis, analyse_images
from seawall.images.settings import ImageSettings as Habits
from seawall.remedies.what_if import Proposal
from seawall.retries import Analysis, Figure
from seawall.retries.wording import witness_event, worst_world
from seawall.settings import Settings
from seawall.template import Address, App

from .model import Finding

if TYPE_CHECKING:
    from .run import Judged


class Context(Struct, frozen=True, dict=True):
    """An analysed app and what the user has set."""

    app: App
    analysis: Analysis
    settings: Settings
    earlier: Earlier | None = None
    """What whoever runs an image ran before, where the app before a change is known."""

    @classmethod
    def of(cls, judged: Judged) -> Context:
        """That of an app that was judged."""
        return cls(judged.app, judged.analysis, judged.settings)

    @cached_property
    def images(self) -> ImageAnalysis:
        """The images in use and what becomes of them; worked out when the first rule asks."""
        return analyse_images(
            self.analysis.flow,
            Habits(
                rollbacks=self.settings.rollbacks,
                pushes_per_day=self.settings.pushes_per_day,
                days_between_deployments=self.settings.days_between_deployments,
                images_per_push=self.settings.images_per_push,
                endangered_days=self.settings.endangered_days,
                window_days=self.settings.window_days,
            ),
            self.earlier,
        )

    @cached_property
    def opened(self) -> dict[str, Proposal]:
        """By start of a loop: what opens it, as far as somebody has asked."""
        return {}

    def place(self, site: str) -> Place:
        """Where a site stands in the templates; one outside them stands where its first hop is declared."""
        flow = self.analysis.flow
        found = flow.sites[site].place
        if found is None:
            found = next((hop.place for hop in (*flow.into(site), *flow.out_of(site))), None)
        return found or Place(Address(next(iter(self.app.templates), ""), ""))


def holds_for(context: Context, found: Figure) -> Iterator[str]:
    """For which event and deployment a figure holds, where that matters to it, and whether it is an upper bound."""
    chosen = context.analysis.attempts.chosen(found.site, found.signal)
    event, world = witness_event(chosen), worst_world(chosen)
    if event or world:
        yield f"this is so {', '.join(filter(None, (event and f'for {event}', world)))}"
    if context.analysis.attempts.exact(found.site, found.signal):
        return
    if found.site in context.analysis.attempts.flow.behind_mixed:
        yield "at most: conditions decide which states there are, and what holds under each of them is taken together"
    else:
        yield "at most: there are too many kinds of event to count each, so this is an upper bound"


def world_of(context: Context, found: Figure) -> str:
    """The deployment in which a figure holds, in words; empty where that does not matter to it."""
    return worst_world(context.analysis.attempts.chosen(found.site, found.signal))


def layer_of(context: Context, finding: Finding) -> Hop | None:
    """The hop by which the last station of a finding's trace is reached."""
    last = finding.trace[-1]
    into = context.analysis.flow.into(last.site)
    return next((hop for hop in into if hop.place == last.place and hop.kind == last.hop), None)
