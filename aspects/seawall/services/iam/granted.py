"""Which statement lets code make a call, and whether it can go without taking anything else away."""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph.model import Granted, Place
from seawall.template import Address, Item, Props, Resource, Target, Template, in_file, render
from seawall.template.authors import written_by_cdk

from ..wiring import Wiring
from .statements import attached

ANYTHING = "*"
_POLICY = "AWS::IAM::Policy"


def granted(wiring: Wiring, statement: Props, action: Item, resource: Item, target: Target) -> Granted:
    """What a statement allows by one of its actions on one of its resources."""
    named = wiring.app.resource(target.address)
    on = named.site_id if named is not None else target.literal or render(resource.props.value()) or ANYTHING
    place = Place(statement.resource.address, statement.property)
    shared = len(_holding(wiring, statement)) > 1
    return Granted(place, action.props.text().value or "", on, _removable(wiring, statement, action, resource), shared)


def _holding(wiring: Wiring, statement: Props) -> frozenset[str]:
    """The roles, users and groups that have the policy of a statement."""
    return _identities(wiring).get((statement.resource.address, _document(statement)), frozenset())


def _document(statement: Props) -> str:
    return statement.property.partition(".Statement")[0]


def _removable(wiring: Wiring, statement: Props, action: Item, resource: Item) -> Place | None:
    """What can go: an action, a resource, the statement, or the policy where it holds nothing else."""
    policy = statement.resource
    document = _document(statement)
    if (
        len(_holding(wiring, statement)) != 1
        or action.conditions
        or resource.conditions
        or not _as_written(wiring, policy)
    ):
        return None
    actions, resources = wiring.once(
        ("actions and resources", policy.address, statement.property),
        lambda: (len(statement.items("Action")), len(statement.items("Resource"))),
    )
    if actions > 1 and resources > 1:
        return None
    if actions > 1 or resources > 1:
        return Place(policy.address, (action if actions > 1 else resource).props.property)
    if wiring.once(("statements", policy.address, document), lambda: _statements(wiring, policy, document)) > 1:
        return Place(policy.address, statement.property)
    return wiring.once(("whole policy", policy.address, document), lambda: _whole(wiring, policy, document))


def _statements(wiring: Wiring, policy: Resource, document: str) -> int:
    return len(Props.of(wiring.app, policy).items(*_steps(document), "Statement"))


def _steps(document: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdecimal() else step for step in document.split("."))


def _whole(wiring: Wiring, policy: Resource, document: str) -> Place | None:
    """A policy of one statement: that of a role, or one of its own that nothing waits for."""
    inline, _, _ = document.rpartition(".PolicyDocument")
    if inline:
        return Place(policy.address, inline)
    template = wiring.template(policy)
    waited = wiring.once(("waited for", policy.address.template), lambda: _waited_for(template))
    return None if policy.type != _POLICY or policy.logical_id in waited else Place(policy.address)


def _waited_for(template: Template) -> frozenset[str]:
    """The logical ids that others name in their `DependsOn`."""
    every = template.body.get("Resources", {}).values()
    waited = (each.get("DependsOn") for each in every if isinstance(each, dict))
    names = (name for each in waited for name in (each if isinstance(each, list) else [each]))
    return frozenset(name for name in names if isinstance(name, str))


def _as_written(wiring: Wiring, policy: Resource) -> bool:
    """Whether its author wrote the policy itself, as opposed to the CDK or a transform."""
    template, path = wiring.template(policy), ("Resources", policy.logical_id, "Properties")
    own = tuple(map(str, in_file(template, path))) == path
    return own and policy.construct_path is None and not written_by_cdk(template)


def _identities(wiring: Wiring) -> Mapping[tuple[Address, str], frozenset[str]]:
    """The roles, users and groups that have a policy, by where its document stands."""
    return wiring.once("identities by policy", lambda: _by_policy(wiring))


def _by_policy(wiring: Wiring) -> Mapping[tuple[Address, str], frozenset[str]]:
    found: dict[tuple[Address, str], frozenset[str]] = {}
    for each in attached(wiring):
        key = (each.document.resource.address, each.document.property)
        found[key] = found.get(key, frozenset()) | {each.identity.site_id}
    return found
