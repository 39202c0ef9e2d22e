"""A line of CDK code as a value, written in Python or in TypeScript."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from seawall.template import Json
from seawall.template.language import AuthorLanguage

_DAY = 86_400
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PYTHON_MODULES: Mapping[str, str] = {"lambda": "lambda_"}


class Identifier(Struct, frozen=True):
    """Something that the author's code has a name for: in camel case, as TypeScript has it."""

    text: str


class Seconds(Struct, frozen=True):
    """A length of time."""

    number: int


class Literal(Struct, frozen=True):
    """A number, a text, true or false, or a structure of these, as JSON."""

    json: str


class Member(Struct, frozen=True):
    """A constant of a class, such as ``sfn.JitterType.FULL``."""

    module: str
    owner: str
    name: str


class Call(Struct, frozen=True):
    """An object that is made, or a method that is called; with `rest` the author's other arguments stay."""

    name: str
    """``sqs.Queue``; of a method ``.addRetry``."""
    given: tuple[Code, ...] = ()
    named: tuple[tuple[str, Code], ...] = ()
    rest: bool = False
    makes: bool = True


class Options(Struct, frozen=True):
    """Named values that a class of the CDK takes together: a class in Python, a plain object in TypeScript."""

    name: str
    named: tuple[tuple[str, Code], ...]
    rest: bool = False


class Structure(Struct, frozen=True):
    """An object of the template's own names."""

    entries: tuple[tuple[str, Code], ...]


class RawOverride(Struct, frozen=True):
    """A property of a resource that is set from its stack, wherever its construct stands in there."""

    stack: str
    """Id of the stack, at the end of whose constructor the line belongs."""
    ids: tuple[str, ...]
    property: str
    value: Code | None
    """None: the property goes."""


class Assignment(Struct, frozen=True):
    """An object that gets a name."""

    name: str
    code: Code


Code: TypeAlias = "Identifier | Seconds | Literal | Member | Call | Options | Structure | RawOverride | Assignment"


class CodeLine(Struct, frozen=True):
    """A line of an author's code that is to change, or to go."""

    code: Code
    removes: bool = False
    of: str = ""
    """Id of the construct whose method it is."""


HERE = Identifier("this")
"""The construct in which another one is made."""


def literal(value: Json) -> Literal:
    """A value as it stands in a template."""
    return Literal(json.dumps(value))


def written(code: Code, language: AuthorLanguage) -> str:
    """The line in a language.

    >>> queue = Call("sqs.Queue", (HERE, literal("Orders")), (("visibilityTimeout", Seconds(360)),), rest=True)
    >>> written(queue, AuthorLanguage.PYTHON)
    'sqs.Queue(self, "Orders", ..., visibility_timeout=Duration.seconds(360))'
    >>> written(queue, AuthorLanguage.TYPESCRIPT)
    "new sqs.Queue(this, 'Orders', { ..., visibilityTimeout: Duration.seconds(360) })"
    """
    return _python(code) if language is AuthorLanguage.PYTHON else _typescript(code)


def snake(name: str) -> str:
    """A name in camel case as Python has it.

    >>> snake("reportBatchItemFailures"), snake("maxReceiveCount"), snake("enforceSSL")
    ('report_batch_item_failures', 'max_receive_count', 'enforce_ssl')
    """
    return _HUMP.sub("_", name).lower()


def camel(property_: str) -> str:
    """A property of a template as the CDK's own class for the resource calls it.

    >>> camel("VisibilityTimeout"), camel("KMSKeyArn"), camel("maxReceiveCount")
    ('visibilityTimeout', 'kmsKeyArn', 'maxReceiveCount')
    """
    return re.sub(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]", lambda found: found[0].lower(), property_)


def _python(code: Code) -> str:
    match code:
        case Identifier("this"):
            return "self"
        case Identifier(text):
            return snake(text)
        case Seconds(number):
            return f"Duration.{_time(number)}"
        case Literal(text):
            return _python_literal(json.loads(text))
        case Member(module, owner, name):
            return f"{_PYTHON_MODULES.get(module, snake(module))}.{owner}.{name}"
        case Call() | Options():
            named = [f"{snake(key)}={_python(value)}" for key, value in code.named]
            given = [*(map(_python, code.given) if isinstance(code, Call) else ()), *_and_rest(code, named)]
            return f"{_python_name(code)}({', '.join(given)})"
        case Assignment(name, inner):
            return f"{snake(name)} = {_python(inner)}"
        case RawOverride(_, ids, property_, value):
            found = "".join(f".node.find_child({json.dumps(each)})" for each in ids)
            what = json.dumps(property_) + (f", {_python(value)}" if value is not None else "")
            return f"self{found}.add_property_{'deletion_' if value is None else ''}override({what})"
        case Structure(entries):
            return "{" + ", ".join(f"{json.dumps(key)}: {_python(value)}" for key, value in entries) + "}"


