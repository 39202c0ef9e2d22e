"""A statement of CDK code as a value, written in Python or in TypeScript."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from seawall.template import Json
from seawall.template.language import AuthorLanguage

from .layout import Piece, lines

_DAY = 86_400
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PYTHON_MODULES: Mapping[str, str] = {"lambda": "lambda_"}


class Identifier(Struct, frozen=True):
    """Something that the author's code has a name for: in camel case, as TypeScript has it."""

    text: str


class Verbatim(Struct, frozen=True):
    """Something as the author's code has it."""

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
    verbatim: bool = False
    """The name is written as it is."""
    on: Code | None = None
    """Whose method it is."""


class Options(Struct, frozen=True):
    """Named values that a class of the CDK takes together: a class in Python, a plain object in TypeScript."""

    name: str
    named: tuple[tuple[str, Code], ...]
    rest: bool = False
    verbatim: bool = False
    """The name is written as it is."""


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
    cast: str = "CfnResource"
    """What the file calls the class of a resource."""


class Assignment(Struct, frozen=True):
    """An object that gets a name."""

    name: str
    code: Code


Code: TypeAlias = (
    "Identifier | Verbatim | Seconds | Literal | Member | Call | Options | Structure | RawOverride | Assignment"
)


class CodeLine(Struct, frozen=True):
    """A line of an author's code that is to change, or to go."""

    code: Code
    removes: bool = False
    of: str = ""
    """Id of the construct whose method it is."""
    arguments: tuple[str, ...] = ()
    """What goes of a call that stays, in camel case; empty where all of it goes."""


HERE = Identifier("this")
"""The construct in which another one is made."""


def literal(value: Json) -> Literal:
    """A value as it stands in a template."""
    return Literal(json.dumps(value))


def written(code: Code, language: AuthorLanguage) -> list[str]:
    """The statement in a language, in lines.

    >>> queue = Call("sqs.Queue", (HERE, literal("Orders")), (("visibilityTimeout", Seconds(360)),), rest=True)
    >>> for line in written(queue, AuthorLanguage.PYTHON): print(line)
    sqs.Queue(
        self, "Orders", ...,
        visibility_timeout=Duration.seconds(360),
    )
    >>> for line in written(queue, AuthorLanguage.TYPESCRIPT): print(line)
    new sqs.Queue(this, 'Orders', {
      ...,
      visibilityTimeout: Duration.seconds(360),
    });
    """
    if language is AuthorLanguage.PYTHON:
        return lines(_python(code), 4)
    return lines(_typescript(code), 2, after=";")


def named(call: Call, language: AuthorLanguage) -> str:
    """The named arguments of a call, in one line."""
    if language is AuthorLanguage.PYTHON:
        return ", ".join(_python(value).named(f"{snake(key)}=").flat for key, value in call.named)
    return ", ".join(_typescript(value).named(f"{key}: ").flat for key, value in call.named)


def snake(name: str) -> str:
    """A name in camel case as Python has it.

    >>> snake("reportBatchItemFailures"), snake("maxReceiveCount"), snake("enforceSSL")
    ('report_batch_item_failures', 'max_receive_count', 'enforce_ssl')
    """
    return _HUMP.sub("_", name).lower()


def snake_called(alias: str) -> str:
    """What Python calls a module that TypeScript calls `alias`.

    >>> snake_called("lambda"), snake_called("ecsPatterns")
    ('lambda_', 'ecs_patterns')
    """
    return _PYTHON_MODULES.get(alias, snake(alias))


def camel(property_: str) -> str:
    """A property of a template as the CDK's own class for the resource calls it.

    >>> camel("VisibilityTimeout"), camel("KMSKeyArn"), camel("maxReceiveCount")
    ('visibilityTimeout', 'kmsKeyArn', 'maxReceiveCount')
    """
    return re.sub(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]", lambda found: found[0].lower(), property_)


def _python(code: Code) -> Piece:
    match code:
        case Identifier("this"):
            return Piece("self")
        case Identifier(text):
            return Piece(snake(text))
        case Verbatim(text):
            return Piece(text)
        case Seconds(number):
            return Piece(f"Duration.{time(number)}")
        case Literal(text):
            return _python_literal(json.loads(text))
        case Member(module, owner, name):
            return Piece(f"{snake_called(module)}.{owner}.{name}")
        case Call() | Options():
            named = [_python(value).named(f"{snake(key)}=") for key, value in code.named]
            given = [*map(_python, code.given)] if isinstance(code, Call) else []
            first = [*given, *([Piece("...")] if code.rest else [])]
            whose = f"{_python(code.on).flat}." if isinstance(code, Call) and code.on is not None else ""
            return Piece(
                f"{whose}{_python_name(code)}(",
                (*first, *named),
                ")",
                together=0 if any(each.items for each in first) else len(first),
            )
        case Assignment(name, inner):
            return _python(inner).named(f"{snake(name)} = ")
        case RawOverride(_, ids, property_, value, _):
            found = child(ids, AuthorLanguage.PYTHON)
            what = (Piece(json.dumps(property_)), *(() if value is None else (_python(value),)))
            of_property = "" if is_metadata(property_) else "property_"
            return Piece(f"{found}.add_{of_property}{'deletion_' if value is None else ''}override(", what, ")")
        case Structure(entries):
            return Piece("{", tuple(_python(value).named(f"{json.dumps(key)}: ") for key, value in entries), "}")


