"""Files that look like templates and cannot be read, and counts that AWS does not take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.cli.main import main
from seawall.template import InputError, NothingFound, load

GOOD = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {}}}}


def folder(tmp_path: Path, name: str, text: str, *, good: bool = True) -> Path:
    if good:
        (tmp_path / "good.json").write_text(json.dumps(GOOD))
    (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "unreadable"),
    [
        ("web.template.json", "{", True),
        ("template.yaml", "Resources: [", True),
        ("stack.yaml", "AWSTemplateFormatVersion: 2010-09-09\nResources: [", True),
        ("stack.yml", "Transform: AWS::Serverless-2016-10-31\nResources: {", True),
        ("stack.json", '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"', True),
        ("package.json", "{", False),
        ("notes.yaml", "a: [", False),
        ("appspec.yaml", "version: 0.0\nResources: null\n", False),
        ("empty.json", '{"Resources": null}', False),
        ("other.json", "{}", False),
        ("lower.json", '{"resources": {"Q": {"Type": "AWS::SQS::Queue"}}}', True),
        ("wrapped.json", '{"Template": {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}}', False),
        ("serverless.yml", "service: a\nprovider: {}\nresources: {Resources: {Q: {Type: AWS::SQS::Queue}}}\n", False),
    ],
)
def test_what_looks_like_a_template_is_missed(tmp_path: Path, name: str, text: str, unreadable: bool) -> None:
    app = load([folder(tmp_path, name, text)])
    assert [each.unreadable for each in app.skipped] == [unreadable]


def test_a_broken_template_alone_is_an_error_and_no_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load([folder(tmp_path, "web.template.json", "{", good=False)])


def test_nothing_that_looks_like_one(tmp_path: Path) -> None:
    with pytest.raises(NothingFound):
        load([folder(tmp_path, "package.json", "{", good=False)])


def test_the_whole_report_and_then_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(folder(tmp_path, "web.template.json", "{"))
    assert main(["check", path]) == 2
    printed = capsys.readouterr()
    assert "1 template" in printed.out
    assert "web.template.json looks like a template and cannot be read" in printed.err
    assert main(["check", "--skip-unreadable", path]) == 0


def test_a_type_in_lower_case_is_told(tmp_path: Path) -> None:
    body: dict[str, Any] = {"Resources": {"Q": {"type": "AWS::SQS::Queue"}, "R": {}}}
    app = load([folder(tmp_path, "web.json", json.dumps(body))])
    assert [each.why for each in app.skipped] == [
        "resource Q: has no Type; did you mean Type where it says type?",
        "resource R: has no Type",
    ]


def test_a_presigned_address_is_not_printed(tmp_path: Path) -> None:
    url = "https://bucket.s3.amazonaws.com/child.json?X-Amz-Signature=secret/part"
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    app = load([folder(tmp_path, "web.json", json.dumps({"Resources": {"N": nested}}))])
    (skipped,) = app.skipped
    assert "child.json" in skipped.why
    assert "secret" not in skipped.why


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("name", ["stack.json", "stack.yaml"])
def test_one_in_another_encoding_is_missed(tmp_path: Path, encoding: str, name: str) -> None:
    (tmp_path / "good.json").write_text(json.dumps(GOOD))
    (tmp_path / name).write_bytes(json.dumps(GOOD).encode(encoding))
    (left_out,) = load([tmp_path]).skipped
    assert left_out.unreadable


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"Template": {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}}', "holds one under Template: save that"),
        ('{"service": "a", "provider": {}, "resources": {}}', "`serverless package` writes into .serverless"),
        ('{"resources": {}}', "did you mean Resources where it says resources?"),
    ],
)
def test_what_nearly_is_one_is_told(tmp_path: Path, text: str, why: str) -> None:
    (left_out,) = load([folder(tmp_path, "near.json", text)]).skipped
    assert why in left_out.why
