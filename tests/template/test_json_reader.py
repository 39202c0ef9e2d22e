"""JSON is read as the standard library reads it, and no repeated key is passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.template import InputError
from seawall.template.json_reader import parse_json, repeated_keys
from tests.whole import examples


class Pairs(list[tuple[str, Any]]):
    """The entries of an object, in which a key may stand more than once."""


TEXTS = st.text(st.sampled_from('ab"\\:{}[], \n\u00e9\U0001f600'), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(TEXTS, inner), max_size=3).map(Pairs),
    max_leaves=8,
)


def written(value: Any, ascii_only: bool) -> str:
    """As JSON, repeated keys among it."""
    if isinstance(value, Pairs):
        entries = (f"{written(key, ascii_only)}: {written(each, ascii_only)}" for key, each in value)
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, list):
        return f"[{','.join(written(each, ascii_only) for each in value)}]"
    return json.dumps(value, ensure_ascii=ascii_only)


@settings(deadline=None, max_examples=examples(60))
@given(VALUES, st.booleans(), st.booleans())
def test_any_document(value: Any, ascii_only: bool, by_number: bool) -> None:
    text = written(value, ascii_only)
    text = text.replace(r"\"", r"\u0022") if by_number and r"\\" not in text else text
    document, repeated = parse_json("t.json", text)
    assert document == json.loads(text)
    assert repeated == list(repeated_keys(text))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('{"a": 1, "b": 2}', []),
        ('{"a": 1, "a": 1}', ["a"]),
        (r'{"a": "{\"b\": 1, \"b\": 2}"}', []),  # the document in the text is another one
        (r'{"a": 1, "a": "\u0022\u0022"}', ["a"]),  # as many marks as in what is left
        (r'{"a": 1, "\u0061": 2}', ["a"]),
        (r'{"\"": 1, "\u0022": 2}', ['"']),
    ],
)
def test_repeated_keys_are_found(text: str, keys: list[str]) -> None:
    document, repeated = parse_json("t.json", text)
    assert document == json.loads(text)
    assert [each.key for each in repeated] == keys


@pytest.mark.parametrize("text", [r'"\ud83d"', "1" * 40, "-0.0", "1e-400", " [1 ,2]\n", r'"\/"'])
def test_what_python_reads_is_read(text: str) -> None:
    assert repr(parse_json("t.json", text)) == repr((json.loads(text), []))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[1,\n nul]", "t.json:2:2: is not JSON: Expecting value"),
        ("[1,\n NaN]", "t.json:2:2: is not JSON: NaN is no number"),
        ("1e400", "t.json: holds a number that is too long"),
        ("1" * 5000, "t.json: holds a number that is too long"),
        ("[" * 100_000, "t.json: is nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_json("t.json", text)
    assert str(refused.value) == why