def child(ids: Iterable[str], language: AuthorLanguage) -> str:
    r"""What stands in a stack below these ids, as code in the stack finds it.

    >>> print(child(("Bob's", "Resource"), AuthorLanguage.TYPESCRIPT))
    this.node.findChild('Bob\'s').node.findChild('Resource')
    """
    if language is AuthorLanguage.PYTHON:
        return "self" + "".join(f".node.find_child({json.dumps(each)})" for each in ids)
    return "this" + "".join(f".node.findChild({_typescript_literal(each).flat})" for each in ids)


def is_metadata(path: str) -> bool:
    """Whether it stands beside the properties of a resource, as its metadata does."""
    return path.startswith("Metadata.")


def _python_name(code: Call | Options) -> str:
    if code.verbatim:
        return code.name
    owner, dot, name = code.name.rpartition(".")
    module, *classes = owner.split(".")
    makes = isinstance(code, Options) or code.makes
    owner = ".".join((snake_called(module), *classes))
    return f"{owner}{dot}{name if makes else snake(name)}"


def _python_literal(value: Json) -> Piece:
    if isinstance(value, dict):
        return Piece(
            "{", tuple(_python_literal(each).named(f"{json.dumps(key)}: ") for key, each in value.items()), "}"
        )
    if isinstance(value, list):
        return Piece("[", tuple(map(_python_literal, value)), "]")
    constants = {"true": "True", "false": "False", "null": "None"}
    text = json.dumps(value, ensure_ascii=False)
    return Piece(constants.get(text, text))


def _typescript(code: Code) -> Piece:
    match code:
        case Identifier(text) | Verbatim(text):
            return Piece(text)
        case Seconds(number):
            return Piece(f"Duration.{time(number)}")
        case Literal(text):
            return _typescript_literal(json.loads(text))
        case Member(module, owner, name):
            return Piece(f"{module}.{owner}.{name}")
        case Options():
            return _object(code)
        case Assignment(name, inner):
            return _typescript(inner).named(f"const {name} = ")
        case RawOverride(_, ids, property_, value, _):
            found = child(ids, AuthorLanguage.TYPESCRIPT)
            what = (_typescript_literal(property_), *(() if value is None else (_typescript(value),)))
            deletes = "Deletion" if value is None else ""
            of_property = "" if is_metadata(property_) else "Property"
            return Piece(f"({found} as {code.cast}).add{of_property}{deletes}Override(", what, ")")
        case Structure(entries):
            return Piece("{", tuple(_typescript(value).named(f"{_key(key)}: ") for key, value in entries), "}", True)
        case Call():
            options = [_object(code)] if code.named or code.rest else []
            given = (*map(_typescript, code.given), *options)
            whose = "" if code.on is None else f"{_typescript(code.on).flat}."
            return Piece(f"{'new ' if code.makes else ''}{whose}{code.name}(", given, ")")


def _typescript_literal(value: Json) -> Piece:
    if isinstance(value, dict):
        named = (_typescript_literal(each).named(f"{_key(key)}: ") for key, each in value.items())
        return Piece("{", tuple(named), "}", padded=True)
    if isinstance(value, list):
        return Piece("[", tuple(map(_typescript_literal, value)), "]")
    if isinstance(value, str):
        quoted = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
        return Piece(f"'{quoted}'")
    return Piece(json.dumps(value))


def _object(code: Call | Options) -> Piece:
    rest = [Piece("...")] if code.rest else []
    return Piece("{", (*rest, *(_typescript(value).named(f"{key}: ") for key, value in code.named)), "}", padded=True)


def _key(key: str) -> str:
    return key if key.isidentifier() else _typescript_literal(key).flat


def time(seconds: int) -> str:
    """A length of time as the CDK's `Duration` takes it: ``days(14)``."""
    return f"days({seconds // _DAY})" if seconds and seconds % _DAY == 0 else f"seconds({seconds})"
