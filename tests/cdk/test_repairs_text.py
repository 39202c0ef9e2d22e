"""Editing JSON as text: the edit is made, and nothing else is touched. No CDK, and no jsii, is needed here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.cdk.repairs.definitions import StateEdit, UneditableError, edited
from seawall.cdk.repairs.json_text import added, removed, replaced, scan
from seawall.template import Address, Resource

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
INDENTS = st.sampled_from([None, 2])


def at(document: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        document = document[key]
    return document


@given(document=DOCUMENTS, indent=INDENTS)
def test_every_value_is_found_where_it_stands(document: Any, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    for keys, span in scan(text).items():
        assert json.loads(text[span.start : span.end]) == at(document, keys)


@given(document=st.dictionaries(st.text(), DOCUMENTS, min_size=1), indent=INDENTS, data=st.data())
def test_one_member_goes_and_the_rest_stays(document: dict[str, Any], indent: int | None, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(sorted(document)))
    text = removed(json.dumps(document, indent=indent), (gone,))
    assert json.loads(text) == {key: value for key, value in document.items() if key != gone}


@given(document=st.dictionaries(st.text(), DOCUMENTS), indent=INDENTS)
def test_one_member_comes_and_the_rest_stays(document: dict[str, Any], indent: int | None) -> None:
    document.pop("new", None)
    assert json.loads(added(json.dumps(document, indent=indent), (), '"new":1')) == {**document, "new": 1}


@given(document=st.lists(DOCUMENTS, min_size=1), indent=INDENTS)
def test_one_value_is_replaced_and_the_rest_stays(document: list[Any], indent: int | None) -> None:
    assert json.loads(replaced(json.dumps(document, indent=indent), (0,), "true")) == [True, *document[1:]]


@pytest.mark.parametrize("text", ["", "{", "[1,", '{"a"}', '{"a":1]', "{} {}", '{"a":"b', "[1 2]", "]"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON"):
        scan(text)


def machine(**properties: Any) -> Resource:
    kind = "AWS::StepFunctions::StateMachine"
    return Resource(Address("t.json", "M"), kind, properties, {}, None, None, "M")


RETRY_GONE = [StateEdit("A", ("Retry",), None)]


def definition(**changes: Any) -> Any:
    (change,) = edited(machine(**changes), RETRY_GONE, "why", "said")
    return change.new


def test_a_reference_stays_where_it_stands_in_text_and_as_a_number() -> None:
    one, two = {"Ref": "F"}, {"Ref": "Seconds"}
    parts = ['{"States":{"A":{"Retry":[{"MaxAttempts":', two, '}],"Resource":"', one, '","TimeoutSeconds":', two, "}}}"]
    assert definition(DefinitionString={"Fn::Join": ["", parts]}) == {
        "Fn::Join": ["", ['{"States":{"A":{"Resource":"', one, '","TimeoutSeconds":', two, "}}}"]]
    }


def test_a_substitution_stays() -> None:
    text = '{"States": {"A": {"TimeoutSeconds": ${Seconds}, "Retry": [], "Resource": "${F}"}}}'
    after = '{"States": {"A": {"TimeoutSeconds": ${Seconds}, "Resource": "${F}"}}}'
    assert definition(DefinitionString=text) == after
    assert definition(DefinitionString={"Fn::Sub": text}) == {"Fn::Sub": after}
    assert definition(DefinitionString={"Fn::Sub": [text, {"F": 1}]}) == {"Fn::Sub": [after, {"F": 1}]}


def test_only_a_state_is_a_state() -> None:
    """An input that looks like a state is none."""
    text = '{"States":{"B":{"Parameters":{"States":{"A":{"Retry":1}}}},"A":{"Retry":[]}}}'
    assert definition(DefinitionString=text) == '{"States":{"B":{"Parameters":{"States":{"A":{"Retry":1}}}},"A":{}}}'


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"DefinitionS3Location": {"Bucket": "b", "Key": "k"}}, "a file"),
        ({"DefinitionString": {"Fn::If": ["C", "{}", "{}"]}}, "Fn::If"),
        ({"DefinitionString": {"Fn::Join": [",", ["{}", "{}"]]}}, "Fn::Join"),
        ({"DefinitionString": "{"}, "no JSON"),
        ({"DefinitionString": '{"States":{}}'}, "state A is put together by the deployment"),
        ({"Definition": {"States": {"Fn::If": []}}}, "state A is put together by the deployment"),
        ({}, "no definition"),
    ],
)
def test_what_cannot_be_edited_says_why(properties: dict[str, Any], why: str) -> None:
    with pytest.raises(UneditableError, match=why):
        edited(machine(**properties), RETRY_GONE, "why", "said")
