"""Settings of a repository in few words: as the author of the app writes them."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk
import pytest
import yaml
from aws_cdk import aws_ecr
from aws_cdk.assertions import Template

from seawall.engine import report_of
from seawall.graph import Place
from seawall.rules import Context
from seawall.rules.repository_settings import kept_setting, mutability_setting
from seawall.settings import Settings
from seawall.template import Address, AuthorLanguage, load
from seawall.template.language import written_in

from .judging import body


def made(
    directory: Path,
    suffix: str,
    *,
    path: str = "",
    language: AuthorLanguage | None = None,
    moving: tuple[str, ...] = (),
) -> tuple[str, str]:
    template = body("image-keep-any")
    if path:
        template["Resources"]["Images"]["Metadata"] = {"aws:cdk:path": path}
    file = directory / f"app{suffix}"
    file.write_text(yaml.safe_dump(template) if suffix == ".yaml" else json.dumps(template))
    app = load([file])
    if language is not None:
        written_in(app, language)
    (name,) = app.templates
    place, about = Place(Address(name, "Images")), Context(app, report_of(app).analysis, Settings())
    return mutability_setting(about, place, moving), kept_setting(about, place)


def test_a_template_has_them_as_keys(tmp_path: Path) -> None:
    assert made(tmp_path, ".json") == (
        '"ImageTagMutability": "IMMUTABLE"',
        'set "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain" beside its Type',
    )
    assert made(tmp_path, ".yaml") == (
        "ImageTagMutability: IMMUTABLE",
        "set DeletionPolicy: Retain and UpdateReplacePolicy: Retain beside its Type",
    )


def test_tags_that_move_are_left_out(tmp_path: Path) -> None:
    kind, value = "ImageTagMutabilityExclusionFilterType", "ImageTagMutabilityExclusionFilterValue"
    assert made(tmp_path, ".json", moving=("latest",))[0] == (
        '"ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "ImageTagMutabilityExclusionFilters": '
        f'[{{"{kind}": "WILDCARD", "{value}": "latest"}}]'
    )
    assert made(tmp_path, ".yaml", moving=("latest",))[0] == (
        "ImageTagMutability: IMMUTABLE_WITH_EXCLUSION and ImageTagMutabilityExclusionFilters: "
        f"[{{{kind}: WILDCARD, {value}: latest}}]"
    )
    path, language = "Shop/Images/Resource", AuthorLanguage.TYPESCRIPT
    assert made(tmp_path, ".template.json", path=path, language=language, moving=("latest",))[0] == (
        "imageTagMutability: ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: "
        '[ecr.ImageTagMutabilityExclusionFilter.wildcard("latest")]'
    )


def test_code_of_the_cdk_has_them_as_arguments(tmp_path: Path) -> None:
    path = "Shop/Images/Resource"
    assert made(tmp_path, ".template.json", path=path, language=AuthorLanguage.PYTHON) == (
        "image_tag_mutability=ecr.TagMutability.IMMUTABLE",
        "set removal_policy=RemovalPolicy.RETAIN",
    )
    assert made(tmp_path, ".template.json", path="Shop/Images", language=AuthorLanguage.TYPESCRIPT) == (
        'imageTagMutability: "IMMUTABLE"',
        "call applyRemovalPolicy(RemovalPolicy.RETAIN) on the repository",
    )


@pytest.mark.parametrize("which", [0, 1])
def test_where_the_language_is_not_known_both_are_said(which: int, tmp_path: Path) -> None:
    said = made(tmp_path, ".template.json", path="Shop/Images/Resource")[which]
    assert " in Python, " in said
    assert said.endswith(" in TypeScript")


def test_what_is_printed_for_cfn_repository_is_what_the_cdk_takes(tmp_path: Path) -> None:
    """ECR refuses IMMUTABLE_WITH_EXCLUSION without filters, and `removal_policy` is no argument there."""
    python, typescript = AuthorLanguage.PYTHON, AuthorLanguage.TYPESCRIPT
    setting, keep = made(tmp_path, ".template.json", path="Shop/Images", language=python, moving=("latest", "prod"))
    stack = aws_cdk.Stack(aws_cdk.App(), "Shop")
    names = {"ecr": aws_ecr, "stack": stack, "RemovalPolicy": aws_cdk.RemovalPolicy}
    repository = eval(f'ecr.CfnRepository(stack, "Images", {setting})', names)
    call = keep.removeprefix("call ").removesuffix(" on the repository")
    eval(f"repository.{call}", {**names, "repository": repository})
    (resource,) = Template.from_stack(stack).to_json()["Resources"].values()
    kind, value = "ImageTagMutabilityExclusionFilterType", "ImageTagMutabilityExclusionFilterValue"
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert resource["Properties"] == {
        "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "ImageTagMutabilityExclusionFilters": [
            {kind: "WILDCARD", value: "latest"},
            {kind: "WILDCARD", value: "prod"},
        ],
    }
    assert made(tmp_path, ".template.json", path="Shop/Images", language=typescript, moving=("latest",))[0] == (
        'imageTagMutability: "IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters: '
        '[{ imageTagMutabilityExclusionFilterType: "WILDCARD", imageTagMutabilityExclusionFilterValue: "latest" }]'
    )
