"""What joins templates: exports, outputs, nested stacks, SSM parameters. Indexed once per app."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from msgspec import Struct, field

from .model import App, Template
from .text import concat, named_by_symbols
from .values import Address, Concat, Json, Known, Pseudo, Unknown, Value

S = TypeVar("S")

Source = tuple[Template, Json]
"""An expression and the template in which it holds."""

_SHARED = frozenset({"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"})
"""Pseudo parameters that are the same in all stacks of one account and Region."""
_DYNAMIC = re.compile(r"\{\{resolve:([^{}]*)\}\}")


class Links(Struct, frozen=True):
    """Where a template finds what another one gives."""

    exports: dict[str, list[Source]] = field(default_factory=dict)
    stacks: dict[str, list[Template]] = field(default_factory=dict)
    children: dict[Address, Template] = field(default_factory=dict)
    ssm: dict[str, list[Source]] = field(default_factory=dict)
    region_exports: dict[str, list[Source]] = field(default_factory=dict)
    """What CDK's cross-Region writers put into SSM, by parameter name."""


def links_of(app: App, resolve: Callable[[App, Template, Json], Value]) -> Links:
    """The links of `app`, found on first use."""
    links = app.memo.get("links")
    if not isinstance(links, Links):
        app.memo["links"] = links = Links()  # names that need links while these are being built find none
        with app.reading.suspended():
            for template in app.templates.values():
                _index_template(links, template, partial(resolve, app, template))
    return links


def _index_template(links: Links, template: Template, resolve: Callable[[Json], Value]) -> None:
    if template.parent is None:
        links.stacks.setdefault(template.stack_name, []).append(template)
    else:
        links.children[template.parent] = template
    for output in _objects(template.body.get("Outputs")):
        export = output.get("Export")
        if isinstance(export, dict) and "Name" in export and "Value" in output:
            for name in link_names(template, resolve(export["Name"])):
                links.exports.setdefault(name, []).append((template, output["Value"]))
    for resource in template.resources.values():
        if resource.type == "AWS::SSM::Parameter" and "Value" in resource.properties:
            for name in link_names(template, resolve(resource.properties.get("Name"))):
                links.ssm.setdefault(name, []).append((template, resource.properties["Value"]))
        elif resource.type == "Custom::CrossRegionExportWriter":
            writer = resource.properties.get("WriterProps")
            exports = writer.get("exports") if isinstance(writer, dict) else None
            for name, raw in exports.items() if isinstance(exports, dict) else ():
                links.region_exports.setdefault(name, []).append((template, raw))


def _objects(section: Json) -> Iterable[dict[str, Json]]:
    return [item for item in section.values() if isinstance(item, dict)] if isinstance(section, dict) else []


def link_names(template: Template, value: Value) -> list[str]:
    """The names under which `value` is found from other templates; none if only the deployment knows it.

    What it holds of the Region and the account is the same for everybody who can see the name, so it may stay as it is
    written; where they are known, the name is found with them, too. A parameter without a value stands for itself:
    equal expressions are equal names.
    """
    parts = value.parts if isinstance(value, Concat) else (value,)
    if not all(map(_same_everywhere, parts)):
        return []
    environment = {"AWS::Region": template.region, "AWS::AccountId": template.account}
    known = [environment.get(part.name) if isinstance(part, Pseudo) else None for part in parts]
    filled = [part if text is None else Known(text) for part, text in zip(parts, known, strict=True)]
    names = dict.fromkeys(named_by_symbols(concat(each)) for each in (parts, filled))
    return [name for name in names if name]


def _same_everywhere(part: Value) -> bool:
    if isinstance(part, Unknown):
        return bool(part.symbol)
    return isinstance(part, Known) or (isinstance(part, Pseudo) and part.name in _SHARED)


def nearest(template: Template, candidates: Sequence[tuple[Template, S]]) -> list[tuple[Template, S]]:
    """Of several things of one name, those that `template` can mean.

    Left out is what lives in another account or Region; then the same template comes first, then the same stage
    (the same directory of the cloud assembly), then the same app. More than one left means that the name is ambiguous.
    """
    possible = [each for each in candidates if not _elsewhere(template.region, each[0].region)]
    possible = [each for each in possible if not _elsewhere(template.account, each[0].account)]
    if len(possible) > 1:
        here = [each for each in possible if each[0].key == template.key]
        stage = posixpath.dirname(template.key)
        staged = [each for each in possible if posixpath.dirname(each[0].key) == stage]
        possible = here or staged or [each for each in possible if each[0].app == template.app] or possible
    return possible


def _elsewhere(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def output_of(template: Template, name: str) -> Mapping[str, Json] | None:
    """The output called `name`, if the template declares one with a value."""
    outputs = template.body.get("Outputs")
    output = outputs.get(name) if isinstance(outputs, dict) else None
    return output if isinstance(output, dict) and "Value" in output else None


def with_dynamic(text: str, ssm: Callable[[str], Value]) -> Value:
    """Text with ``{{resolve:ssm:/name}}`` looked up by `ssm`; other dynamic references are unknown."""
    if "{{resolve:" not in text:
        return Known(text)
    parts: list[Value] = []
    at = 0
    for found in _DYNAMIC.finditer(text):
        parts.append(Known(text[at : found.start()]))
        at = found.end()
        service, _, rest = found[1].partition(":")
        name = rest.partition(":")[0]
        parts.append(ssm(name) if service == "ssm" else Unknown(f"a dynamic reference to {service}"))
    return concat([*parts, Known(text[at:])])
