"""Roles that code may take on beside its own: what they allow, it may do as well.

Source (2026-11-30): https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from seawall.template import Props, Resource

from ..wiring import Wiring
from .permissions import condition_keys

_ASSUME = ("sts:assumerole", "sts:assumerole*")
_BOOTSTRAPPED, _BOOTSTRAP_TAG = ":role/cdk-", "aws-cdk:bootstrap-role"
"""In the names of the roles that the CDK deploys with, and their tag: they send nothing that an app waits for."""


class AssumedRoles(Struct, frozen=True):
    """The roles that statements let code take on by name."""

    here: tuple[Resource, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """As they are named; they are in none of the templates, or not named one by one."""


def assumed(wiring: Wiring, statements: Iterable[Props]) -> AssumedRoles:
    """The roles that allowing statements name for `sts:AssumeRole`; that a wildcard allows it as well says nothing."""
    here: dict[str, Resource] = {}
    elsewhere: dict[str, None] = {}
    for statement in statements:
        actions = {(item.props.text().value or "").lower() for item in statement.items("Action")}
        if actions.isdisjoint(_ASSUME) or any(_BOOTSTRAP_TAG in key for key in condition_keys(statement)):
            continue
        for item in statement.items("Resource"):
            for target in wiring.targets(statement.resource, item.props.value(), "iam"):
                found = wiring.app.resource(target.address)
                if found is not None:
                    here[found.site_id] = found
                elif _BOOTSTRAPPED not in (target.literal or ""):
                    elsewhere[target.literal or "a role given at deployment"] = None
    return AssumedRoles(tuple(here.values()), tuple(elsewhere))
