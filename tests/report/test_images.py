"""Images in the reports: verdicts as data, the course of events and the policy to paste as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from seawall.cli.main import main
from seawall.engine import report_of
from seawall.report.document import document
from seawall.report.format import Screen
from seawall.report.json_ import schema
from seawall.report.summary import Summary
from seawall.report.text import render
from seawall.template import AuthorLanguage, load
from seawall.template.language import written_in
from tests.rules.judging import body

SCENARIOS = Path(__file__).parents[1] / "scenarios"

INCIDENT = (
    """\
error[image-endangered] rule 1 of Images (any image, keep 5) deletes :v42, which Service runs, once
  5 newer images exist: 12 to 36 hours after its push, at an assumed 10 pushes a day
  --> image-keep-any.json:9  Images  LifecyclePolicy.LifecyclePolicyText
  until it is fixed: see whether ECR is about to delete :v42, and take the policy off in time
       1. see when :v42 was pushed
""",
    """\
  = Service needs the image at every task start (scale-out, lost host, health replacement); without
    it, new tasks fail (CannotPullContainerError), down to no task at all
  = every push counts, whatever its tag: 5 / 10 a day = 12 hours, and ECR acts within 24 hours (AWS
    documentation); another pace: pushes-per-day in seawall.toml
  = for example, with made-up names:
  | day 0: v42 is pushed; Service is deployed with v42
  | day 1: 5 pushes, pr-101 to pr-105
  | day 1: rule 1 deletes v42, and Service needs it
""",
)


def text(name: str, monkeypatch: pytest.MonkeyPatch, screen: Screen | None = None) -> str:
    monkeypatch.chdir(SCENARIOS)
    return render(report_of(load([f"{name}.json"])), screen or Screen())


def entries(name: str) -> list[dict[str, Any]]:
    made = document(report_of(load([SCENARIOS / f"{name}.json"])))
    jsonschema.validate(made, schema())
    found: list[dict[str, Any]] = made["images"]
    return found


def pasted(printed: str) -> dict[str, str]:
    """The property that holds a corrected policy, as it is printed on one line."""
    line = next(each for each in printed.splitlines() if '"LifecyclePolicyText": ' in each)
    found: dict[str, str] = json.loads("{" + line[line.index('"LifecyclePolicyText"') :] + "}")
    return found


def test_a_danger_reads_like_this(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = text("image-keep-any", monkeypatch)
    assert [part for part in INCIDENT if part not in printed] == []


@pytest.mark.parametrize("width", [30, 100])
def test_what_is_to_be_pasted_is_printed_word_for_word(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SCENARIOS)
    report = report_of(load(["image-keep-any.json"]))
    (finding,) = report.findings
    assert json.loads(pasted(render(report, Screen(width)))["LifecyclePolicyText"]) == json.loads(finding.paste)


def test_images_are_counted_where_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    assert text("image-stock-assets", monkeypatch).endswith(
        "2 images in use, 1 thing unknown, which may change what is said\n  of 1 of 2 places.\n"
    )
    assert "image" not in text("case-01-queue-function", monkeypatch)


def test_verbose_says_why_each_image_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = text("image-exact-tag", monkeypatch, Screen(200, verbose=True))
    assert "Service Images:release-2026-11-20: safe, claimed by rule 1" in printed


def test_a_verdict_as_data() -> None:
    (entry,) = entries("image-keep-any")
    assert entry["witness"] == [
        {"day": 0, "event": "push", "image": "v42", "tags": ["v42"]},
        {"day": 0, "event": "deploy", "image": "v42", "consumer": "image-keep-any/Service"},
        *({"day": 1, "event": "push", "image": f"pr-{n}", "tags": [f"pr-{n}"]} for n in range(101, 106)),
        {"day": 1, "event": "expired", "image": "v42", "rule_priority": 1},
    ]
    assert {key: entry[key] for key in ("consumer", "kind", "repository", "reference", "verdict", "conditions")} == {
        "consumer": "image-keep-any/Service",
        "kind": "ecs-service",
        "repository": "image-keep-any/Images",
        "reference": ":v42",
        "verdict": "endangered",
        "conditions": [],
    }
    assert entry["resource"]["property"] == "ContainerDefinitions.0.Image"
    assert entry["window"] == {"kept": 5, "running": 1, "wanted": 2}


def test_bounds_say_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [entry["bounds"] for entry in entries("image-window")] == 2 * [
        [{"rule_priority": 1, "images": 1, "day": None, "since": "push"}]
    ]


def test_an_image_of_which_nothing_is_known_is_listed_as_unknown(tmp_path: Path) -> None:
    template = json.loads((SCENARIOS / "image-keep-any.json").read_text())
    template["Parameters"] = {"Image": {"Type": "String"}}
    template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = {"Ref": "Image"}
    (tmp_path / "app.json").write_text(json.dumps(template))
    report = report_of(load([tmp_path / "app.json"]))
    made = document(report)
    jsonschema.validate(made, schema())
    (entry,) = made["images"]
    assert (entry["verdict"], entry["repository"], entry["reference"]) == ("unknown", "?", ":?")
    assert Summary.of(report).images == 1
    assert [finding.rule for finding in report.findings] == ["image-unknown"]
    assert Summary.of(report).unknown == 1


@pytest.mark.parametrize("name", [path.stem for path in SCENARIOS.glob("image-*.json")])
def test_every_scenario_keeps_to_the_schema(name: str) -> None:
    assert entries(name)


def test_the_policy_on_the_screen_pasted_into_the_template_ends_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    template = json.loads((SCENARIOS / "image-keep-any.json").read_text())
    path = tmp_path / "app.json"
    path.write_text(json.dumps(template))
    assert main(["check", "app.json"]) == 1
    edit = pasted(capsys.readouterr().out)
    template["Resources"]["Images"]["Properties"]["LifecyclePolicy"] |= edit
    path.write_text(json.dumps(template))
    assert main(["check", "app.json"]) == 0
    assert main(["check", "app.json", "--format", "json"]) == 0
    printed = capsys.readouterr().out
    made = json.loads(printed[printed.index('{\n  "schema"') :])
    assert [entry["verdict"] for entry in made["images"]] == ["bounded"]
    assert [finding["rule"] for finding in made["findings"]] == ["image-unknown"]


@pytest.mark.parametrize(
    ("language", "edit", "bare"),
    [
        (AuthorLanguage.PYTHON, "\n         lifecycle_rules=[\n", False),
        (AuthorLanguage.TYPESCRIPT, "\n         lifecycleRules: [\n", False),
        (None, '\n{"rules": [\n', True),
    ],
    ids=["Python", "TypeScript", "not known"],
)
def test_a_corrected_policy_is_written_in_the_language_of_the_app(
    tmp_path: Path, language: AuthorLanguage | None, edit: str, bare: bool
) -> None:
    template = body("image-keep-any")
    for name, resource in template["Resources"].items():
        resource["Metadata"] = {"aws:cdk:path": f"Shop/{name}/Resource"}
    path = tmp_path / "Shop.template.json"
    path.write_text(json.dumps(template))
    app = load([path])
    if language is not None:
        written_in(app, language)
    printed = render(report_of(app), Screen())
    assert edit in printed
    assert ('{"rules": [' in printed) is bare
    imports = {AuthorLanguage.PYTHON: "from aws_cdk import ", AuthorLanguage.TYPESCRIPT: "import * as ecr from "}
    assert language is None or imports[language] in printed
    assert "-v shows all" not in printed
