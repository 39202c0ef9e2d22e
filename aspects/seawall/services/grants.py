"""What roles allow, asked for one action at a time: which code may make a call, and on what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from seawall.graph.model import Evidence
from seawall.template import Props, Target

from .holders import Holder
from .iam.statements import actions_of
from .lambda_.code_calls import environment_of, named_resources, roles_of, statements_by_role
from .wiring import Wiring

_WILDCARD = re.compile(r"[*?]")


def allowing(wiring: Wiring, holder: Holder, action: str) -> Iterator[Props]:
    """Statements of a holder's roles that name `action`, in lower case, in full or by a prefix: ``SendTask*``."""
    for role in roles_of(wiring, holder):
        yield from allowing_of_role(wiring, role.site_id, action)


def allowing_of_role(wiring: Wiring, role: str, action: str) -> tuple[Props, ...]:
    """The same of one role, which much code may share."""
    return wiring.once(("statements that allow", role, action), lambda: tuple(_allowing(wiring, role, action)))


def _allowing(wiring: Wiring, role: str, action: str) -> Iterator[Props]:
    for statement in statements_by_role(wiring).get(role, ()):
        if any(says(name, action) for _, name in actions_of(wiring, statement)):
            yield statement


def allows(wiring: Wiring, holder: Holder, action: str) -> bool:
    """Whether a role lets the holder's code make a call, on whatever."""
    return any(True for _ in allowing(wiring, holder, action))


def granted(wiring: Wiring, holder: Holder, action: str) -> Iterator[tuple[Target, Evidence]]:
    """What the holder's roles name for `action`, each with how well the environment bears it out."""
    held = environment_of(wiring, holder)
    for statement in allowing(wiring, holder, action):
        for target in named_resources(wiring, statement):
            found = wiring.app.resource(target.address)
            strong = found is not None and found.site_id in held
            yield target, Evidence.STRONG if strong else Evidence.MEDIUM


def says(name: str, action: str) -> bool:
    """Whether a name in a statement, in lower case, means an action: in full, or by a pattern that begins with more
    than the service. ``states:*`` does not say which action is used.

    >>> says("sqs:send*", "sqs:sendmessage"), says("sqs:*", "sqs:sendmessage"), says("sqs:send*s", "sqs:sendmessage")
    (True, False, False)
    """
    begins = _WILDCARD.split(name, maxsplit=1)[0]
    return fnmatchcase(action, name) and ":" in begins and not begins.endswith(":")
