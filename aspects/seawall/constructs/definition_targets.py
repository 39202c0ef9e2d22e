"""What the tasks of a definition call, so that a sketch can hold it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
_HOLE = re.compile("\ue000(\\d+)\ue000")


def functions_and_queues(definition: Json) -> Mapping[str, str]:
    """The resource types of the functions and queues that a rendered definition names, by logical id.

    >>> parts = ['{"States":{"A":{"Parameters":{"FunctionName":"', {"Fn::GetAtt": ["Charge", "Arn"]}, '"}}}}']
    >>> functions_and_queues({"Fn::Join": ["", parts]})
    {'Charge': 'AWS::Lambda::Function'}
    """
    parts = definition["Fn::Join"][1] if isinstance(definition, dict) else [definition]
    text = "".join(part if isinstance(part, str) else f"\ue000{number}\ue000" for number, part in enumerate(parts))
    found: dict[str, str] = {}
    for key, value in _texts(json.loads(text)):
        hole = _HOLE.fullmatch(value) if key in _KINDS else None
        name = _named(parts[int(hole[1])]) if hole else None
        if name is not None:
            found[name] = _KINDS[key]
    return found


_KINDS = {
    "FunctionName": "AWS::Lambda::Function",
    "Resource": "AWS::Lambda::Function",
    "QueueUrl": "AWS::SQS::Queue",
}
"""By the name of a task's parameter; a `Resource` that is a reference is a function."""


def _texts(body: Json) -> Iterator[tuple[str, str]]:
    for key, value in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        if isinstance(value, str):
            yield str(key), value
        else:
            yield from _texts(value)


def _named(reference: Json) -> str | None:
    match reference:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), str()]}:
            return name
        case _:
            return None
