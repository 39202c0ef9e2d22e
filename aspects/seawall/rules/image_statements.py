"""What an author writes to state something of a repository, or to set its tags: in the language of the app."""

from __future__ import annotations

import json
import re

from seawall.graph import Place
from seawall.template import AuthorLanguage, Resource, language_of

from .context import Context


def statement(context: Context, place: Place, trait: str, value: tuple[str, ...] | bool = ()) -> str:
    """What states `trait` of the resource at `place`, to be pasted."""
    resource = context.app.resource(place.address)
    given = list(value) if isinstance(value, tuple) else value
    if resource is None or resource.construct_path is None:
        if _in_yaml(context, place):
            return f"Metadata: {{seawall: {{{trait}: {json.dumps(given)}}}}}"
        return f'"Metadata": {json.dumps({"seawall": {trait: given}})}'
    arguments = ", ".join(map(json.dumps, value)) if isinstance(value, tuple) else ""
    name = _variable(resource)
    python = f"from seawall import Flow; Flow.of({name}).{trait}({arguments})"
    stated = f"{{ {trait}: {json.dumps(given)} }}"
    script = f"({name}.node.defaultChild as CfnResource).addMetadata('seawall', {stated}); (CfnResource of aws-cdk-lib)"
    return _either(context, resource, python, script)


def mutability_setting(context: Context, place: Place) -> str:
    """What makes ECR refuse a tag that is pushed again."""
    resource = context.app.resource(place.address)
    if resource is None or resource.construct_path is None:
        yaml = _in_yaml(context, place)
        return "ImageTagMutability: IMMUTABLE" if yaml else '"ImageTagMutability": "IMMUTABLE"'
    high = resource.construct_path.endswith("/Resource")
    value = "ecr.TagMutability.IMMUTABLE" if high else '"IMMUTABLE"'
    return _either(context, resource, f"image_tag_mutability={value}", f"imageTagMutability: {value}")


def kept_setting(context: Context, place: Place) -> str:
    """What lets a resource outlive its stack and whatever takes its place."""
    resource = context.app.resource(place.address)
    if resource is None or resource.construct_path is None:
        if _in_yaml(context, place):
            return "DeletionPolicy: Retain and UpdateReplacePolicy: Retain beside its Type"
        return '"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain" beside its Type'
    python, script = "removal_policy=RemovalPolicy.RETAIN", "removalPolicy: RemovalPolicy.RETAIN"
    return _either(context, resource, python, script)


def _either(context: Context, resource: Resource, python: str, script: str) -> str:
    """What an author writes in the language of the app; both where it is not known."""
    language = language_of(context.app, resource)
    if language is AuthorLanguage.PYTHON:
        return python
    return script if language is AuthorLanguage.TYPESCRIPT else f"{python} in Python, {script} in TypeScript"


def _in_yaml(context: Context, place: Place) -> bool:
    return context.app.templates[place.address.template].path.endswith((".yaml", ".yml"))


def _variable(resource: Resource) -> str:
    """What an author may call the construct: its id in small letters."""
    id_ = (resource.construct_path or "").removesuffix("/Resource").rpartition("/")[2]
    return re.sub(r"\W+", "_", id_).strip("_").lower() or "repository"
