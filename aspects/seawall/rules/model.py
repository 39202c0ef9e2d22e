"""What a rule is and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from seawall.graph import FailureClass, Place

from .fixes import Fix, StopNow

if TYPE_CHECKING:
    from seawall.cost import Cost
    from seawall.remedies.search import Remedy
    from seawall.remedies.what_if import Proposal

    from .context import Context


class Severity(IntEnum):
    """How much a finding matters; `--fail-on` compares them."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """`note`, `warning` or `error`."""
        return self.name.lower()


class Harm(IntEnum):
    """What a rule's findings do, mildest first: of two as severe, the graver one is told first, everywhere.

    Severity comes before it: what fails the check stands before what does not.
    """

    OTHER = 0
    MULTIPLIES = 1
    """The same work runs more often than allowed."""
    GROWS = 2
    """Nothing ends it."""
    LOSES = 3
    """Something is lost or deleted for ever."""


class Confidence(StrEnum):
    """How certain a finding is: as certain as the weakest hop or value in it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Mark(Struct, frozen=True):
    """One station of a finding's trace: a site, the tries that lead to it, and what decides them."""

    site: str
    tries: int | None
    """Deliveries from the station before; 1 where nothing is retried, None where no count can be given."""
    note: str = ""
    """The setting behind the tries, such as ``maxReceiveCount = 5``; empty where nothing is retried. That an event is
    handed off stands in `awaits`."""
    hop: str = ""
    """How the event got here, e.g. ``event-source-mapping``; empty at the entry."""
    awaits: bool = True
    running: int | None = None
    """The product of all tries so far since the last hand-off."""
    place: Place | None = None
    """The property that decides the tries, or that makes the hop."""
    copies: int = 1
    """Events that one run at the station before sends here: no retries."""
    role: str = ""
    """What the finding's texts call the site behind its path, such as ``the pipe``; empty where it is its name."""

    @property
    def times(self) -> int | None:
        """By what the way here multiplies; None where no count can be given."""
        return None if self.tries is None else self.tries * self.copies

    @property
    def counted(self) -> str:
        """The copies and tries in words: ``3 sent``, ``4 tries``; empty where it is one."""
        copies = f"{self.copies:,} {'calls' if self.awaits else 'sent'}" if self.copies != 1 else ""
        tries = "" if self.tries == 1 else "tries" if self.tries is None else f"{self.tries:,} tries"
        return " x ".join(filter(None, (copies, tries)))


class Finding(Struct, frozen=True):
    """One thing that a rule found wrong. Built by rules; it cannot exist without a place."""

    rule: str
    severity: Severity
    confidence: Confidence
    place: Place
    """Of the resource it is reported at, and the property to change."""
    site: str
    """Id of the site it is about: what people read."""
    headline: str
    """The number or the fact, in one line."""
    facts: tuple[str, ...] = ()
    """What it comes from and what comes of it, a line each, as far as that is needed to understand and to mend it."""
    events: tuple[str, ...] = ()
    """A course of events that shows it, a line for each day."""
    assumptions: tuple[str, ...] = ()
    """What has to hold for it to hold, a line each."""
    details: tuple[str, ...] = ()
    """More of the same, for who wants all of it: derivations that the path shows too, figures that are all alike."""
    fix: Fix = Fix()
    """What to do about it."""
    stop_now: StopNow = StopNow()
    """What ends it in production at once, without a deployment."""
    side_effects: tuple[str, ...] = ()
    """What its changes bring besides: findings that appear with them or get worse, a line each."""
    failure: FailureClass | None = None
    attempts: int | None = None
    cost: Cost | None = None
    """What one failing event costs at list price; None where that cannot be told, or nothing runs more often."""
    trace: tuple[Mark, ...] = ()
    also: tuple[str, ...] = ()
    """Further sites that the same cause concerns."""
    shape: tuple[str, ...] = field(default=())
    """What makes the finding the same one after a renaming of logical ids: goes into its fingerprint."""

    def __post_init__(self) -> None:
        if not isinstance(self.fix, Fix):
            raise TypeError(f"a fix is a seawall.rules.Fix, such as Fix.of({self.fix!r})")

    @property
    def changes(self) -> tuple[Remedy, ...]:
        """The smallest set of changes that mends it, in order, each with what it brings; empty where none is known."""
        return self.fix.changes

    @property
    def paste(self) -> str:
        """What to put in place of what is there, word for word; empty where nothing has been proven to mend it."""
        return self.fix.paste

    @property
    def lines(self) -> tuple[str, ...]:
        """All that follows the headline."""
        return (*self.facts, *self.events, *self.assumptions, *self.details)

    @property
    def message(self) -> str:
        """The headline and what follows it, as text."""
        return "\n".join((self.headline, *self.lines))


Check: TypeAlias = "Callable[[Context], Iterable[Finding]]"
WhatIf: TypeAlias = "Callable[[Context, Finding], Proposal | None]"


class Example(Struct, frozen=True):
    """A short template or CDK excerpt on a rule's page."""

    text: str
    language: str = "python"


class Rule(Struct, frozen=True):
    """One rule: its page and its check stand together in one file."""

    id: str
    severity: Severity
    title: str
    """What it fires on, in one line."""
    what: str
    why: str
    example: Example
    fix: str
    """How to mend it, in prose."""
    better: Example
    """The example, mended."""
    sources: tuple[str, ...]
    check: Check
    what_if: WhatIf | None = None
    """What can be done about a finding of it, where the model can be run again with that; None where it cannot."""
    harm: Harm = Harm.OTHER
    topic: str = "retries"
    """`retries` or `images`; empty: both."""
