"""The next deployments under a policy, day by day, through the evaluator.

Builds arrive at the pace of the model of time, in turns for each family of tags in use that CI pushes, or as often as
is stated of a family; releases come one with each deployment. A push of several images leaves the others without a
tag, and these are not held back by their index: no more may stay than is told. Every consumer is deployed with the
youngest image of its family, and needs it, and the ones before it that it may go back to, until the next deployments
come. Before each deployment (or every day) the policy is carried out, and whatever is needed must still be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from math import ceil, floor

from msgspec import Struct

from seawall.words import plural

from .facts import PRICE
from .families import is_broad, is_build_tag, moves, pattern_of
from .ledger import ImageLedger
from .matching import at_most_one_image, identifies, matches_pattern
from .names import next_tag
from .policy import ActionType, CountType, LifecyclePolicy, LifecycleRule, StorageClass, TagStatus
from .references import Binds, Consumer
from .repositories import Repository
from .settings import ImageSettings, assumed, pushes_text
from .world import SimulatedRepository

TWO_YEARS = 730
"""Days over which it is told what a policy comes to keep."""
NAMELESS = "build-1"
"""A tag for an image of which none is known."""
TAKEN = "latest"
"""A tag that each build takes from the one before, where an image is named by its digest and it is not known which."""
OTHER_TAG = "pr-101"
"""A tag of builds that nothing in the app runs, which a rule for any images also counts."""


FAR = 100_000
"""More than the images of one stream."""


class Stream(Struct, frozen=True):
    """Images that arrive one after the other under tags of one family."""

    tag: str
    """The tag in use, which the next ones follow."""
    moving: bool
    release: bool
    also: tuple[str, ...] = ()
    """Further tags of the image in use, each given to one build only, of which the next ones carry their own."""
    moved: tuple[str, ...] = ()
    """Further tags that the next image takes over."""
    place: int = 0
    """Which of the streams it is: images of two streams never get one tag."""

    def tags(self, number: int) -> tuple[str, ...]:
        """Tags of the image that comes as number `number`, from 0."""
        return self.moved_tags + self.left(number)

    @property
    def moved_tags(self) -> tuple[str, ...]:
        """The tags that the next image takes over."""
        return (self.tag, *self.moved) if self.moving else self.moved

    def left(self, number: int) -> tuple[str, ...]:
        """The tags of that image that stay on it."""
        own = () if self.moving else (self.tag if number == 0 else next_tag(self.tag, number),)
        return (*own, *(next_tag(tag, FAR * (self.place + 1) + number) for tag in self.also))

    def pace(self, settings: ImageSettings) -> float:
        """Pushes per day at most: all builds may go to any one family, unless its own pace is stated."""
        return 1 / settings.days_between_deployments if self.release else settings.pushes_of((self.tag,))


class SimulationOutcome(Struct, frozen=True):
    """What a simulated time led to."""

    lost: tuple[str, ...]
    """What was needed and gone, in words."""
    most: int
    """Images that can be pulled at most, seen after the policy was carried out."""
    counts: tuple[int, ...]
    """Images that can be pulled after each carrying out."""
    archived: tuple[int, ...] = ()
    """Images in the archive after each carrying out."""


def streams(consumers: Iterable[Consumer], settings: ImageSettings, *, other: bool = False) -> tuple[Stream, ...]:
    """The families of tags in use; `other` adds builds of other kinds."""
    found: dict[str, Stream] = {}
    for each in sorted(consumers, key=lambda each: _order(each.reference.tag or NAMELESS)):
        tag = each.reference.tag or NAMELESS
        moving = moves(tag, settings)
        further = sorted(each.reference.tags - {tag})
        moved = tuple(other for other in further if moves(other, settings))
        also = tuple(other for other in further if other not in moved)
        own = also if moving else (tag, *also)
        built = settings.states(own) or any(is_build_tag(each, settings) for each in own)
        release = bool(own) and (settings.deployments_only or not built)
        found[_family(tag, settings)] = Stream(tag, moving, release, also, moved, len(found))
    return (*found.values(), *(_others(found, settings) if other else ()))


def _others(used: Mapping[str, Stream], settings: ImageSettings) -> Iterator[Stream]:
    """Builds that nothing in the app runs. Where it runs one of their family, and the pace of that is stated, they come
    already; what comes besides is of the other families that are stated.
    """
    tags = [OTHER_TAG]
    if settings.states(tags) and _family(OTHER_TAG, settings) in used:
        patterns, running = [pattern for pattern, _ in settings.paces], [line.tag for line in used.values()]
        tags = [each.replace("*", "101") for each in patterns if not any(matches_pattern(each, tag) for tag in running)]
    for tag in tags:
        yield Stream(tag, moving=False, release=False)


def _family(tag: str, settings: ImageSettings) -> str:
    """The same for tags of one family: whoever runs one of them is deployed with the youngest."""
    return tag if moves(tag, settings) else pattern_of(tag)


def _order(tag: str) -> tuple[list[int], str]:
    """Later tags of a family come later."""
    return [int(each) for each in re.findall("[0-9]+", tag)], tag


def simulate(
    repository: Repository,
    consumers: Iterable[Consumer],
    settings: ImageSettings,
    *,
    deployments: int = 3,
    daily: bool = False,
    other: bool = False,
) -> SimulationOutcome:
    """The next `deployments` of everything in use, each `days_between_deployments` after the one before.

    Without `daily` the policy is carried out only before each deployment, when each day would have taken no more.
    """
    consumers = tuple(consumers)
    policy = repository.policy or LifecyclePolicy()
    world = ImageLedger(policy, repository.effective)
    lines = streams(consumers, settings, other=other)
    course = _Course(world, lines, settings, consumers)
    lost: list[str] = []
    counts: list[int] = []
    archived: list[int] = []
    for number in range(deployments + 1):
        course.deploy(number)
        for day in range(settings.days_between_deployments):
            course.build()
            last = day == settings.days_between_deployments - 1
            world.end_day(acts=daily or last)
            if daily or last:
                archived.append(world.archived)
                counts.append(len(world.images) - world.archived)
                lost.extend(course.missing())
    return SimulationOutcome(tuple(dict.fromkeys(lost)), max(counts, default=0), tuple(counts), tuple(archived))


class _Course:
    """A simulated time in progress."""

    def __init__(
        self,
        world: SimulatedRepository,
        lines: tuple[Stream, ...],
        settings: ImageSettings,
        consumers: tuple[Consumer, ...],
    ) -> None:
        self.world = world
        self.settings = settings
        self.consumers = consumers
        self.lines = lines
        self.pushed = dict.fromkeys(lines, 0)
        self.newest: dict[Stream, str] = {}
        self.built = dict.fromkeys(lines, 0.0)
        self.unstated = [line for line in lines if not line.release and not settings.states((line.tag,))]
        self.waiting = 0.0
        self.turn = 0

    def push(self, line: Stream) -> None:
        number = self.pushed[line]
        self.pushed[line] = number + 1
        name = f"{line.tag} #{number}"
        tags = line.tags(number)
        refused = [tag for tag in tags if tag in self.world.holders and self.world.mutability.stable(tag)]
        if line.moving and line.tag in refused:
            self.newest.setdefault(line, self.world.holders[line.tag])
            return
        tags = tuple(tag for tag in tags if tag not in refused)
        for part in range(1, self.settings.images_per_push):
            self.world.push(f"{name}, part {part}")
        self.world.push(name, tags)
        self.newest[line] = name

    def build(self) -> None:
        """A day's builds: as stated of a family, and in turns for each of the others."""
        for line in self.lines:
            if not line.release and line not in self.unstated:
                self.built[line] += line.pace(self.settings)
                while self.built[line] >= 1:
                    self.push(line)
                    self.built[line] -= 1
        self.waiting += self.settings.pushes_per_day
        while self.unstated and self.waiting >= 1:
            self.push(self.unstated[self.turn % len(self.unstated)])
            self.turn += 1
            self.waiting -= 1

    def deploy(self, number: int) -> None:
        """Everything is deployed with the youngest image of its family."""
        if number == 0:
            self._before()
        for line in self.lines:
            if line.release or number == 0:
                self.push(line)
        for each in self.consumers:
            line = self._line(each)
            if self._there(self.newest[line]):
                self.world.deploy(each.id, self.newest[line])

    def _before(self) -> None:
        """What ran before the image in use, where that is known."""
        for each in self.consumers:
            known = each.earlier
            if known is None or known.identity in (None, each.reference.identity):
                continue
            name = f"{known.text} before"
            if name not in self.world.images:
                self.world.push(name, sorted(known.known_tags))
            self.world.deploy(each.id, name)

    def _line(self, consumer: Consumer) -> Stream:
        wanted = _family(consumer.reference.tag or NAMELESS, self.settings)
        return next(line for line in self.lines if _family(line.tag, self.settings) == wanted)

    def missing(self) -> list[str]:
        """What is needed and gone."""
        found = []
        for each in self.consumers:
            line = self._line(each)
            if line.moving and each.binds is not Binds.DIGEST:
                needed = [self.world.holders.get(line.tag, "")]
            else:
                back = self.settings.rollbacks if each.needs_rollback else 0
                needed = self.world.deployed.get(each.id, [])[-1 - back :]
            found += [f"{each.id}: {name}" for name in needed if not self._there(name)]
        return found

    def _there(self, name: str) -> bool:
        image = self.world.images.get(name)
        return image is not None and image.storage_class is StorageClass.STANDARD


