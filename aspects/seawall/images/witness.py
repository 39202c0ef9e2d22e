"""A course of events that ends with an image gone, and its replay through the evaluator.

A witness is only a claim until `holds` has replayed it: `judge` returns no danger whose witness does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import groupby
from typing import Any

from msgspec import Struct

from .inventory import Image
from .policy import LifecyclePolicy
from .repositories import Mutability
from .world import ImpossibleStepError, Loss, SimulatedRepository


class WitnessAction(StrEnum):
    """What can happen."""

    PUSH = "push"
    RETAG = "retag"
    DEPLOY = "deploy"
    PULL = "pull"


class WitnessStep(Struct, frozen=True):
    """One event."""

    day: int
    do: WitnessAction
    image: str
    """The image's name within the witness."""
    tags: tuple[str, ...] = ()
    consumer: str = ""

    @property
    def text(self) -> str:
        """The event in words."""
        tags = " and ".join(self.tags)
        tagged = "" if self.tags == (self.image,) else f", tagged {tags}" if self.tags else ", without a tag"
        return {
            WitnessAction.PUSH: f"{self.image} is pushed{tagged}",
            WitnessAction.RETAG: f"tag {self.image} with {tags}",
            WitnessAction.DEPLOY: f"{self.consumer} is deployed with {self.image}",
            WitnessAction.PULL: f"{self.image} is pulled",
        }[self.do]


class Witness(Struct, frozen=True):
    """A course of events and the loss that it ends with."""

    consumer: str
    steps: tuple[WitnessStep, ...]
    mutability: Mutability
    loss: Loss
    tag: str | None = None
    """The tag that the consumer follows; None if it bound the digest."""
    retained: int = 0
    """Earlier deployments whose images stay in use."""

    def timeline(self) -> tuple[str, ...]:
        """One line per day, equal events of a day and days of equal pushes put together.

        >>> from .policy import EXPIRE
        >>> from .repositories import MUTABLE
        >>> names = [f"pr-{n}" for n in range(101, 105)]
        >>> pushes = tuple(WitnessStep(1, WitnessAction.PUSH, name, (name,)) for name in names)
        >>> push = WitnessStep(0, WitnessAction.PUSH, "v42", ("v42",))
        >>> deploy = WitnessStep(0, WitnessAction.DEPLOY, "v42", consumer="Web")
        >>> lost = Loss("v42", 1, 2, EXPIRE)
        >>> for line in Witness("Web", (push, deploy, *pushes), MUTABLE, lost).timeline():
        ...     print(line)
        day 0: v42 is pushed; Web is deployed with v42
        day 1: 4 pushes, pr-101 to pr-104
        day 1: rule 2 deletes v42, and Web needs it
        >>> others = [(WitnessStep(0, WitnessAction.PUSH, f"v{n}", (f"v{n}",)), n) for n in (43, 44)]
        >>> used = [(each, WitnessStep(0, WitnessAction.DEPLOY, f"v{n}", consumer=f"App{n}")) for each, n in others]
        >>> print(Witness("Web", (push, deploy, *used[0], *used[1]), MUTABLE, lost).timeline()[0])
        day 0: v42 is pushed; Web is deployed with v42; the same with 2 more images
        """
        days = [(day, list(steps)) for day, steps in groupby(self.steps, key=lambda step: step.day)]
        lines: list[str] = []
        while days:
            run = _equal_days(days)
            lines.append(_several_days(run) if len(run) > 1 else _one_day(*run[0]))
            del days[: len(run)]
        loss = self.loss
        end = f"rule {loss.rule_priority} {loss.action.does} {loss.image}, and {self.consumer} needs it"
        return (*lines, f"day {loss.day}: {end}")

    def to_object(self) -> list[dict[str, Any]]:
        """The witness for a JSON report: its steps, the loss last."""
        steps: list[dict[str, Any]] = []
        for step in self.steps:
            entry: dict[str, Any] = {"day": step.day, "event": str(step.do), "image": step.image}
            if step.do in (WitnessAction.PUSH, WitnessAction.RETAG):
                entry["tags"] = list(step.tags)
            if step.consumer:
                entry["consumer"] = step.consumer
            steps.append(entry)
        loss = self.loss
        end = {"day": loss.day, "event": loss.outcome, "image": loss.image, "rule_priority": loss.rule_priority}
        return [*steps, end]


