"""Lines of a template's text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seawall.template import line_of, load
from seawall.template.json_lines import JsonLines

from .conftest import only, write

TEXT = """{
 "Resources": {
  "Queue": {
   "Type": "AWS::SQS::Queue",
   "Properties": {
    "RedrivePolicy": { "maxReceiveCount": 5,
      "deadLetterTargetArn": "a \\" b { [ , :" },
    "Tags": [
     1,
     { "a\\u0062": 2 }
    ]
   }
  }
 }
}
"""


def test_lines(tmp_path: Path) -> None:
    template = only(load([write(tmp_path / "t.json", TEXT)]))
    properties = ["Resources", "Queue", "Properties"]
    assert line_of(template, []) == 1
    assert line_of(template, ["Resources", "Queue"]) == 3
    assert line_of(template, [*properties, "RedrivePolicy"]) == 6
    assert line_of(template, [*properties, "RedrivePolicy", "maxReceiveCount"]) == 6
    assert line_of(template, [*properties, "RedrivePolicy", "deadLetterTargetArn"]) == 7
    assert line_of(template, [*properties, "Tags", 0]) == 9
    assert line_of(template, [*properties, "Tags", "1", "ab"]) == 10


def test_what_is_not_there_has_the_line_of_what_should_hold_it(tmp_path: Path) -> None:
    template = only(load([write(tmp_path / "t.json", TEXT)]))
    assert line_of(template, ["Resources", "Queue", "Properties", "VisibilityTimeout"]) == 5
    assert line_of(template, ["Resources", "Queue", "Properties", "Tags", 7, "x"]) == 8
    assert line_of(template, ["Resources", "Queue", "Type", "x"]) == 4


def test_a_file_that_is_gone_has_no_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", TEXT)
    template = only(load([path]))
    path.unlink()
    assert line_of(template, ["Resources"]) is None


def test_lines_that_are_read_out_of_yaml(tmp_path: Path) -> None:
    template = only(load([write(tmp_path / "t.yaml", YAML)]))
    queue = ["Resources", "Queue"]
    assert line_of(template, []) == 2
    assert line_of(template, queue) == 9
    assert line_of(template, [*queue, "Type"]) == 10
    assert line_of(template, [*queue, "Properties", "VisibilityTimeout"]) == 7  # merged: where it is written
    assert line_of(template, [*queue, "Properties", "QueueName"]) == 13
    assert line_of(template, [*queue, "Properties", "RedrivePolicy", "deadLetterTargetArn", "Fn::GetAtt", 1]) == 16
    assert line_of(template, [*queue, "Properties", "Tags", 0, "Value", "x"]) == 18
    assert line_of(template, [*queue, "Properties", "Tags", "1"]) == 19
    assert line_of(template, [*queue, "Properties", "Tags", 2]) == 17


YAML = """# a comment
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Dead:
    Type: AWS::SQS::Queue
    Properties: &common
      VisibilityTimeout: 30

  Queue:
    Type: AWS::SQS::Queue
    Properties:
      <<: *common
      QueueName: !Sub >-
        ${AWS::StackName}-
        queue
      RedrivePolicy: {maxReceiveCount: 5, deadLetterTargetArn: !GetAtt Dead.Arn}
      Tags:
        - {Key: a, Value: b}
        - Key: c
          Value: d
"""


def test_a_text_that_has_changed_has_the_lines_that_are_left(tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", TEXT)
    template = only(load([path]))
    path.write_text('{\n"Resources":\n {"Queue": [1, 2')
    assert line_of(template, ["Resources", "Queue", "Properties", "Tags"]) == 3


def test_deep_nesting_is_no_danger() -> None:
    assert JsonLines("\n" + "[" * 100_000).line(["0"] * 300) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_every_value_has_the_line_on_which_it_starts(document: Any) -> None:
    lines = JsonLines(json.dumps(document, indent=1))
    expected = 1

    def check(value: Any, path: list[str | int]) -> None:
        nonlocal expected
        assert lines.line(path) == expected, path
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in entries:
            expected += 1
            check(inner, [*path, key])
        if isinstance(value, (dict, list)) and value:
            expected += 1

    check(document, [])


@given(st.text(alphabet='{}[]:,"\\ \n1a', max_size=60))
def test_any_text_at_all_is_survived(text: str) -> None:
    assert JsonLines(text).line(["0", "a", 1]) >= 1
