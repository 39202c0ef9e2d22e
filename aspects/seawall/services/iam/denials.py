"""What roles surely may not do: statements that deny without a condition, and permission boundaries.

A denial wins over whatever allows the same; a boundary allows nothing by itself, and what it does not allow is not
allowed. A call that is denied delivers nothing, so its hop is ruled out. Where it is not certain that a denial covers
a call (a condition of IAM or of the template, `NotResource`, a part of a name that only the deployment knows), the call
is taken to be allowed.

Source (2026-11-30): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

from seawall.template import Known, Props, Resource, Target, render
from seawall.template.physical import NAMINGS

from ..wiring import Wiring
from .managed_policies import managed_policies
from .permissions import Permission, aws_policy, of_statement, starred
from .statements import fits

_WHOLE = frozenset({"", "*", "/*", ":*"})
"""What may follow a resource's name in a statement that means all of it."""


class Denial(Struct, frozen=True):
    """A statement that denies, as far as that is certain."""

    actions: tuple[str, ...]
    """In lower case, with wildcards."""
    all_but: bool
    targets: frozenset[str]
    """Site ids of the resources that it names one by one."""
    texts: tuple[str, ...]
    """Literal ARNs with wildcards."""
    by: str

    def denies(self, wiring: Wiring, action: str, called: Resource) -> bool:
        """Whether it surely denies an action, in lower case, on a resource."""
        if fits(action, self.actions) is self.all_but:
            return False
        return called.site_id in self.targets or any(_surely_names(wiring, text, called) for text in self.texts)


def denials(wiring: Wiring, statements: Iterable[Props]) -> tuple[Denial, ...]:
    """Those of denying statements that hold whatever the call's circumstances."""
    return tuple(each for statement in statements for each in _denial(wiring, statement))


def _denial(wiring: Wiring, statement: Props) -> Iterator[Denial]:
    if statement.exists("Condition") or statement.exists("NotResource"):
        return
    name = "NotAction" if statement.exists("NotAction") else "Action"
    actions = [None if item.conditions else item.props.text().value for item in statement.items(name)]
    known = tuple(action.lower() for action in actions if action is not None)
    if not known or (name == "NotAction" and len(known) < len(actions)):
        return
    values = [item.props.value() for item in statement.items("Resource") if not item.conditions]
    named = [t for value in values for t in wiring.targets(statement.resource, value) if not t.conditions]
    targets = frozenset(_whole(wiring, named))
    texts = tuple(t.literal for t in named if t.address is None and t.literal and "${" not in t.literal)
    yield Denial(known, name == "NotAction", targets, texts, f"{statement.resource.site_id} denies it")


def _whole(wiring: Wiring, named: Iterable[Target]) -> Iterator[str]:
    for target in named:
        found = wiring.app.resource(target.address)
        if found is not None and target.suffix in _WHOLE:
            yield found.site_id


def _surely_names(wiring: Wiring, text: str, resource: Resource) -> bool:
    if text == "*":
        return True
    fields, naming = text.split(":", 5), NAMINGS.get(resource.type)
    if len(fields) < 6 or naming is None or naming.kind == "s3" or fields[3:5] != ["*", "*"]:
        return False
    if not fnmatchcase(naming.kind.partition(":")[0], fields[2]):
        return False
    if fields[5] == "*":
        return True
    name = wiring.props(resource).value(naming.property)
    return isinstance(name, Known) and fnmatchcase(f"{naming.prefix}{render(name)}", fields[5])


def boundary_of(wiring: Wiring, role: Resource) -> tuple[Permission, ...] | None:
    """All that the permission boundary of a role allows; None where there is none, or where it was not read."""
    targets = wiring.targets(role, wiring.props(role).value("PermissionsBoundary"))
    if len(targets) != 1 or targets[0].conditions:
        return None
    name = aws_policy(targets[0].literal or "")
    if name is not None:
        known = managed_policies().get(name)
        if known is None:
            return None
        return tuple(Permission(each.actions, tuple(map(starred, each.resources))) for each in known)
    policy = wiring.app.resource(targets[0].address)
    if policy is None or policy.type != "AWS::IAM::ManagedPolicy" or policy.condition:
        return None
    statements = [item.props for item in wiring.props(policy).items("PolicyDocument", "Statement")]
    if any(each.text("Effect").value not in ("Allow", "Deny") for each in statements):
        return None
    return tuple(of_statement(wiring, each) for each in statements if each.text("Effect").value == "Allow")


class Refusals:
    """What the roles of an app surely may not do."""

    def __init__(self, wiring: Wiring, denying: Mapping[str, Iterable[Props]]) -> None:
        """`denying`: denying statements by the site id of the role."""
        self._wiring = wiring
        self._denials = {role: denials(wiring, statements) for role, statements in denying.items()}
        self._boundaries: dict[str, tuple[Permission, ...] | None] = {}

    def why(self, role: Resource, action: str, called: Resource) -> str:
        """Why a role may not take an action, in lower case, on a resource; empty where that is not sure."""
        for each in self._denials.get(role.site_id, ()):
            if each.denies(self._wiring, action, called):
                return each.by
        if role.site_id not in self._boundaries:
            self._boundaries[role.site_id] = boundary_of(self._wiring, role)
        allowed = self._boundaries[role.site_id]
        if allowed is None or any(each.allows(action) and each.covers(self._wiring, called) for each in allowed):
            return ""
        return f"the permission boundary of {role.site_id} does not allow it"