def _equal_days(days: list[tuple[int, list[WitnessStep]]]) -> list[tuple[int, list[WitnessStep]]]:
    """The first days, each after the one before it, on which only as many images are pushed as on the first of them;
    the last of them may have fewer.
    """
    found = days[:1]
    number = len(days[0][1])
    for day, steps in days[1:]:
        alike = day == found[-1][0] + 1 and len(found[-1][1]) == number and len(steps) <= number
        if not alike or any(step.do is not WitnessAction.PUSH for step in (*found[0][1], *steps)):
            break
        found.append((day, steps))
    return found if len(found) > 2 else days[:1]


def _several_days(days: list[tuple[int, list[WitnessStep]]]) -> str:
    number = len(days[0][1])
    each = "1 push" if number == 1 else f"{number} pushes"
    span = f"days {days[0][0]} to {days[-1][0]}"
    return f"{span}: {each} a day, {days[0][1][0].image} to {days[-1][1][-1].image}"


_FEW = 2
"""Images pushed and deployed on one day that are told one by one."""


def _one_day(day: int, steps: list[WitnessStep]) -> str:
    parts: list[str] = []
    pairs = _deployed_at_once(steps)
    if pairs > _FEW:
        parts += [event.text for event in steps[:2]]
        parts.append(f"the same with {pairs - 1} more images")
        steps = steps[2 * pairs :]
    for do, same in groupby(steps, key=lambda step: step.do):
        events = list(same)
        if do is WitnessAction.PUSH and len(events) > 2:
            parts.append(f"{len(events)} pushes, {events[0].image} to {events[-1].image}")
        else:
            parts.extend(event.text for event in events)
    return f"day {day}: {'; '.join(parts)}"


def _deployed_at_once(steps: list[WitnessStep]) -> int:
    """How many of the first steps push an image and deploy it."""
    found = 0
    for push, deploy in zip(steps[::2], steps[1::2], strict=False):
        if (push.do, deploy.do, deploy.image) != (WitnessAction.PUSH, WitnessAction.DEPLOY, push.image):
            break
        found += 1
    return found


class Final(Struct, frozen=True):
    """Where a course of events ends."""

    day: int
    """The last day that was evaluated."""
    images: tuple[Image, ...]
    losses: tuple[Loss, ...]
    deployed: Mapping[str, tuple[str, ...]]
    holders: Mapping[str, str]


def run(
    policy: LifecyclePolicy, mutability: Mutability, steps: tuple[WitnessStep, ...], until: int, watch: str = ""
) -> Final:
    """Carries out `steps` and evaluates every day to `until`, or until the image `watch` is lost."""
    world = SimulatedRepository(policy, mutability)
    waiting = list(reversed(steps))
    while world.day <= until:
        while waiting and waiting[-1].day <= world.day:
            _carry_out(world, waiting.pop())
        world.end_day()
        if watch and any(loss.image == watch for loss in world.losses):
            break
    deployed = {consumer: tuple(images) for consumer, images in world.deployed.items()}
    return Final(world.day - 1, tuple(world.images.values()), tuple(world.losses), deployed, dict(world.holders))


def _carry_out(world: SimulatedRepository, step: WitnessStep) -> None:
    if step.do is WitnessAction.PUSH:
        world.push(step.image, step.tags)
    elif step.do is WitnessAction.RETAG:
        for tag in step.tags:
            world.retag(step.image, tag)
    elif step.do is WitnessAction.DEPLOY:
        world.deploy(step.consumer, step.image)
    else:
        world.pull(step.image)


def replay(policy: LifecyclePolicy, witness: Witness) -> Final:
    """The final state of a witness under `policy`: the evaluator, day by day."""
    return run(policy, witness.mutability, witness.steps, witness.loss.day)


def holds(policy: LifecyclePolicy, witness: Witness) -> bool:
    """Whether a witness ends as it claims: this image, this day, this rule, and the consumer still needs it."""
    try:
        final = replay(policy, witness)
    except ImpossibleStepError:
        return False
    if witness.loss not in final.losses:
        return False
    if witness.tag is not None:
        return final.holders.get(witness.tag) == witness.loss.image
    return witness.loss.image in final.deployed.get(witness.consumer, ())[-1 - witness.retained :]
