"""`seawall diff`: exit codes, formats, and what is wrong usage. What is compared is tested in tests/report/diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.cli import main
from tests.report.pipelines import pipeline, write

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def versions(directory: Path) -> None:
    write(directory / "old.json", pipeline(5))
    write(directory / "new.json", pipeline(10))
    write(directory / "few.json", pipeline(5, None))
    write(directory / "more.json", pipeline(7, None))
    for side, receives in (("base", 5), ("head", 10)):
        write(directory / side / "app.json", pipeline(receives))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["old.json", "new.json"], 1),
        (["old.json", "old.json"], 0),
        (["new.json", "old.json"], 0),
        (["base", "head"], 1),
        (["old.json", "new.json", "--fail-on", "never"], 0),
        (["few.json", "more.json", "--fail-on", "error"], 0),
        (["few.json", "more.json", "--max-increase", "2"], 0),
        (["few.json", "more.json", "--max-increase", "1"], 1),
        (["few.json", "more.json", "--max-attempts", "6"], 1),
        (["old.json", "gone.json"], 2),
        (["old.json"], 2),
        (["old.json", "new.json", "--max-increase", "-1"], 2),
        (["old.json", "new.json", "--format", "sarif"], 2),
        (["old.json", "empty"], 3),
    ],
)
def test_the_exit_code_says_what_came_of_it(directory: Path, arguments: list[str], code: int) -> None:
    (directory / "empty").mkdir()
    assert main(["diff", *arguments]) == code


def test_several_formats_at_once(capsys: Capture) -> None:
    assert main(["diff", "base", "head", "--output", "-", "--output", "diff.md", "--output", "diff.json"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("fails: 3 sites worse, ")
    assert printed.err.endswith("; comparison in diff.md, diff.json\n")
    assert Path("diff.md").read_text().startswith("## Seawall fails: ")
    assert json.loads(Path("diff.json").read_text())["schema"] == "seawall.diff/1"


def test_the_same_input_gives_the_same_bytes() -> None:
    for name in ("one.json", "two.json"):
        main(["diff", "base", "head", "--output", name])
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()


def test_what_ran_before_is_what_a_rollback_goes_back_to(directory: Path, capsys: Capture) -> None:
    """Alone, the new version has nothing to say of the release before, whose family another rule takes."""

    def app(tag: str) -> str:
        selection = {"tagStatus": "tagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
        rule = {
            "rulePriority": 1,
            "selection": {**selection, "tagPrefixList": ["release-"]},
            "action": {"type": "expire"},
        }
        images = {
            "LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [rule]})},
            "ImageTagMutability": "IMMUTABLE",
        }
        code = {"PackageType": "Image", "Code": {"ImageUri": {"Fn::Sub": f"${{Images.RepositoryUri}}:{tag}"}}}
        resources = {
            "Images": {
                "Type": "AWS::ECR::Repository",
                "Metadata": {"seawall": {"also_tagged": []}},
                "Properties": images,
            },
            "Work": {"Type": "AWS::Lambda::Function", "Properties": code},
        }
        return json.dumps({"Resources": resources})

    (directory / "one.json").write_text(app("release-7"))
    (directory / "two.json").write_text(app("v42"))
    main(["check", "two.json", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["findings"] == []
    main(["diff", "one.json", "two.json", "--format", "json"])
    text = json.dumps(json.loads(capsys.readouterr().out)["findings"])
    assert "the image before :v42 (:release-7), which a rollback needs for 60 days" in text
