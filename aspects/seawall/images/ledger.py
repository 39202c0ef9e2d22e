"""A repository through years: as `SimulatedRepository`, but the policy looks only at what it may act on that day.

Each rule keeps what it identifies in the order of its clock, so that what it marks is the beginning of its list; an
image enters and leaves the lists when it, its tags or its class change. The outcome is that of `evaluate`, which a test
holds against random courses of events. Indexes and their children are left to `SimulatedRepository`: none arrive here.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import datetime, timedelta

from .evaluate import clock
from .inventory import Image
from .matching import identifies
from .policy import CountType, LifecyclePolicy, LifecycleRule, StorageClass
from .repositories import Mutability
from .world import ImpossibleStepError, SimulatedRepository


class LedgerLine:
    """What one rule identifies, oldest first by the rule's clock."""

    def __init__(self, rule: LifecycleRule) -> None:
        self.rule = rule
        self._entries: list[tuple[datetime, str]] = []

    def enter(self, image: Image) -> None:
        """The rule identifies an image from now on."""
        insort(self._entries, (clock(self.rule, image), image.name))

    def leave(self, image: Image) -> None:
        """It no longer does."""
        del self._entries[bisect_left(self._entries, (clock(self.rule, image), image.name))]

    def marked(self, now: datetime) -> list[str]:
        """What the rule marks at `now`."""
        number = self.rule.selection.count_number
        if self.rule.selection.count_type is CountType.IMAGES:
            end = max(len(self._entries) - number, 0)
        else:
            end = bisect_left(self._entries, (now - timedelta(days=number), ""))
        return [name for _, name in self._entries[:end]]


class ImageLedger(SimulatedRepository):
    """A repository without indexes, over as many days as one likes."""

    def __init__(self, policy: LifecyclePolicy, mutability: Mutability) -> None:
        super().__init__(policy, mutability)
        self._lines = {each: [LedgerLine(rule) for rule in policy.of(each)] for each in StorageClass}
        self._claims: dict[str, LedgerLine] = {}
        self._archive: set[str] = set()
        self._met: dict[tuple[StorageClass, frozenset[str]], list[LedgerLine]] = {}

    @property
    def archived(self) -> int:
        """How many images lie in the archive."""
        return len(self._archive)

    def push(self, name: str, tags: Iterable[str] = (), children: tuple[str, ...] = ()) -> None:
        """A new manifest arrives and takes its tags from whatever has them."""
        if children:
            raise ImpossibleStepError(f"{name} is an index")
        super().push(name, tags)

    def _put(self, image: Image) -> None:
        self._unlist(image.name)
        super()._put(image)
        if image.storage_class is StorageClass.ARCHIVE:
            self._archive.add(image.name)
        lines = self._identifying(image)
        for line in lines:
            line.enter(image)
        if lines:
            self._claims[image.name] = lines[0]

    def _drop(self, image: Image) -> None:
        self._unlist(image.name)
        super()._drop(image)
        self._archive.discard(image.name)

    def _unlist(self, name: str) -> None:
        if self._claims.pop(name, None) is not None:
            for line in self._identifying(self.images[name]):
                line.leave(self.images[name])

    def _identifying(self, image: Image) -> list[LedgerLine]:
        """The lines of the rules that identify an image, in order."""
        key = (image.storage_class, image.tags)
        if key not in self._met:
            lines = self._lines[image.storage_class]
            self._met[key] = [line for line in lines if identifies(line.rule.selection, image.tags)]
        return self._met[key]

    def _acted(self, now: datetime) -> Iterable[tuple[Image, LifecycleRule]]:
        found = [
            (self.images[name], line.rule)
            for lines in self._lines.values()
            for line in lines
            for name in line.marked(now)
            if self._claims[name] is line
        ]
        return sorted(found, key=lambda each: each[0].age_clock)
