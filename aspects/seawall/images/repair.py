"""A policy that keeps what is in use, made from the one there is, and proven before it is handed out.

The shape that is always right: one exact-tag rule per tag in use before everything else (a tag is on one image at a
time, so keeping one image never fires); families of tags that keep what runs, what rollbacks need and a margin; one
rule for untagged images with a window longer than the longest time between deployments; and no rule for any images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from .facts import MOST_FILTERS
from .matching import at_most_one_image, entries, is_universal, satisfied
from .names import family, looks_unique
from .policy import DAYS, CountType, LifecyclePolicy, Rule, Selection, StorageClass, TagStatus
from .references import Consumer
from .render import to_cdk, to_json
from .repositories import IMMUTABLE, Mode, Mutability, Repository
from .settings import Settings
from .validate import is_valid
from .verdicts import Judgement, Verdict, judge

MARGIN = 5
"""Images that a family keeps beyond those running and those that rollbacks need."""


class Repair(Struct, frozen=True):
    """A policy under which every consumer is as well off as was asked."""

    policy: LifecyclePolicy
    judgements: tuple[Judgement, ...]
    """The verdicts under the new policy: the proof."""
    mutability: Mutability | None = None
    """The tag mutability that the proof needs, where the repository has another."""

    @property
    def json(self) -> str:
        """The policy as JSON, to be pasted."""
        return to_json(self.policy, indent=2)

    @property
    def cdk(self) -> str:
        """The policy as arguments of `ecr.Repository` in Python (of `ecr.CfnRepository` where it archives)."""
        lines = [to_cdk(self.policy) + ","]
        if self.mutability is not None and self.mutability.mode is not None:
            lines.append(f"image_tag_mutability=ecr.TagMutability.{self.mutability.mode.name},")
        if self.mutability is not None and self.mutability.filters:
            made = (f'ecr.ImageTagMutabilityExclusionFilter.wildcard("{each}")' for each in self.mutability.filters)
            lines.append(f"image_tag_mutability_exclusion_filters=[{', '.join(made)}],")
        return "\n".join(lines)


class Unrepairable(Struct, frozen=True):
    """No policy of the usual shape does what was asked."""

    why: str


def repair(
    repository: Repository,
    consumers: Iterable[Consumer],
    settings: Settings | None = None,
    *,
    asked: Verdict = Verdict.BOUNDED,
    families: Iterable[str] = (),
) -> Repair | Unrepairable:
    """A corrected policy for `repository`, the one closest to the present one that the proof accepts.

    `asked` is `bounded`, or `safe` for nothing less than that; `families` are further patterns of tags that other
    builds push and that shall not pile up.
    """
    settings = settings or Settings()
    consumers = tuple(consumers)
    good = {Verdict.SAFE} if asked is Verdict.SAFE else {Verdict.SAFE, Verdict.BOUNDED}
    for mutability in (None, _frozen(consumers)):
        if mutability is not None and len(mutability.filters) > MOST_FILTERS.value:
            continue
        for policy in _candidates(repository, consumers, settings, tuple(families)):
            changed = replace(repository, policy=policy, unknown="", mutability=mutability or repository.mutability)
            if not is_valid(policy):
                continue
            found = judge(changed, consumers, settings)
            if all(each.verdict in good for each in found):
                return Repair(policy, found, mutability)
    return Unrepairable(f"no policy of up to 50 rules leaves every consumer {asked}")


def _frozen(consumers: tuple[Consumer, ...]) -> Mutability:
    """Immutable tags, but for those that are meant to move."""
    moving = {each.reference.tag for each in consumers if each.late and each.reference.tag is not None}
    filters = tuple(sorted(tag for tag in moving if not looks_unique(tag)))
    return Mutability(Mode.IMMUTABLE_WITH_EXCLUSION, filters) if filters else IMMUTABLE


def _candidates(
    repository: Repository, consumers: tuple[Consumer, ...], settings: Settings, families: tuple[str, ...]
) -> Iterator[LifecyclePolicy]:
    """Policies from the closest to the present one to the most careful."""
    present = repository.policy or LifecyclePolicy()
    tags = {tag for each in consumers for tag in each.reference.known_tags}
    keep = MARGIN + sum(1 + each.retained + settings.rollbacks for each in consumers)
    exact = [_counted(f"in use: {tag}", (tag,), 1) for tag in sorted(tags)]
    own = [_counted("releases", (pattern,), keep) for pattern in sorted({family(tag) or "" for tag in tags} - {""})]
    added = [_counted("other builds", (pattern,), keep) for pattern in families]
    others = [_kept(rule, keep) for each in present.of(StorageClass.STANDARD) for rule in _split(each, tags)]
    others = [rule for rule in others if rule.selection.tag_status is TagStatus.TAGGED and not _universal(rule)]
    archived = list(present.of(StorageClass.ARCHIVE))
    untagged = _untagged(present, settings)
    long = [_lengthened(rule, settings) for rule in others]
    yield _numbered([*exact, *own, *others, *added, untagged, *archived])
    yield _numbered([*exact, *own, *long, *added, untagged, *archived])
    yield _numbered([*exact, *own, *added, untagged, *archived])
    yield _numbered([*exact, *own, *added, *archived])
    yield _numbered([*exact, untagged, *archived])
    yield _numbered([*exact, *archived])
    yield _numbered([*own, *added, untagged, *archived])
    yield _numbered([untagged, *archived])


def _counted(description: str, patterns: tuple[str, ...], number: int) -> Rule:
    return Rule(0, Selection(TagStatus.TAGGED, CountType.IMAGES, number, patterns), description=description)


def _untagged(present: LifecyclePolicy, settings: Settings) -> Rule:
    """The rule for untagged images: the present window, or the longest quiet time if that is longer."""
    days = settings.quiet_days
    for rule in present.of(StorageClass.STANDARD):
        chosen = rule.selection
        if chosen.tag_status is TagStatus.UNTAGGED and chosen.count_type is CountType.PUSHED:
            days = max(days, chosen.count_number)
    return Rule(0, Selection(TagStatus.UNTAGGED, CountType.PUSHED, days, count_unit=DAYS), description="leftovers")


def _split(rule: Rule, tags: set[str]) -> Iterator[Rule]:
    """A rule whose list was meant as OR, one rule per entry: a tag in use meets some entry, and no image all."""
    chosen = rule.selection
    one_each = [replace(chosen, patterns=(entry,), prefixes=()) for entry in entries(chosen)]
    met = any(satisfied(each, tags) for each in one_each)
    if len(one_each) < 2 or not met or any(satisfied(chosen, (tag,)) for tag in tags):
        yield rule
        return
    for each in one_each:
        yield replace(rule, selection=each)


def _kept(rule: Rule, keep: int) -> Rule:
    """A rule that keeps enough images, if it counts images and can match several."""
    chosen = rule.selection
    if chosen.count_type is not CountType.IMAGES or at_most_one_image(chosen):
        return rule
    return replace(rule, selection=replace(chosen, count_number=max(chosen.count_number, keep)))


def _lengthened(rule: Rule, settings: Settings) -> Rule:
    chosen = rule.selection
    if chosen.count_type is CountType.IMAGES:
        return rule
    return replace(rule, selection=replace(chosen, count_number=max(chosen.count_number, settings.quiet_days)))


def _universal(rule: Rule) -> bool:
    return all(entry == "" or is_universal(entry) for entry in entries(rule.selection))


def _numbered(rules: list[Rule]) -> LifecyclePolicy:
    """The rules with priorities in their order; of rules with equal lists only the first, with the larger count."""
    found: dict[object, Rule] = {}
    for rule in rules:
        key = (rule.storage_class, rule.selection.tag_status, frozenset(entries(rule.selection)))
        first = found.setdefault(key, rule)
        both = (first.selection.count_type, rule.selection.count_type) == (CountType.IMAGES, CountType.IMAGES)
        if first is not rule and both and not at_most_one_image(first.selection):
            number = max(first.selection.count_number, rule.selection.count_number)
            found[key] = replace(first, selection=replace(first.selection, count_number=number))
    return LifecyclePolicy(tuple(replace(rule, priority=number) for number, rule in enumerate(found.values(), 1)))
