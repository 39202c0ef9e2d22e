"""Permissions that name no single thing: wildcards, `NotAction`, AWS's managed policies, resource policies.

Such a permission says that code may call something, not what. Where the environment of the code holds a thing that it
covers, the code probably calls that (medium evidence); otherwise it is a gap of the code. A role that is in none of the
templates says nothing: what the environment holds is weak evidence then.

Source (2026-11-29): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

from seawall.template import Concat, Item, Known, Props, Resource, Target, Value, render
from seawall.template.physical import NAMINGS

from ..wiring import Wiring
from .managed_policies import managed_policies
from .resource_policies import resource_policies
from .statements import IDENTITIES, fits, identities, managed, things_of

_PSEUDO = re.compile(r"\$\{[^{}]*\}")
_AWS_POLICY = re.compile(r":iam::aws:policy/(?:.*/)?([^/]+)$")
_FROM_SERVICES = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
"""Keys of conditions that only a call by a service of AWS in somebody's name meets, in lower case.
Source (2026-11-30): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
_OF_A_FUNCTION = ("SourceArn", "SourceAccount", "FunctionUrlAuthType")
"""How `AWS::Lambda::Permission` writes such conditions, and that for requests to the function's URL."""
_SESSION = re.compile(r"arn:[^:]*:sts::[^:]*:assumed-role/(?P<role>[^/]+)/")


class Permission(Struct, frozen=True):
    """What one statement allows."""

    actions: tuple[str, ...]
    """In lower case, with wildcards."""
    resources: tuple[str, ...]
    """As text, with wildcards; what is not literal in it is a star."""
    targets: frozenset[str] = frozenset()
    """Site ids of the resources that it names one by one."""
    all_but: bool = False
    """Every action but those."""
    said_by: str = ""
    """What grants it, for a reader."""

    def allows(self, action: str) -> bool:
        """Whether an action, in lower case, is among those allowed."""
        return fits(action, self.actions) is not self.all_but

    def covers(self, wiring: Wiring, resource: Resource, part: str = "") -> bool:
        """Whether a resource may be among those that it speaks of, or a part of one whose ARN goes on with `part`."""
        named = not part and resource.site_id in self.targets
        return named or any(_may_name(wiring, text, resource, part) for text in self.resources)


def _may_name(wiring: Wiring, text: str, resource: Resource, part: str) -> bool:
    """Whether an ARN with wildcards may be that of a resource, or of a part of it."""
    if text == "*":
        return True
    fields = whole_arn(text).split(":", 5)
    naming = NAMINGS.get(resource.type)
    if fields[0] != "arn" or naming is None:
        return False
    if not fnmatchcase(naming.kind.partition(":")[0], fields[2]):
        return False
    wanted = fields[5].split("/*")[0] if naming.kind == "s3" else fields[5]
    name = wiring.props(resource).value(naming.property)
    if not isinstance(name, Known):
        return "*" in wanted
    return fnmatchcase(f"{naming.prefix}{render(name)}{part}", wanted)


def whole_arn(text: str) -> str:
    """An ARN with stars for the fields that it lacks, as IAM completes it.

    Source (2026-11-30): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html

    >>> whole_arn("arn:aws:sqs"), whole_arn("arn:aws:sqs:*:*:shop-*")
    ('arn:aws:sqs:*:*:*', 'arn:aws:sqs:*:*:shop-*')
    """
    return text + ":*" * (5 - text.count(":")) if text.startswith("arn:") else text


def permissions_by_role(wiring: Wiring, statements: Mapping[str, Iterable[Props]]) -> Mapping[str, list[Permission]]:
    """Everything that roles of the app allow, by the site id of the role; `statements` are those of their policies."""
    found = {role: [of_statement(wiring, each) for each in some] for role, some in statements.items()}
    for role in identities(wiring):
        for _, target in managed(wiring, role):
            name = aws_policy(target.literal or "")
            for policy in managed_policies().get(name, ()) if name else ():
                said_by = f"the managed policy {name}"
                permission = Permission(policy.actions, tuple(map(starred, policy.resources)), said_by=said_by)
                found.setdefault(role.site_id, []).append(permission)
    for role_id, permission in _by_resource_policies(wiring):
        found.setdefault(role_id, []).append(permission)
    return found


def policies_outside(wiring: Wiring, role: Resource) -> tuple[str, ...]:
    """The managed policies of a role, by ARN or name, that are in none of the templates and not on AWS's list."""
    return wiring.once(("policies outside", role.site_id), lambda: tuple(_policies_outside(wiring, role)))


def _policies_outside(wiring: Wiring, role: Resource) -> Iterator[str]:
    for _, target in managed(wiring, role):
        name = aws_policy(target.literal or "")
        if target.address is None and target.literal and (name is None or name not in managed_policies()):
            yield target.literal


