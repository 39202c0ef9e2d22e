"""Settings of a repository in few words, as the author of the app writes them."""

from __future__ import annotations

from seawall.graph import Place
from seawall.template import AuthorLanguage, Resource, language_of

from .context import Context


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