class Kept(Struct, frozen=True):
    """How many images a repository comes to hold within two years."""

    images: int
    """At most."""
    grows: int = 0
    """Of these, images that come to stay for good, per 30 days; 0 where a rule bounds all of them."""
    archived: int = 0
    """Besides these, images that come to stay in the archive for good, per 30 days."""
    counted: tuple[tuple[int, int], ...] = ()
    """Of `images`, what rules keep by number: the priority of each, and the number."""
    days: int = 0
    """Days for which builds stay by their age; 0 where none does."""
    pushes: float = 0
    """Builds per day."""
    each: int = 1
    """Images of one push."""
    slow: tuple[int, ...] = ()
    """The priorities of rules that keep more than arrives in that time."""
    bounded: int = 0
    """Where images come to stay for good: those besides them that rules bound."""
    shelf: int = 0
    """Days for which builds stay in the archive where a rule ends that; 0 where none gets there."""
    shelved: int = 0
    """Of `images`, those in the archive, where a rule ends their stay."""
    young: bool = False
    """Whether a rule by age leaves releases besides those in use."""

    def price(self, gigabytes: float) -> float:
        """Dollars a month where an image takes that many gigabytes, the archive left out."""
        return self.images * gigabytes * PRICE.value

    @property
    def paced(self) -> bool:
        """Whether the number rests on a pace of pushes."""
        return bool(self.days)

    @property
    def number(self) -> str:
        """The number in words, with no more digits than a pace of pushes bears.

        >>> Kept(12).number, Kept(303, days=30, pushes=10).number, Kept(12, days=1, pushes=10).number
        ('at most 12', 'about 300', 'about 12')
        >>> Kept(7300, 300).number, Kept(1, archived=300).number
        ('about 300 more each month without a bound', 'at most 1, plus about 300 each month in the archive,')
        >>> Kept(637, 1, days=61, pushes=10, bounded=611).number
        'about 610, plus about 1 each month without a bound,'
        """
        grows = f"about {self.grows:,} more each month without a bound"
        bounded = f"about {self._rounded:,}" if self.paced else f"at most {self._bounded:,}"
        shown = bounded if self._bounded else grows
        also = [f"about {self.grows:,} each month without a bound"] if self.grows and self._bounded else []
        also += [f"about {self.archived:,} each month in the archive"] if self.archived else []
        return ", plus ".join((shown, *also)) + "," if also else shown

    @property
    def _bounded(self) -> int:
        return self.bounded if self.grows else self.images

    @property
    def _rounded(self) -> int:
        return round(self._bounded, 2 - len(str(self._bounded)))

    @property
    def held(self) -> str:
        """The number with what it is made of."""
        return f"{self.number}{self.parts}"

    @property
    def parts(self) -> str:
        """What the number is made of, of one that is bounded.

        >>> Kept(308, counted=((1, 7),), days=30, pushes=10).parts
        ' (30 days x an assumed 10 pushes a day, and 7 by rule 1)'
        >>> Kept(12, days=1, pushes=10).parts
        " (1 day x an assumed 10 pushes a day, and 2 in use or waiting for ECR's next run)"
        >>> Kept(12, counted=((1, 7), (2, 5))).parts, Kept(26, counted=((1, 25),), slow=(1,)).parts
        (' = 7 (rule 1) + 5 (rule 2)', ' = 25 (rule 1, in two years) + 1 in use')
        >>> Kept(2702, days=90, pushes=10, shelf=180, shelved=1801).parts
        ' ((90 days + 180 days in the archive) x an assumed 10 pushes a day)'
        >>> Kept(11, counted=((1, 7),), shelved=4).parts, Kept(3, shelved=0, young=True).parts
        (' = 7 (rule 1) + 4 in the archive', '')
        """
        if not self._bounded:
            return ""
        if self.paced:
            each = "" if self.each == 1 else f" x {self.each} images"
            pace = f"{assumed(self.pushes)}{pushes_text(self.pushes)}"
            made = f"{plural(self.days, 'day')} x {pace}{each}"
            if self.shelf:
                made = f"({plural(self.days, 'day')}{each} + {plural(self.shelf, 'day')} in the archive) x {pace}"
            also = "".join(f", and {number:,} by rule {priority}" for priority, number in self.counted)
            arrived = floor((self.days * self.each + self.shelf) * self.pushes)
            if self.shelved and not self.shelf:
                also += f", and {self.shelved:,} in the archive"
                arrived += self.shelved
            more = self._bounded - sum(number for _, number in self.counted) - arrived
            if more > 0 and self._rounded == self._bounded:  # else it is lost in the rounding
                also += f", and {more:,} in use or waiting for ECR's next run"
            return f" ({made}{also})"
        said = [f"{number:,} ({self._by(priority)})" for priority, number in self.counted]
        rest = self._bounded - sum(number for _, number in self.counted) - self.shelved
        use = f"in use{' or too young to go' if self.young else ''}{'' if self.each == 1 else ', and parts of indexes'}"
        said += [f"{rest:,} {use}"] if rest > 0 else []
        said += [f"{self.shelved:,} in the archive"] if self.shelved else []
        return f" = {' + '.join(said)}" if len(said) > 1 and rest >= 0 else ""

    def _by(self, priority: int) -> str:
        return f"rule {priority}, in two years" if priority in self.slow else f"rule {priority}"


