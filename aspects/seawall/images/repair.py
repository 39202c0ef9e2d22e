"""The corrected policy: what is in use and what a rollback needs stays, and the rest still goes.

It is made from the present policy and keeps of it whatever does no harm. What is in use is taken out of the reach of
the rules that do: a tag that moves (`latest`) gets a rule of its own, which never acts, because a tag is on one image
at a time; a family of tags (`v*`, `sha-*`) gets a rule that keeps as many as the next deployments and their rollbacks
need, so that no tag that changes with each deployment stands in it. Rules for any and for untagged images, which take
an image that lost its tag to a later push, leave it for as long as it is needed. Of several such policies the one that
leaves nothing short and keeps the fewest images is taken that verdicts and a simulation of the next deployments accept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import ceil

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.template import AuthorLanguage

from .families import is_broad, is_build_tag, moves, pattern_of
from .matching import at_most_one_image, covers, entries, identifies, is_universal, satisfied
from .policy import EXPIRE, ActionType, CountType, LifecyclePolicy, LifecycleRule, Selection, StorageClass, TagStatus
from .proof import simulated
from .references import Consumer
from .render import to_cdk, to_json
from .repositories import Repository
from .settings import ImageSettings, assumed, pushes_text
from .simulation import Kept, kept
from .tag_states import tag_states
from .validate import is_valid
from .verdicts import Judgement, Verdict, judge

MARGIN = 5
"""Images of a family of releases that are kept beyond those running and those that rollbacks need."""


class MadeRule(Struct, frozen=True):
    """A rule of a corrected policy."""

    rule: LifecycleRule
    before: LifecycleRule | None = None
    """The present rule that selects the same images; None if it is new."""
    why: str = ""
    """What its number is made of, where that is new."""
    family: str = ""
    """The pattern of tags that only releases may get for its number to be enough."""
    used: str = ""
    """Who runs which tag that the pattern comes from, as a clause."""


class PolicyRepair(Struct, frozen=True):
    """A policy under which everything in use, and what it may go back to, stays over the next deployments."""

    policy: LifecyclePolicy
    judgements: tuple[Judgement, ...]
    """The verdicts under the new policy."""
    before: Kept
    """Images that come to stay under the present policy."""
    after: Kept
    """The same under this one."""
    settings: ImageSettings
    rules: tuple[MadeRule, ...] = ()
    """The rules of the new policy, in order, each beside the one whose place it takes."""

    @property
    def json(self) -> str:
        """The policy as JSON, to be pasted."""
        return to_json(self.policy, rows=True)

    def cdk(self, language: AuthorLanguage | None = None, *, text: bool = False) -> str:
        """The policy as an argument of `ecr.Repository`, or of `ecr.CfnRepository` where it archives or was written as
        `text`; in Python unless another language is known. In languages that are not spoken here it is the JSON.
        """
        return (
            self.json
            if language is AuthorLanguage.OTHER
            else to_cdk(self.policy, language or AuthorLanguage.PYTHON, text=text) + ","
        )


class Unrepairable(Struct, frozen=True):
    """No policy of the usual shape keeps what is in use."""

    why: str


def repair(
    repository: Repository,
    consumers: Iterable[Consumer],
    settings: ImageSettings | None = None,
    *,
    families: Iterable[str] = (),
) -> PolicyRepair | Unrepairable:
    """A corrected policy for `repository`, the one closest to the present one that the proof accepts.

    `families` are further patterns of tags that other builds push and that shall not pile up.
    """
    return _repaired(replace(repository, unknown=""), tuple(consumers), settings or ImageSettings(), tuple(families))


@lru_cache(maxsize=1024)
def _repaired(
    repository: Repository, consumers: tuple[Consumer, ...], settings: ImageSettings, families: tuple[str, ...]
) -> PolicyRepair | Unrepairable:
    """Worked out once: an app is judged again for each change that a finding proposes."""
    now = judge(repository, consumers, settings)
    accepted: list[PolicyRepair] = []
    in_danger = any(each.verdict in (Verdict.ENDANGERED, Verdict.DOOMED) or each.internal for each in now)
    present = repository.policy or LifecyclePolicy()
    before = kept(present, consumers, settings)
    need = _Need(repository, consumers, settings)
    for policy in (*dict.fromkeys(_candidates(need, now, families)), None):
        if policy is None and (best := _proven(accepted, repository, consumers, settings)) is not None:
            return replace(best, rules=need.changed(best.policy))
        if policy is not None and policy.rules != present.rules and is_valid(policy):
            found = judge(replace(repository, policy=policy), consumers, settings)
            mends = in_danger or not any(each.short for each in found)
            if mends and all(map(_better, found, now)):
                accepted.append(PolicyRepair(policy, found, before, kept(policy, consumers, settings), settings))
    return Unrepairable("no policy of up to 50 rules does better over the next deployments")


def _proven(
    accepted: list[PolicyRepair], repository: Repository, consumers: tuple[Consumer, ...], settings: ImageSettings
) -> PolicyRepair | None:
    """The best of those under which nothing is lost over the next deployments."""
    for each in sorted(accepted, key=_rank):
        if not simulated(replace(repository, policy=each.policy), consumers, settings):
            return each
    return None


def _rank(found: PolicyRepair) -> tuple[bool, int]:
    """Policies that leave nothing short first, then those that keep the fewest images; of equals, the closest."""
    return any(each.short for each in found.judgements), found.after.images


def _better(after: Judgement, before: Judgement) -> bool:
    """Whether nothing is in danger, no more is open than before, and what is short holds over the deployments."""
    if after.internal or after.verdict in (Verdict.ENDANGERED, Verdict.DOOMED):
        return False
    if after.verdict is Verdict.UNKNOWN and not before.open:
        return False
    return all(each.window is None and each.assumed for each in after.short)


def _candidates(need: _Need, now: tuple[Judgement, ...], families: tuple[str, ...]) -> Iterator[LifecyclePolicy | None]:
    """Policies from the closest to the present one to the most careful; None before those that keep little of it."""
    present, archived = need.present.of(StorageClass.STANDARD), list(need.present.of(StorageClass.ARCHIVE))
    tagged = [part for rule in present if not is_broad(rule.selection) for part in _split(rule, need.tags)]
    tagged = [rule for rule in tagged if not (set(entries(rule.selection)) & {""})]
    broad = [rule for rule in present if is_broad(rule.selection)]
    added = [_counted("other builds", pattern, need.spare(need.consumers).number) for pattern in families]
    bad = tuple(each.consumer for each in now if each.witness is not None or each.short or each.internal or each.open)
    raised = [need.raised(rule) for rule in broad]
    grown = [need.grown(rule) for rule in tagged]
    yield _numbered([*tagged, *added, *raised, *archived])
    yield _numbered([*grown, *added, *raised, *archived])
    for used in (bad, need.consumers):
        own = need.shields(used)
        yield _numbered([*own, *tagged, *added, *raised, *archived])
        yield _numbered([*own, *grown, *added, *raised, *archived])
    yield None
    yield _numbered([*need.shields(need.consumers), *added, *raised, *archived])
    own, last = need.shields(need.consumers, every=True), [need.everything()]
    yield _numbered([*own, *grown, *added, *last, *archived])
    yield _numbered([*own, *added, *last, *archived])
    yield _numbered([*last, *archived])


_ONE = "a tag is on one image at a time, so that nothing is deleted here"


class _Number(Struct, frozen=True):
    """How many images a rule keeps, or for how many days, and what that is made of."""

    number: int
    why: str
    family: str = ""
    """The pattern of tags that only releases may get for it to be enough."""
    used: str = ""
    """Who runs which tag that the pattern comes from, as a clause."""


_NOTHING = _Number(0, "")


class _Need(Struct, frozen=True):
    """What has to be kept of a repository."""

    repository: Repository
    consumers: tuple[Consumer, ...]
    settings: ImageSettings
    made_of: dict[tuple[frozenset[str], CountType, int], _Number] = field(default_factory=dict)
    """By the tags and the number of a rule that was made: what the number is made of."""

    @property
    def present(self) -> LifecyclePolicy:
        """The policy as it is; one of no rules where there is none."""
        return self.repository.policy or LifecyclePolicy()

    @property
    def tags(self) -> set[str]:
        """Every tag in use."""
        return {tag for each in self.consumers for tag in each.reference.known_tags}

    @property
    def pinned(self) -> bool:
        """Whether something names an image of which no tag is known."""
        return any(not each.reference.known_tags for each in self.consumers)

    @property
    def superseded(self) -> bool:
        """Whether something needs an image that may lose its tag."""
        states = (tag_states(each, self.repository, self.settings) for each in self.consumers)
        return any(state.superseded and state.ordinary for each in states for state in each)

    def changed(self, policy: LifecyclePolicy) -> tuple[MadeRule, ...]:
        """The rules of a policy beside the present ones, and what the numbers are made of that these do not hold."""
        held = {rule.selection: rule for rule in self.present.rules}
        alike = {(rule.storage_class, rule.selects): rule for rule in reversed(held.values())}
        found = []
        for rule in policy.rules:
            if rule.selection in held:
                found.append(replace(self._own(rule, policy), before=held[rule.selection]))
                continue
            made = self._number(rule)
            why = _ONE if at_most_one_image(rule.selection) else made.why or _parted(rule, held.values())
            found.append(MadeRule(rule, alike.get((rule.storage_class, rule.selects)), why, made.family, made.used))
        return tuple(found)

    def _number(self, rule: LifecycleRule) -> _Number:
        """What is remembered of a rule's number; nothing of one that was not made here."""
        return self.made_of.get(_key(rule.selection), _NOTHING)

    def _sized(self, rule: LifecycleRule, made: _Number, count: CountType = CountType.IMAGES) -> LifecycleRule:
        """The rule with a number, which is made of what is remembered."""
        unit = None if count is CountType.IMAGES else rule.selection.count_unit
        chosen = replace(rule.selection, count_type=count, count_number=made.number, count_unit=unit)
        self.made_of[_key(chosen)] = made
        return replace(rule, selection=chosen)

    def spare(self, used: tuple[Consumer, ...], pattern: str = "") -> _Number:
        """Images of releases that are kept, of a family of tags."""
        back, older = len(used) * self.settings.rollbacks, sum(each.retained for each in used)
        parts = (
            (len(used), "in use"),
            (older, "older ones still referred to"),
            (back, "to roll back to"),
            (MARGIN, "spare (hotfixes, failed deployments)"),
        )
        number = sum(part for part, _ in parts)
        why = f"{number} = {' + '.join(f'{part} {what}' for part, what in parts if part)}"
        if not pattern:
            return _Number(number, why)
        tags = ((each.reference.tag, each.id) for each in used if each.reference.tag is not None)
        return _Number(number, why, pattern, next((f"{user} runs {tag}" for tag, user in tags), ""))

    @property
    def days(self) -> int:
        """Days for which an image is needed, from its push on, which is a day before its deployment at most."""
        return max(self.settings.kept_days, self.settings.endangered_days)

    @property
    def days_made_of(self) -> str:
        """What these are made of."""
        settings = self.settings
        if settings.endangered_days > settings.kept_days:
            return f"{self.days} days"
        back = f" + {settings.rollbacks} to roll back to" if settings.rollbacks else ""
        return (
            f"{self.days} days = {settings.days_between_deployments} days x (1 deployment{back}) + 1 day from the push"
        )

    def images(self, running: int, tag: str | None = None) -> _Number:
        """Images that arrive while others are needed: of every kind, or of the family of `tag`."""
        if tag is None:
            pace, said = self.settings.pace, self.settings.assumed_pace
        else:
            pace = self.settings.pushes_of((tag,))
            said = pushes_text(pace)
        number = ceil(self.days * pace) + running
        made_of = f"{number:,} = {self.days} days x {assumed(self.settings.pushes_per_day)}{said} + {running} in use"
        return _Number(number, f"{made_of}; {self.days_made_of}")

    def shields(self, used: tuple[Consumer, ...], *, every: bool = False) -> list[LifecycleRule]:
        """Rules for what is in use, exact tags first; none of them ever takes it. Without `every` there is none for
        tags whose images no rule takes now: one for their family would delete some.
        """
        exact: dict[str, LifecycleRule] = {}
        family: dict[str, LifecycleRule] = {}
        before = (each.earlier for each in used if each.earlier is not None and each.needs_rollback)
        for reference in (*before, *(each.reference for each in used)):
            tag = reference.tag
            claim = None if tag is None else self._claim(frozenset({tag}))
            own = tag is not None and self.repository.stable(tag) and pattern_of(tag) != tag  # it never moves here
            if tag is not None and moves(tag, self.settings) and not own:
                if every or self._takes_tagged:
                    exact[tag] = _counted(f"in use: {tag}", tag, 1)
            elif tag is not None and (every or claim is not None):
                pattern = pattern_of(tag)
                made = self._sized(_counted(_described(tag, self.settings), pattern, 1), self._kept(pattern, tag))
                family[pattern] = made if claim is None else replace(made, action=claim.action)
        ordered = sorted(family, key=lambda pattern: (-len(pattern.strip("*")), pattern))
        return [*(exact[tag] for tag in sorted(exact)), *(family[pattern] for pattern in ordered)]

    def _kept(self, pattern: str, tag: str) -> _Number:
        """How many images the rule for a family keeps; never fewer than the rule that has claimed them so far."""
        chosen = Selection(TagStatus.TAGGED, CountType.IMAGES, 1, (pattern,))
        mine = tuple(each for each in self.consumers if satisfied(chosen, each.reference.known_tags))
        running = len({each.reference.identity for each in mine}) + sum(each.retained for each in mine)
        builds = is_universal(pattern) or is_build_tag(tag, self.settings) or self.settings.states((tag,))
        if builds and not self.settings.deployments_only:
            needed = self.images(running, None if is_universal(pattern) else tag)
            pushes = self.settings.pushes_of((tag,))
            so_far = self._so_far(frozenset({tag}), pushes, f"x {pushes_text(pushes)}")
        else:
            needed = self.spare(mine, pattern)
            pace = max(len(mine), 1) / self.settings.days_between_deployments
            of = f" of each of {len(mine)}" if len(mine) > 1 else ""
            so_far = self._so_far(frozenset({tag}), pace, f"at {self.settings.deployments_text}{of}")
        most = max(needed, so_far, key=lambda each: each.number)
        if not needed.family or not self._too_few(most.number, running, pattern, tag):
            return replace(most, family="", used="")
        return replace(most, family=needed.family, used=needed.used)

    def _too_few(self, number: int, running: int, pattern: str, tag: str) -> bool:
        """Whether so many are too few if every build gets a tag of the family, and it is not stated whether they do."""
        if self.settings.deployments_only or self.settings.builds_stated:
            return False
        return number < self.images(running, None if is_universal(pattern) else tag).number

    def _own(self, rule: LifecycleRule, policy: LifecyclePolicy) -> MadeRule:
        """A rule that stays as its author has it; it may hang on the family of the tags in use that it claims."""
        chosen, rules = rule.selection, policy.of(StorageClass.STANDARD)
        if chosen.count_type is not CountType.IMAGES or at_most_one_image(chosen) or is_broad(chosen):
            return MadeRule(rule, rule)
        mine = [tag for tag in sorted(self.tags) if self._release(tag)]
        mine = [
            tag
            for tag in mine
            if next((each for each in rules if identifies(each.selection, frozenset({tag}))), None) is rule
        ]
        for tag in mine:
            pattern = pattern_of(tag)
            if self._too_few(chosen.count_number, len(mine), pattern, tag):
                return MadeRule(rule, rule, family=pattern)
        return MadeRule(rule, rule)

    def _release(self, tag: str) -> bool:
        settings = self.settings
        return not (moves(tag, settings) or is_build_tag(tag, settings) or settings.states((tag,)))

    def _so_far(self, tags: frozenset[str], pace: float, at: str) -> _Number:
        """How many images the rule that claims those with `tags` leaves at present, where so many arrive per day."""
        claim = self._claim(tags)
        if claim is None or at_most_one_image(claim.selection):
            return _NOTHING
        number = claim.selection.count_number
        if claim.selection.count_type is CountType.IMAGES:
            return _Number(number, f"{number:,}, as many as the policy keeps now")
        days = number + 1  # it acts on the day after
        arrive = ceil(days * pace)
        return _Number(arrive, f"{arrive:,} = {days} days, as the policy keeps them now, {at}")

    @property
    def _takes_tagged(self) -> bool:
        """Whether a present rule takes images with tags."""
        rules = self.present.of(StorageClass.STANDARD)
        return any(rule.selection.tag_status is not TagStatus.UNTAGGED for rule in rules)

    def _claim(self, tags: frozenset[str]) -> LifecycleRule | None:
        rules = self.present.of(StorageClass.STANDARD)
        return next((rule for rule in rules if identifies(rule.selection, tags)), None)

    def grown(self, rule: LifecycleRule) -> LifecycleRule:
        """A rule for a family, grown so far that it takes nothing in use; tags that move get rules of their own."""
        chosen = rule.selection
        mine = sorted(tag for tag in self.tags if satisfied(chosen, {tag}) and not moves(tag, self.settings))
        if at_most_one_image(chosen) or not mine:
            return rule
        needed = max((self._kept(entries(chosen)[0], tag) for tag in mine), key=lambda each: each.number)
        if chosen.count_type is CountType.IMAGES:
            return rule if chosen.count_number >= needed.number else self._sized(rule, needed)
        return self._sized(LifecycleRule(rule.priority, chosen, rule.action, rule.description), needed)

    def raised(self, rule: LifecycleRule) -> LifecycleRule:
        """A rule for any or for untagged images that leaves them as long as they are needed."""
        chosen = rule.selection
        if not self.superseded and not self.pinned:
            return rule
        if chosen.count_type is CountType.IMAGES:
            needed = self.images(len(self.consumers))
            return rule if chosen.count_number >= needed.number else self._sized(rule, needed)
        if self.pinned and rule.action.type is ActionType.EXPIRE:
            return self.everything(rule)
        if chosen.count_number >= self.days:
            return rule
        return self._sized(rule, _Number(self.days, self.days_made_of), chosen.count_type)

    def everything(self, rule: LifecycleRule | None = None) -> LifecycleRule:
        """One rule for all that is left, or in place of a `rule` for what that takes: the youngest stay, as many as
        arrive while an image is needed.
        """
        needed = self.images(len(self.consumers) + sum(each.retained for each in self.consumers))
        status, description = (TagStatus.ANY, None) if rule is None else (rule.selection.tag_status, rule.description)
        chosen = Selection(status, CountType.IMAGES, 1)
        return self._sized(LifecycleRule(0 if rule is None else rule.priority, chosen, EXPIRE, description), needed)


