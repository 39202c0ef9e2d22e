"""Statements of CDK code as they can be pasted: what they need imported first, then whole lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.template.language import SPOKEN, AuthorLanguage

from .author_code import AuthorCode
from .code import (
    Assignment,
    Call,
    Code,
    CodeLine,
    Literal,
    Member,
    Options,
    RawOverride,
    Seconds,
    Structure,
    Verbatim,
    named,
    snake,
    snake_called,
    time,
    written,
)
from .constructs import ALIASES
from .layout import WIDTH

_CLASSES: Mapping[str, str] = {
    **dict.fromkeys(
        ("SqsDlq", "SqsEventSource", "DynamoEventSource", "KinesisEventSource", "ManagedKafkaEventSource"),
        "aws_lambda_event_sources",
    ),
    **dict.fromkeys(("SqsSource", "DynamoDBSource", "KinesisSource"), "aws_pipes_sources_alpha"),
    "UrlSubscription": "aws_sns_subscriptions",
    "SqsDestination": "aws_lambda_destinations",
}
"""Modules of classes that are called by their bare name."""
_MODULES = {alias: module for module, alias in ALIASES.items()}
_COMMENTS = {AuthorLanguage.PYTHON: "#", AuthorLanguage.TYPESCRIPT: "//"}


class Snippet(Struct, frozen=True):
    """What an author writes at one place, in whole lines."""

    language: AuthorLanguage
    imports: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def named(self) -> str:
        """A comment that says the language."""
        return f"{_COMMENTS[self.language]} {self.language}"

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join((*self.imports, *([""] if self.imports else []), *self.lines))


def snippet(
    code: Iterable[CodeLine], language: AuthorLanguage, author: AuthorCode | None = None, line_number: int = 0
) -> Snippet:
    """Statements in a language; what changes one and the same call is one of them. With the author's file, and the line
    where the call begins, by the names that they have there.

    >>> line = CodeLine(Call("SqsSource", (), (("batchSize", Seconds(5)),), rest=True))
    >>> print(snippet([line], AuthorLanguage.PYTHON).text)
    from aws_cdk import Duration
    from aws_cdk.aws_pipes_sources_alpha import SqsSource
    <BLANKLINE>
    SqsSource(..., batch_size=Duration.seconds(5))
    """
    every = list(_merged(code))
    if author is not None:
        every = [replace(line, code=_as_called(_as_made(line, author, line_number), author)) for line in every]
    names = dict.fromkeys(name for line in every if not line.removes for name in _new(line.code, language))
    names = {one: None for one in names if author is None or author.called(*one) is None}
    stacks = dict.fromkeys(line.code.stack for line in every if isinstance(line.code, RawOverride))
    lines = [f"{_COMMENTS[language]} at the end of the constructor of stack {stack}" for stack in stacks]
    lines += [text for line in every for text in _lines(line, language, author)]
    return Snippet(language, tuple(imports(names, language)), tuple(lines))


def arguments(code: Iterable[CodeLine], language: AuthorLanguage) -> str:
    """What calls that are there get in addition, in one line; empty where there is more to it than that.

    >>> line = CodeLine(Call("sqs.Queue", (), (("visibilityTimeout", Seconds(5)),), rest=True))
    >>> arguments([line], AuthorLanguage.TYPESCRIPT)
    'visibilityTimeout: Duration.seconds(5)'
    """
    lines = [line for line in _merged(code) if not isinstance(line.code, Assignment)]
    calls = [line.code for line in lines if isinstance(line.code, Call) and (line.code.rest or line.code.makes)]
    added = [call for call in calls if call.rest]
    if len(calls) < len(lines) or len(added) != 1 or any(line.removes for line in lines):
        return ""
    return named(added[0], language)


def _merged(code: Iterable[CodeLine]) -> Iterable[CodeLine]:
    """Each statement once, those that give a name first; of those that change the same call, one with all that they
    set.
    """
    found: dict[object, CodeLine] = {}
    values: dict[object, dict[str, Code]] = {}
    for line in code:
        call = line.code
        if isinstance(call, Call) and call.rest and not line.removes:
            key = (line.of, call.name, call.given)
            named = values.setdefault(key, {})
            named.update(call.named)
            found[key] = replace(line, code=replace(call, named=tuple(named.items())))
        else:
            found[line] = line
    return sorted(found.values(), key=lambda line: not isinstance(line.code, Assignment))


def _as_made(line: CodeLine, author: AuthorCode, number: int) -> Code:
    """The author's call as it stands on its line; as it was where it is not found there."""
    code = line.code
    stays = not line.removes or bool(line.arguments)
    if not isinstance(code, Call) or not code.rest or not code.makes or not stays:
        return code
    found = author.call(number, code.name.rpartition(".")[2])
    known = json.loads(code.given[-1].json) if code.given and isinstance(code.given[-1], Literal) else None
    if found is None or (known is not None and found[1][-1:] not in ((f'"{known}"',), (f"'{known}'",))):
        return code
    return replace(code, name=found[0], given=tuple(map(Verbatim, found[1])), verbatim=True)


