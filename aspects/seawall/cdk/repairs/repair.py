"""What all repairs have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct

from ..scoped_findings import around
from .draft import AppDraft, draft
from .overrides import Left, Override


@jsii.implements(cdk.IAspect)
class Repair:
    """An Aspect that changes what its findings are about, and nothing else.

    Attach it at mutating priority, to what it may change::

        cdk.Aspects.of(app).add(repair, priority=cdk.AspectPriority.MUTATING)

    It waits until every construct of its scope has been visited, so that what other Aspects of the same or of smaller
    priority change is seen. Then it renders the app's templates, has the engine follow events through all of them, and
    overrides properties of resources within its scope. `cdk synth` prints each change as info on its construct. An
    Aspect on an app does not reach into Stages: attach it to each Stage that it is to change.
    """

    def __init__(self) -> None:
        self._changes: list[Override] = []
        self._left: list[Left] = []
        self._open: dict[object, IConstruct] = {}
        self._done: list[tuple[object, str]] = []

    @property
    def changes(self) -> tuple[Override, ...]:
        """What was changed, in order."""
        return tuple(self._changes)

    @property
    def left(self) -> tuple[Left, ...]:
        """What was left alone, and why."""
        return tuple(self._left)

    def plan(self, found: AppDraft) -> Iterable[Override | Left]:
        """What to do about the app `found`, as if all of it were in scope. Changes nothing."""
        raise NotImplementedError

    def visit(self, node: IConstruct) -> None:
        """Called by the CDK for each construct of the scope, the scope itself first."""
        if not self._open:
            root, path = _ref(node.node.root), node.node.path
            if any(root == done and around(scope, path) for done, scope in self._done):
                return  # it was made by a repair
            self._open[_ref(_last(node))] = node
        scope = self._open.pop(_ref(node), None)
        if scope is not None:
            root, path = scope.node.root, scope.node.path
            self._done.append((_ref(root), path))
            self._repair(draft(root), scope, path)

    def _repair(self, found: AppDraft, scope: IConstruct, within: str) -> None:
        added: dict[int, cdk.CfnResource] = {}
        for step in tuple(self.plan(found)):
            element = found.constructs.get(step.address) if step.address else None
            path = element.path if element else step.site if isinstance(step, Left) else ""
            if not around(within, path):
                continue
            construct = element.construct if element else scope
            if isinstance(step, Override) and not isinstance(construct, cdk.CfnResource):
                step = Left(step.logical_id, "it comes from an included template", step.address)
            if isinstance(step, Left):
                self._left.append(step)
            elif isinstance(construct, cdk.CfnResource):
                self._changes.append(step.at(path))
                _make(step, construct, found, added)
            cdk.Annotations.of(construct).add_info(f"{type(self).__name__}: {step.text}")


def _make(step: Override, resource: cdk.CfnResource, found: AppDraft, added: dict[int, cdk.CfnResource]) -> None:
    new = found.foreign.tokens(step.new)
    if step.adds:
        scope = cast(Construct, resource.node.scope)
        resource = added[id(step)] = cdk.CfnResource(
            scope, step.setting, type=new["Type"], properties=new["Properties"]
        )
    else:
        path = ".".join(key.replace(".", "\\.") for key in step.keys)
        if step.new is None:
            resource.add_property_deletion_override(path)
        else:
            resource.add_property_override(path, new)
    for other in step.depends_on:
        resource.add_dependency(added[id(other)])


def _last(scope: IConstruct) -> IConstruct:
    """The construct within `scope` that is visited last; what stands in a Stage is visited on its own."""
    inside = [each for each in scope.node.children if not isinstance(each, cdk.Stage)]
    return _last(inside[-1]) if inside else scope


def _ref(construct: object) -> object:
    """The identity of a construct: jsii may make a new Python object for each answer."""
    return construct.__jsii_ref__.ref  # type: ignore[attr-defined]
