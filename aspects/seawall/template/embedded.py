"""JSON documents inside templates, with intrinsics in the middle: state machine definitions above all."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from . import asl
from .definition_files import LOCATIONS, local_path
from .documents import looks_yaml, parse_document
from .errors import InputError
from .files import read_text
from .intrinsics import resolve
from .model import App, Resource, Template
from .scope import is_intrinsic
from .source import deeper_than
from .text import concat, render
from .tokens import Tokens
from .values import Absent, Concat, Json, Known, Unknown, Value, conditions_of, settled

_MAX_DEPTH = 200
_HOLE = re.compile(r"\$\{([^{}]*)\}")


class Embedded(Struct, frozen=True):
    """A JSON document whose strings may hold tokens, ``${...}``, for what is not literal."""

    document: Json
    values: Mapping[str, Value] = field(default_factory=dict)
    """What each token stands for."""
    repeated: tuple[str, ...] = ()
    """Keys that stand twice in one object of it."""
    alone: bool = False
    """It is read without the template that uses it, so that each ``${Name}`` in it is a name."""

    def value(self, text: Json) -> Value:
        """A string of the document as a value: literal, reference, or text put together of these."""
        if not isinstance(text, str) or "${" not in text:
            return Known(text)
        parts: list[Value] = []
        at = 0
        for found in _HOLE.finditer(text):
            if found[0] in self.values:
                parts += [Known(text[at : found.start()]), self.values[found[0]]]
                at = found.end()
        return concat([*parts, Known(text[at:])])

    def text(self, text: Json) -> str:
        """A string of the document for a human reader."""
        return render(self.value(text))


def parse_embedded(
    app: App, template: Template, raw: Json, substitutions: Mapping[str, Value] | None = None
) -> Embedded | Unknown:
    """The document in `raw`: text, `Fn::Join` or `Fn::Sub` of text, or an object that may hold intrinsics.

    `substitutions` replace ``${Name}`` in it, as `DefinitionSubstitutions` do. What is not literal becomes a token,
    also where a number stands. Bad JSON is unknown, with line and column.
    """
    if isinstance(raw, (dict, list)) and not is_intrinsic(raw):
        return _from_object(app, template, raw, substitutions or {})
    value = _settled(app, template, raw)
    if isinstance(value, Known) and isinstance(value.value, (dict, list)):
        return _from_object(app, template, value.value, substitutions or {})
    if isinstance(value, Known) and isinstance(value.value, str):
        return _from_text((value,), substitutions or {})
    if isinstance(value, Concat):
        return _from_text(value.parts, substitutions or {})
    if isinstance(value, Unknown):
        return value
    return Unknown("there is no document" if isinstance(value, Absent) else f"the document is {render(value)}")


def _settled(app: App, template: Template, raw: Json) -> Value:
    return settled(_whole(app, template, raw))


def _whole(app: App, template: Template, raw: Json) -> Value:
    """What `raw` is; where that depends on what is open, the reader of the resource decides and asks again."""
    reading = app.reading
    passed, reading.passed = reading.passed, {}
    value = resolve(app, template, raw)
    reading.need(template, (*reading.passed, *conditions_of(value)))
    reading.passed = passed
    return value


def _from_text(parts: tuple[Value, ...], substitutions: Mapping[str, Value]) -> Embedded | Unknown:
    tokens = Tokens("".join(part.value for part in parts if isinstance(part, Known)))
    pieces: list[str] = []
    quoted = False
    for part in _substituted(parts, substitutions):
        if isinstance(part, str):
            pieces.append(part)
            quoted = _quoted_after(part, quoted)
        elif isinstance(part, Known):
            pieces.append(_inside(part) if quoted else render(part))
        else:
            token = tokens.of(part)
            pieces.append(token if quoted else f'"{token}"')
    repeated: list[str] = []
    try:
        document = _loaded("".join(pieces), repeated)
    except json.JSONDecodeError as error:
        return Unknown(f"the document is not JSON: {error.msg} (line {error.lineno}, column {error.colno})")
    except (ValueError, RecursionError):
        return Unknown("the document is not usable JSON: it is nested too deeply, or a number is too long")
    if deeper_than(document, _MAX_DEPTH):
        return Unknown("the document is nested too deeply")
    return Embedded(document, tokens.values, tuple(repeated))


def _loaded(text: str, repeated: list[str]) -> Json:
    def once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.extend(key for key, count in counts.items() if count > 1)
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError:
        whole = asl.quoted(text)  # as it may be where nothing fills what stands for a number
        if whole == text:
            raise
        repeated.clear()
        return json.loads(whole, object_pairs_hook=once)


def _substituted(parts: tuple[Value, ...], substitutions: Mapping[str, Value]) -> list[str | Value]:
    """Literal text as `str`, everything put into it as a value."""
    found: list[str | Value] = []
    for part in parts:
        if not isinstance(part, Known):
            found.append(part)
            continue
        at = 0
        for hole in _HOLE.finditer(part.value):
            if hole[1] in substitutions:
                found += [part.value[at : hole.start()], substitutions[hole[1]]]
                at = hole.end()
        found.append(part.value[at:])
    return found


_QUOTE = re.compile(r'\\.|"', re.DOTALL)


def _quoted_after(text: str, quoted: bool) -> bool:
    """Whether a JSON string is open at the end of `text`, given whether one was at its start."""
    for found in _QUOTE.finditer(text):
        if found[0] == '"':
            quoted = not quoted
    return quoted


def _inside(value: Known) -> str:
    """A literal as it is written inside a JSON string."""
    return json.dumps(render(value))[1:-1]


def _from_object(
    app: App, template: Template, raw: Json, substitutions: Mapping[str, Value], repeated: tuple[str, ...] = ()
) -> Embedded | Unknown:
    tokens = Tokens("")
    for name, value in substitutions.items():
        tokens.name(f"${{{name}}}", value)

    def literal(hole: re.Match[str]) -> str:
        value = substitutions.get(hole[1])
        return render(value) if isinstance(value, Known) else hole[0]

    def walk(item: Json) -> Json:
        if isinstance(item, str) and "${" in item:
            return _HOLE.sub(literal, item)
        if is_intrinsic(item):
            value = _whole(app, template, item)
            if isinstance(value, Known):
                return value.value
            return value if isinstance(value, Absent) else tokens.of(value)
        if isinstance(item, dict):
            entries = {key: walk(entry) for key, entry in item.items()}
            return {key: entry for key, entry in entries.items() if not isinstance(entry, Absent)}
        if isinstance(item, list):
            return [entry for entry in map(walk, item) if not isinstance(entry, Absent)]
        return item

    if deeper_than(raw, _MAX_DEPTH):
        return Unknown("the document is nested too deeply")
    return Embedded(walk(raw), tokens.values, repeated)


def definition_body(app: App, resource: Resource) -> Embedded | Unknown:
    """A state machine's definition in any of its forms: text, object, or a file.

    A file lies among the assembly's assets, or where a path relative to the template says.
    """
    app.reading.by_default.clear()
    found = _definition(app, resource)
    for form in ("DefinitionString", "Definition", *LOCATIONS):
        if form in resource.properties:
            app.reading.rested(resource.address, form)
    return found


def _definition(app: App, resource: Resource) -> Embedded | Unknown:
    template = app.templates[resource.address.template]
    properties = resource.properties
    given = properties.get("DefinitionSubstitutions")
    if is_intrinsic(given):
        chosen = _settled(app, template, given)
        given = chosen.value if isinstance(chosen, Known) else None
    names = given.items() if isinstance(given, dict) else ()
    substitutions = {name: _whole(app, template, raw) for name, raw in names}
    for form in ("DefinitionString", "Definition"):
        if form in properties:
            return parse_embedded(app, template, properties[form], substitutions)
    for form in LOCATIONS:
        if form in properties:
            place = _file_at(app, template, properties[form])
            return place if isinstance(place, Unknown) else _from_file(app, template, place, substitutions)
    return Unknown("the state machine has no definition")


def located_document(app: App, resource: Resource, property_: str) -> Json | Unknown:
    """The document in the file that a property of `resource` names: among the assets, or relative to the template."""
    place = _file_at(app, app.templates[resource.address.template], resource.properties.get(property_))
    if isinstance(place, Unknown):
        return place
    try:
        body = parse_document(place, read_text(place)).body
    except InputError as error:
        return Unknown(f"the definition cannot be read: {error}")
    return Unknown("the definition is nested too deeply") if deeper_than(body, _MAX_DEPTH) else body


def _file_at(app: App, template: Template, location: Json) -> Path | Unknown:
    raw = location.get("Key") if isinstance(location, dict) and not is_intrinsic(location) else location
    value = _settled(app, template, raw)
    key = render(value)
    name = key.rpartition("/")[2]
    place = template.assets.get(key) or template.assets.get(name) or template.assets.get(name.partition(".")[0])
    if place is not None:
        return Path(place)
    path = local_path(value.value, Path(template.path).parent) if isinstance(value, Known) and raw is location else None
    if path is not None:
        return path
    return Unknown(f"the definition lies in {name or 'a bucket'}, which is not among the files")


def _from_file(app: App, template: Template, path: Path, substitutions: Mapping[str, Value]) -> Embedded | Unknown:
    try:
        text = read_text(path)
        if not looks_yaml(path, text):
            return _from_text((Known(text),), substitutions)
        literal = {name: value for name, value in substitutions.items() if isinstance(value, Known)}
        filled = _HOLE.sub(lambda hole: render(literal[hole[1]]) if hole[1] in literal else hole[0], text)
        document = parse_document(path, filled)
    except InputError as error:
        return Unknown(f"the definition cannot be read: {error}")
    repeated = tuple(each.key for each in document.repeated)
    return _from_object(app, template, document.body, substitutions, repeated)
