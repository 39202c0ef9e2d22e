"""Whether a lifecycle policy takes an image that a consumer needs.

For each consumer the rules are walked in order of priority, for each guise (see `guises`) that its image can have, up
to the first rule that surely matches: that rule claims the image, and only it or an earlier *possible* match can ever
act on it. What the claiming rule does in the long run (see `effects`) makes the verdict:

=============  =======================================================================================
safe           no course of events that ECR allows takes the image; the argument says why
bounded        it surely survives the stated number of images or days, and the settings call that enough
endangered     an ordinary course of events, given as a witness, takes it
doomed         some rule certainly takes it, whatever the course of events; with a witness
unknown        it hangs on something that the templates do not say, which `why` names
=============  =======================================================================================

A danger is reported only with a witness that the evaluator confirms; one without becomes unknown, with a note.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from .demand import Window, identified, retained, together, window
from .effects import Argument, Bound, Effect, Force, effect
from .notes import notes
from .policy import CountType, Rule, StorageClass, TagStatus
from .references import Consumer
from .repositories import Repository
from .settings import Settings
from .tag_states import Guise, Match, guises
from .witness import Witness
from .witness_search import Danger, find


class Verdict(StrEnum):
    """The five answers."""

    SAFE = "safe"
    BOUNDED = "bounded"
    ENDANGERED = "endangered"
    DOOMED = "doomed"
    UNKNOWN = "unknown"


class Judgement(Struct, frozen=True):
    """The verdict on one consumer of a repository."""

    consumer: Consumer
    repository: str
    verdict: Verdict
    why: str
    rule: Rule | None = None
    """The rule that the verdict rests on: the one that acts, or the one that claims the image."""
    argument: Argument | None = None
    """For safe ones."""
    bounds: tuple[Bound, ...] = ()
    witness: Witness | None = None
    unless: tuple[str, ...] = ()
    """For unknown ones: what would take the image if it were so."""
    window: Window | None = None
    """What the claiming rule keeps against what is needed, where it counts images."""
    notes: tuple[str, ...] = ()
    """Residual risks and consequences; none of them makes the verdict."""
    internal: str = ""
    """Set where a danger was found but no witness of it held: a defect of this program, worth reporting."""

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
    repository: Repository, consumers: Iterable[Consumer], settings: Settings | None = None
) -> tuple[Judgement, ...]:
    """One verdict per consumer of `repository`, in the order given."""
    settings = settings or Settings()
    consumers = tuple(consumers)
    demand: dict[Rule, tuple[tuple[Consumer, ...], Window]] = {}
    return tuple(_Case(repository, consumers, demand, consumer, settings).judgement() for consumer in consumers)


class _Case(Struct, dict=True):
    """One consumer, and what was found out about it so far."""

    repository: Repository
    consumers: tuple[Consumer, ...]
    demand: dict[Rule, tuple[tuple[Consumer, ...], Window]]
    """What each rule met sees of all consumers: those it identifies, and its window. Shared by their cases."""
    consumer: Consumer
    settings: Settings
    dangers: list[Danger] = field(default_factory=list)
    bounds: dict[Bound, Effect] = field(default_factory=dict)
    unless: list[str] = field(default_factory=list)
    arguments: list[tuple[Argument, Rule | None]] = field(default_factory=list)
    certain: bool = True
    """Whether every rule that may claim the image at its deployment certainly takes it."""
    claim: Rule | None = None
    """The rule that surely claims the image at its deployment."""

    def judgement(self) -> Judgement:
        if self.repository.unknown:
            return self._made(Verdict.UNKNOWN, f"the policy is not known: {self.repository.unknown}")
        policy = self.repository.policy
        if policy is None or not policy.of(StorageClass.STANDARD):
            return self._made(Verdict.SAFE, Argument.NO_POLICY, argument=Argument.NO_POLICY)
        for guise in guises(self.consumer, self.repository):
            self._walk(guise)
        if self.dangers:
            return self._danger()
        if self.unless:
            return self._made(Verdict.UNKNOWN, "; ".join(dict.fromkeys(self.unless)), self.claim)
        if self.bounds:
            rule = next(iter(self.bounds.values())).rule
            return self._made(Verdict.BOUNDED, "; ".join(bound.text for bound in self.bounds), self.claim or rule)
        argument, rule_or_none = self.arguments[0]
        what = argument.value if rule_or_none is None else f"claimed by {rule_or_none.summary}: {argument.value}"
        return self._made(Verdict.SAFE, what, rule_or_none, argument)

    def _walk(self, guise: Guise) -> None:
        assert self.repository.policy is not None  # noqa: S101
        certain = guise.initial
        for rule, match in guise.walk(self.repository.policy):
            found = self._effect(rule)
            certain &= found.force is Force.CERTAIN
            if match is Match.SURE:
                self._sure(guise, found)
                break
            self._possible(found)
        else:
            certain = False
            self.arguments.append((Argument.NO_RULE_SELECTS, None))
        if guise.initial:
            self.certain &= certain

    def _sure(self, guise: Guise, found: Effect) -> None:
        if guise.initial and self.claim is None:
            self.claim = found.rule
        if found.force is Force.NEVER:
            assert found.argument is not None  # noqa: S101
            self.arguments.append((found.argument, found.rule))
        elif found.force is Force.BOUND:
            self._bound(found)
        elif guise.ordinary:
            self.dangers.append(Danger(self.consumer, guise, found))
        else:
            self.unless.append(f"{_otherwise(guise)}: then {found.rule.summary} takes it")

    def _possible(self, found: Effect) -> None:
        if found.force is Force.BOUND:
            self._bound(found)
        elif found.force > Force.BOUND:
            self.unless.append(f"safe unless the image also carries a tag that {found.rule.summary} matches")

    def _bound(self, found: Effect) -> None:
        assert found.bound is not None  # noqa: S101
        self.bounds.setdefault(found.bound, found)

    def _effect(self, rule: Rule) -> Effect:
        follows = self.consumer.late and not self.repository.stable(self.consumer.reference.tag)
        needed, kept = self._demand(rule)
        running = max(kept.running, 1)
        certain = sum(1 + retained(rule, each, self.repository) for each in together(rule, self.consumer, needed))
        return effect(rule, self.consumer, running, certain, self.settings, follows=follows)

    def _demand(self, rule: Rule) -> tuple[tuple[Consumer, ...], Window]:
        if rule not in self.demand:
            kept = window(rule, self.consumers, self.repository, self.settings.rollbacks)
            self.demand[rule] = (identified(rule, self.consumers), kept)
        return self.demand[rule]

    def _danger(self) -> Judgement:
        ordered = sorted(self.dangers, key=lambda danger: (not danger.guise.initial, danger.effect.day or 0))
        failed = []
        for danger in ordered:
            witness = find(danger, self.consumers, self.repository, self.settings)
            if witness is None:
                failed.append(danger.effect.rule.summary)
                continue
            verdict = Verdict.DOOMED if self.certain and danger.guise.initial else Verdict.ENDANGERED
            return self._made(verdict, _why(danger), danger.effect.rule, witness=witness)
        internal = f"no witness found for {', '.join(failed)}"
        return self._made(Verdict.UNKNOWN, "a rule may take it", ordered[0].effect.rule, internal=internal)

    def _made(
        self,
        verdict: Verdict,
        why: str,
        rule: Rule | None = None,
        argument: Argument | None = None,
        witness: Witness | None = None,
        internal: str = "",
    ) -> Judgement:
        claim = self.claim
        counts = claim is not None and claim.selection.count_type is CountType.IMAGES
        never = claim is not None and counts and self._effect(claim).force is Force.NEVER
        return Judgement(
            self.consumer,
            self.repository.key,
            verdict,
            str(why),
            rule,
            argument,
            tuple(self.bounds) if verdict is Verdict.BOUNDED else (),
            witness,
            tuple(dict.fromkeys(self.unless)) if verdict is Verdict.UNKNOWN else (),
            self._demand(claim)[1] if claim is not None and counts and not never else None,
            notes(self.repository, self.consumer, rule, argument),
            internal,
        )


def _otherwise(guise: Guise) -> str:
    if guise.moved:
        return f"safe unless {_tags(guise)} pushed again, which leaves this image without"
    return "safe unless the image has no tag"


def _why(danger: Danger) -> str:
    """The danger in one sentence."""
    rule, guise = danger.effect.rule, danger.guise
    before = ""
    if guise.moved and danger.consumer.reference.known_tags.issuperset(guise.moved):
        before = f"once {_tags(guise)} pushed again, the image that {danger.consumer.id} bound is without; "
    elif guise.moved and rule.selection.tag_status is TagStatus.UNTAGGED:
        before = "a digest has no tag left once its tag is pushed again; "
    return f"{before}{rule.summary}: {danger.effect.text}"


def _tags(guise: Guise) -> str:
    verb = "is" if len(guise.moved) == 1 else "are"
    return f"{' and '.join(guise.moved)} {verb}"
