"""A price as data: its items, what has to hold for it, and what it leaves out."""

from __future__ import annotations

from msgspec import Struct

HOURS = 24


class CostItem(Struct, frozen=True):
    """Units of one kind that one site uses."""

    site: str
    unit: str
    quantity: float
    price: float
    """US dollars for one unit."""
    times: float = 0.0
    """Runs, executions or requests that use so much."""
    each: str = ""
    """What makes the quantity of one of them, in words; empty where it is one unit."""
    kinds: tuple[tuple[str, float], ...] = ()
    """What the units are done for, and how many for each."""
    lasts: str = ""
    """The time of each that is set for every run: ``30 s``; empty where it is none, or is made of others."""
    memory: str = ""
    """What each of them has while it runs: ``128 MB``."""
    waits: float = 0.0
    """Units of `quantity` that are used however short the runs are: what an execution waits between its tries."""

    @property
    def amount(self) -> float:
        """US dollars."""
        return self.quantity * self.price

    @property
    def least(self) -> float:
        """US dollars where no run takes any time."""
        return self.waits * self.price if self.each else self.amount


class Saturation(Struct, frozen=True):
    """When a cycle that multiplies fills all that may run at once."""

    at_once: int
    """Runs that may go on at the same time."""
    site: str
    """The function of which fewest may; empty where it is the account's limit."""
    rounds: int
    """Rounds after which one event has become that many."""
    seconds: float | None
    """How long they take at most, if every run takes its whole timeout; None where that is not known."""
    parts: tuple[str, ...] = ()
    """What one round's time is the sum of, in words, each part with its number; empty where that is not known."""


class Cost(Struct, frozen=True):
    """What one failing event costs at list price, at worst."""

    per_event: float | None
    """US dollars in all; None where nothing ends it."""
    items: tuple[CostItem, ...]
    """What the sum is made of: of one event, or of one round (`by_round`)."""
    per_hour: float | None = None
    """US dollars an hour for as long as it goes on, where nothing ends it: of a cycle that multiplies once it is
    saturated, else of one event; None where that is not known.
    """
    saturation: Saturation | None = None
    assumptions: tuple[str, ...] = ()
    not_priced: tuple[str, ...] = ()
    """Sites that run and of which no price is known here."""
    by_round: bool = False
    """It goes round in a cycle: `items` are those of one round."""
    calls: bool = False
    """What is called fails by itself, so that no call need become a run: service errors."""
    alone: bool = False
    """Nothing else of its source is worked on meanwhile, so that many such events do not run beside each other."""

    @property
    def of_items(self) -> float:
        """US dollars of the items together."""
        return sum(item.amount for item in self.items)

    @property
    def weight(self) -> float:
        """What a day of it costs, to compare: of an event that ends, the event."""
        if self.per_event is not None:
            return self.per_event
        return (self.per_hour or 0.0) * HOURS


def dollars(amount: float) -> str:
    """An amount as people write it: cents from a cent on, else two digits.

    >>> dollars(57.2), dollars(0.0123), dollars(0.000434), dollars(0)
    ('$57.20', '$0.01', '$0.00043', '$0')
    """
    if amount >= 0.01:
        return f"${amount:,.2f}"
    return f"${float(f'{amount:.2g}'):.12f}".rstrip("0").rstrip(".")
