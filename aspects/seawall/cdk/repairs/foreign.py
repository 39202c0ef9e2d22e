"""References across stacks, before the CDK has resolved them.

While Aspects run, a reference to another stack's resource looks like one to the stack's own: ``{"Ref": "Queue4A7E"}``,
which may even exist in both. So every logical id that is used twice gets a mark for as long as the templates are
rendered; afterwards, what is found in another stack's template becomes an export and an import, as the CDK would make.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk

from seawall.template import Json

PREFIX = "seawall-"
"""Of the names of exports that stand for references across stacks."""


@dataclass(frozen=True, slots=True)
class Element:
    """Something with a logical id in a stack's template."""

    construct: cdk.CfnElement
    stack: int
    logical_id: str
    path: str


@dataclass
class Foreign:
    """References across stacks by the name of the export that stands for each."""

    owners: Mapping[str, Element]
    """Elements by the id that they are rendered with."""
    references: dict[str, tuple[Element, str]] = field(default_factory=dict)
    """By export name: what is referred to, and by which attribute (empty: `Ref`)."""

    def linked(self, stack: int, body: Json) -> Json:
        """The template with imports in place of references to other stacks."""
        if isinstance(body, list):
            return [self.linked(stack, each) for each in body]
        if not isinstance(body, dict):
            return body
        found = self._reference(body) if len(body) == 1 else None
        if found is not None and found[0].stack != stack:
            name = f"{PREFIX}{found[0].stack}-{found[0].logical_id}-{found[1]}"
            self.references[name] = found
            return {"Fn::ImportValue": name}
        return {key: self.linked(stack, each) for key, each in body.items()}

    def _reference(self, body: dict[str, Json]) -> tuple[Element, str] | None:
        match body:
            case {"Ref": str(name)}:
                attribute = ""
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                pass
            case {"Fn::GetAtt": str(dotted)}:
                name, _, attribute = dotted.partition(".")
            case _:
                return None
        return (self.owners[name], attribute) if name in self.owners else None

    def exports(self, stack: int) -> dict[str, Json]:
        """Outputs of a stack that other stacks' references need."""
        return {
            f"Seawall{number}": {
                "Value": {"Fn::GetAtt": [element.logical_id, attribute]} if attribute else {"Ref": element.logical_id},
                "Export": {"Name": name},
            }
            for number, (name, (element, attribute)) in enumerate(self.references.items())
            if element.stack == stack
        }

    def tokens(self, value: Any) -> Any:
        """A value with the CDK's own references in place of the imports."""
        match value:
            case {"Fn::ImportValue": str(name)} if name in self.references:
                element, attribute = self.references[name]
                construct: Any = element.construct
                return construct.get_att(attribute) if attribute else construct.ref
            case dict():
                return {key: self.tokens(each) for key, each in value.items()}
            case list():
                return [self.tokens(each) for each in value]
        return value


@contextmanager
def marked(elements: Sequence[Element]) -> Iterator[Mapping[str, Element]]:
    """While this lasts, no two elements of different stacks are rendered with the same logical id."""
    used = Counter(element.logical_id for element in elements)
    owners: dict[str, Element] = {}
    changed: list[Element] = []
    fixed: list[str] = []
    try:
        for number, element in enumerate(elements):
            name = element.logical_id
            if used[name] > 1:
                try:
                    element.construct.override_logical_id(f"{name}Seawall{number:06}")
                except RuntimeError:  # an export has fixed it: of several such, each is taken for its own stack's
                    fixed.append(name)
                else:
                    name = f"{name}Seawall{number:06}"
                    changed.append(element)
            owners[name] = element
        yield {name: element for name, element in owners.items() if fixed.count(name) < 2}
    finally:
        for element in changed:
            element.construct.override_logical_id(element.logical_id)


def unmarked(text: str, owners: Mapping[str, Element]) -> Any:
    """A rendered template with the elements' own logical ids."""
    for name, element in owners.items():
        if name != element.logical_id:
            text = text.replace(name, element.logical_id)
    return json.loads(text)
