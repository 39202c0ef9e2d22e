"""Editing JSON as text: the edit is made, and nothing else is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.remedies.json_text import added, removed, replaced, scan

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