def aws_policy(arn: str) -> str | None:
    """The name of AWS's own policy that an ARN means; None where it means another one.

    >>> aws_policy("arn:aws:iam::aws:policy/AmazonSQSFullAccess"), aws_policy("arn:aws:iam::1:policy/own")
    ('AmazonSQSFullAccess', None)
    """
    found = _AWS_POLICY.search(arn)
    return found[1] if found else None


def of_statement(wiring: Wiring, statement: Props) -> Permission:
    """What one allowing statement allows; what cannot be read in it may be anything."""
    texts: list[str] = ["*"] if statement.exists("NotResource") else []
    targets: set[str] = set()
    for target in (target for _, _, meant in things_of(wiring, statement) for target in meant):
        named = wiring.app.resource(target.address)
        if named is not None:
            targets.add(named.site_id)
        else:
            texts.append(whole_arn(starred(target.literal or "*")))
    return of_actions(statement, frozenset(targets), resources=tuple(text for text in texts if "*" in text))


def of_actions(
    statement: Props, targets: frozenset[str], said_by: str = "", resources: tuple[str, ...] = ()
) -> Permission:
    """What a statement allows on what is known already; an action that cannot be read may be any."""
    name = "NotAction" if statement.exists("NotAction") else "Action"
    actions = [item.props.text().value for item in statement.items(name)]
    return Permission(
        tuple("*" if action is None else action.lower() for action in actions),
        resources,
        targets,
        name == "NotAction",
        said_by or _said_by(name, [action or "?" for action in actions]),
    )


def _said_by(name: str, actions: list[str]) -> str:
    shown = ", ".join(actions[:2]) + (", ..." if len(actions) > 2 else "")
    return f"NotAction {shown}" if name == "NotAction" else shown


def starred(text: str) -> str:
    """An ARN with a star for what is not literal in it."""
    return _PSEUDO.sub("*", text)


def _by_resource_policies(wiring: Wiring) -> Iterator[tuple[str, Permission]]:
    """What the policies of queues, topics, buckets and others allow to identities of the app."""
    for policy in resource_policies(wiring):
        said_by = f"the policy of {policy.resource.site_id}"
        for statement in policy.statements:
            if statement.text("Effect", default="Allow").value == "Allow":
                identities = list(_principals(wiring, statement))
                permission = of_actions(statement, policy.targets(wiring), said_by) if identities else None
                yield from ((identity, permission) for identity in identities if permission is not None)


def _principals(wiring: Wiring, statement: Props) -> Iterator[str]:
    """The identities that a statement of a resource's policy speaks of; everybody is each of them."""
    everybody = any(item.props.text().value == "*" for item in _named(statement)) or statement.exists("NotPrincipal")
    if everybody and not _for_services(statement):
        yield from (identity.site_id for identity in identities(wiring))
    yield from (found.site_id for found in principals(wiring, statement))


def principals(wiring: Wiring, statement: Props) -> Iterator[Resource]:
    """The identities of the app that a statement names one by one as its principals."""
    for item in _named(statement):
        for target in wiring.targets(statement.resource, _of_session(item.props.value()), "iam"):
            found = wiring.app.resource(target.address)
            if found is not None and found.type in IDENTITIES:
                yield found


def _named(statement: Props) -> tuple[Item, ...]:
    """The principals that are no services; `AWS::Lambda::Permission` has one, of any kind."""
    by_kind = any(True for _ in statement.mapping("Principal"))
    return statement.items(*(("Principal", "AWS") if by_kind else ("Principal",)))


def _of_session(principal: Value) -> Value:
    """The role whose session a principal is: ``arn:aws:sts::1:assumed-role/name/session``.

    Source (2026-11-30): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    found = _SESSION.match(render(principal)) if isinstance(principal, (Known, Concat)) else None
    return Known(found["role"]) if found else principal


def _for_services(statement: Props) -> bool:
    """Whether a condition leaves calls of services only."""
    conditions = (key.lower() in _FROM_SERVICES for key in condition_keys(statement))
    return any(conditions) or any(statement.exists(name) for name in _OF_A_FUNCTION)


def condition_keys(statement: Props) -> Iterator[str]:
    """The keys that the conditions of a statement look at, such as ``aws:SourceArn``."""
    for _, tests in statement.mapping("Condition"):
        yield from (key for key, _ in tests.mapping())


def outside(wiring: Wiring, resource: Resource, roles: Iterable[Value]) -> Iterator[Target]:
    """Roles, of those that code has, that are in none of the templates."""
    for value in roles:
        for target in wiring.targets(resource, value, "iam"):
            if target.address is None:
                yield target
