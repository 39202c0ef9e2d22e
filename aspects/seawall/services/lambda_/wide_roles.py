"""Calls that code may make by a role which does not name what it lets code call, or which is not in the templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from seawall.graph.kinds import HopKind
from seawall.graph.model import Evidence, GapKind
from seawall.template import Absent, Resource, Target
from seawall.words import some

from ..holders import Holder, holders
from ..iam.permissions import Permission, outside, policies_outside
from ..iam.statements import fits
from ..registry import finisher
from ..s3.buckets import BUCKET, notices
from ..streams.streams import TABLES
from ..wiring import Wiring
from .code_calls import (
    ACTIONS,
    ActionUse,
    acts_on,
    assumed_by,
    held_by,
    make_call,
    permissions_of_roles,
    refusals,
    roles_of,
    rule_out,
    written,
)
from .functions import FUNCTION

_GAPS = "code whose role is wide"
_NOT_KNOWN = "what the code sends is not known"
_NOUNS = {
    "events": "bus",
    "sqs": "queue",
    "sns": "topic",
    "kinesis": "stream",
    "lambda": "function",
    "states": "state machine",
    "s3": "bucket",
    "dynamodb": "table",
}
"""What calls of a service act on, as people call it."""
_SENT_TO = ("bus", "queue", "topic", "stream")


@finisher(order=11)
def wide_roles(wiring: Wiring) -> None:
    """Hops to what the environment holds and the role covers; what the environment does not tell is kept for later."""
    permissions = permissions_of_roles(wiring)
    read = {hop.source for hop in wiring.hops}
    made = {(hop.source, hop.target) for hop in wiring.hops}
    served = {(hop.source, hop.kind.partition(":")[0]) for hop in wiring.hops}
    relevant = {name: _receivers(wiring, action, read) for name, action in ACTIONS.items()}
    allowing = {role: _by_action(each) for role, each in permissions.items()}
    open_to_roles: dict[tuple[str, ...], list[Resource]] = {}
    """By roles and action: what is not refused to them."""
    for holder in holders(wiring):
        if wiring.sites[holder.site].framework:
            continue
        sender = holder.sender or holder.site
        had = roles_of(wiring, holder)
        roles = [role.site_id for role in had]
        unnamed: dict[str, list[Permission]] = {}
        explained: set[Permission] = set()
        for name, action in ACTIONS.items():
            granting = [each for role in roles if role in allowing for each in allowing[role].get(name, ())]
            if not granting or not relevant[name]:
                continue
            service = action.kind.partition(":")[0]
            for target, called in held_by(wiring, holder):
                permission = next((each for each in granting if each.covers(wiring, called)), None)
                if permission is not None and _matters(wiring, action, called, read):
                    refused = [refusals(wiring).why(role, name, called) for role in had]
                    if all(refused):
                        rule_out(wiring, holder, called, action, refused[0])
                        continue
                    served.add((sender, service))
                    explained.add(permission)
                    _call(wiring, holder, target, action, Evidence.MEDIUM, permission.said_by, made)
            wide = [each for each in granting if each.resources]
            if wide and (key := (*roles, name)) not in open_to_roles:
                open_to_roles[key] = [
                    one for one in relevant[name] if not all(refusals(wiring).why(role, name, one) for role in had)
                ]
            wide = [each for each in wide if any(each.covers(wiring, one) for one in open_to_roles[key])]
            if wide and (sender, service) not in served:
                unnamed[action.kind] = wide
        unnamed = {kind: wide for kind, wide in unnamed.items() if explained.isdisjoint(wide)}
        if unnamed:
            _later(wiring).append((holder, _not_checked(unnamed)))
        for what in _outside(wiring, holder, had):
            _by_what_is_outside(wiring, holder, what, read, made)


def _by_action(permissions: Iterable[Permission]) -> Mapping[str, Sequence[Permission]]:
    """Permissions by the sending actions that they allow."""
    found: dict[str, list[Permission]] = {}
    for each in permissions:
        for name in _sending(each.actions, each.all_but):
            found.setdefault(name, []).append(each)
    return found


@lru_cache(maxsize=10_000)
def _sending(actions: tuple[str, ...], all_but: bool) -> tuple[str, ...]:
    """The actions that send something and are among some, or all but some; policies say the same again and again."""
    return tuple(name for name in ACTIONS if fits(name, actions) is not all_but)


_ALLOWED_BY: Mapping[str, str] = {HopKind.INVOKE: "lambda:InvokeFunction"}
"""Actions of a role that are not called as the call is."""


def _not_checked(unnamed: Mapping[str, Sequence[Permission]]) -> str:
    """What a role leaves open, by the kind of call that it allows.

    >>> every = [Permission(("events:putevents",), ("*",), said_by="events:PutEvents")]
    >>> _not_checked({"events:PutEvents": every})
    'what its code sends, and to which bus, was not checked: its role allows events:PutEvents on every bus, and no \
environment variable names one'
    """
    nouns = list(dict.fromkeys(_NOUNS.get(kind.partition(":")[0], "resource") for kind in unnamed))
    noun = nouns[0] if len(nouns) == 1 else "resource"
    where = f"to which {noun}" if noun in _SENT_TO else "where"
    every = all("*" in each.resources for wide in unnamed.values() for each in wide)
    on = f"every {noun}" if every else f"each {noun} that fits a wildcard"
    actions = {_ALLOWED_BY.get(kind, kind): wide for kind, wide in unnamed.items()}
    by = [wide[0].said_by for action, wide in actions.items() if action not in wide[0].said_by]
    whose = f" ({some(list(dict.fromkeys(by)))})" if by else ""
    return (
        f"what its code sends, and {where}, was not checked: its role allows {some(list(actions))} on {on}{whose}, and "
        "no environment variable names one"
    )


def _outside(wiring: Wiring, holder: Holder, roles: Iterable[Resource]) -> Iterator[str]:
    """What decides on the code's calls and is in none of the templates: its role, a policy, a role that it takes on."""
    for target in list(outside(wiring, holder.resource, holder.roles))[:1]:
        yield f"the role ({target.literal or 'given at deployment'}) is"
    roleless = holder.resource.type == FUNCTION and all(isinstance(role, Absent) for role in holder.roles)
    if roleless and held_by(wiring, holder):
        yield "the role (which CloudFormation wants) is"
    for role in roles:
        for policy in policies_outside(wiring, role)[:1]:
            yield f"a policy of the role ({policy}) is"
        for other in assumed_by(wiring, role).elsewhere[:1]:
            yield f"a role that the code may take on ({other}) is"


