"""Whom else code may be beside its own role: roles that it takes on, users whose keys it holds, the groups of these.
What they allow, it may do as well.

A role's own policy or, within an account, the trust policy of the other role lets it take that one on.

Source (2026-11-30): https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

from seawall.template import Address, Props, Resource

from ..gaps import names_in
from ..wiring import Wiring
from .permissions import condition_keys, principals
from .statements import GROUP, ROLE, USER, actions_of, named_identities

ACCESS_KEY = "AWS::IAM::AccessKey"
_KEEPS = ("AWS::SecretsManager::Secret", "AWS::SSM::Parameter")
_ASSUME = "sts:assumerole"
_BOOTSTRAPPED, _BOOTSTRAP_TAG = ":role/cdk-", "aws-cdk:bootstrap-role"
"""In the names of the roles that the CDK deploys with, and their tag: they send nothing that an app waits for."""


class AssumedRoles(Struct, frozen=True):
    """Whom else an identity lets code be."""

    here: tuple[Resource, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """As they are named; they are in none of the templates, or not named one by one."""


def assumed(wiring: Wiring, identity: Resource, statements: Iterable[Props]) -> AssumedRoles:
    """The roles that allowing statements name for `sts:AssumeRole` or that trust `identity`, and a user's groups.

    Where every action is allowed on everything, that says nothing of other roles: the own one allows as much.
    """
    here = {each.site_id: each for each in (*_trusting(wiring, identity), *_groups(wiring, identity))}
    elsewhere: dict[str, None] = {}
    for statement in statements:
        actions = [name for _, name in actions_of(wiring, statement)]
        meant = any(_ASSUME.startswith(action.partition("*")[0]) and ":" in action for action in actions)
        if not any(fnmatchcase(_ASSUME, action) for action in actions):
            continue
        if any(_BOOTSTRAP_TAG in key for key in condition_keys(statement)):
            continue
        for item in statement.items("Resource"):
            for target in wiring.targets(statement.resource, item.props.value(), "iam"):
                found = wiring.app.resource(target.address)
                named = target.literal or "a role given at deployment"
                if found is not None and found.type == ROLE:
                    here[found.site_id] = found
                elif found is None and (meant or ":role/" in named) and _BOOTSTRAPPED not in named:
                    elsewhere[named] = None
    return AssumedRoles(tuple(here.values()), tuple(elsewhere))


def _trusting(wiring: Wiring, identity: Resource) -> Iterable[Resource]:
    """The roles whose trust policy names an identity one by one."""
    return wiring.once("roles by whom they trust", lambda: _by_trusted(wiring)).get(identity.site_id, ())


def _by_trusted(wiring: Wiring) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for role in wiring.app.by_type.get(ROLE, ()):
        for item in wiring.props(role).items("AssumeRolePolicyDocument", "Statement"):
            if item.props.text("Effect").value == "Allow":
                for trusted in principals(wiring, item.props):
                    if trusted.site_id != role.site_id:
                        found.setdefault(trusted.site_id, []).append(role)
    return found


def _groups(wiring: Wiring, identity: Resource) -> Iterator[Resource]:
    """The groups of a user."""
    if identity.type != USER:
        return
    for item in wiring.props(identity).items("Groups"):
        yield from _named(wiring, identity, item.props, GROUP)
    for addition in wiring.app.by_type.get("AWS::IAM::UserToGroupAddition", ()):
        props = wiring.props(addition)
        users = [each for item in props.items("Users") for each in _named(wiring, addition, item.props, USER)]
        if identity in users:
            yield from _named(wiring, addition, props.at("GroupName"), GROUP)


def key_owners(wiring: Wiring, held: Iterable[Resource]) -> Iterator[Resource]:
    """The users whose access keys an environment holds, also within a secret or a parameter that it names."""
    for each in held:
        kept = names_in(dict(each.properties)) if each.type in _KEEPS else ()
        inside = (wiring.app.resource(Address(each.address.template, name)) for name in kept)
        for key in (each, *inside):
            if key is not None and key.type == ACCESS_KEY:
                yield from _named(wiring, key, wiring.props(key).at("UserName"), USER)


def _named(wiring: Wiring, resource: Resource, section: Props, kind: str) -> Iterator[Resource]:
    yield from (found for _, found in named_identities(wiring, resource, section, kind))