def _python_name(code: Call | Options) -> str:
    module, dot, name = code.name.rpartition(".")
    makes = isinstance(code, Options) or code.makes
    return f"{_PYTHON_MODULES.get(module, snake(module))}{dot}{name if makes else snake(name)}"


def _python_literal(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_python_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_python_literal, value))}]"
    constants = {"true": "True", "false": "False", "null": "None"}
    text = json.dumps(value, ensure_ascii=False)
    return constants.get(text, text)


def _typescript(code: Code) -> str:
    match code:
        case Identifier(text):
            return text
        case Seconds(number):
            return f"Duration.{_time(number)}"
        case Literal(text):
            return _typescript_literal(json.loads(text))
        case Member(module, owner, name):
            return f"{module}.{owner}.{name}"
        case Options():
            return _object(code)
        case Assignment(name, inner):
            return f"const {name} = {_typescript(inner)}"
        case RawOverride(_, ids, property_, value):
            found = "".join(f".node.findChild({_typescript_literal(each)})" for each in ids)
            what = _typescript_literal(property_) + (f", {_typescript(value)}" if value is not None else "")
            deletes = "Deletion" if value is None else ""
            return f"(this{found} as CfnResource).addProperty{deletes}Override({what})"
        case Structure(entries):
            return f"{{ {', '.join(f'{_key(key)}: {_typescript(value)}' for key, value in entries)} }}"
        case Call():
            options = [_object(code)] if code.named or code.rest else []
            return f"{'new ' if code.makes else ''}{code.name}({', '.join([*map(_typescript, code.given), *options])})"


def _typescript_literal(value: Json) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)}: {_typescript_literal(each)}' for key, each in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_typescript_literal, value))}]"
    if isinstance(value, str):
        return "'" + json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
    return json.dumps(value)


def _object(code: Call | Options) -> str:
    named = [f"{key}: {_typescript(value)}" for key, value in code.named]
    return f"{{ {', '.join(_and_rest(code, named))} }}"


def _and_rest(code: Call | Options, named: list[str]) -> list[str]:
    """Named values beside those that stay: behind them where an object is made, as what is new is looked for there."""
    rest = ["..."] if code.rest else []
    return [*named, *rest] if isinstance(code, Call) and not code.makes else [*rest, *named]


def _key(key: str) -> str:
    return key if key.isidentifier() else _typescript_literal(key)


def _time(seconds: int) -> str:
    return f"days({seconds // _DAY})" if seconds and seconds % _DAY == 0 else f"seconds({seconds})"


_IMPORTS: Mapping[str, tuple[str, str]] = {
    "SqsDlq": ("aws_lambda_event_sources", "aws-lambda-event-sources"),
    "SqsDestination": ("aws_lambda_destinations", "aws-lambda-destinations"),
}
"""Modules of classes that an author may not have used yet."""


def told(line: CodeLine, language: AuthorLanguage) -> str:
    """A line in a language, with what it wants to be imported."""
    text = written(line.code, language) + (f" of {json.dumps(line.of)}" if line.of else "")
    if line.removes:
        return f"remove {text}"
    wanted = _wanted(line.code, language)
    if language is AuthorLanguage.PYTHON:
        imports = [
            f"from aws_cdk{f'.{module}' if module else ''} import {name}" for name, (module, _) in wanted.items()
        ]
        return _remarked(text, "#", [*imports, *_where(line.code)])
    imports = [
        f"import {{ {name} }} from 'aws-cdk-lib{f'/{module}' if module else ''}'"
        for name, (_, module) in wanted.items()
    ]
    return _remarked(text, "//", [*imports, *_where(line.code)])


def _remarked(text: str, mark: str, remarks: Sequence[str]) -> str:
    return f"{text}  {mark} {'; '.join(remarks)}" if remarks else text


def _where(code: Code) -> list[str]:
    """Where a line goes that is no argument of a call."""
    return [f"at the end of the constructor of stack {code.stack}"] if isinstance(code, RawOverride) else []


def _wanted(code: Code, language: AuthorLanguage) -> dict[str, tuple[str, str]]:
    """Names that a line brings in, with their modules."""
    if isinstance(code, Seconds):
        return {"Duration": ("", "")}
    if isinstance(code, RawOverride) and language is AuthorLanguage.TYPESCRIPT:
        return {"CfnResource": ("", "")}
    found: dict[str, tuple[str, str]] = {}
    if isinstance(code, Call) and code.name in _IMPORTS:
        found[code.name] = _IMPORTS[code.name]
    inner: Sequence[Code] = ()
    if isinstance(code, Call):
        inner = (*code.given, *(value for _, value in code.named))
    elif isinstance(code, Options):
        inner = tuple(value for _, value in code.named)
    elif isinstance(code, Structure):
        inner = tuple(value for _, value in code.entries)
    elif isinstance(code, Assignment):
        inner = (code.code,)
    for each in inner:
        found |= _wanted(each, language)
    return found
