"""The app as its templates would be if it were synthesized now: what a repair analyses.

Aspects run before the synthesis, and guards judge after it. In between, `StackSynthesizer` writes a stack's template
wherever it is told to, raw overrides and all, without preparing the app, running its Aspects or its validation; so each
stack is written into a directory of its own, next to nothing, and read by the same engine that the guards use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import cx_api
from constructs import IConstruct

from seawall.retries import analyse
from seawall.rules import Context
from seawall.services import build
from seawall.template import Address, App, load_assembly

from ..guard_settings import settings
from .foreign import Element, Foreign, marked, unmarked


@jsii.implements(cdk.ISynthesisSession)
class _Session:
    """Tells a synthesizer where to write; it asks for nothing else."""

    def __init__(self, outdir: str) -> None:
        self._assembly, self._outdir = cx_api.CloudAssemblyBuilder(outdir), outdir

    @property
    def assembly(self) -> cx_api.CloudAssemblyBuilder:
        """Where the template goes."""
        return self._assembly

    @property
    def outdir(self) -> str:
        """The directory of that."""
        return self._outdir


@dataclass
class AppDraft:
    """Every template of an app, and the construct behind each resource."""

    app: App
    foreign: Foreign
    constructs: Mapping[Address, Element] = field(default_factory=dict)

    @cached_property
    def context(self) -> Context:
        """What the rules ask, under the settings file: flow, attempts, images."""
        return Context(self.app, analyse(build(self.app)), settings("", None, None))


def draft(root: IConstruct) -> AppDraft:
    """Render the app `root` as it is now."""
    everything = root.node.find_all()
    stacks = [each for each in everything if isinstance(each, cdk.Stack)]
    elements = _elements(everything, stacks)
    with TemporaryDirectory(prefix="seawall-") as name:
        outdir = Path(name)
        with marked(elements) as owners:
            texts = [_rendered(stack, outdir) for stack in stacks]
        foreign = Foreign(owners)
        bodies = [foreign.linked(number, json.loads(text)) for number, text in enumerate(texts)]
        artifacts = {}
        for number, (stack, body) in enumerate(zip(stacks, bodies, strict=True)):
            body["Outputs"] = {**body.get("Outputs", {}), **foreign.exports(number)}
            whole = unmarked(json.dumps(body), owners)
            _give_paths(whole, [element for element in elements if element.stack == number])
            file = f"{number}.template.json"
            (outdir / file).write_text(json.dumps(whole))
            artifacts[f"stack{number}"] = _artifact(stack, file)
        (outdir / "manifest.json").write_text(json.dumps({"version": "0", "artifacts": artifacts}))
        (outdir / "staged.assets.json").write_text(json.dumps({"files": _assets(root)}))
        app = load_assembly(outdir)
        found = AppDraft(
            app,
            foreign,
            {Address(f"{element.stack}.template.json", element.logical_id): element for element in elements},
        )
        _ = found.context.images  # reads files beside the templates, so before the directory goes
        return found


def _elements(everything: list[IConstruct], stacks: list[cdk.Stack]) -> list[Element]:
    numbers = {_ref(stack): number for number, stack in enumerate(stacks)}
    found = [each for each in everything if isinstance(each, cdk.CfnElement)]
    placed: dict[int, list[cdk.CfnElement]] = {}
    for each in found:
        placed.setdefault(numbers[_ref(each.stack)], []).append(each)
    return [
        Element(element, number, logical_id, element.node.path)
        for number, mine in placed.items()
        for element, logical_id in zip(
            mine, stacks[number].resolve([element.logical_id for element in mine]), strict=True
        )
    ]


def _ref(construct: object) -> object:
    """The identity of a construct: jsii may make a new Python object for each answer."""
    return construct.__jsii_ref__.ref  # type: ignore[attr-defined]


def _rendered(stack: cdk.Stack, outdir: Path) -> str:
    synthesizer = cdk.LegacyStackSynthesizer()
    synthesizer.bind(stack)
    synthesizer._synthesize_template(cast(cdk.ISynthesisSession, _Session(str(outdir))))
    file = outdir / stack.template_file
    text = file.read_text()
    file.unlink()
    return text


def _give_paths(body: dict[str, Any], elements: list[Element]) -> None:
    """Note each resource's construct path, which templates hold only where the CLI asks for it."""
    resources = body.get("Resources", {})
    for element in elements:
        resource = resources.get(element.logical_id)
        if resource is not None:
            resource["Metadata"] = {**resource.get("Metadata", {}), "aws:cdk:path": element.path}


def _artifact(stack: cdk.Stack, file: str) -> dict[str, Any]:
    account = "unknown-account" if cdk.Token.is_unresolved(stack.account) else stack.account
    region = "unknown-region" if cdk.Token.is_unresolved(stack.region) else stack.region
    name = stack.resolve(stack.stack_name)
    return {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{account}/{region}",
        "displayName": stack.node.path,
        "properties": {"templateFile": file, "stackName": name if isinstance(name, str) else stack.node.path},
    }


def _assets(root: IConstruct) -> dict[str, Any]:
    """Files that are staged already, such as definitions of machines and the code of functions."""
    outdir = Path(root.outdir).absolute() if isinstance(root, cdk.Stage) else None
    staged = sorted(outdir.glob("asset.*")) if outdir is not None else []
    return {
        path.name.removeprefix("asset.").partition(".")[0]: {
            "source": {"path": str(path)},
            "destinations": {"": {"objectKey": path.name.removeprefix("asset.")}},
        }
        for path in staged
    }