def _by_what_is_outside(wiring: Wiring, holder: Holder, what: str, read: set[str], made: set[tuple[str, str]]) -> None:
    """A gap, and what the environment holds as a weak sign."""
    named: list[str] = []
    said_by = f"{what.partition(' (')[0]} is in none of the templates"
    for target, called in held_by(wiring, holder):
        for action in _first_of_each_service(called):
            if _matters(wiring, action, called, read):
                named.append(called.site_id)
                _call(wiring, holder, target, action, Evidence.WEAK, said_by, made)
    holds = f"; the environment names {some(list(dict.fromkeys(named)))}" if named else ""
    _later(wiring).append((holder, f"{what} in none of the templates: {_NOT_KNOWN}{holds}"))


def _first_of_each_service(called: Resource) -> Iterator[ActionUse]:
    """The action by which a resource is most often sent to."""
    yield from [action for action in ACTIONS.values() if acts_on(action, called)][:1]


def _call(
    wiring: Wiring,
    holder: Holder,
    target: Target,
    action: ActionUse,
    evidence: Evidence,
    said_by: str,
    made: set[tuple[str, str]],
) -> None:
    site = wiring.arrive(target, action.arrival)
    sender = holder.sender or holder.site
    if site is None or (sender, site) in made or site == sender:
        return
    made.add((sender, site))
    called = wiring.app.resource(target.address)
    event = written(action, called, target) if called is not None else {}
    why = f"the code calls what its environment holds ({said_by})"
    make_call(wiring, holder, site, action, evidence, event, why)


def _receivers(wiring: Wiring, action: ActionUse, read: set[str]) -> list[Resource]:
    """Resources of the app that the action can send to, and that something goes on from."""
    return [
        resource
        for resources in wiring.app.by_type.values()
        if acts_on(action, resources[0])
        for resource in resources
        if resource.site_id in wiring.sites and _matters(wiring, action, resource, read)
    ]


def _matters(wiring: Wiring, action: ActionUse, called: Resource, read: set[str]) -> bool:
    """Whether somebody learns of what the action does to a resource."""
    if not acts_on(action, called):
        return False
    if called.type in TABLES:
        return called.site_id in read
    return called.type != BUCKET or notices(wiring, called.site_id, "/*")


def _later(wiring: Wiring) -> list[tuple[Holder, str]]:
    return wiring.kept(_GAPS, list[tuple[Holder, str]])


@finisher(order=14)
def gaps(wiring: Wiring) -> None:
    """Said of code that was not read: where it was, the role says nothing more."""
    said: Mapping[tuple[str, str], Holder] = {(holder.site, why): holder for holder, why in _later(wiring)}
    for (site, why), holder in said.items():
        if site not in wiring.calls:
            wiring.unknown(holder.resource, holder.role.property or "Role", why, what=GapKind.ROLE)
