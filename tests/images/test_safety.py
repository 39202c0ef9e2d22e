"""A verdict holds for every course of events that ECR allows: a search for one that does not."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from seawall.images.effects import Argument, Survival
from seawall.images.matching import identifies
from seawall.images.names import fresh_tags
from seawall.images.policy import LifecyclePolicy, StorageClass
from seawall.images.references import Consumer
from seawall.images.repositories import Repository
from seawall.images.settings import ImageSettings
from seawall.images.verdicts import Verdict, judge
from seawall.images.witness import holds
from seawall.images.world import ImpossibleStepError, SimulatedRepository
from tests.images.made import TAGS, consumers, repositories
from tests.whole import examples

CAREFUL = ImageSettings(rollbacks=1, pushes_per_day=2, days_between_deployments=5, endangered_days=5, window_days=5)


class Walk:
    """A random course of events around one consumer, watched for the loss of the image that it needs."""

    def __init__(self, random: Random, repository: Repository, consumer: Consumer, *, bounded: bool) -> None:
        self.random = random
        self.consumer = consumer
        self.bounded = bounded
        self.policy = repository.policy or LifecyclePolicy()
        self.world = SimulatedRepository(self.policy, repository.effective)
        self.known: frozenset[str] = frozenset()
        self.followed = ""
        self.count = 0
        self.younger: dict[tuple[str, int], set[str]] = {}
        self.selections = [rule.selection for rule in self.policy.of(StorageClass.STANDARD)]
        for _ in range(random.choice((0, 0, 0, 1, 3))):
            self.push()
        self.born = self.world.day
        self.deploy()

    def name(self) -> str:
        self.count += 1
        return f"image {self.count}"

    def some_tags(self) -> set[str]:
        """Any tags at all, or some that a rule of the policy matches."""
        if self.selections and self.random.random() < 0.6:
            self.count += 1
            return set(fresh_tags(self.random.choice(self.selections), None, self.count))
        return set(self.random.sample([*TAGS, "v3", "pr-1"], self.random.choice((0, 1, 1, 2))))

    def stated(self, tags: Iterable[str]) -> bool:
        """Whether an image may carry `tags` together, by what is stated about the consumer's image."""
        wanted = self.consumer.reference
        tags = set(tags)
        return not wanted.complete or tags <= wanted.known_tags or tags.isdisjoint(wanted.known_tags)

    def push(self) -> None:
        children = (self.name(), self.name()) if self.random.random() < 0.1 else ()
        tags = self.some_tags()
        if self.stated(tags):
            with suppress(ImpossibleStepError):
                self.world.push(self.name(), sorted(tags), children)

    def deploy(self) -> None:
        wanted = self.consumer.reference
        tags = set(wanted.known_tags)
        if not wanted.complete and self.random.random() < 0.5:
            tags |= self.some_tags()
        if wanted.tag is None and wanted.digest is None and not tags:
            tags = {"x"}
        self.world.push("target", sorted(tags), self.random.choice(((), (), ("c1", "c2"))))
        self.world.deploy(self.consumer.id, "target")
        self.known = wanted.known_tags
        self.followed = wanted.tag or min(tags, default="")

    def crowd(self) -> None:
        """As many new images as some rule may keep, one after the other of the same kind."""
        if self.selections:
            selection = self.random.choice(self.selections)
            for _ in range(self.random.randint(1, 5)):
                self.count += 1
                tags = fresh_tags(selection, None, self.count)
                if self.stated(tags):
                    with suppress(ImpossibleStepError):
                        self.world.push(self.name(), tags)

    def steal(self) -> None:
        """A push that takes the tags of the image, all or one of them."""
        target = self.world.images.get("target")
        if target is not None:
            tags = sorted(target.tags)
            with suppress(ImpossibleStepError):
                self.world.push(self.name(), tags if self.random.random() < 0.7 else tags[:1])

    def retag(self) -> None:
        present = sorted(self.world.images)
        tag = self.random.choice(sorted(self.some_tags()) or ["x"])
        if present and not (self.bounded and self.consumer.late and tag == self.followed):
            name = "target" if "target" in present and self.random.random() < 0.5 else self.random.choice(present)
            bare = name == "target" and self.consumer.reference.complete
            if self.stated(self.world.images[name].tags | {tag}) and not (bare and tag not in self.known):
                with suppress(ImpossibleStepError):
                    self.world.retag(name, tag)

    @property
    def needed(self) -> str:
        return self.world.holders[self.followed] if self.consumer.late else "target"

    def end_day(self) -> None:
        needed = self.world.images.get(self.needed)
        if needed is not None:
            for rule in self.policy.rules:
                for image in self.world.images.values():
                    if image.pushed > needed.pushed and identifies(rule.selection, image.tags):
                        self.younger.setdefault((needed.name, rule.priority), set()).add(image.name)
        self.world.end_day()

    def within(self, bounds: tuple[Survival, ...]) -> bool:
        """Whether no bound has been reached. Nobody pulls after the deployment, so both clocks run from there."""
        day = self.world.day - self.born - 1
        return all(
            (bound.images is None or len(self.younger.get((self.needed, bound.rule_priority), ())) <= bound.images)
            and (bound.day is None or day < bound.day)
            for bound in bounds
        )

    def lost(self) -> bool:
        return any(loss.image == self.needed for loss in self.world.losses)

    def breaks(self, bounds: tuple[Survival, ...]) -> bool:
        """Whether some events of this course end with a loss that the verdict excludes."""
        events = (self.push, self.crowd, self.crowd, self.steal, self.retag, self.end_day, self.end_day)
        for _ in range(self.random.randint(1, 12)):
            event = self.random.choice(events)
            for _ in range(self.random.randint(1, 8) if event == self.end_day else 1):
                event()
                if event == self.end_day:
                    if not self.within(bounds):
                        return False
                    if self.lost():
                        return True
        return False


