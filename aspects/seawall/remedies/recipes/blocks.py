"""Changes as a block of YAML or JSON, in the words of the file that an author edits: all of one file in one block, each
below the keys that it stands in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seawall.template import Json

from .layout import WIDTH

_SHORT: Mapping[str, str] = {
    "Ref": "!Ref",
    "Fn::GetAtt": "!GetAtt",
    "Fn::Sub": "!Sub",
    "Fn::ImportValue": "!ImportValue",
}
_PLAIN_TEXT = re.compile(r"[A-Za-z$/](?:[\w$./ +=-]|:(?! ))*[\w$./+=-]|[A-Za-z]")
"""Texts that YAML takes for texts without quotes."""
_WORDS = ("true", "false", "null", "yes", "no", "on", "off")


class _Parent(dict[str, Any]):
    """What stands there already, and leads to a change."""


class _Items(_Parent):
    """A list, of which the other items stay; its keys are positions."""


def yaml_block(changes: Iterable[tuple[Sequence[str], Json]]) -> str:
    """Values at their paths of a YAML file.

    >>> dead = {"Type": "AWS::SQS::Queue", "Arn": {"Fn::GetAtt": ["A", "Arn"]}}
    >>> hidden = ("Resources", "Orders", "Properties", "VisibilityTimeout")
    >>> print(yaml_block([(hidden, 360), (("Resources", "Dead"), dead)]))
    Resources:
      Orders:
        Properties:
          VisibilityTimeout: 360
      Dead:
        Type: AWS::SQS::Queue
        Arn: !GetAtt A.Arn
    """
    return "\n".join(_lines(_tree(changes)))


def json_block(changes: Iterable[tuple[Sequence[str], Json]]) -> str:
    """Values at their paths of a JSON file.

    >>> print(json_block([(("Resources", "Orders", "Properties", "VisibilityTimeout"), 360)]))
    "Resources": {
      "Orders": {
        "Properties": {
          "VisibilityTimeout": 360
        }
      }
    }
    """
    members = _tree(changes).items()
    return ",\n".join("\n".join(_member(key, value, 0)) for key, value in members)


def removal(path: Sequence[str]) -> str:
    """That something at a path goes.

    >>> removal(("Resources", "Role", "Properties", "Policies", "0"))
    'remove Resources.Role.Properties.Policies[0]'
    """
    return f"remove {''.join(f'[{step}]' if step.isdecimal() else f'.{step}' for step in path).removeprefix('.')}"


def _tree(changes: Iterable[tuple[Sequence[str], Json]]) -> _Parent:
    root = _Parent()
    for path, value in changes:
        node: dict[str, Any] = root
        for number, key in enumerate(path[:-1]):
            node = node.setdefault(key, _Items() if path[number + 1].isdecimal() else _Parent())
        node[path[-1]] = value
    return root


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
    """The lines of a structure in YAML."""
    lines: list[str] = []
    if isinstance(value, _Items):
        for key, inner in value.items():
            first, *rest = _lines(inner) if isinstance(inner, dict) and _short(inner) is None else [_scalar(inner)]
            lines += [f"- {first}   # number {int(key) + 1}", *(f"  {line}" for line in rest)]
    elif isinstance(value, dict):
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


def _member(key: str, value: Json, indent: int) -> list[str]:
    """A member of an object in JSON; on one line where it is short, unless it only leads to others."""
    space = " " * indent
    first, *rest = _json(value, indent, len(key) + 4)
    return [f"{space}{json.dumps(key)}: {first}", *rest]


def _json(value: Json, indent: int, before: int = 0) -> list[str]:
    """The lines of a value, the first one without its indentation; `before`: characters that stand before it."""
    flat = json.dumps(value)
    short = indent + before + len(flat) <= WIDTH and not isinstance(value, _Parent)
    if not isinstance(value, (dict, list)) or not value or short:
        return [flat]
    if isinstance(value, dict) and not isinstance(value, _Items):
        inner, opening, closing = [_member(key, each, indent + 2) for key, each in value.items()], "{", "}"
    else:
        items = list(value.values()) if isinstance(value, dict) else value
        inner, opening, closing = [_element(each, indent + 2) for each in items], "[", "]"
    lines = [line for block in inner[:-1] for line in (*block[:-1], f"{block[-1]},")]
    return [opening, *lines, *inner[-1], f"{' ' * indent}{closing}"]


def _element(value: Json, indent: int) -> list[str]:
    first, *rest = _json(value, indent)
    return [f"{' ' * indent}{first}", *rest]
