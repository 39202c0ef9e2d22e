"""The images that ran before a change: what a rollback of it goes back to."""

from __future__ import annotations

from seawall.engine import Report
from seawall.images.analysis import Earlier
from seawall.images.references import ImageReference
from seawall.template import App

from .names import ComparedNames


def images_before(before: Report, app: App) -> Earlier:
    """What consumers of `app` ran in the app before it; unknown where one runs several images of a repository."""
    old, new = ComparedNames.of(before.app), ComparedNames.of(app)
    found: dict[tuple[str, str], set[ImageReference]] = {}
    for used in before.images.used:
        key = old.common(used.consumer.id), old.common(used.judgement.repository)
        found.setdefault(key, set()).add(used.consumer.reference)

    def earlier(consumer: str, repository: str) -> ImageReference | None:
        ran = found.get((new.common(consumer), new.common(repository)), set())
        return next(iter(ran)) if len(ran) == 1 else None

    return earlier
