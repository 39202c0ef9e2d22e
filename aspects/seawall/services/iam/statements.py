"""Statements of the policies that roles, users and groups have: inline, managed, or attached from outside.

Source (2026-11-30): https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import TypeVar

from msgspec import Struct

from seawall.graph.model import GapKind
from seawall.template import Concat, Item, Known, Props, Resource, Target, Value, outcomes
from seawall.words import some

from ..wiring import Wiring

T = TypeVar("T")

ROLE, USER, GROUP = "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"
IDENTITIES = (ROLE, USER, GROUP)
"""Types of what policies are attached to."""
_ALL: Mapping[str, str] = {"Roles": ROLE, "Users": USER, "Groups": GROUP}
_ATTACHED: Mapping[str, Mapping[str, str]] = {
    "AWS::IAM::Policy": _ALL,
    "AWS::IAM::ManagedPolicy": _ALL,
    "AWS::IAM::RolePolicy": {"RoleName": ROLE},
    "AWS::IAM::UserPolicy": {"UserName": USER},
    "AWS::IAM::GroupPolicy": {"GroupName": GROUP},
}
"""By type of policy: the properties that say to what it is attached, with the type of that."""
_NAME_OF: Mapping[str, str] = {USER: "UserName", GROUP: "GroupName"}
_NO_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "dynamodb:transactwriteitems": ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
    "lambda:invoke": ("lambda:InvokeFunction",),
    "s3:completemultipartupload": ("s3:PutObject",),
    "s3:copyobject": ("s3:PutObject",),
    "s3:uploadpart": ("s3:PutObject",),
    "sns:publishbatch": ("sns:Publish",),
    "sqs:sendmessagebatch": ("sqs:SendMessage",),
}
"""Calls that have no action of their own, in lower case, with the actions that allow them.
Source (2026-11-30): https://docs.aws.amazon.com/service-authorization/latest/reference/"""


class Attached(Struct, frozen=True, dict=True):
    """A policy of one identity."""

    identity: Resource
    document: Props
    always: bool
    """Whether it is attached whatever the template's conditions decide."""

    @cached_property
    def statements(self) -> tuple[Item, ...]:
        """What it says."""
        return self.document.items("Statement")


def identities(wiring: Wiring) -> Iterator[Resource]:
    """Every role, user and group in the templates."""
    for kind in IDENTITIES:
        yield from wiring.app.by_type.get(kind, ())


def attached(wiring: Wiring) -> tuple[Attached, ...]:
    """Every policy in the templates, once for each identity in them that has it."""
    return wiring.once("attached policies", lambda: tuple(_attached(wiring)))


def _attached(wiring: Wiring) -> Iterator[Attached]:
    for identity in identities(wiring):
        props = wiring.props(identity)
        for inline in props.items("Policies"):
            yield Attached(identity, inline.props.at("PolicyDocument"), not inline.conditions)
        for item, target in managed(wiring, identity):
            policy = wiring.app.resource(target.address)
            if policy is not None and policy.type == "AWS::IAM::ManagedPolicy":
                always = not (item.conditions or target.conditions or policy.condition)
                yield Attached(identity, wiring.props(policy).at("PolicyDocument"), always)
    for kind, properties in _ATTACHED.items():
        for policy in wiring.app.by_type.get(kind, ()):
            props = wiring.props(policy)
            for item, type_ in ((item, type_) for name, type_ in properties.items() for item in props.items(name)):
                for target, identity_ in named_identities(wiring, policy, item.props, type_):
                    always = not (item.conditions or target.conditions or policy.condition)
                    yield Attached(identity_, props.at("PolicyDocument"), always)


def named_identities(
    wiring: Wiring, resource: Resource, section: Props, type_: str
) -> Iterator[tuple[Target, Resource]]:
    """The roles, users or groups that a property of a resource names, by reference or by name."""
    for target in wiring.targets(resource, section.value(), "iam"):
        found = wiring.app.resource(target.address)
        if found is None and target.literal and type_ in _NAME_OF:
            found = _by_name(wiring).get((type_, target.literal))
        if found is not None and found.type == type_:
            yield target, found


def _by_name(wiring: Wiring) -> Mapping[tuple[str, str], Resource]:
    """Users and groups by type and name."""

    def index() -> dict[tuple[str, str], Resource]:
        every = ((each, _NAME_OF[type_]) for type_ in _NAME_OF for each in wiring.app.by_type.get(type_, ()))
        names = ((each, wiring.props(each).text(property_).value) for each, property_ in every)
        return {(each.type, name): each for each, name in names if name}

    return wiring.once("users and groups by name", index)


def managed(wiring: Wiring, identity: Resource) -> tuple[tuple[Item, Target], ...]:
    """The managed policies that an identity names, with what names each."""

    def found() -> tuple[tuple[Item, Target], ...]:
        items = wiring.props(identity).items("ManagedPolicyArns")
        return tuple((item, target) for item in items for target in wiring.targets(identity, item.props.value()))

    return wiring.once(("managed policies", identity.site_id), found)


@lru_cache(maxsize=10_000)
def fits(action: str, patterns: tuple[str, ...]) -> bool:
    """Whether patterns with wildcards mean an action, all in lower case: policies say the same again and again.

    >>> fits("sqs:sendmessage", ("sns:*", "sqs:send*")), fits("sqs:sendmessage", ("sqs:receivemessage",))
    (True, False)
    """
    return any(fnmatchcase(action, each) for each in patterns)