def kept(
    policy: LifecyclePolicy, consumers: Iterable[Consumer], settings: ImageSettings, *, days: int = TWO_YEARS
) -> Kept:
    """How many images are there within `days`, at most: the rule that claims a family keeps its number, or what arrives
    in its days.
    """
    rules = policy.of(StorageClass.STANDARD)
    broad = any(is_broad(rule.selection) and rule.selection.tag_status is not TagStatus.UNTAGGED for rule in rules)
    consumers = tuple(consumers)
    lines = streams(consumers, settings, other=broad)
    bare = _first(rules, frozenset())
    pinned = any(each.reference.by_digest and not each.reference.known_tags for each in consumers)
    if pinned and bare is not _first(rules, frozenset({NAMELESS})):
        lines = (*lines, Stream(TAKEN, moving=True, release=False))  # any of those builds may lose its tag
    counted: dict[LifecycleRule, float] = {}
    total = grows = longest = 0.0
    young = False
    for line in lines:
        pace = line.pace(settings)
        claim = _first(rules, frozenset(line.left(0)))
        if line.moved_tags and (claim is None or _first(rules, frozenset(line.tags(0))) is not claim):
            total += 1  # the image that has the tag now, which is not among those before it
        if claim is None:
            grows = max(grows, pace * 30)
        elif claim.selection.count_type is CountType.IMAGES:
            counted[claim] = counted.get(claim, 0) + pace * days + 1
        else:
            stay = min(claim.selection.count_number, days)
            total += 1 + (pace * stay if line.release else 0)
            young = young or (line.release and pace * stay >= 1)
            longest = max(longest, 0 if line.release else stay)
    total += settings.pushes_per_day * longest
    held = {
        rule: 1 if at_most_one_image(rule.selection) else min(rule.selection.count_number, arrived)
        for rule, arrived in counted.items()
    }
    total += sum(held.values())
    if settings.images_per_push > 1:
        total += _parts(bare, total, held, settings, days)
        grows += settings.pushes_per_day * (settings.images_per_push - 1) * 30 if bare is None else 0
    shelved, archived, shelf = _archive(policy, lines, settings)
    bounded = total + shelved
    images, each = floor(bounded + grows / 30 * days), settings.images_per_push
    by_number = tuple((rule.priority, floor(number)) for rule, number in held.items())
    slow = tuple(rule.priority for rule in held if counted[rule] < rule.selection.count_number)
    return Kept(
        images,
        ceil(grows),
        ceil(archived),
        by_number,
        int(longest),
        settings.pushes_per_day,
        each,
        slow,
        bounded=floor(bounded) if grows and (longest or held) else 0,
        shelf=shelf,
        shelved=floor(shelved),
        young=young,
    )


