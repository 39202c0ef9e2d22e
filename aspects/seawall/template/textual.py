"""JSON documents that a template puts together as text, such as a redrive policy in `Fn::Sub` or a request in
`Fn::Join`: read as the documents they become, with every intrinsic kept where its value goes.
"""

from __future__ import annotations

import json

from .asl import quoted
from .scope import is_intrinsic
from .values import Json


def document(raw: Json) -> Json | None:
    """The object or list that the text of an intrinsic holds; None if it holds none.

    >>> document({"Fn::Sub": '{"deadLetterTargetArn": "${Dead.Arn}", "maxReceiveCount": 4}'})
    {'deadLetterTargetArn': {'Fn::Sub': ['${Dead.Arn}', {}]}, 'maxReceiveCount': 4}
    """
    if not is_intrinsic(raw):
        return None
    argument = raw.get("Fn::ToJsonString")
    if isinstance(argument, (dict, list)) and not is_intrinsic(argument):
        return argument
    text, variables = _substituted(raw)
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return _filled(_loaded(text), variables)
    except (ValueError, RecursionError):
        return None


def _substituted(raw: dict[str, Json]) -> tuple[str, dict[str, Json]]:
    """The argument of the `Fn::Sub` that says the same: its text and its variables."""
    argument, joined = raw.get("Fn::Sub"), raw.get("Fn::Join")
    if isinstance(argument, str):
        return argument, {}
    if isinstance(argument, list) and len(argument) == 2:
        text, variables = argument
        if isinstance(text, str) and isinstance(variables, dict):
            return text, variables
    if isinstance(joined, list) and len(joined) == 2 and isinstance(joined[0], str) and isinstance(joined[1], list):
        variables = {str(index): part for index, part in enumerate(joined[1]) if not isinstance(part, str)}
        parts = (
            part.replace("${", "${!") if isinstance(part, str) else f"${{{index}}}"
            for index, part in enumerate(joined[1])
        )
        return joined[0].join(parts), variables
    return "", {}


def _loaded(text: str) -> Json:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return json.loads(quoted(text))  # a number may be put in where no quotes stand


def _filled(part: Json, variables: dict[str, Json]) -> Json:
    if isinstance(part, str):
        return {"Fn::Sub": [part, variables]} if "${" in part else part
    if isinstance(part, dict):
        return {key: _filled(entry, variables) for key, entry in part.items()}
    return [_filled(entry, variables) for entry in part] if isinstance(part, list) else part
