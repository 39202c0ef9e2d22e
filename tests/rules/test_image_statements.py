"""Statements of a repository, and what makes its tags immutable: as the author of the app writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.engine import report_of
from seawall.graph import Place
from seawall.rules import Context
from seawall.rules.image_statements import kept_setting, mutability_setting, statement
from seawall.settings import Settings
from seawall.template import Address, App, AuthorLanguage, load
from seawall.template.language import written_in

from .judging import body


def context(app: App) -> Context:
    return Context(app, report_of(app).analysis, Settings())


def made(directory: Path, suffix: str, *, path: str = "", language: AuthorLanguage | None = None) -> list[str]:
    template = body("image-keep-any")
    if path:
        template["Resources"]["Images"]["Metadata"] = {"aws:cdk:path": path}
    file = directory / f"app{suffix}"
    file.write_text(json.dumps(template))
    app = load([file])
    if language is not None:
        written_in(app, language)
    (name,) = app.templates
    place = Place(Address(name, "Images"))
    about = context(app)
    return [
        statement(about, place, "moving_tags"),
        statement(about, place, "build_tags", ("v*", "sha-*")),
        statement(about, place, "pulled_daily", True),
        mutability_setting(about, place),
        kept_setting(about, place),
    ]


def test_a_template_takes_them_in_its_metadata(tmp_path: Path) -> None:
    assert made(tmp_path, ".json") == [
        '"Metadata": {"seawall": {"moving_tags": []}}',
        '"Metadata": {"seawall": {"build_tags": ["v*", "sha-*"]}}',
        '"Metadata": {"seawall": {"pulled_daily": true}}',
        '"ImageTagMutability": "IMMUTABLE"',
        '"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain" beside its Type',
    ]
    assert made(tmp_path, ".yaml") == [
        "Metadata: {seawall: {moving_tags: []}}",
        'Metadata: {seawall: {build_tags: ["v*", "sha-*"]}}',
        "Metadata: {seawall: {pulled_daily: true}}",
        "ImageTagMutability: IMMUTABLE",
        "DeletionPolicy: Retain and UpdateReplacePolicy: Retain beside its Type",
    ]


def test_code_of_the_cdk_states_them_of_the_construct(tmp_path: Path) -> None:
    assert made(tmp_path, ".template.json", path="Shop/Web Images/Resource", language=AuthorLanguage.PYTHON) == [
        "from seawall import Flow; Flow.of(web_images).moving_tags()",
        'from seawall import Flow; Flow.of(web_images).build_tags("v*", "sha-*")',
        "from seawall import Flow; Flow.of(web_images).pulled_daily()",
        "image_tag_mutability=ecr.TagMutability.IMMUTABLE",
        "removal_policy=RemovalPolicy.RETAIN",
    ]
    script = made(tmp_path, ".template.json", path="Shop/Images", language=AuthorLanguage.TYPESCRIPT)
    assert script[0] == (
        "(images.node.defaultChild as CfnResource).addMetadata('seawall', { moving_tags: [] }); (CfnResource of "
        "aws-cdk-lib)"
    )
    assert script[-2:] == ['imageTagMutability: "IMMUTABLE"', "removalPolicy: RemovalPolicy.RETAIN"]


@pytest.mark.parametrize("line", [0, 3])
def test_where_the_language_is_not_known_both_are_said(line: int, tmp_path: Path) -> None:
    said = made(tmp_path, ".template.json", path="Shop/Images/Resource")[line]
    assert " in Python, " in said
    assert said.endswith(" in TypeScript")
