"""What of a folder is read: builds of other tools, assemblies that a synth did not finish, and what else is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.cli.main import main
from seawall.template import load

from .conftest import resource, synth, template, write

QUEUE = template({"Queue": resource("AWS::SQS::Queue")})
UPDATE = ".serverless/cloudformation-template-update-stack.json"
BUILT = ".aws-sam/build/template.yaml"
YAML = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"


def read(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The templates read, and what was left out with its reason."""
    app = load([folder])
    return list(app.templates), {Path(each.path).relative_to(folder).as_posix(): each.why for each in app.skipped}


def test_what_the_serverless_framework_deploys(tmp_path: Path) -> None:
    write(tmp_path / UPDATE, QUEUE)
    write(tmp_path / ".serverless/cloudformation-template-create-stack.json", QUEUE)
    write(tmp_path / ".serverless/serverless-state.json", {"service": {"compiledCloudFormationTemplate": QUEUE}})
    write(tmp_path / "serverless.yml", "service: shop\n")
    templates, left_out = read(tmp_path)
    assert templates == [UPDATE]
    assert left_out[".serverless/cloudformation-template-create-stack.json"].endswith("which is read instead")
    assert left_out.keys() >= {".serverless/serverless-state.json", "serverless.yml"}


def test_a_build_of_sam_is_read_where_its_source_is_not(tmp_path: Path) -> None:
    write(tmp_path / BUILT, YAML)
    write(tmp_path / ".aws-sam/build/Worker/fixture.template.json", QUEUE)
    write(tmp_path / ".aws-sam/cache/1/template.yaml", YAML)
    assert read(tmp_path) == ([BUILT], {})
    write(tmp_path / "template.yaml", YAML)
    why = "is what `sam build` made of template.yaml, which is read instead"
    assert read(tmp_path) == (["template.yaml"], {BUILT: why})
    assert read(tmp_path / ".aws-sam") == (["build/template.yaml"], {})


def test_amplify(tmp_path: Path) -> None:
    synth(tmp_path / ".amplify/artifacts/cdk.out", {"S": {"body": QUEUE}})
    write(tmp_path / "amplify/backend/queue/build/queue-template.json", QUEUE)
    write(tmp_path / "amplify/#current-cloud-backend/queue/build/queue-template.json", QUEUE)
    templates, left_out = read(tmp_path)
    assert [Path(each).name for each in templates] == ["S.template.json", "queue-template.json"]
    assert left_out == {
        "amplify/#current-cloud-backend": "is Amplify's copy of what is deployed; name it to read it",
    }


def test_an_assembly_that_was_not_finished_is_read_as_far_as_it_goes_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "cdk.out"
    write(out / "S.template.json", QUEUE)
    write(out / "S.assets.json", {"files": {}})
    write(out / "asset.1234/some.template.json", QUEUE)
    for named in (out, tmp_path):
        assert main(["check", str(named)]) == 2
        said = capsys.readouterr()
        assert "Looked at 1 template" in said.out
        assert "is part of a cloud assembly and cannot be read: holds what `cdk synth` writes" in said.err
        assert main(["check", str(named), "--skip-unreadable"]) == 0
        assert "asset.1234: is an asset of a cloud assembly" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("place", [".amplify/artifacts/cdk.out", BUILT, "template.yml", UPDATE])
def test_without_a_default_place_others_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / place, YAML)
    assert main(["check"]) == 3
    assert f"there is {place}: seawall check {place}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["stack.txt", "stack.cfn", "stack.cft", "STACK.TXT"])
def test_a_template_under_another_ending(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, QUEUE)
    write(tmp_path / "requirements.txt", "boto3\n")
    assert read(tmp_path) == ([name], {})


def test_text_that_quotes_a_template_is_none(tmp_path: Path) -> None:
    write(tmp_path / "a.json", QUEUE)
    write(tmp_path / "notes.txt", "As in\n  Type: AWS::SQS::Queue\n: what follows is [ not YAML\n")
    (left_out,) = load([tmp_path]).skipped
    assert not left_out.unreadable


def test_a_template_that_no_stack_of_the_manifest_has_is_told(tmp_path: Path) -> None:
    synth(tmp_path, {"Shop": {"body": QUEUE}})
    write(tmp_path / "Old.template.json", QUEUE)
    _, left_out = read(tmp_path)
    assert left_out["Old.template.json"].startswith("is no stack of manifest.json")