def _key(chosen: Selection) -> tuple[frozenset[str], CountType, int]:
    return frozenset(entries(chosen)), chosen.count_type, chosen.count_number


def _described(tag: str, settings: ImageSettings) -> str:
    return "builds that may be in use" if is_build_tag(tag, settings) else "releases"


def _counted(description: str, pattern: str, number: int) -> LifecycleRule:
    return LifecycleRule(0, Selection(TagStatus.TAGGED, CountType.IMAGES, number, (pattern,)), description=description)


def _split(rule: LifecycleRule, tags: set[str]) -> Iterator[LifecycleRule]:
    """A rule whose list was meant as OR, one rule per entry: a tag in use meets some entry, and no image all."""
    chosen = rule.selection
    one_each = [replace(chosen, patterns=(entry,), prefixes=()) for entry in entries(chosen)]
    met = any(satisfied(each, tags) for each in one_each)
    if len(one_each) < 2 or not met or any(satisfied(chosen, (tag,)) for tag in tags):
        yield rule
        return
    for each in one_each:
        yield replace(rule, selection=each)


def _parted(rule: LifecycleRule, present: Iterable[LifecycleRule]) -> str:
    """Where a rule comes from that was split off a present one with a list of tags."""
    mine = set(entries(rule.selection))
    whole = next((each for each in present if mine < set(entries(each.selection))), None)
    return "" if whole is None else f"your rule {whole.priority} asks for all of its tags on one image"


