"""Keys that stand twice: the last one counts, as in CloudFormation, and the reader is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.template import load
from seawall.template.json_reader import repeated_keys
from seawall.template.repeated import Repeated

from .conftest import only, write

JSON = """{
 "Resources": {
  "Q": {"Type": "AWS::SNS::Topic"},
  "Q": {"Type": "AWS::SQS::Queue",
   "Properties": {"DelaySeconds": 1, "D\\u0065laySeconds": 2}}
 }
}"""
YAML = """
Resources:
  Q: {Type: AWS::SNS::Topic}
  Q: {Type: AWS::SQS::Queue,
    Properties: {DelaySeconds: 1, DelaySeconds: 2}}
"""


@pytest.mark.parametrize(("name", "text"), [("t.json", JSON), ("t.yaml", YAML)])
def test_a_key_that_stands_twice(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path / name, text)
    app = load([path])
    queue = only(app).resources["Q"]
    assert (queue.type, queue.properties) == ("AWS::SQS::Queue", {"DelaySeconds": 2})
    assert sorted((each.path, each.why) for each in app.skipped) == [
        (
            str(path),
            "DelaySeconds stands twice in Resources.Q.Properties, on line 5: the last one counts, as in CloudFormation",
        ),
        (str(path), "Q stands twice in Resources, on lines 3 and 4: the last one counts, as in CloudFormation"),
    ]


def test_a_whole_section_that_stands_twice(tmp_path: Path) -> None:
    text = "Resources:\n  A: {Type: AWS::SQS::Queue}\nResources:\n  B: {Type: AWS::SQS::Queue}\n"
    app = load([write(tmp_path / "t.yaml", text)])
    assert list(only(app).resources) == ["B"]
    assert [(each.why, each.hides) for each in app.skipped] == [
        ("Resources stands twice, on lines 1 and 3: the last one counts, as in CloudFormation", "")
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "work.asl.json",
            '{"StartAt": "A", "States": {"A": {"Type": "Pass",\n"Result": 1, "Result": 2, "End": true}}}',
        ),
        ("work.asl.yaml", "{StartAt: A, States: {A: {Type: Pass,\n Result: 1, Result: 2, End: true}}}"),
    ],
)
def test_in_a_definition_it_is_not_known_which_counts(tmp_path: Path, name: str, text: str) -> None:
    app = load([write(tmp_path / name, text)])
    assert [(each.why, each.hides) for each in app.skipped] == [
        ("Result stands twice in States.A, on line 2: which of the two counts is not known", "work")
    ]


def test_what_overrides_a_merge_is_no_repetition(tmp_path: Path) -> None:
    text = "Resources:\n  A: &a {Type: AWS::SQS::Queue}\n  B: {<<: *a, Type: AWS::SNS::Topic}\n"
    assert not load([write(tmp_path / "t.yaml", text)]).skipped


def test_values_and_lists_of_equal_objects_are_no_repetition() -> None:
    assert not list(repeated_keys('{"a": "a", "b": [{"a": 1}, {"a": 1}, "a", "a"], "c": {"a": "b", "b": "c"}}'))


def test_a_key_that_stands_three_times() -> None:
    assert list(repeated_keys('{"a": 1,\n"a": 2,\n"a": 3}')) == [Repeated((), "a", 1, 2), Repeated((), "a", 2, 3)]


@pytest.mark.parametrize("name", ["t.json", "t.yaml"])
def test_there_is_an_end_to_listing_them(tmp_path: Path, name: str) -> None:
    repeated = ", ".join(['"a": 1'] * 1000)
    app = load([write(tmp_path / name, f'{{"Resources": {{}}, "Metadata": {{{repeated}}}}}')])
    assert len(app.skipped) == 101
    assert app.skipped[-1].why == ("more than 100 keys stand twice: of each, the last one counts, as in CloudFormation")


def test_a_file_that_is_no_template_has_one_reason_only(tmp_path: Path) -> None:
    write(tmp_path / "t.json", '{"Resources": {}}')
    write(tmp_path / "other.json", '{"a": 1, "a": 2}')
    assert [each.why for each in load([tmp_path]).skipped] == ["is not a CloudFormation template: it has no Resources"]


@pytest.mark.parametrize(
    ("inside", "key", "hides"),
    [
        ((), "Resources", ""),
        (("Resources",), "Q", "Q"),
        (("Resources", "Q", "Properties"), "DelaySeconds", "Q"),
        (("Parameters",), "P", ""),
        (("Mappings", "M"), "dev", ""),
        (("Outputs",), "O", None),
        (("Metadata",), "x", None),
    ],
)
def test_what_may_not_be_seen_for_what_it_is(inside: tuple[str, ...], key: str, hides: str | None) -> None:
    assert Repeated(inside, key, 1, 2).hides == hides