@settings(max_examples=examples(80), deadline=None, suppress_health_check=list(HealthCheck))
@given(repositories(), consumers(), st.lists(consumers("Other"), max_size=1), st.integers(0, 1_000_000))
def test_no_course_of_events_breaks_a_verdict_of_safety(
    repository: Repository, consumer: Consumer, others: list[Consumer], seed: int
) -> None:
    found = judge(repository, [consumer, *others], CAREFUL)[0]
    if found.verdict not in (Verdict.SAFE, Verdict.BOUNDED) or found.argument is Argument.NO_POLICY or found.open:
        return
    random = Random(seed)
    for _ in range(60):
        try:
            walk = Walk(random, repository, consumer, bounded=found.verdict is Verdict.BOUNDED)
        except ImpossibleStepError:
            continue
        assert not walk.breaks(found.bounds), (found.why, walk.world.losses)


@settings(max_examples=examples(120), deadline=None, suppress_health_check=list(HealthCheck))
@given(repositories(), consumers(), st.lists(consumers("Other"), max_size=2))
def test_every_danger_has_a_witness_that_holds(
    repository: Repository, consumer: Consumer, others: list[Consumer]
) -> None:
    others = [replace(other, id=f"Other {number}") for number, other in enumerate(others)]
    for found in judge(repository, [consumer, *others], CAREFUL):
        assert not found.internal, (found.internal, found.verdict)
        danger = found.verdict in (Verdict.ENDANGERED, Verdict.DOOMED)
        assert danger is (found.witness is not None)
        if found.witness is not None:
            assert repository.policy is not None
            assert holds(repository.policy, found.witness)
            assert found.rule is not None
            assert (found.witness.loss.rule_priority, found.witness.loss.outcome) == (
                found.rule.priority,
                found.rule.action.outcome,
            )
            assert found.witness.timeline()[-1].startswith(f"day {found.witness.loss.day}: ")
            assert len(found.witness.to_object()) == len(found.witness.steps) + 1
