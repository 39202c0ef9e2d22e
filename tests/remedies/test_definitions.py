"""Editing definitions in every form that a template has for them: the edit is made, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.remedies.definitions import MemberEdit, UneditableError, edited, in_text
from seawall.template import Json

GONE = MemberEdit("States.A.Retry", "")


def test_a_reference_stays_where_it_stands_in_text_and_as_a_number() -> None:
    one, two = {"Ref": "F"}, {"Ref": "Seconds"}
    parts = ['{"States":{"A":{"Retry":[{"MaxAttempts":', two, '}],"Resource":"', one, '","TimeoutSeconds":', two, "}}}"]
    assert edited({"Fn::Join": ["", parts]}, [GONE]) == {
        "Fn::Join": ["", ['{"States":{"A":{"Resource":"', one, '","TimeoutSeconds":', two, "}}}"]]
    }


def test_what_stands_between_the_parts_of_a_join_stays() -> None:
    """SAM joins the lines of a definition."""
    lines = ["{", '"States":{"A":{"Retry":[]}}', "}"]
    assert edited({"Fn::Join": ["\n", lines]}, [GONE]) == {"Fn::Join": ["", ['{\n"States":{"A":{}}\n}']]}


def test_a_substitution_stays() -> None:
    text = '{"States": {"A": {"TimeoutSeconds": ${Seconds}, "Retry": [], "Resource": "${F}"}}}'
    after = '{"States": {"A": {"TimeoutSeconds": ${Seconds}, "Resource": "${F}"}}}'
    assert edited(text, [GONE]) == after
    assert edited({"Fn::Sub": text}, [GONE]) == {"Fn::Sub": after}
    assert edited({"Fn::Sub": [text, {"F": 1}]}, [GONE]) == {"Fn::Sub": [after, {"F": 1}]}


def test_only_the_state_that_is_meant_is_touched() -> None:
    """An input that looks like a state is none."""
    text = '{"States":{"B":{"Parameters":{"States":{"A":{"Retry":1}}}},"A":{"Retry":[]}}}'
    assert edited(text, [GONE]) == '{"States":{"B":{"Parameters":{"States":{"A":{"Retry":1}}}},"A":{}}}'


@pytest.mark.parametrize(
    ("path", "value", "text", "after"),
    [
        ("States.Pay v1.2.Retry", "", '{"States": {"Pay v1.2": {"Retry": [], "End": true}}}', None),
        ("States.a[0].End", "false", '{"States": {"a[0]": {"End": true}}}', '{"States": {"a[0]": {"End": false}}}'),
        (
            "States.P.Branches[1].States.A.Retry[0].MaxAttempts",
            "2",
            '{"States": {"P": {"Branches": [{}, {"States": {"A": {"Retry": [{"MaxAttempts": 5}]}}}]}}}',
            '{"States": {"P": {"Branches": [{}, {"States": {"A": {"Retry": [{"MaxAttempts": 2}]}}}]}}}',
        ),
        ("States.A.Retry.0.JitterStrategy", '"FULL"', '{"States": {"A": {"Retry": [{}]}}}', None),
    ],
)
def test_names_may_hold_dots_and_brackets(path: str, value: str, text: str, after: str | None) -> None:
    expected = {
        "States.Pay v1.2.Retry": '{"States": {"Pay v1.2": {"End": true}}}',
        "States.A.Retry.0.JitterStrategy": '{"States": {"A": {"Retry": [{"JitterStrategy":"FULL"}]}}}',
    }
    assert in_text(text, MemberEdit(path, value)) == (after or expected[path])


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({"Fn::If": ["C", "{}", "{}"]}, "Fn::If"),
        ({"Fn::Join": [",", ["{}", "{}"]]}, "no JSON"),
        ("{", "no JSON"),
        ('{"States":{}}', r"States\.A\.Retry is put together by the deployment"),
    ],
)
def test_what_cannot_be_edited_says_why(raw: Any, why: str) -> None:
    with pytest.raises(UneditableError, match=why):
        edited(raw, [GONE])


SEVERAL = '{ "a": {"x": 1, "y": [1, {"z": 2}], "w": 3}, "b": {}, "c": [ {"k": 1} ,{"k": 2} ] }'
SOME = [
    "a.x",
    "a.y",
    "a.y[1].z",
    "a.w",
    "a.new",
    "a.newer",
    "b.n",
    "b",
    "c",
    "c[0].k",
    "c[1].k",
    "c[1].m",
    "a.new.deep",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SOME), st.sampled_from(["", "7", '{"q": 8}'])), min_size=1, max_size=5))
def test_several_edits_at_once_are_what_one_after_the_other_is(edits: list[tuple[str, str]]) -> None:
    made = [MemberEdit(path, value) for path, value in edits]

    def one_by_one() -> Json:
        text: Json = SEVERAL
        for edit in made:
            text = edited(text, [edit])
        return text

    def outcome(make: Callable[[], Json]) -> tuple[str, Json]:
        try:
            return "", make()
        except UneditableError as error:
            return str(error), None

    assert outcome(lambda: edited(SEVERAL, made)) == outcome(one_by_one)