def allowing(wiring: Wiring) -> Mapping[str, tuple[Props, ...]]:
    """Allowing statements by the site id of the identity; where a condition decides on one, it counts."""
    found: dict[str, list[Props]] = {}
    for each in attached(wiring):
        for item in each.statements:
            if _allows(wiring, item.props):
                found.setdefault(each.identity.site_id, []).append(item.props)
    for statements in found.values():
        _said_in_vain(wiring, statements)
    return {identity: tuple(statements) for identity, statements in found.items()}


def denying(wiring: Wiring) -> Mapping[str, tuple[Props, ...]]:
    """Denying statements by the site id of the identity; where a condition decides on one, it does not count."""
    found: dict[str, list[Props]] = {}
    for each in attached(wiring):
        for item in each.statements if each.always else ():
            if not item.conditions and item.props.text("Effect").value == "Deny":
                found.setdefault(each.identity.site_id, []).append(item.props)
    return {identity: tuple(statements) for identity, statements in found.items()}


def actions_of(wiring: Wiring, statement: Props) -> tuple[tuple[Item, str], ...]:
    """The actions that a statement of an identity names, in lower case, and empty where one is not known."""

    def found() -> tuple[Props, tuple[tuple[Item, str], ...]]:
        items = statement.items("Action")
        return statement, tuple((item, (item.props.text().value or "").lower()) for item in items)

    return _of_statement(wiring, "actions", statement, found)


def things_of(wiring: Wiring, statement: Props) -> tuple[tuple[Item, Value, tuple[Target, ...]], ...]:
    """What a statement of an identity names as its resources, with what that stands for and what it points at."""

    def found() -> tuple[Props, tuple[tuple[Item, Value, tuple[Target, ...]], ...]]:
        values = ((item, item.props.value()) for item in statement.items("Resource"))
        return statement, tuple((item, value, wiring.targets(statement.resource, value)) for item, value in values)

    return _of_statement(wiring, "things", statement, found)


def _of_statement(wiring: Wiring, what: str, statement: Props, found: Callable[[], tuple[Props, T]]) -> T:
    """What several readers ask of one statement. It is known by its `id`, and kept so that the `id` stays its own."""
    return wiring.once((what, id(statement.node)), found)[1]


def _allows(wiring: Wiring, statement: Props) -> bool:
    said = statement.text("Effect")
    if said.value in ("Allow", "Deny"):
        return said.value == "Allow"
    leaves = list(outcomes(statement.value("Effect")))
    if len(leaves) > 1 and Known("Allow") in leaves:
        return True
    if Known("Deny") not in leaves:
        wrong = "a statement without Effect" if said.value is None else f"{said.value!r} is no Effect"
        at = statement.at("Effect").property
        kind = None if said.why else GapKind.MISTAKE
        wiring.unknown(statement.resource, at, said.why or f"{wrong}: IAM refuses it", what=kind)
    return False


def _said_in_vain(wiring: Wiring, statements: Iterable[Props]) -> None:
    """Note what allows nothing as it is written, in the statements of one identity: what was meant is not known."""
    actions: list[tuple[Props, str]] = []
    for statement in statements:
        named, things = statement.items("Action"), things_of(wiring, statement)
        if not named and not statement.items("NotAction"):
            _mistake(wiring, statement, "a statement without Action: IAM refuses it")
        if not things and not statement.items("NotResource"):
            _mistake(wiring, statement, "a statement without Resource: IAM refuses it")
        for item, value, _ in things:
            thing = _begins(value)
            if thing is not None and thing != "*" and not thing.startswith("arn:"):
                _mistake(wiring, item.props, f"{thing!r} is no ARN: IAM refuses it")
        actions += ((item.props, action) for item in named if (action := item.props.text().value) is not None)
    patterns = [action.lower() for _, action in actions]
    for at, action in actions:
        real = _NO_ACTIONS.get(action.lower(), ())
        if real and not any(fnmatchcase(each.lower(), pattern) for each in real for pattern in patterns):
            why = f"IAM has no action {action}, so that it allows nothing: {some(real)} would"
            _mistake(wiring, at, why)
        elif not _is_action(action):
            _mistake(wiring, at, f"{action!r} is no action: IAM refuses it")


def _begins(value: Value) -> str | None:
    """What stands at the beginning of a text: all of it, or what stands before its first reference, whose end may
    follow there; None where that says nothing.
    """
    if isinstance(value, Known):
        return value.value if isinstance(value.value, str) else None
    first = value.parts[0] if isinstance(value, Concat) else None
    text = str(first.value) if isinstance(first, Known) else ""
    return None if "arn:".startswith(text) else f"{text}..."


def _mistake(wiring: Wiring, section: Props, why: str) -> None:
    wiring.unknown(section.resource, section.property, why, what=GapKind.MISTAKE)


def _is_action(text: str) -> bool:
    """Whether it is ``*`` or has the form ``service:Action``."""
    service, colon, name = text.partition(":")
    return text == "*" or (bool(colon and service and name) and not any(sign.isspace() for sign in text))
