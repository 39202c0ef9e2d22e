"""How to accept a finding: the line to copy, and whole lines to paste."""

from __future__ import annotations

import json

from seawall.remedies.recipes.blocks import json_block, yaml_block
from seawall.remedies.recipes.code import child
from seawall.remedies.recipes.constructs import stack_of
from seawall.remedies.recipes.overrides import lines_that_find
from seawall.remedies.recipes.snippets import Snippet, imports
from seawall.rules import Finding
from seawall.rules.choices import PREFIX
from seawall.template import App, AuthorLanguage, Json, Resource, Template, is_yaml, language_of
from seawall.template.authors import written_by_cdk
from seawall.template.language import SPOKEN, spoken

from .written_edits import IN_LOOP, Block

_ITSELF = "unmatched-acknowledgement"


def acknowledgeable(rule: str) -> bool:
    """False where removing something is the only answer."""
    return rule != _ITSELF


def cdk_line(rule: str, construct: str, language: AuthorLanguage | None = None) -> str:
    """Accepts findings of `rule` at a construct, which the reader puts in the place of ``<...>``."""
    if language is AuthorLanguage.TYPESCRIPT:
        return f"Validations.of(<{construct}>).acknowledge({{ id: '{PREFIX}{rule}', reason: '...' }})"
    return f'Validations.of(<{construct}>).acknowledge(Acknowledgment(id="{PREFIX}{rule}", reason="..."))'


def metadata_line(rule: str) -> str:
    """Accepts findings of `rule` at a resource of a plain template."""
    body = {"seawall": {"acknowledge": [{"rule": rule, "reason": "..."}]}}
    return f'"Metadata": {json.dumps(body)}'


def how_to_acknowledge(app: App, finding: Finding) -> str:
    """The line that accepts `finding`; empty where it cannot be accepted."""
    if not acknowledgeable(finding.rule):
        return ""
    resource = app.resource(finding.place.address)
    if resource is not None and resource.construct_path is not None:
        construct = resource.construct_path.removesuffix("/Resource")
        return cdk_line(finding.rule, construct, language_of(app, resource))
    made = resource.made_from or resource.logical_id if resource else ""  # SAM makes others that no template has
    logical_id = made or finding.place.address.logical_id
    return f"at {logical_id}: {metadata_line(finding.rule)}"


def acknowledging(app: App, finding: Finding) -> tuple[Block, ...]:
    """Lines that accept a finding, which can be pasted; in Python and in TypeScript where nobody knows which one its
    author writes.
    """
    resource = app.resource(finding.place.address)
    template = app.templates.get(finding.place.address.template)
    if resource is None or template is None or not acknowledgeable(finding.rule):
        return ()
    if resource.construct_path is None and not written_by_cdk(template):
        return (_in_metadata(template, resource, finding.rule),)
    language = spoken(app, resource)
    languages = SPOKEN if language is None else (language,)
    shown = [_in_code(app, resource, finding.rule, finding.site, each) for each in languages]
    texts = [each.text for each in shown]
    if len(texts) == 1:
        return (Block("", texts[0], note=_END),)
    by_id = resource.construct_path is None
    texts[1] = next(line.strip() for line in shown[1].lines if _STATES in line)  # the first language has it in full
    notes = (_END, IN_LOOP if by_id else "")
    return tuple(Block("", *each) for each in zip(texts, map(str, languages), notes, strict=True))


_END = "at the end of the stack's constructor (aws-cdk-lib 2.275 or later)"
"""The oldest version that this was tried with."""
_WHY, _STATES = "...", ".acknowledge("


def _in_metadata(template: Template, resource: Resource, rule: str) -> Block:
    """At the resource that its author wrote."""
    name = resource.made_from or resource.logical_id
    path = ("Resources", name, "Metadata", "seawall", "acknowledge")
    value: Json = [{"rule": rule, "reason": _WHY}]
    write = yaml_block if is_yaml(template) else json_block
    return Block("", write([(path, value)]), note="merge into what is there")


def _in_code(app: App, resource: Resource, rule: str, site: str, language: AuthorLanguage) -> Snippet:
    """By the construct's path in its stack, else by the logical id of what it makes."""
    python = language is AuthorLanguage.PYTHON
    names = [("", "Validations"), *([("", "Acknowledgment")] if python else [])]
    stated = f'Acknowledgment(id="{PREFIX}{rule}", reason="{_WHY}")'
    if not python:
        stated = f"{{ id: '{PREFIX}{rule}', reason: '{_WHY}' }}"
    if resource.construct_path is None:
        names.append(("", "CfnResource"))
        found, depth, closing = lines_that_find(resource.logical_id, language)
        lines = [*found, *_accepted("each", stated, python, depth), *closing]
    else:
        lines = _accepted(_found_by_path(app, resource, site, language), stated, python, "")
    return Snippet(language, tuple(imports(names, language)), tuple(lines))


def _accepted(construct: str, stated: str, python: bool, indent: str) -> list[str]:
    if python:
        return [f"{indent}{each}" for each in (f"Validations.of({construct}).acknowledge(", f"    {stated}", ")")]
    return [f"{indent}Validations.of({construct}).acknowledge({stated});"]


def _found_by_path(app: App, resource: Resource, site: str, language: AuthorLanguage) -> str:
    """The construct of a resource, or the one around it that a finding is about, as code in its stack finds it."""
    construct = (resource.construct_path or "").removesuffix("/Resource")
    construct = site if construct.startswith(f"{site}/") else construct
    steps = construct.removeprefix(f"{stack_of(app, resource)}/").split("/")
    return child(steps, language)
