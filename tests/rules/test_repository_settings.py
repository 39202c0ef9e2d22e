"""Settings of a repository in few words: as the author of the app writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
    file.write_text(json.dumps(template))
    app = load([file])
    if language is not None:
        written_in(app, language)
    (name,) = app.templates
    place, about = Place(Address(name, "Images")), Context(app, report_of(app).analysis, Settings())
    return mutability_setting(about, place, moving), kept_setting(about, place)


def test_a_template_has_them_as_keys(tmp_path: Path) -> None:
    assert made(tmp_path, ".json") == (
        '"ImageTagMutability": "IMMUTABLE"',
        '"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain" beside its Type',
    )
    assert made(tmp_path, ".yaml") == (
        "ImageTagMutability: IMMUTABLE",
        "DeletionPolicy: Retain and UpdateReplacePolicy: Retain beside its Type",
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
        "removal_policy=RemovalPolicy.RETAIN",
    )
    assert made(tmp_path, ".template.json", path="Shop/Images", language=AuthorLanguage.TYPESCRIPT) == (
        'imageTagMutability: "IMMUTABLE"',
        "removalPolicy: RemovalPolicy.RETAIN",
    )


@pytest.mark.parametrize("which", [0, 1])
def test_where_the_language_is_not_known_both_are_said(which: int, tmp_path: Path) -> None:
    said = made(tmp_path, ".template.json", path="Shop/Images/Resource")[which]
    assert " in Python, " in said
    assert said.endswith(" in TypeScript")
