"""Nothing secret is written: environments are reduced to what names a resource, known kinds of secrets are taken out.

Reduced are the environments of functions, containers, jobs and builds; literals under keys that say what they are
(passwords, tokens, user data); and, wherever they stand, texts that have the form of a credential.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Any, TypeAlias

Json: TypeAlias = Any

TAKEN_OUT = "(not written)"
_ENVIRONMENTS = frozenset(
    {"Variables", "EnvironmentVariables", "DefaultArguments", "NonOverridableArguments", "Secrets"}
)
_LISTS = frozenset({"Environment", "EnvironmentVariables"})
"""Lists of names and values."""
_TELLING = re.compile(
    r"pass(word|wd|phrase)|secret(?!(s?manager|arn|id|name))|token(?!(key|arn|type|url|validity|signing))|credential(?!(s?arn|provider))|"
    r"api.?key(?!(name|required|source|id|selection))|private.?key|access.?key|auth(orization|entication)?.?(value|header)$|"
    r"connection.?string|user.?data|basicauth|webhook.?url",
    re.IGNORECASE,
)
_FORMS = re.compile(
    r"""
    (?<![A-Z0-9])(AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}(?![A-Z0-9])
  | eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*
  | -----BEGIN[ A-Z]*PRIVATE[ ]KEY-----.*?(-----END[ A-Z]*PRIVATE[ ]KEY-----|$)
  | (?<=://)[^/\s:@"'\\$]+:[^/\s@"'\\$]+(?=@)
  | \b(Bearer|Basic)[ ]+[\w.~+/=-]{8,}
  | \b(gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abprs]-[\w-]{10,}|sk_live_\w{10,}|sk-[\w-]{20,})
  | \b(glpat-[\w-]{10,}|AIza[\w-]{30,})
  | hooks\.slack\.com/services/[\w/]+
    """,
    re.VERBOSE | re.DOTALL,
)
_INTRINSIC = re.compile(r"Ref|Fn::.+|Condition")
_IN_JSON = re.compile(
    r'(?P<key>\\*"[\w.$ -]*(?:pass(?:word|wd)|secret|token|api[_-]?key|authorization)[\w.$ -]*\\*"\s*:\s*\\*")'
    r'(?P<value>(?!\$|States\.|arn:|\{%)[^"\\]+)(?=\\*")',
    re.IGNORECASE,
)
"""A literal under such a key in a document that is text, such as the definition of a machine."""


def is_reference(text: str, names: Set[str]) -> bool:
    """Whether a value of an environment names a resource: an ARN, a queue's URL, or one of `names`."""
    arn_or_url = re.fullmatch(
        r"arn:[\w-]+:[a-z0-9-]+:[^\s]*|https://sqs\.[^\s?@]+|https?://[\w.:-]+/\d{12}/[\w.-]+", text
    )
    return text in names or (arn_or_url is not None and "secretsmanager" not in text)


def environment(values: dict[str, Json], names: Set[str]) -> dict[str, Json]:
    """Of an environment what names a resource: literals that do, and expressions that are made of nothing else."""
    return {name: value for name, value in values.items() if _names_something(value, names)}


def _names_something(value: Json, names: Set[str]) -> bool:
    if isinstance(value, str):
        return is_reference(value, names)
    if not _is_expression(value):
        return False
    function, argument = next(iter(value.items()))
    if function == "Fn::If":
        return isinstance(argument, list) and all(_names_something(each, names) for each in argument[1:])
    if function in ("Fn::Join", "Fn::Sub"):
        return all(_piece(text, names) for text in _literals(function, argument))
    return function in ("Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::Select")


def _literals(function: str, argument: Json) -> Iterator[str]:
    """What stands between the references of a text that is put together."""
    if function == "Fn::Sub":
        text = argument[0] if isinstance(argument, list) and argument else argument
        if isinstance(text, str):
            yield from re.split(r"\$\{[^}]*\}", text)
            argument = argument[1:] if isinstance(argument, list) else []
    yield from _texts(argument)


def _piece(text: str, names: Set[str]) -> bool:
    """Whether a literal can be part of an ARN or a URL: it begins with a separator, or is a name."""
    return (
        not text
        or text[0] in ":/.-"
        or is_reference(text, names)
        or text in ("arn", "arn:", "https://", "https://sqs.")
    )


def _is_expression(value: Json) -> bool:
    return isinstance(value, dict) and len(value) == 1 and _INTRINSIC.fullmatch(next(iter(value))) is not None


def _texts(value: Json) -> Iterator[str]:
    """Texts in an expression but for those that name what it refers to."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            pending.extend(
                inner for name, inner in each.items() if name not in ("Ref", "Fn::GetAtt", "Fn::ImportValue")
            )
        elif isinstance(each, list):
            pending.extend(each)


def is_telling(key: str) -> bool:
    """Whether a name says that what it names is secret."""
    return _TELLING.search(key) is not None


def reduced(value: Json, names: Set[str]) -> Json:
    """A template, or a part of one, without what may be secret."""
    return _Reducer(names).walk(value, "")


class _Reducer:
    def __init__(self, names: Set[str]) -> None:
        self.names = names

    def walk(self, value: Json, key: str) -> Json:
        """`value`, which stands under `key`."""
        telling = _TELLING.search(key) is not None
        if isinstance(value, str):
            return self._text(value, telling)
        if isinstance(value, list):
            return [self._pair(each) if key in _LISTS else self.walk(each, key) for each in value]
        if not isinstance(value, dict):
            return TAKEN_OUT if telling and value is not None and not isinstance(value, bool) else value
        if _is_expression(value):
            return self._expression(value, key, telling)
        if key in _ENVIRONMENTS:
            return environment(value, self.names)
        return {name: self.walk(each, name) for name, each in value.items()}

    def _expression(self, value: dict[str, Json], key: str, telling: bool) -> Json:
        ((function, argument),) = value.items()
        if function in ("Ref", "Fn::GetAtt", "Fn::ImportValue", "Condition"):
            return value
        if telling and not _names_something(value, self.names):
            return TAKEN_OUT
        return {function: self.walk(argument, "" if telling else key)}

    def _pair(self, entry: Json) -> Json:
        """One entry of a list of names and values."""
        if not isinstance(entry, dict) or "Value" not in entry:
            return self.walk(entry, "")
        return entry if _names_something(entry["Value"], self.names) else {**entry, "Value": TAKEN_OUT}

    def _text(self, text: str, telling: bool) -> str:
        if telling and not text.startswith(("{{resolve:", "arn:")) and text not in self.names:
            return TAKEN_OUT
        return _IN_JSON.sub(lambda found: found["key"] + TAKEN_OUT, _FORMS.sub(TAKEN_OUT, text))