def _as_called(code: Code, author: AuthorCode) -> Code:
    """A statement with the names of modules and classes that the author's file has."""
    match code:
        case Seconds(number) if (duration := author.called("", "Duration")) is not None:
            return Verbatim(f"{duration}.{time(number)}")
        case RawOverride():
            value = None if code.value is None else _as_called(code.value, author)
            return replace(code, value=value, cast=author.called("", code.cast) or code.cast)
        case Call() | Options():
            made = replace(code, named=tuple((key, _as_called(each, author)) for key, each in code.named))
            if isinstance(made, Call):
                made = replace(made, given=tuple(_as_called(each, author) for each in made.given))
            name = None if made.verbatim else _called(made.name, author)
            return made if name is None else replace(made, name=name, verbatim=True)
        case Structure(entries):
            return Structure(tuple((key, _as_called(each, author)) for key, each in entries))
        case Assignment(name, inner):
            return Assignment(name, _as_called(inner, author))
        case Member(module, owner, name) if (called := author.called(_module(module), owner)) is not None:
            return Verbatim(f"{called}.{name}")
    return code


def _called(name: str, author: AuthorCode) -> str | None:
    """What the author's file calls a class; None where it does not bring it in, or it is no class."""
    alias, _, rest = name.partition(".")
    if name in _CLASSES:
        return author.called(_CLASSES[name], name)
    return author.called(_module(alias), rest) if rest[:1].isupper() and "." not in rest else None


def _lines(line: CodeLine, language: AuthorLanguage, author: AuthorCode | None) -> Iterator[str]:
    variable = None if author is None else author.variable(line.of)
    if line.removes:
        yield f"{_COMMENTS[language]} {_removal(line, language, variable)}"
        return
    text = written(line.code, language)
    if line.of:
        told = [f"step is the state {json.dumps(line.of)}"] if variable is None else []
        told += ["before its machine is made"] if isinstance(line.code, Call) and line.code.name == ".addCatch" else []
        yield from [f"{_COMMENTS[language]} {', '.join(told)}"] if told else []
        text[0] = f"{variable or 'step'}{text[0]}"
    yield from text


def _removal(line: CodeLine, language: AuthorLanguage, variable: str | None) -> str:
    """What goes, in words: a statement, or some arguments of one."""
    whole = " ".join(each.strip() for each in written(line.code, language)).removesuffix(";")
    if line.arguments:
        names = map(snake, line.arguments) if language is AuthorLanguage.PYTHON else line.arguments
        return f"take {' and '.join(names)} out of {whole}"
    of = f" of the state {json.dumps(line.of)}" if line.of and variable is None else ""
    return f"remove {variable or ''}{whole}{of}"


def _new(code: Code, language: AuthorLanguage) -> Iterator[tuple[str, str]]:
    """What a statement brings in, as modules with their alias, and names with their module: what stands there already,
    as the call that gets one more argument, is left out.
    """
    match code:
        case Seconds():
            yield "", "Duration"
        case RawOverride():
            if language is AuthorLanguage.TYPESCRIPT:
                yield "", "CfnResource"
            if code.value is not None:
                yield from _new(code.value, language)
        case Member(module, _, _):
            yield _module(module), ""
        case Call() | Options():
            plain = isinstance(code, Options) and language is AuthorLanguage.TYPESCRIPT
            if not code.verbatim and not plain:
                yield from _of_name(code)
            for each in (*(code.given if isinstance(code, Call) else ()), *(value for _, value in code.named)):
                yield from _new(each, language)
        case Structure(entries):
            for _, each in entries:
                yield from _new(each, language)
        case Assignment(_, inner):
            yield from _new(inner, language)


def _of_name(code: Call | Options) -> Iterator[tuple[str, str]]:
    alias, _, name = code.name.partition(".")
    if name and name[0].isupper():
        yield _module(alias), ""
    elif name or not alias:
        return  # a method of what has a name there
    elif alias in _CLASSES:
        yield _CLASSES[alias], alias


def _module(alias: str) -> str:
    return _MODULES.get(alias, f"aws_{snake(alias)}")


def imports(names: Iterable[tuple[str, str]], language: AuthorLanguage) -> Iterator[str]:
    """Lines that bring in modules and names, each given as its module, empty for the CDK's core, and its name, empty
    for the module itself.

    >>> list(imports([("", "Duration"), ("aws_sqs", "")], AuthorLanguage.PYTHON))
    ['from aws_cdk import Duration, aws_sqs as sqs']
    >>> list(imports([("aws_sqs", "")], AuthorLanguage.TYPESCRIPT))
    ["import * as sqs from 'aws-cdk-lib/aws-sqs';"]
    """
    names = list(names)
    core = sorted(name for module, name in names if not module)
    modules = sorted(module for module, name in names if module and not name)
    classes = sorted((module, name) for module, name in names if module and name)
    if language is AuthorLanguage.PYTHON:
        if brought := [*core, *(f"{module} as {_alias(module, language)}" for module in modules)]:
            line = f"from aws_cdk import {', '.join(brought)}"
            yield from [line] if len(line) <= WIDTH else [f"from aws_cdk import {each}" for each in brought]
        yield from (f"from aws_cdk.{module} import {name}" for module, name in classes)
        return
    if core:
        yield f"import {{ {', '.join(core)} }} from 'aws-cdk-lib';"
    yield from (f"import * as {_alias(module, language)} from '{_package(module)}';" for module in modules)
    yield from (f"import {{ {name} }} from '{_package(module)}';" for module, name in classes)


def _alias(module: str, language: AuthorLanguage) -> str:
    alias = ALIASES.get(module, module.removeprefix("aws_"))
    return snake_called(alias) if language is AuthorLanguage.PYTHON else alias


def _package(module: str) -> str:
    name = module.replace("_", "-")
    return f"@aws-cdk/{name}" if name.endswith("-alpha") else f"aws-cdk-lib/{name}"


def in_each(code: Sequence[CodeLine]) -> tuple[Snippet, ...]:
    """The same in Python and in TypeScript, where nobody knows which one the author writes."""
    return tuple(snippet(code, language) for language in SPOKEN)
