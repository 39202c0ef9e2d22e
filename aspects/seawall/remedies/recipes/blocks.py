"""A change as a block of YAML or JSON, in the words of the file that an author edits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from seawall.template import Json

_SHORT: Mapping[str, str] = {
    "Ref": "!Ref",
    "Fn::GetAtt": "!GetAtt",
    "Fn::Sub": "!Sub",
    "Fn::ImportValue": "!ImportValue",
}
_PLAIN_TEXT = re.compile(r"[A-Za-z$/](?:[\w$./ +=-]|:(?! ))*[\w$./+=-]|[A-Za-z]")
"""Texts that YAML takes for texts without quotes."""
_WORDS = ("true", "false", "null", "yes", "no", "on", "off")
_PLAIN = 80
"""Characters of a value that stands on the line of its path."""


def yaml_block(path: Sequence[str], value: Json) -> str:
    """A value at a path of a YAML file: on one line where it is short, else under what it stands in.

    >>> yaml_block(("Resources", "Orders", "Properties", "VisibilityTimeout"), 360)
    'Resources.Orders.Properties.VisibilityTimeout: 360'
    >>> print(yaml_block(("Resources", "Dead"), {"Type": "AWS::SQS::Queue", "Arn": {"Fn::GetAtt": ["A", "Arn"]}}))
    Resources:
      Dead:
        Type: AWS::SQS::Queue
        Arn: !GetAtt A.Arn
    """
    if not isinstance(value, dict) or _short(value):
        return f"{_dotted(path)}: {_scalar(value)}"
    *above, key = path
    head = f"{_dotted(above)}:\n" if above else ""
    indent = "  " if above else ""
    return head + "\n".join(f"{indent}{line}" for line in (f"{_key(key)}:", *(f"  {line}" for line in _lines(value))))


def json_block(path: Sequence[str], value: Json) -> str:
    """A value at a path of a JSON file.

    >>> json_block(("Resources", "Orders", "Properties", "VisibilityTimeout"), 360)
    'Resources.Orders.Properties: "VisibilityTimeout": 360'
    """
    *above, key = path
    text = json.dumps(value)
    if len(text) > _PLAIN:
        text = json.dumps(value, indent=2)
    inside = f"{json.dumps(key)}: {text}"
    return f"{_dotted(above)}: {inside}" if above else inside


def removal(path: Sequence[str]) -> str:
    """That something at a path goes."""
    return f"remove {_dotted(path)}"


def _dotted(path: Sequence[str]) -> str:
    return ".".join(path)


def _short(value: Json) -> str | None:
    """The short form of an intrinsic function; None for anything else."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((name, inner),) = value.items()
    if name not in _SHORT:
        return None
    if name == "Fn::GetAtt" and isinstance(inner, list):
        inner = ".".join(map(str, inner))
    return f"{_SHORT[name]} {inner}" if isinstance(inner, str) else None


def _scalar(value: Json) -> str:
    short = _short(value)
    if short is not None:
        return short
    if isinstance(value, str) and _PLAIN_TEXT.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value)


def _key(key: str) -> str:
    return key if key and not set(key) & set(":#{}[]&*!|>'\"%@`, ") else json.dumps(key)


def _lines(value: Json) -> list[str]:
    """The lines of a structure."""
    lines: list[str] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (dict, list)) and inner and _short(inner) is None:
                lines += [f"{_key(key)}:", *(f"  {line}" for line in _lines(inner))]
            else:
                lines.append(f"{_key(key)}: {_scalar(inner)}")
    elif isinstance(value, list):
        for inner in value:
            first, *rest = (
                _lines(inner) if isinstance(inner, (dict, list)) and _short(inner) is None else [_scalar(inner)]
            )
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return lines
