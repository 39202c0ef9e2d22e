"""Values of parameters that the user gives: on the command line, and in the files that deployments read them from.

Understood are ``samconfig.toml``, the parameter files of ``aws cloudformation`` and of CodePipeline, plain objects of
names and values, and the context of a CDK app (``cdk.json``, ``cdk.context.json``), in JSON or YAML.

Sources (2026-11-29): https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from .documents import parse_document
from .errors import InputError
from .files import read_text
from .text import as_text
from .values import Json

_ON_THE_COMMAND_LINE = "--parameter"


class Given(Struct, frozen=True):
    """One value of one parameter."""

    name: str
    value: str
    stack: str | None = None
    """The only stack that it is for; None for all that declare the parameter."""
    source: str = _ON_THE_COMMAND_LINE
    """The file that says so."""

    @property
    def typed(self) -> bool:
        """Somebody typed it, so that a name which no template declares is a mistake."""
        return self.source == _ON_THE_COMMAND_LINE


def parse_pair(text: str) -> Given:
    """``Name=value``, or ``Stack:Name=value`` as `cdk deploy --parameters` takes it.

    >>> parse_pair("Stage=prod"), parse_pair("Web:Stage=prod").stack
    (Given(name='Stage', value='prod', stack=None, source='--parameter'), 'Web')
    """
    name, equals, value = text.partition("=")
    stack, colon, inner = name.rpartition(":")
    if not equals or not inner.strip():
        raise ValueError(f"takes NAME=VALUE, not {text!r}")
    return Given(inner.strip(), value, stack if colon else None)


def read_parameters(path: Path) -> tuple[Given, ...]:
    """The values in a file; `InputError` where it cannot be read, or holds none."""
    text = read_text(path)
    found = tuple(_of_samconfig(path, text) if path.suffix == ".toml" else _of_document(path, text))
    if not found:
        raise InputError(str(path), "holds no parameters: expected samconfig.toml, a parameter file, or a CDK context")
    return found


def _of_samconfig(path: Path, text: str) -> Iterator[Given]:
    import tomllib  # only where there is such a file

    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), f"is not TOML: {error}") from None
    environment = body.get("default", body)
    for command in ("global", "deploy"):  # what is said of one command wins over what is said of all
        section = environment.get(command) if isinstance(environment, dict) else None
        parameters = section.get("parameters") if isinstance(section, dict) else None
        overrides = parameters.get("parameter_overrides") if isinstance(parameters, dict) else None
        yield from _overrides(path, overrides)


def _overrides(path: Path, raw: Json) -> Iterator[Given]:
    if isinstance(raw, dict):
        yield from _named(path, raw)
        return
    for word in shlex.split(raw) if isinstance(raw, str) else raw if isinstance(raw, list) else ():
        pairs = str(word).split(",") if "ParameterKey=" in str(word) else []
        fields = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        if fields:
            yield Given(fields.get("ParameterKey", ""), fields.get("ParameterValue", ""), source=str(path))
        elif "=" in str(word):
            name, _, value = str(word).partition("=")
            yield Given(name, value.strip("\"'"), source=str(path))


def _of_document(path: Path, text: str) -> Iterator[Given]:
    body = parse_document(path, text).body
    if isinstance(body, list):
        for entry in body:
            if isinstance(entry, dict) and "ParameterKey" in entry:
                yield from _named(path, {entry["ParameterKey"]: entry.get("ParameterValue")})
            elif isinstance(entry, str):
                yield from _overrides(path, [entry])
    elif isinstance(body, dict):
        sections = [body[name] for name in ("Parameters", "context", "parameters") if isinstance(body.get(name), dict)]
        yield from _named(path, sections[0] if sections else body)


def _named(path: Path, entries: Mapping[str, Json]) -> Iterator[Given]:
    for name, raw in entries.items():
        value = ",".join(map(str, raw)) if isinstance(raw, list) else as_text(raw)
        if value is not None and isinstance(name, str):
            yield Given(name, value, source=str(path))


def applied(body: Mapping[str, Json], stack: str, given: Iterable[Given]) -> Mapping[str, Json]:
    """`body` whose parameters have the values given, as if it allowed no other ones.

    What is typed wins over files; files that differ are several deployments, of which each counts. `InputError` for a
    value that the template does not allow.
    """
    declared = body.get("Parameters")
    if not isinstance(declared, dict):
        return body
    said = [each for each in given if each.name in declared and each.stack in (None, stack)]
    typed = {each.name: each for each in said if each.typed}
    read = {(each.name, each.source): each for each in said if each.name not in typed}  # the last word of each file
    chosen: dict[str, dict[str, Given]] = {}
    for each in (*typed.values(), *read.values()):
        chosen.setdefault(each.name, {})[each.value] = each
    parameters = dict(declared)
    for name, values in chosen.items():
        parameter = declared[name] if isinstance(declared[name], dict) else {}
        for value, each in values.items():
            _allowed(name, value, each, parameter)
        parameters[name] = {**parameter, "Default": next(iter(values)), "AllowedValues": list(values)}
    return {**body, "Parameters": parameters} if chosen else body


def _allowed(name: str, value: str, given: Given, parameter: Mapping[str, Json]) -> None:
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list) and value not in map(as_text, allowed):
        named = ", ".join(text for text in map(as_text, allowed) if text is not None)
        raise InputError(given.source, f"parameter {name} cannot be {value!r}: the template allows {named}")


def undeclared(given: Iterable[Given], bodies: Iterable[tuple[str, Mapping[str, Json]]]) -> Given | None:
    """A typed value of a parameter that no template declares; None if all are declared."""
    declared: set[tuple[str | None, str]] = set()
    for stack, body in bodies:
        names = body.get("Parameters")
        for name in names if isinstance(names, dict) else ():
            declared |= {(None, name), (stack, name)}
    return next((each for each in given if each.typed and (each.stack, each.name) not in declared), None)
