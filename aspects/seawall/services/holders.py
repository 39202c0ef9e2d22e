"""Whatever runs code under a role: functions, containers, jobs. What code may call is inferred alike for all of them.

A service declares the holders of its resources with `hold`; `lambda_.code_calls` reads roles and environments.
"""

from __future__ import annotations

from msgspec import Struct

from seawall.graph.model import Place
from seawall.template import Resource, Value

from .wiring import Wiring


class Holder(Struct, frozen=True, eq=False):
    """Code that runs at a site, with the roles that it has and what its environment holds."""

    site: str
    resource: Resource
    """Whose properties the roles and the environment are."""
    role: Place
    """Where its role is named."""
    roles: tuple[Value, ...] = ()
    environment: tuple[Value, ...] = ()
    sender: str = ""
    """Where its calls start, if not at `site` itself."""


def holders(wiring: Wiring) -> list[Holder]:
    """Everything declared so far; services add to it."""
    return wiring.kept("holders of roles", list)


def hold(wiring: Wiring, holder: Holder) -> None:
    """Declare code that runs under a role; declared again, as in another world, it is the same."""
    known: dict[tuple[str, Place, str], Holder] = wiring.kept("holders by site", dict)
    key = (holder.site, holder.role, holder.sender)
    if key not in known:
        known[key] = holder
        holders(wiring).append(holder)


def holders_at(wiring: Wiring, site: str) -> tuple[Holder, ...]:
    """The holders whose code runs at `site`."""
    return tuple(each for each in holders(wiring) if each.site == site)
