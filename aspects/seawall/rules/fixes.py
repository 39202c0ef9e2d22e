"""What to do about a finding: steps in order, each with what it brings, and what to ask before and to know besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from seawall.remedies.advice import Step

if TYPE_CHECKING:
    from seawall.remedies.advice import Advice
    from seawall.remedies.search import Remedy

__all__ = ["FIRST", "FIX", "Fix", "FixPart", "Step", "StopNow", "StopStep"]


class FixPart(Struct, frozen=True):
    """A part of a fix as it is shown: what is asked first, a step, or what follows the steps."""

    label: str
    said: str
    notes: tuple[str, ...] = ()
    changes: tuple[Remedy, ...] = ()
    paste: str = ""


class Fix(Struct, frozen=True):
    """What to do about a finding. Formats show it step by step; nothing takes its texts apart."""

    steps: tuple[Step, ...] = ()
    """In order; empty where nothing is proposed."""
    first: str = ""
    """What to find out before any of it, as a question with what follows from its answer."""
    trade_off: str = ""
    """What it costs besides."""
    otherwise: str = ""
    """What to do instead, or when to accept the finding."""
    correction: tuple[Remedy, ...] = ()
    """What its author states where the answer to `first` is the other one, so that the finding is gone, or hands out
    other numbers."""
    accept: str = ""
    """``first`` or ``otherwise``: which of them proposes to acknowledge the finding; how to stands below it."""

    @classmethod
    def advised(cls, advice: Advice) -> Fix:
        """What the model advises."""
        return cls(advice.steps, trade_off=advice.trade_off, otherwise=advice.otherwise)

    @classmethod
    def of(
        cls,
        do: str,
        changes: Iterable[Remedy] = (),
        *,
        effect: str = "",
        notes: Iterable[str] = (),
        paste: str = "",
        first: str = "",
        trade_off: str = "",
        otherwise: str = "",
        accept: str = "",
    ) -> Fix:
        """A fix of one step."""
        step = Step(do, effect, tuple(notes), tuple(changes), paste)
        return cls((step,), first=first, trade_off=trade_off, otherwise=otherwise, accept=accept)

    @property
    def changes(self) -> tuple[Remedy, ...]:
        """The changes of all steps, in order."""
        return tuple(change for step in self.steps for change in step.changes)

    @property
    def paste(self) -> str:
        """What a step puts in place of what is there, word for word; empty where none does."""
        return next((step.paste for step in self.steps if step.paste), "")

    @property
    def parts(self) -> tuple[FixPart, ...]:
        """All of it in order, each with its label."""
        return tuple(self._parts())

    def _parts(self) -> Iterator[FixPart]:
        if self.first:
            yield FixPart(FIRST, self.first, changes=self.correction)
        several = len(self.steps)
        for number, step in enumerate(self.steps, 1):
            label = FIX if several == 1 else f"fix, step {number} of {several}"
            yield FixPart(label, step.said, step.notes, step.changes, step.paste)
        after = (("trade-off", self.trade_off), ("otherwise", self.otherwise))
        yield from (FixPart(label, line) for label, line in after if line)

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it in order, a line each.

        >>> Fix((Step("raise the error", "4 -> 0"), Step("catch it")), first="is it?").lines
        ('first: is it?', 'fix, step 1 of 2: raise the error (4 -> 0)', 'fix, step 2 of 2: catch it')
        """
        return tuple(line for part in self.parts for line in (f"{part.label}: {part.said}", *part.notes))

    @property
    def text(self) -> str:
        """All of it in one line; empty where nothing is proposed.

        >>> Fix((Step("raise the error", "4 -> 0"), Step("catch it")), first="is it looping?").text
        'first: is it looping? 1. raise the error (4 -> 0); 2. catch it'
        >>> Fix.of("raise the error", trade_off="it comes later").text
        'raise the error; trade-off: it comes later'
        """
        numbered = len(self.steps) > 1
        steps = [
            "; ".join((f"{number}. {step.said}" if numbered else step.said, *step.notes))
            for number, step in enumerate(self.steps, 1)
        ]
        end = "" if self.first.endswith(("?", ".", ":")) else "."
        before = f"{FIRST}: {self.first}{end} " if self.first else ""
        after = [f"{part.label}: {part.said}" for part in self.parts[len(steps) + bool(before) :]]
        return f"{before}{'; '.join((*steps, *after))}".strip()

    def __str__(self) -> str:
        return self.text

    def with_changes(self, made: Callable[[Remedy], Remedy]) -> Fix:
        """The same with each change made into another."""
        found = self._with(lambda step: replace(step, changes=tuple(map(made, step.changes))))
        return replace(found, correction=tuple(map(made, self.correction)))

    def called(self, words: Callable[[str], str]) -> Fix:
        """The same in other words, names of places above all."""

        def said(step: Step) -> Step:
            changes = _called(step.changes, words)
            notes = tuple(map(words, step.notes))
            return replace(step, do=words(step.do), effect=words(step.effect), notes=notes, changes=changes)

        found = self._with(said)
        return replace(
            found,
            first=words(self.first),
            correction=_called(self.correction, words),
            trade_off=words(self.trade_off),
            otherwise=words(self.otherwise),
        )

    def _with(self, made: Callable[[Step], Step]) -> Fix:
        return replace(self, steps=tuple(map(made, self.steps)))


FIRST, FIX = "first", "fix"


def _called(changes: tuple[Remedy, ...], words: Callable[[str], str]) -> tuple[Remedy, ...]:
    return tuple(replace(one, do=words(one.do), effect=words(one.effect), short=words(one.short)) for one in changes)


class StopStep(Struct, frozen=True):
    """One thing to do at once."""

    do: str
    """As an imperative, with its condition if it has one."""
    commands: tuple[str, ...] = ()
    """Lines to paste as they are."""


class StopNow(Struct, frozen=True):
    """What ends the harm in production at once, without a deployment."""

    do: str = ""
    """All of it as an imperative, or what to look at first; empty where nothing has to end."""
    when: str = "if it is looping now"
    """When that is to be done: nothing is known to happen now."""
    steps: tuple[StopStep, ...] = ()
    """In order; those that undo it last."""

    @property
    def numbered(self) -> tuple[tuple[str, StopStep], ...]:
        """The steps as they are shown, with their numbers."""
        return tuple((f"{number}. {step.do}", step) for number, step in enumerate(self.steps, 1))

    @property
    def lines(self) -> tuple[str, ...]:
        """What follows `do`, a line each: steps with their commands."""
        return tuple(line for said, step in self.numbered for line in (said, *step.commands))

    @property
    def text(self) -> str:
        """All of it, a line each; empty where nothing has to end."""
        return "\n".join((self.do, *self.lines)) if self.do else ""

    def __str__(self) -> str:
        return self.text

    def called(self, words: Callable[[str], str]) -> StopNow:
        """The same in other words; commands keep theirs."""
        steps = tuple(replace(step, do=words(step.do)) for step in self.steps)
        return replace(self, do=words(self.do), steps=steps)
