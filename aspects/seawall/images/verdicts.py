"""Whether a lifecycle policy takes an image that a consumer needs, and how many days it leaves it.

For each consumer the rules are walked in order of priority, for each state of its image's tags (see `tag_states`), up
to the first rule that surely matches: that rule claims the image, and only it or an earlier *possible* match can ever
act on it. What the claiming rule does in the long run (see `effects`) makes the verdict:

=============  =======================================================================================
safe           no course of events that ECR allows takes the image; the argument says why
bounded        it survives the stated number of images or days; `short` says that more are wanted
endangered     an ordinary course of events, given as a witness, takes it
doomed         some rule certainly takes it, whatever the course of events; with a witness
unknown        it hangs on something that the templates do not say, which `why` names
=============  =======================================================================================

Beside the verdict stands what is open (`Question`), with the statement that answers it: a bound holds only as far as
these do not. A danger is reported only with a witness that the evaluator confirms; one without becomes unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from .demand import Window, bare, identified, owned, retained, shared, together, window
from .effects import Argument, Demand, Force, RuleEffect, Survival, effect
from .families import met, moves
from .notes import notes
from .policy import CountType, LifecycleRule, StorageClass, TagStatus
from .questions import Question, also_tagged, moved_again, pulled, unknown_policy, without_witness
from .references import Consumer
from .repositories import Repository
from .settings import ImageSettings, days_text
from .tag_states import TagMatch, TagState, earlier_state, tag_states
from .witness import Witness
from .witness_search import Danger, find


class Verdict(StrEnum):
    """The five answers."""

    SAFE = "safe"
    BOUNDED = "bounded"
    ENDANGERED = "endangered"
    DOOMED = "doomed"
    UNKNOWN = "unknown"


class Shortage(Struct, frozen=True):
    """Why an image that has time has less than is wanted."""

    rule: LifecycleRule
    text: str
    days: float | None = None
    assumed: str = ""
    window: Window | None = None
    """Where the rule counts releases."""
    assumptions: tuple[str, ...] = ()
    """What of the model of time it rests on."""
    younger: int | None = None
    """Where the rule counts images: the younger ones after which it takes this one."""
    moved: tuple[str, ...] = ()
    """The tags that a later push has to take first."""
    earlier: str = ""
    """Which image it is, where it is the one before the one in use."""


class Judgement(Struct, frozen=True):
    """The verdict on one consumer of a repository."""

    consumer: Consumer
    repository: str
    verdict: Verdict
    why: str
    rule: LifecycleRule | None = None
    """The rule that the verdict rests on: the one that acts, or the one that claims the image."""
    argument: Argument | None = None
    """For safe ones."""
    bounds: tuple[Survival, ...] = ()
    witness: Witness | None = None
    open: tuple[Question, ...] = ()
    """What the verdict hangs on besides, each with the statement that answers it."""
    window: Window | None = None
    """What the claiming rule keeps against what is needed, where it counts images."""
    notes: tuple[str, ...] = ()
    """Residual risks and consequences; none of them makes the verdict."""
    internal: str = ""
    """Set where a danger was found but no witness of it held: a defect of this program, worth reporting."""
    days: float | None = None
    """The window: days that the policy surely leaves the image. None where it never takes it."""
    assumed: str = ""
    """The pace that `days` rests on."""
    assumptions: tuple[str, ...] = ()
    """The numbers of the model of time that the verdict rests on, with the settings that say them."""
    short: tuple[Shortage, ...] = ()
    """Windows that are smaller than wanted although nothing that runs is in danger, smallest first."""
    younger: int | None = None
    """Of a danger by a rule that counts images: the younger ones after which it takes this one."""
    moved: tuple[str, ...] = ()
    """Of a danger: the tags that a later push has to take first."""
    danger: str = ""
    """Of a danger: what the rule does, in words."""
    paced: str = ""
    """Of the assumptions the one that says `assumed`; empty where that is no pace of pushes."""

    @property
    def unless(self) -> tuple[str, ...]:
        """The open questions in words."""
        return tuple(each.text for each in self.open)

    def to_object(self) -> dict[str, Any]:
        """The entry of `images` in the JSON report."""
        found: dict[str, Any] = {
            "consumer": self.consumer.id,
            "repository": self.repository,
            "reference": self.consumer.reference.text,
            "verdict": str(self.verdict),
            "rule_priority": None if self.rule is None else self.rule.priority,
            "why": self.why,
            "witness": [] if self.witness is None else self.witness.to_object(),
        }
        if self.days is not None:
            found["days"] = round(self.days, 2)
        if self.assumed:
            found["assumed"] = self.assumed
        if self.assumptions:
            found["assumptions"] = list(self.assumptions)
        if self.open:
            found["open"] = list(self.unless)
        if self.bounds:
            found["bounds"] = [
                {"rule_priority": each.rule_priority, "images": each.images, "day": each.day, "since": each.since}
                for each in self.bounds
            ]
        if self.window is not None:
            found["window"] = {
                "kept": self.window.kept,
                "running": self.window.running,
                "wanted": self.window.wanted,
            }
        if self.notes:
            found["notes"] = list(self.notes)
        return found


def judge(
    repository: Repository, consumers: Iterable[Consumer], settings: ImageSettings | None = None
) -> tuple[Judgement, ...]:
    """One verdict per consumer of `repository`, in the order given."""
    settings = settings or ImageSettings()
    consumers = tuple(consumers)
    demand: dict[LifecycleRule, _Demanded] = {}
    return tuple(_Case(repository, consumers, demand, consumer, settings).judgement() for consumer in consumers)


_Demanded: TypeAlias = tuple[tuple[Consumer, ...], Window, tuple[Consumer, ...]]
"""The consumers that a rule identifies, its window, and those of them whose image no rule above it may own."""


class _Case(Struct, dict=True):
    """One consumer, and what was found out about it so far."""

    repository: Repository
    consumers: tuple[Consumer, ...]
    demand: dict[LifecycleRule, _Demanded]
    """What each rule met sees of all consumers. Shared by their cases."""
    consumer: Consumer
    settings: ImageSettings
    dangers: list[Danger] = field(default_factory=list)
    bounds: dict[Survival, RuleEffect] = field(default_factory=dict)
    open: dict[Question, None] = field(default_factory=dict)
    arguments: list[tuple[Argument, LifecycleRule | None]] = field(default_factory=list)
    short: list[Shortage] = field(default_factory=list)
    effects: dict[tuple[LifecycleRule, TagState], RuleEffect] = field(default_factory=dict)
    """What was worked out so far."""
    certain: bool = True
    """Whether every rule that may claim the image at its deployment certainly takes it."""
    claim: LifecycleRule | None = None
    """The rule that surely claims the image at its deployment."""
    claimed: Force = Force.NEVER
    """What that rule does."""

    @cached_property
    def states(self) -> tuple[TagState, ...]:
        """The states of the image's tags."""
        return tag_states(self.consumer, self.repository, self.settings)

    def judgement(self) -> Judgement:
        if self.repository.unknown:
            asked = unknown_policy(self.repository)
            self.open.update({} if asked is None else {asked: None})
            return self._made(Verdict.UNKNOWN, f"the policy is not known: {self.repository.unknown}")
        policy = self.repository.policy
        if policy is None or not policy.of(StorageClass.STANDARD):
            return self._made(Verdict.SAFE, Argument.NO_POLICY, argument=Argument.NO_POLICY)
        for state in self.states:
            self._walk(state)
        self._walk_back()
        told = {short.rule for short in self.short if short.moved}
        self.open = {each: None for each in self.open if not (each.moves and told.issuperset(each.rules))}
        self.short.sort(key=lambda each: (each.days is None, each.days or 0))
        if self.dangers:
            return self._danger()
        if self.bounds:
            first = min(self.bounds.values(), key=lambda found: (-found.force, found.days is None, found.days or 0))
            why = "; ".join(bound.text for bound in self.bounds)
            return self._made(Verdict.BOUNDED, why, self.claim or first.rule)
        if self.open:
            return self._made(Verdict.UNKNOWN, "; ".join(each.text for each in self.open), self.claim)
        argument, rule_or_none = self.arguments[0]
        what = argument.value if rule_or_none is None else f"claimed by {rule_or_none.summary}: {argument.value}"
        return self._made(Verdict.SAFE, what, rule_or_none, argument)

    def _walk(self, state: TagState) -> None:
        assert self.repository.policy is not None  # noqa: S101
        for rule, match in state.walk(self.repository.policy):
            found = self._effect(rule, state)
            if match is TagMatch.SURE:
                self._sure(state, found)
                break
            self._possible(state, found)
        else:
            self.arguments.append((Argument.NO_RULE_SELECTS, None))
        if state.initial:
            self.certain &= self._certain(shared(state, self.consumer, self.consumers))

    def _certain(self, state: TagState) -> bool:
        """Whether the image is taken whichever rule claims it."""
        assert self.repository.policy is not None  # noqa: S101
        claims = list(state.walk(self.repository.policy))
        certain = all(self._effect(rule, state).force is Force.CERTAIN for rule, _ in claims)
        return certain and bool(claims) and claims[-1][1] is TagMatch.SURE

    def _sure(self, state: TagState, found: RuleEffect) -> None:
        pushed = found.force > Force.BOUND and not state.ordinary  # whether its tag is pushed again is asked instead
        if found.pulled and not (pushed and state.superseded):
            self.open[pulled(found.rule, superseded=state.superseded)] = None
        if state.initial and self.claim is None:
            self.claim, self.claimed = found.rule, found.force
        if found.force is Force.NEVER:
            assert found.argument is not None  # noqa: S101
            self.arguments.append((found.argument, found.rule))
        elif not state.ordinary:
            if found.force <= Force.BOUND:
                self._bound(found, state)
            elif state.initial or found.rule is not self.claim or found.force > self.claimed:
                self.open[self._asked(state, found.rule)] = None
        elif found.force > Force.WINDOW:
            self.dangers.append(Danger(self.consumer, state, found))
        else:
            self._bound(found, state)

    def _asked(self, state: TagState, rule: LifecycleRule) -> Question:
        """What a state hangs on that is out of the ordinary: a tag that is pushed again, or one that stays on the image
        when that happens.
        """
        moved = bool(state.moved) and all(moves(tag, self.settings) for tag in state.moved)
        if moved and state.tagged and not state.tags and rule.selection.tag_status is TagStatus.TAGGED:
            return also_tagged(rule)
        return moved_again(state, rule, self.settings, self.consumer.reference.said(state.moved))

    def _possible(self, state: TagState, found: RuleEffect) -> None:
        pushed_twice = state.superseded and not any(moves(tag, self.settings) for tag in state.moved)
        if pushed_twice and found.rule is self.claim:
            return  # which has the image anyway, by the tag that would have to be pushed again
        if found.force is Force.BOUND:
            self._bound(found)
        elif found.force > Force.BOUND:
            self.open[also_tagged(found.rule)] = None

    def _bound(self, found: RuleEffect, state: TagState | None = None) -> None:
        assert found.bound is not None  # noqa: S101
        self.bounds.setdefault(found.bound, found)
        if found.force is Force.WINDOW:
            counts = self._demand(found.rule)[1] if found.releases else None
            moved = () if state is None or state.initial else self.consumer.reference.said(state.moved)
            rests = found.assumptions
            self._short(
                Shortage(found.rule, found.text, found.days, found.assumed, counts, rests, found.younger, moved)
            )

    def _short(self, found: Shortage) -> None:
        if found not in self.short:
            self.short.append(found)

    def _walk_back(self) -> None:
        """The image before the one in use, which a rollback needs and another rule may claim."""
        if not (self.settings.rollbacks and self.consumer.needs_rollback):
            return
        earlier = earlier_state(self.consumer)
        if earlier is None:
            return
        known = self.consumer.earlier
        named = f"the image before {self.consumer.reference.text}{'' if known is None else f' ({known.text})'}"
        for rule, match in earlier.walk(self.repository.policy):  # type: ignore[arg-type]
            if match is not TagMatch.SURE or rule is self.claim:
                return
            found = self._effect(rule, earlier)
            needed = self.settings.needed_days()
            lost = found.days < needed if found.days is not None else found.force is Force.CERTAIN
            if lost and found.force is not Force.NEVER:
                text = f"{named}, which a rollback needs for {days_text(needed)}, is {found.text}"
                rests = dict.fromkeys((*found.assumptions, self.settings.deployments_assumption))
                rests_on, younger = tuple(rests), found.younger
                short = Shortage(rule, text, found.days, found.assumed, None, rests_on, younger, earlier=named)
                self._short(short)

    def _effect(self, rule: LifecycleRule, state: TagState | None = None) -> RuleEffect:
        state = state or self.states[0]
        if (rule, state) not in self.effects:
            self.effects[rule, state] = self._worked_out(rule, state)
        return self.effects[rule, state]

    def _worked_out(self, rule: LifecycleRule, state: TagState) -> RuleEffect:
        follows = self.consumer.late and not self.repository.stable(self.consumer.reference.tag)
        needed, kept, mine = self._demand(rule)
        certain = distinct = 0
        counts = rule.selection.count_type is CountType.IMAGES
        if counts and not state.superseded and rule.selection.count_number < kept.running:
            certain, distinct = (
                sum(1 + retained(rule, each, self.repository) for each in together(rule, self.consumer, group))
                for group in (mine, needed)
            )
        others = len(bare(rule, self.consumer, self.consumers)) if state.initial and state.tagged is False else 0
        demand = Demand(max(kept.running, 1) + others, certain, distinct, kept.wanted, others > 0)
        consumer = replace(self.consumer, pulled_every=self._pulled_every())
        if not met(rule.selection, state.tags):  # by a further tag, which is one like those in use that it takes
            tags = frozenset[str]().union(*(each.reference.known_tags for each in self.consumers))
            state = replace(state, tags=state.tags | set(met(rule.selection, tags)))
        return effect(rule, consumer, state, demand, self.settings, follows=follows)

    def _pulled_every(self) -> float | None:
        """How often the image is pulled for sure, by whoever runs it under the same name."""
        identity = self.consumer.reference.identity
        same = (each for each in self.consumers if identity is not None and each.reference.identity == identity)
        follows = not self.repository.stable(self.consumer.reference.tag) and not self.consumer.late
        mine = (self.consumer,) if follows else (self.consumer, *same)
        return min((each.pulled_every for each in mine if each.pulled_every is not None), default=None)

    def _demand(self, rule: LifecycleRule) -> _Demanded:
        if rule not in self.demand:
            assert self.repository.policy is not None  # noqa: S101
            kept = window(rule, self.consumers, self.repository, self.settings.rollbacks)
            needed = identified(rule, self.consumers)
            self.demand[rule] = needed, kept, owned(rule, needed, self.consumers, self.repository.policy)
        return self.demand[rule]

    def _danger(self) -> Judgement:
        ordered = sorted(self.dangers, key=lambda danger: (not self._dooms(danger), danger.effect.days or 0))
        failed = []
        for danger in ordered:
            witness = find(danger, self.consumers, self.repository, self.settings)
            if witness is None:
                failed.append(danger.effect.rule.summary)
                continue
            verdict = Verdict.DOOMED if self._dooms(danger) else Verdict.ENDANGERED
            return self._made(verdict, _why(danger), danger.effect.rule, witness=witness, danger=danger)
        internal = f"no witness found for {', '.join(failed)}"
        self.open[without_witness(ordered[0].effect.rule)] = None
        return self._made(Verdict.UNKNOWN, "a rule may take it", ordered[0].effect.rule, internal=internal)

    def _dooms(self, danger: Danger) -> bool:
        return self.certain and danger.state.initial and danger.effect.force is Force.CERTAIN

    def _made(
        self,
        verdict: Verdict,
        why: str,
        rule: LifecycleRule | None = None,
        argument: Argument | None = None,
        witness: Witness | None = None,
        internal: str = "",
        danger: Danger | None = None,
    ) -> Judgement:
        claim = self.claim
        counts = claim is not None and claim.selection.count_type is CountType.IMAGES
        never = claim is not None and counts and self._effect(claim).force is Force.NEVER
        least = self._least() if danger is None else danger.effect
        return Judgement(
            self.consumer,
            self.repository.key,
            verdict,
            str(why),
            rule,
            argument,
            tuple(self.bounds) if verdict is Verdict.BOUNDED else (),
            witness,
            tuple(self.open),
            self._demand(claim)[1] if claim is not None and counts and not never else None,
            notes(self.repository, self.consumer, rule, argument),
            internal,
            None if least is None else least.days,
            "" if least is None else least.assumed,
            () if least is None else least.assumptions,
            tuple(self.short) if danger is None else (),
            None if danger is None else danger.effect.younger,
            () if danger is None or danger.state.initial else self.consumer.reference.said(danger.state.moved),
            "" if danger is None else danger.effect.text,
            "" if least is None else least.paced,
        )

    def _least(self) -> RuleEffect | None:
        """The rule that leaves the smallest window of those that may take the image."""
        found = [each for each in self.bounds.values() if each.days is not None]
        return min(found, key=lambda each: (each.days or 0, each.rule.priority), default=None)


def _why(danger: Danger) -> str:
    """The danger in one sentence."""
    rule, state = danger.effect.rule, danger.state
    before = ""
    if state.moved and danger.consumer.reference.known_tags.issuperset(state.moved):
        taken = danger.consumer.reference.said(state.moved)
        before = f"once {' and '.join(taken)} {'is' if len(taken) == 1 else 'are'} pushed again, the image that "
        before += f"{danger.consumer.id} bound is without; "
    elif state.moved and rule.selection.tag_status is TagStatus.UNTAGGED:
        before = "a digest has no tag left once its tag is pushed again; "
    return f"{before}{rule.summary}: {danger.effect.text}"
