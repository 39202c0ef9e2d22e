"""The recipes for other CI systems: their form, and that their commands write the reports that they publish."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import yaml
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import pipelines

from .runner import ROOT
from .snippets import configured, snippets

STACKED = ROOT / "tests" / "scenarios" / "case-04-pipe-to-express.json"


def checked(commands: Iterable[str], folder: Path, **environment: str) -> int:
    """Run those of the commands that are ours, on an app in `folder`, and say how the last one ended."""
    (folder / "cdk.out").mkdir()
    shutil.copy(STACKED, folder / "cdk.out" / "Shop.template.json")
    venv = "$HOME/seawall-venv/bin/"
    ours = [command.removeprefix(venv) for command in commands]
    ours = [command for command in ours if command.startswith("seawall ")]
    assert ours
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in ours:
        code = subprocess.run(
            ["sh", "-c", command], cwd=folder, env={**os.environ, **environment, "PATH": path}, check=False
        ).returncode
    return code


def schema(file: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"),
            *("--data-transform", "gitlab-ci", str(file)),
        ],
        check=True,
    )


def test_gitlab(tmp_path: Path) -> None:
    ours: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text())
    theirs = configured("GitLab")
    schema(ROOT / "ci" / "gitlab.yml")
    (tmp_path / "theirs.yml").write_text(yaml.safe_dump(theirs))
    schema(tmp_path / "theirs.yml")
    assert set(theirs) >= {"include", "synth"}
    assert set(theirs["seawall"]["variables"]) <= set(ours[".seawall"]["variables"])

    job = ours[".seawall"] | ours["seawall"]
    variables = job["variables"] | theirs["seawall"]["variables"] | {"SEAWALL_ARGUMENTS": "--ignore handoff-gap"}
    assert checked(job["script"], tmp_path, **variables) == 1
    artifacts = job["artifacts"]
    for file in (*artifacts["paths"], *artifacts["reports"].values()):
        assert (tmp_path / file).stat().st_size > 100
    assert [one["check_name"] for one in json.loads((tmp_path / artifacts["reports"]["codequality"]).read_text())] == [
        "stacked-retries"
    ]


def test_codebuild(tmp_path: Path) -> None:
    spec = yaml.safe_load((ROOT / "ci" / "buildspec.yml").read_text())
    assert (spec["version"], set(spec)) == (0.2, {"version", "phases", "reports", "artifacts"})
    assert checked(spec["phases"]["post_build"]["commands"], tmp_path) == 1
    for file in (*spec["reports"]["seawall"]["files"], *spec["artifacts"]["files"]):
        assert (tmp_path / file).stat().st_size > 100


def test_the_page_shows_the_files_that_are_there() -> None:
    shown = [line for block in snippets("ci.md", "The files", "yaml") for line in block.splitlines()]
    assert shown == ['--8<-- "ci/gitlab.yml"', '--8<-- "ci/buildspec.yml"']


def test_cdk_pipelines(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "own.out"), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Delivery")
    repository = codecommit.Repository(stack, "Repository", repository_name="shop")
    names = {
        "codebuild": codebuild,
        "pipelines": pipelines,
        "self": stack,
        "source": pipelines.CodePipelineSource.code_commit(repository, "main"),
    }
    (snippet,) = snippets("ci.md", "CDK Pipelines", "python")
    exec(snippet, names)
    app.synth()
    template = json.loads((tmp_path / "own.out" / "Delivery.template.json").read_text())
    specs = [
        json.loads(found["Properties"]["Source"]["BuildSpec"])
        for found in template["Resources"].values()
        if found["Type"] == "AWS::CodeBuild::Project" and "seawall check" in str(found["Properties"]["Source"])
    ]
    (spec,) = specs
    assert shlex.split(spec["phases"]["build"]["commands"][0])[:2] == ["cdk", "synth"]
    assert checked(spec["phases"]["build"]["commands"], tmp_path) == 1
    for file in spec["reports"]["seawall"]["files"]:
        assert (tmp_path / file).stat().st_size > 100