def _hides(above: LifecycleRule, rule: LifecycleRule) -> bool:
    """Whether a rule never acts below `above`, which claims all that it selects."""
    same = set(entries(above.selection)) == set(entries(rule.selection))
    tagged = TagStatus.TAGGED in (above.selection.tag_status, rule.selection.tag_status)
    return tagged and not same and above.storage_class is rule.storage_class and covers(above.selection, rule.selection)


def _numbered(rules: list[LifecycleRule]) -> LifecyclePolicy:
    """The rules with priorities in their order, `any` last; of rules with equal lists only the first, with the larger
    count.
    """
    found: dict[object, LifecycleRule] = {}
    ordered = sorted(rules, key=lambda rule: rule.selection.tag_status is TagStatus.ANY)
    for rule in ordered:
        if any(_hides(above, rule) for above in found.values()):
            continue
        key = (rule.storage_class, rule.selection.tag_status, frozenset(entries(rule.selection)))
        first = found.setdefault(key, rule)
        both = (first.selection.count_type, rule.selection.count_type) == (CountType.IMAGES, CountType.IMAGES)
        if first is not rule and both and not at_most_one_image(first.selection):
            number = max(first.selection.count_number, rule.selection.count_number)
            found[key] = replace(first, selection=replace(first.selection, count_number=number))
    return LifecyclePolicy(tuple(replace(rule, priority=number) for number, rule in enumerate(found.values(), 1)))
