"""Settings of a repository in few words, as the author of the app writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from seawall.graph import Place
from seawall.template import AuthorLanguage, Resource, is_yaml, language_of

from .context import Context

_FILTER = "ImageTagMutabilityExclusionFilter"


def mutability_setting(context: Context, place: Place, moving: Sequence[str] = ()) -> str:
    """What makes ECR refuse a tag that is pushed again, but for those that are meant to move.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html, read 2026-11-22
    """
    resource = context.app.resource(place.address)
    mode = "IMMUTABLE_WITH_EXCLUSION" if moving else "IMMUTABLE"
    if resource is None or resource.construct_path is None:
        filters = [{f"{_FILTER}Type": "WILDCARD", f"{_FILTER}Value": tag} for tag in moving]
        if _in_yaml(context, place):
            given = ", ".join(f"{{{', '.join(f'{key}: {value}' for key, value in each.items())}}}" for each in filters)
            return f"ImageTagMutability: {mode}" + (f" and {_FILTER}s: [{given}]" if filters else "")
        return f'"ImageTagMutability": "{mode}"' + (f', "{_FILTER}s": {json.dumps(filters)}' if filters else "")
    high = _high(resource.construct_path)
    value = f"ecr.TagMutability.{mode}" if high else f'"{mode}"'
    python, script = f"image_tag_mutability={value}", f"imageTagMutability: {value}"
    if moving and not high:
        python += f", image_tag_mutability_exclusion_filters=[{', '.join(map(_python_filter, moving))}]"
        script += f", imageTagMutabilityExclusionFilters: [{', '.join(map(_script_filter, moving))}]"
    elif moving:
        given = ", ".join(f"ecr.ImageTagMutabilityExclusionFilter.wildcard({json.dumps(tag)})" for tag in moving)
        python += f", image_tag_mutability_exclusion_filters=[{given}]"
        script += f", imageTagMutabilityExclusionFilters: [{given}]"
    return _either(context, resource, python, script)


def _high(path: str) -> bool:
    """Whether `ecr.Repository` made the resource, not `ecr.CfnRepository`."""
    return path.endswith("/Resource")


def _python_filter(tag: str) -> str:
    """One of `ecr.CfnRepository`, which names it by its kind and value."""
    key = "image_tag_mutability_exclusion_filter"
    arguments = f'{key}_type="WILDCARD", {key}_value={json.dumps(tag)}'
    return f"ecr.CfnRepository.{_FILTER}Property({arguments})"


def _script_filter(tag: str) -> str:
    key = "imageTagMutabilityExclusionFilter"
    return f'{{ {key}Type: "WILDCARD", {key}Value: {json.dumps(tag)} }}'


def kept_setting(context: Context, place: Place) -> str:
    """What to do so that a resource outlives its stack and whatever takes its place."""
    resource = context.app.resource(place.address)
    if resource is None or resource.construct_path is None:
        if _in_yaml(context, place):
            return "set DeletionPolicy: Retain and UpdateReplacePolicy: Retain beside its Type"
        return 'set "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain" beside its Type'
    if _high(resource.construct_path):
        python, script = "removal_policy=RemovalPolicy.RETAIN", "removalPolicy: RemovalPolicy.RETAIN"
        return f"set {_either(context, resource, python, script)}"
    python, script = "apply_removal_policy(RemovalPolicy.RETAIN)", "applyRemovalPolicy(RemovalPolicy.RETAIN)"
    return f"call {_either(context, resource, python, script)} on the repository"


def delete_setting(context: Context, place: Place, *, by_resource: bool, in_template: str) -> str:
    """What empties a repository that goes, as its author wrote it; `by_resource`: a custom resource of the CDK does.

    Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecr.Repository.html, read 2026-11-30
    """
    resource = context.app.resource(place.address)
    if resource is None or resource.construct_path is None:
        return in_template
    if by_resource:
        return _either(context, resource, "auto_delete_images", "autoDeleteImages")
    return _either(context, resource, "empty_on_delete", "emptyOnDelete")


def _either(context: Context, resource: Resource, python: str, script: str) -> str:
    """What an author writes in the language of the app; both where it is not known."""
    language = language_of(context.app, resource)
    if language is AuthorLanguage.PYTHON:
        return python
    return script if language is AuthorLanguage.TYPESCRIPT else f"{python} in Python, {script} in TypeScript"


def _in_yaml(context: Context, place: Place) -> bool:
    return is_yaml(context.app.templates[place.address.template])
