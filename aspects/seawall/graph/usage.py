"""What a run of a site uses, and what AWS charges for that: declared by services, added up for findings."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from .facts import Fact

SENDS = "sends"
"""What requests are for that put something into a queue."""


class ChargedBy(StrEnum):
    """What a charge is counted by."""

    RUN = "run"
    """Each time that an event gets to the site, or that the site runs."""
    DELIVERY = "delivery"
    """Each time that the site hands an event on and waits for the outcome."""
    REMOVAL = "removal"
    """Each time that the site has handed an event on once and for all, and lets it go."""
    AWAITED_SECOND = "awaited second"
    """Each second for which it waits: for functions, and between the tries of its own states."""


class Charge(Struct, frozen=True):
    """One thing that is charged for."""

    unit: str
    """What is counted, such as ``Lambda request``."""
    price: Fact[float]
    """US dollars for one unit, at list price."""
    quantity: float = 1.0
    """Units for each time."""
    by: ChargedBy = ChargedBy.RUN
    assumption: str = ""
    """What has to hold for the quantity to hold, as a clause."""
    what: str = ""
    """What such a unit is done for, where there are several, in the plural: ``receives``."""
    lasts: str = ""
    """The time that is part of it, where its author or AWS sets one for every run: ``30 s``."""
    memory: str = ""
    """The memory that is part of it: ``128 MB``."""
    each: str = ""
    """What makes the quantity, to be multiplied by a reader: ``30 s (Timeout) x 128 MB (AWS's default)``."""


class Usage(Struct, frozen=True):
    """What each run of a site uses."""

    site: str
    charges: tuple[Charge, ...] = ()
    """Empty: it costs nothing by itself."""
    seconds: float | None = None
    """The longest that a run may take, where that is set."""
    at_once: int | None = None
    """Runs at once that its author allows; None: as many as the account has left."""
    unknown: str = ""
    """What is not known of it, so that it costs more than is said; empty where all is known."""
