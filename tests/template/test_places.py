"""Lines of a template's text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seawall.template import line_of, load
from seawall.template.places import Place, places

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


def test_deep_nesting_is_no_danger() -> None:
    found = places("[" * 100_000 + "\n1")
    assert found is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_every_value_has_the_line_on_which_it_starts(document: Any) -> None:
    root = places(json.dumps(document, indent=1))
    assert root is not None
    line = 0

    def check(value: Any, place: Place) -> None:
        nonlocal line
        assert place.line >= line
        line = place.line
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for number, (key, inner) in enumerate(entries, 1):
            assert place.inside is not None
            before = line
            check(inner, place.inside[str(key)])
            assert place.inside[str(key)].line == before + 1, number
        if isinstance(value, (dict, list)) and value:
            line += 1

    check(document, root)


@given(st.text(max_size=60))
def test_any_text_at_all_is_survived(text: str) -> None:
    places(text)
