"""A repository through days: pushes, moved tags, deployments, and the policy at the end of each day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from .evaluate import evaluate
from .inventory import Image, ImageStatus
from .policy import ActionType, LifecyclePolicy, LifecycleRule, RuleAction
from .repositories import Mutability

START = datetime(2026, 1, 1, tzinfo=UTC)
"""The first moment of day 0; any instant would do."""

END_OF_DAY = timedelta(days=1) - timedelta(seconds=1)


class ImpossibleStepError(ValueError):
    """Something that ECR would refuse, such as moving an immutable tag."""


class Loss(Struct, frozen=True):
    """An image that a rule acted on."""

    image: str
    day: int
    rule_priority: int
    action: RuleAction

    @property
    def outcome(self) -> str:
        """What became of it: `expired` or `archived`."""
        return self.action.outcome


class SimulatedRepository:
    """One repository in time. Steps of a day happen one second apart, the evaluation comes at its last second."""

    def __init__(self, policy: LifecyclePolicy, mutability: Mutability) -> None:
        self.policy = policy
        self.mutability = mutability
        self.day = 0
        self.images: dict[str, Image] = {}
        self.holders: dict[str, str] = {}
        """Which image had each tag last, gone or not."""
        self.deployed: dict[str, list[str]] = {}
        """What each consumer was deployed with, latest last."""
        self.losses: list[Loss] = []
        self._seconds = 0

    def _now(self) -> datetime:
        self._seconds += 1
        return START + timedelta(days=self.day, seconds=self._seconds)

    def push(self, name: str, tags: Iterable[str] = (), children: tuple[str, ...] = ()) -> None:
        """A new manifest arrives and takes its tags from whatever has them."""
        if name in self.images:
            raise ImpossibleStepError(f"{name} was pushed before")
        tags = tuple(tags)
        self._free(tags)
        for child in children:
            if child not in self.images:
                self._put(Image(child, frozenset(), self._now()))
        self._put(Image(name, frozenset(tags), self._now(), children=children))
        self.holders.update(dict.fromkeys(tags, name))

    def retag(self, name: str, tag: str) -> None:
        """An image that is there gets one more tag; the time of its push stays."""
        image = self.images.get(name)
        if image is None or image.status is not ImageStatus.ACTIVE:
            raise ImpossibleStepError(f"{name} cannot be tagged")
        if tag in image.tags:
            return
        self._free((tag,))
        self._put(replace(image, tags=image.tags | {tag}))
        self.holders[tag] = name

    def pull(self, name: str) -> None:
        """Somebody pulls an image."""
        image = self.images.get(name)
        if image is None or image.status is not ImageStatus.ACTIVE:
            raise ImpossibleStepError(f"{name} cannot be pulled")
        self._put(replace(image, pulled=self._now()))

    def deploy(self, consumer: str, name: str) -> None:
        """A consumer starts to use an image, which it pulls."""
        self.pull(name)
        self.deployed.setdefault(consumer, []).append(name)

    def end_day(self, *, acts: bool = True) -> None:
        """The policy is carried out (unless it waits for a later day), and the next day begins."""
        if acts:
            self._act(START + timedelta(days=self.day) + END_OF_DAY)
        self.day += 1
        self._seconds = 0

    def _act(self, now: datetime) -> None:
        for image, rule in self._acted(now):
            self.losses.append(Loss(image.name, self.day, rule.priority, rule.action))
            if rule.action.type is ActionType.EXPIRE:
                self._drop(image)
            else:
                self._put(replace(image, status=ImageStatus.ARCHIVED, archived=now))

    def _acted(self, now: datetime) -> Iterable[tuple[Image, LifecycleRule]]:
        """What the policy acts on at `now`, oldest first, and the rule that does."""
        fates = evaluate(self.policy, self.images.values(), now).acted
        return [(fate.image, fate.rule) for fate in fates if fate.rule is not None]

    def _put(self, image: Image) -> None:
        """An image is there, or has changed."""
        self.images[image.name] = image

    def _drop(self, image: Image) -> None:
        del self.images[image.name]

    def _free(self, tags: Iterable[str]) -> None:
        """Takes tags from whatever has them: all, or none where one of them cannot move."""
        held = [tag for tag in tags if self._holder(tag) is not None]
        for tag in held:
            if self.mutability.stable(tag):
                raise ImpossibleStepError(f"the tag {tag} is immutable")
        for tag in held:
            if (holder := self._holder(tag)) is not None:
                self._put(replace(holder, tags=holder.tags - {tag}))

    def _holder(self, tag: str) -> Image | None:
        """The image that has a tag now."""
        holder = self.images.get(self.holders.get(tag, ""))
        return holder if holder is not None and tag in holder.tags else None
