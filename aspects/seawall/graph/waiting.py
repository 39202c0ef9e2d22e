"""Who waits for work no longer than it may take."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from .model import FailureClass, Hop


class ShortWait(Struct, frozen=True, eq=False):
    """A sender that gives up before the work that it waits for may end: the work goes on, abandoned."""

    hop: Hop
    seconds: float
    """How long the sender waits."""
    works: float
    """How long a run of the receiver may take."""
    waiter: str
    """Site whose tries start the work again."""
    shows: str
    """The signal that the waiter shows when it gives up."""
    limit: str
    """What makes it give up: ``its timeout of 90 s``."""
    beside: str = ""
    """What else may start it again, as a clause; empty where nothing does."""
    own: str = FailureClass.TIMEOUT
    """The signal by which the hop itself tries again."""
    most: float | None = None
    """Seconds that the sender can be made to wait at most; None: no such end is known."""
    whose: str = ""
    """Who decided how long it waits: a property, ``AWS's fixed limit``; empty where `limit` says it."""
    world: str = ""
    """The deployment in which it is so, as a clause; empty where no condition decides it."""
    sides: Mapping[str, bool] = field(default_factory=dict)
    """What decides that, as the guards of hops have it; empty where no condition does."""
    others: tuple[tuple[float, float], ...] = ()
    """`seconds` and `works` of other deployments in which more runs may go on at once."""