def _parts(
    rule: LifecycleRule | None, total: float, held: dict[LifecycleRule, float], settings: ImageSettings, days: int
) -> float:
    """The images of pushes beside the tagged ones, at most: an index that stays keeps its parts, and those whose index
    has gone wait for the `rule` for images without a tag; one that counts both has its number in `held`.
    """
    parts = settings.images_per_push - 1
    if rule in held:
        return parts * (total - held[rule]) + parts
    number = 0 if rule is None else rule.selection.count_number
    arrives = settings.pushes_per_day * parts
    counts = rule is None or rule.selection.count_type is CountType.IMAGES
    return parts * total + min(number if counts else arrives * number, arrives * days)


def _archive(policy: LifecyclePolicy, lines: Iterable[Stream], settings: ImageSettings) -> tuple[float, float, int]:
    """Images in the archive at most, where a rule ends their stay, those per 30 days whose stay none ends, and the days
    for which builds stay there.
    """
    total = builds = grows = 0.0
    shelf = 0
    for line in lines:
        tags = frozenset(line.left(0))
        claim = _first(policy.of(StorageClass.STANDARD), tags)
        if claim is None or claim.action.type is not ActionType.TRANSITION or at_most_one_image(claim.selection):
            continue
        pace, ends = line.pace(settings), _first(policy.of(StorageClass.ARCHIVE), tags)
        if ends is None:
            grows = max(grows, pace * 30)
        elif line.release:
            total += pace * ends.selection.count_number + 1
        else:
            builds = max(builds, pace * ends.selection.count_number + 1)
            shelf = max(shelf, ends.selection.count_number)
    return total + builds, grows, shelf


def _first(rules: Iterable[LifecycleRule], tags: frozenset[str]) -> LifecycleRule | None:
    return next((rule for rule in rules if identifies(rule.selection, tags)), None)
