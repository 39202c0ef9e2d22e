"""What is stated of a repository, put into the model of time and among those who use its images."""

from __future__ import annotations

from msgspec.structs import replace

from seawall.graph import Habits

from .names import fill
from .references import Consumer, ImageReference
from .repositories import Repository
from .settings import ImageSettings


def stated(habits: Habits | None, settings: ImageSettings) -> ImageSettings:
    """`settings` with what is stated of a repository in their place."""
    if habits is None:
        return settings
    return replace(
        settings,
        pushes_per_day=sum(pace for _, pace in habits.paces) or habits.pushes_per_day or settings.pushes_per_day,
        paces=habits.paces or settings.paces,
        rollbacks=settings.rollbacks if habits.rollbacks is None else habits.rollbacks,
        days_between_deployments=habits.days_between_deployments or settings.days_between_deployments,
        images_per_push=habits.images_per_push or settings.images_per_push,
        build_tags=(*settings.build_tags, *(habits.build_tags or ())),
        builds_stated=settings.builds_stated or habits.build_tags is not None,
        moving_tags=settings.moving_tags if habits.moving_tags is None else habits.moving_tags,
    )


def known(consumer: Consumer, habits: Habits | None, number: int) -> Consumer:
    """`consumer` with what is stated of its image: further tags, of which the `number`th of each pattern is its own,
    and whether it is pulled every day.
    """
    if habits is None:
        return consumer
    reference = consumer.reference
    if habits.also_tagged is not None:
        made = tuple((fill(pattern, number), pattern) for pattern in habits.also_tagged)
        reference = replace(reference, tags=reference.tags | {tag for tag, _ in made}, complete=True, patterns=made)
    return replace(consumer, reference=reference, pulls=True if habits.pulled_daily else consumer.pulls)


def elsewhere(habits: Habits | None, repository: Repository) -> tuple[Consumer, ...]:
    """Those who run images of the repository outside the app, of which only the number is stated: those with tags,
    and one of these, are uses like those of the app.
    """
    if habits is None:
        return ()
    bare = (ImageReference(repository.key) for _ in range(habits.images_elsewhere - 1))
    return tuple(Consumer(f"use elsewhere {number}", "stated", reference) for number, reference in enumerate(bare, 1))
