"""Calls that code may make and that are not followed, although something of the app acts on them: each is a gap.

What code publishes to AWS IoT reaches rules by its topic, a mail reaches receipt rules by its recipient, a request
reaches an API by its address: neither role nor environment tells which, only that code may.

Source (2026-11-30): https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from seawall.graph.model import GapKind
from seawall.words import some

from ..holders import Holder, holders
from ..registry import finisher
from ..sdk_calls import ACTED_ON
from ..wiring import Wiring
from .code_calls import held_by, permissions_of_roles, roles_of

_CONNECTS: Mapping[str, str] = {
    "lambda:createeventsourcemapping": "what it lets a function read",
    "sns:subscribe": "what it subscribes to topics",
    "events:puttargets": "the targets of rules that it sets",
    "scheduler:createschedule": "what the schedules that it creates call",
    "pipes:createpipe": "what the pipes that it creates lead to",
}
"""Actions that connect one thing with another when the code runs, and what is not known then."""
_FOR_THAT_ONLY = ("scheduler", "pipes")
"""Services of which code wants nothing else."""
_ADDRESSED = ("api", "function-url", "web-endpoint", "log-group")
"""Kinds of sites that an environment may hold and that need no permission on one resource, or that all code has."""


@finisher(order=15)
def unfollowed_calls(wiring: Wiring) -> None:
    """Note them of code that was not read; where it was, it says what it calls."""
    read = {handling.site for handling in wiring.handlings}
    leading = {name for hop in wiring.hops for name in (hop.source, hop.source.partition("#")[0])}
    declaring = {hop.place.address for hop in wiring.hops}
    here = {
        action: [
            each.site_id
            for kind in kinds
            for each in wiring.app.by_type.get(kind, ())
            if each.site_id in leading or each.address in declaring
        ]
        for action, kinds in ACTED_ON.items()
    }
    for holder in holders(wiring):
        if holder.site in read or wiring.sites[holder.site].framework:
            continue
        for why in (*_by_role(wiring, holder, here), *_by_address(wiring, holder, leading)):
            wiring.unknown(holder.resource, holder.role.property or "Role", why, what=GapKind.ROLE)


def _by_role(wiring: Wiring, holder: Holder, here: Mapping[str, list[str]]) -> Iterator[str]:
    patterns = {
        pattern: None
        for role in roles_of(wiring, holder)
        for permission in permissions_of_roles(wiring).get(role.site_id, ())
        if not permission.all_but
        for pattern in permission.actions
        if "*" not in pattern.partition(":")[0]
    }
    made = {hop.kind.lower() for hop in wiring.hops if hop.source == (holder.sender or holder.site)}
    for action, reached in here.items():
        if reached and any(fnmatchcase(action, pattern) for pattern in patterns):
            acting = some(reached)
            yield f"its role allows {action}, and {acting} may act on that: whether its code does it is not known"
    for action, what in _CONNECTS.items():
        if action not in made and any(fnmatchcase(action, each) for each in patterns if _names_one(each)):
            yield f"its role allows {action}: {what} is in none of the templates"


def _names_one(pattern: str) -> bool:
    """Whether a pattern means something in particular: ``events:*`` is written for much else than rules."""
    service, _, name = pattern.partition(":")
    return service in _FOR_THAT_ONLY or name[:1] not in ("", "*", "?")


def _by_address(wiring: Wiring, holder: Holder, leading: set[str]) -> Iterator[str]:
    """What is posted to a WebSocket API goes out to its clients: that its address is held says nothing."""
    resources = [each for _, each in held_by(wiring, holder)]
    held = {each.site_id for each in resources if wiring.props(each).text("ProtocolType").value != "WEBSOCKET"}
    known = [wiring.sites[name] for name in sorted(held & leading) if name in wiring.sites]
    reached = {hop.target for hop in wiring.hops if hop.source == (holder.sender or holder.site)}
    addressed = [site.id for site in known if site.kind in _ADDRESSED and site.id not in reached]
    if addressed:
        yield f"its environment holds {some(addressed)}: whether its code sends anything there is not known"
